"""The main job, as a user runs it: the installed command, on real servers."""

import asyncio
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
    assert [row.split()[-1] for row in books[2:]] == ["0", "0", "0", "0"]
    assert "enrolled" in table(one.out, "Timeline")[0]
    assert "finished" in table(one.out, "Timeline")[-1]
    assert (folders[0] / ".drumbeat" / "rejects.csv").read_text(encoding="utf-8-sig").count("\n") == 3
    assert left_running(tmp_path) == []


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
