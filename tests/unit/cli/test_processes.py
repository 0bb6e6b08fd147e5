"""Child processes come up together, end with their parent, and say why they failed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli import reaper
from adapters.cli.processes import Processes, Service, ServiceFailed, free_ports, is_taken

FOREVER = "import signal, time; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
)
WITH_A_CHILD = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
signal.pause()
"""


def service(name: str, code: str, folder: Path) -> Service:
    async def said_something() -> bool:
        log = folder / f"{name}.log"
        return log.exists() and log.read_text() != ""

    return Service(name, [sys.executable, "-c", code], os.environ, said_something)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed child that nobody has waited for yet is still listed, as a zombie.
    return " Z " not in Path(f"/proc/{pid}/stat").read_text() if Path("/proc").exists() else True


async def test_services_end_with_the_block(tmp_path: Path) -> None:
    """Whatever was started is gone afterwards, also when the block raises."""
    pids = []

    async def block() -> None:
        async with Processes(tmp_path) as processes:
            await processes.start(service("one", FOREVER, tmp_path), service("two", FOREVER, tmp_path))
            pids.extend(process.pid for _, process in processes._running)
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await block()

    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)


async def test_what_a_service_has_started_ends_too(tmp_path: Path) -> None:
    """A grandchild does not outlive the run."""
    async with Processes(tmp_path) as processes:
        await processes.start(service("parent", WITH_A_CHILD, tmp_path))
        grandchild = int((tmp_path / "parent.log").read_text())

        assert is_alive(grandchild)

    async with asyncio.timeout(5):
        while is_alive(grandchild):  # noqa: ASYNC110 - its end is the kernel's doing
            await asyncio.sleep(0.01)


async def test_a_service_that_was_killed_can_be_started_again(tmp_path: Path) -> None:
    """Its end is told with the signal; it has its place again, and ends with the block."""
    one, two = (service(name, FOREVER, tmp_path) for name in ("one", "two"))
    async with Processes(tmp_path) as processes:
        first, _ = await processes.start(one, two)
        was_sent = processes.send(one, signal.SIGKILL)
        end = await processes.ended(one)
        is_sent_once_more = processes.send(one, signal.SIGKILL)
        again = await processes.start_again(one)

        assert (was_sent, end, is_sent_once_more) == (True, (first, -signal.SIGKILL), False)
        assert is_alive(again)
        assert [each.name for each, _ in processes._running] == ["one", "two"]

    assert not is_alive(again)


KILLED = """
import asyncio, os, pathlib, signal, sys
from adapters.cli.processes import Processes, Service

async def ready():
    return True

async def main():
    folder = pathlib.Path(sys.argv[1])
    forever = [sys.executable, "-c", "import signal; signal.pause()"]
    one = Service("one", forever, os.environ, ready)
    async with Processes(folder) as processes:
        await processes.start(one)
        processes.send(one, signal.SIGKILL)
        print((await processes.ended(one))[0], await processes.start_again(one), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_started_again_ends_with_a_killed_command(tmp_path: Path) -> None:
    """The reaper hears of the new process, and leaves the old one's id to whoever has it by then."""
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await command.communicate()
    _, again = map(int, said.split())

    async with asyncio.timeout(10):
        while is_alive(again):  # noqa: ASYNC110 - its end is the kernel's doing
            await asyncio.sleep(0.01)


def test_the_reaper_leaves_alone_what_has_ended(tmp_path: Path) -> None:
    """A process group that was told of as gone is not signalled: its id may be somebody else's by now."""
    with subprocess.Popen([sys.executable, "-c", FOREVER], start_new_session=True) as other:
        told = f"{other.pid}\n{reaper.GONE}{other.pid}\n"
        subprocess.run([sys.executable, "-m", "adapters.cli.reaper"], input=told, text=True, check=True)
        was_left_alone = other.poll() is None
        other.kill()

    assert was_left_alone


async def test_a_service_that_does_not_listen_to_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending is bounded in time."""
    monkeypatch.setattr("adapters.cli.processes.STOP_SECONDS", 0.2)
    async with Processes(tmp_path) as processes:
        await processes.start(service("stubborn", STUBBORN, tmp_path))
        pid = processes._running[0][1].pid

    assert not is_alive(pid)


async def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The last line of its log is part of the message."""
    code = "import sys; sys.exit('port 1 is taken')"

    async def never() -> bool:
        return False

    with pytest.raises(ServiceFailed, match=r"The app did not start. The end of its log: port 1 is taken"):
        async with Processes(tmp_path) as processes:
            await processes.start(Service("app", [sys.executable, "-c", code], os.environ, never))


async def test_a_service_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    """A part that dies while the rest runs is an error, not a silence."""
    async with Processes(tmp_path) as processes:
        await processes.start(service("brief", "print('done', flush=True)", tmp_path))

        with pytest.raises(ServiceFailed, match="The brief ended unexpectedly"):
            await processes.watch()


def test_free_ports_are_different_and_free() -> None:
    """Each part of a system gets a port of its own."""
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert not any(is_taken(port) for port in ports)
