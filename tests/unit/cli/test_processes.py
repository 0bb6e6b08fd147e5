"""Child processes come up together, end with their parent, and say why they failed."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

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
