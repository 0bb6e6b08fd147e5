"""The main job, as a user runs it: the installed command, on real servers."""

import asyncio
import fcntl
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from attrs import frozen

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXAMPLE = ROOT / "examples" / "appointment-reminder.yaml"


@frozen
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str


async def drumbeat(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Start the command in a folder of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.cli", *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"COLUMNS": "120", "TMPDIR": str(folder)},
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run(folder: Path, *arguments: str) -> Ended:
    return await ended(await drumbeat(folder, *arguments))


def _folders(folder: Path) -> Sequence[Path]:
    return list(folder.glob("drumbeat-demo-*"))


def left_running(folder: Path) -> Sequence[str]:
    """The processes that know of a folder: their command line or environment names it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if process.pid != os.getpid() and any(str(folder) in word for word in words):
            found.append(f"{process.pid} {process.name()}")
    return found


def table(out: str, title: str) -> list[str]:
    """The rows of a printed table."""
    block = re.search(rf"^{title}.*?\n(.*?)\n\s*\n", out, re.DOTALL | re.MULTILINE)
    assert block, f"no table {title!r} in:\n{out}"
    lines = [line.strip() for line in block[1].splitlines()]
    return [line for line in lines[lines.index(next(x for x in lines if x.startswith("─"))) + 1 :] if line]


def timeline(out: str) -> list[str]:
    """What is printed of one enrollment: the lines that begin with a time of day."""
    return re.findall(r"^  \d\d:\d\d:\d\d  .*", out[out.index("\nEnrollment ") :], re.MULTILINE)


@pytest.mark.timeout(240)
async def test_two_demonstrations_at_once_agree_and_leave_nothing_running(tmp_path: Path) -> None:
    """Every enrollment ends, the books match, two runs with one seed agree, and nothing is left running."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    arguments = ("demo", "--contacts", str(HERE / "people.csv"), "--campaign", str(EXAMPLE))
    one, two = await asyncio.gather(*(run(folder, *arguments) for folder in folders))

    assert (one.status, one.err) == (0, "")
    assert (two.status, two.err) == (0, "")
    assert "15 rows read, 2 rejected" in one.out
    assert "Temporal Web UI while this runs: http://127.0.0.1:" in one.out
    for title in ("Contacts", "Enrollments", "Messages"):
        assert table(one.out, title) == table(two.out, title)
    books = table(one.out, "Reconciliation")
    assert [row.split()[-1] for row in books[2:]] == ["0"] * 5
    told = timeline(one.out)
    assert "in appointment-reminder version 1" in told[0]
    assert any(" finished " in row for row in told)  # a call may end after its run
    assert (folders[0] / ".drumbeat" / "rejects.csv").read_text(encoding="utf-8-sig").count("\n") == 3
    assert left_running(tmp_path) == []


@pytest.mark.timeout(240)
async def test_a_demonstration_runs_with_other_providers(tmp_path: Path) -> None:
    """Whoever carries the messages and takes the cases: every enrollment ends, and the books match."""
    carriers = ("--sms", "vonage,twilio", "--email", "postmark", "--voice", "vonage", "--desk", "zendesk")
    files = ("--contacts", str(HERE / "people.csv"), "--campaign", str(EXAMPLE))
    result = await run(tmp_path, "demo", *files, *carriers, "--day", "3")

    assert (result.status, result.err) == (0, "")
    said = "SMS by vonage or else twilio, e-mail by postmark, calls by vonage, handoffs to zendesk"
    assert f"Sandboxed providers: {said}\n" in result.out
    assert [row.split()[-1] for row in table(result.out, "Reconciliation")[2:]] == ["0"] * 5
    assert "zendesk ref" in result.out
    assert any("says vonage" in row for row in timeline(result.out))
    assert left_running(tmp_path) == []


async def test_an_unknown_provider_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    """A slip in the options says what can be chosen, before anything is started."""
    result = await run(tmp_path, "demo", "--sms", "pigeon")

    assert result.status == 2
    assert "'pigeon' is not one of twilio, vonage, none" in result.err
    assert result.out == ""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C in the middle of a run: one sentence, the exit status of shells, and nothing left running."""
    process = await drumbeat(
        tmp_path, "demo", "--contacts", str(HERE / "people.csv"), "--campaign", str(EXAMPLE)
    )
    assert process.stdout is not None
    seen = b""
    while b"Temporal Web UI" not in seen:
        seen += await process.stdout.readline()
    assert len(left_running(tmp_path)) >= 4
    process.send_signal(number)
    process.send_signal(number)  # an impatient second one changes nothing
    result = await ended(process)

    assert result.status == 130
    assert result.err.strip() == "Stopped; nothing is left running."
    assert left_running(tmp_path) == []


@pytest.mark.timeout(120)
async def test_a_killed_command_leaves_nothing_running(tmp_path: Path) -> None:
    """Even kill -9, which nobody can answer: what was started ends, and the folder is removed."""
    process = await drumbeat(
        tmp_path, "demo", "--contacts", str(HERE / "people.csv"), "--campaign", str(EXAMPLE)
    )
    assert process.stdout is not None
    seen = b""
    while b"Temporal Web UI" not in seen:
        seen += await process.stdout.readline()
    assert len(left_running(tmp_path)) >= 4
    process.kill()
    await process.wait()

    async with asyncio.timeout(20):
        while left_running(tmp_path) or _folders(tmp_path):  # noqa: ASYNC110 - it is others' doing
            await asyncio.sleep(0.1)


@pytest.mark.timeout(120)
async def test_what_is_exported_for_another_temporal_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user of Temporal Cloud can run the demonstration: it has a Temporal of its own."""
    for name, value in {
        "TEMPORAL_TLS": "true",
        "TEMPORAL_API_KEY": "key",
        "TEMPORAL_NAMESPACE": "production",
        "TEMPORAL_PROFILE": "production",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    one = tmp_path / "one [old].csv"
    one.write_text("phone,persona,first_name\n+12025550101,replies,Ada\n")
    hello = str(ROOT / "examples" / "hello.yaml")
    result = await run(tmp_path, "demo", "--contacts", str(one), "--campaign", hello, "--faults", "0")

    assert (result.status, result.err) == (0, "")
    assert "one [old].csv: 1 rows read, 0 rejected" in result.out


async def test_two_do_not_share_a_folder(tmp_path: Path) -> None:
    """A second `drumbeat dev` on the same data is told so."""
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ports = await free_ports(3)
        options = ("--port", ports[0], "--ui-port", ports[1], "--temporal-port", ports[2])
        result = await run(tmp_path, "dev", "--folder", "data", *options)

    assert result.status == 2
    assert "data is in use by another `drumbeat dev`" in result.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("phone,persona\n+12025550101,wizard\n", "contacts.csv:2: persona: the sandbox knows no 'wizard'"),
        ("phone\n12\n34\n", "none of its 2 rows can be used; line 2: phone"),
    ],
)
async def test_a_contact_file_of_no_use_is_refused_before_anything_is_started(
    tmp_path: Path, content: str, says: str
) -> None:
    """What is wrong with it is said with its line."""
    (tmp_path / "contacts.csv").write_text(content)
    result = await run(tmp_path, "demo", "--contacts", "contacts.csv")

    assert result.status == 2
    assert says in result.err
    assert "Temporal" not in result.out


async def test_the_rejects_never_overwrite_what_was_given(tmp_path: Path) -> None:
    """A slip in the options does not cost the contact file."""
    (tmp_path / "contacts.csv").write_text("phone\n+12025550101\n")
    result = await run(tmp_path, "demo", "--contacts", "contacts.csv", "--rejects", "./contacts.csv")

    assert result.status == 2
    assert "--rejects and --contacts name the same file" in result.err
    assert (tmp_path / "contacts.csv").read_text() == "phone\n+12025550101\n"


async def test_the_version_is_shown(tmp_path: Path) -> None:
    """`--version` names the program and its version."""
    result = await run(tmp_path, "--version")

    assert result.out.startswith("drumbeat 0.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--contacts", "nobody.csv"), "nobody.csv"),
        (("--campaign", "nothing.yaml"), "nothing.yaml"),
        (("--campaign", str(HERE / "people.csv")), "people.csv"),
        (("--contacts", str(EXAMPLE)), "appointment-reminder.yaml"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named_and_nothing_is_started(
    tmp_path: Path, arguments: Sequence[str], says: str
) -> None:
    """The file and the reason, exit status 2, no traceback, nothing half done."""
    result = await run(tmp_path, "demo", *arguments)

    assert result.status == 2
    assert says in result.err
    assert "Traceback" not in result.err + result.out
    assert "Temporal" not in result.out


async def test_a_port_that_is_taken_is_named_with_the_fix(tmp_path: Path) -> None:
    """The one who listens first wins; the other gets a sentence."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        result = await run(tmp_path, "dev", "--port", str(port))

    assert result.status == 2
    assert f"Port {port} is taken, and the HTTP app needs it" in result.err
    assert "--port" in result.err
    assert "Traceback" not in result.err


@pytest.mark.timeout(120)
async def test_the_development_system_keeps_its_data(tmp_path: Path) -> None:
    """The same file in a second run of `drumbeat dev` enrolls nobody twice."""
    told = []
    for _ in range(2):
        ports = await free_ports(3)
        options = ("--port", ports[0], "--ui-port", ports[1], "--temporal-port", ports[2])
        files = ("--contacts", str(HERE / "people.csv"), "--campaign", str(EXAMPLE))
        process = await drumbeat(tmp_path, "dev", *options, *files, "--day", "3600")
        assert process.stdout is not None
        line = b""
        while b"enrolled now" not in line:
            line = await process.stdout.readline()
            assert line, (await ended(process)).err
        told.append(line.decode().strip())
        process.send_signal(signal.SIGINT)
        assert (await ended(process)).status == 130

    assert told[0] == "13 contacts: 13 enrolled now, 0 before, 2 rows rejected"
    assert told[1] == "13 contacts: 0 enrolled now, 13 before, 2 rows rejected"
    assert left_running(tmp_path) == []
    assert await listed_by_its_env(tmp_path) == ["appointment-reminder"]


async def listed_by_its_env(folder: Path) -> list[str]:
    """The campaigns that a shell finds once it has read the system's file."""
    command = f'. "$PWD/.drumbeat/dev/env" && {sys.executable} -m adapters.cli campaign list --json'
    process = await asyncio.create_subprocess_shell(command, cwd=folder, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [each["campaign"] for each in json.loads(out)]


async def test_a_wrong_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be used ends the command at its start."""
    monkeypatch.setenv("DRUMBEAT_TELEMETRY_LOG_LEVEL", "loud")
    result = await run(tmp_path, "db", "check")

    assert result.status == 2
    assert result.err.startswith("DRUMBEAT_TELEMETRY_LOG_LEVEL must be one of debug, info, warning, error")


async def test_a_database_that_is_not_migrated_says_how_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`db check` names the fix, `db upgrade` is it."""
    monkeypatch.setenv("DRUMBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/data/drumbeat.db")
    before = await run(tmp_path, "db", "check")
    upgrade = await run(tmp_path, "db", "upgrade")
    after = await run(tmp_path, "db", "check")

    assert (before.status, upgrade.status, after.status) == (2, 0, 0)
    assert "Traceback" not in before.err
    assert upgrade.out == "The database is up to date.\n"


async def free_ports(count: int) -> list[str]:
    """Ports that nobody listens on now, as text."""
    servers = [await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) for _ in range(count)]
    ports = [str(server.sockets[0].getsockname()[1]) for server in servers]
    for server in servers:
        server.close()
        await server.wait_closed()
    return ports
