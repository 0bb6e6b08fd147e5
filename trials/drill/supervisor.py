"""Whoever keeps a drilled system up: services that are killed come back, and every death is counted."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence

from attrs import Factory, define, field, frozen

from adapters.cli.processes import Processes, Service
from trials.drill.switches import Point, Switches

BACK_AFTER = 0.5
"""Seconds until a service that has died is started again, unless it is to stay away."""


@frozen
class Death:
    """A process that was ended by ``SIGKILL``.

    Args:
        service: its name.
        pid: its process id.
        point: where it died by itself; None where it was killed from outside.
    """

    service: str
    pid: int
    point: Point | None = None


HearOfDeath = Callable[[Death], Awaitable[None]]


async def _nobody(_death: Death) -> None:
    """Nobody wants to know."""


@define
class Supervisor:
    """Keeps services up, on the same ports and data.

    Args:
        processes: where they run.
        switches: tell at which point a process has died.
        on_death: hears of each death, before the service is started again.
    """

    processes: Processes
    switches: Switches
    on_death: HearOfDeath = _nobody
    deaths: list[Death] = field(factory=list, init=False)
    _away: dict[str, float] = field(factory=dict, init=False)
    _up: dict[str, asyncio.Event] = Factory(dict)

    async def keep_up(self, services: Iterable[Service]) -> None:
        """Start again whatever was killed here, or died at a point; goes on until it is cancelled.

        Raises:
            ServiceFailed: a service has ended for another reason, or does not come up again.
        """
        async with asyncio.TaskGroup() as group:
            for service in services:
                self._up[service.name] = asyncio.Event()
                self._up[service.name].set()
                group.create_task(self._keep_up(service))

    async def kill(self, services: Sequence[Service], away: float = BACK_AFTER) -> Service:
        """Kill the first of some services that is up, waiting for one where none is; it comes back.

        Args:
            services: those that come into question, in that order.
            away: seconds until it is started again.
        """
        while True:
            for service in services:
                if self._up[service.name].is_set() and service.name not in self._away:
                    self._away[service.name] = away
                    if self.processes.send(service, signal.SIGKILL):
                        return service
                    del self._away[service.name]  # it has just died by itself
            await asyncio.sleep(0.1)

    async def freeze(self, service: Service, seconds: float) -> bool:
        """Let a service hang for a while: it keeps its connections and answers nothing.

        Returns:
            Whether it was there to be stopped.
        """
        await self._up[service.name].wait()
        was_there = self.processes.send(service, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.processes.send(service, signal.SIGCONT)
        return was_there

    async def until_all_up(self) -> None:
        """Wait until nothing is away."""
        for up in self._up.values():
            await up.wait()

    async def _keep_up(self, service: Service) -> None:
        up = self._up[service.name]
        while True:
            pid, status = await self.processes.ended(service)
            up.clear()
            away = self._away.get(service.name)
            point = self.switches.point_of(pid)
            if status != -signal.SIGKILL or (away is None and point is None):
                raise self.processes.unexpected_end(service, status)
            death = Death(service.name, pid, point)
            self.deaths.append(death)
            await self.on_death(death)
            await asyncio.sleep(BACK_AFTER if away is None else away)
            self._away.pop(service.name, None)
            await self.processes.start_again(service)
            up.set()
