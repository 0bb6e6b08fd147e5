"""Bringing faults about, and counting what has truly happened of them."""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path
from typing import assert_never

from attrs import define, field, frozen

from adapters.cli.processes import Service
from trials.drill.faults import (
    AtProvider,
    ClockOff,
    Fault,
    Frozen,
    Killed,
    KilledAt,
    Locked,
    Part,
    Troubled,
)
from trials.drill.schedule import Injection
from trials.drill.supervisor import Supervisor
from trials.drill.switches import Point, Switches, Trouble
from trials.drill.waiting import until

MEET_SECONDS = 30.0
"""How long a point may stay armed, or a trouble hold beyond its time, until a process meets it."""

LOCK_SECONDS = 30.0
"""How long the drill itself waits for the database's lock."""


@frozen
class Injected:
    """What has happened of a fault.

    Args:
        times: how often it was brought about: deaths that were seen, outages that have begun.
        seconds: how long the outages have lasted in all.
        met: how often our processes have met it, where they note that; None where they do not.
    """

    times: int = 0
    seconds: float = 0.0
    met: int | None = None

    @property
    def has_happened(self) -> bool:
        """Whether it has tried anything."""
        return self.times > 0 and self.met != 0


@frozen
class Parts:
    """The services of a system, by what a fault can hit.

    Args:
        workers: of which a fault hits one.
        api: our HTTP app.
        temporal: the Temporal server.
    """

    workers: Sequence[Service]
    api: Service
    temporal: Service

    def of(self, part: Part) -> Sequence[Service]:
        """The services of a part."""
        return {Part.WORKER: self.workers, Part.API: (self.api,), Part.TEMPORAL: (self.temporal,)}[part]


Outage = Callable[[float], Awaitable[None]]
"""Takes something away for some seconds, and brings it back."""


@define
class Injector:
    """Brings faults about in one system.

    Args:
        parts: of the system.
        supervisor: keeps them up.
        switches: of the system.
        database: the SQLite file; None where there is another database.
        database_gone: takes another database away for a while.
    """

    parts: Parts
    supervisor: Supervisor
    switches: Switches
    database: Path | None = None
    database_gone: Outage | None = None
    _times: dict[str, int] = field(factory=dict, init=False)
    _seconds: dict[str, float] = field(factory=dict, init=False)
    _met: dict[str, int] = field(factory=dict, init=False)
    _points: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _outages: dict[str, asyncio.Lock] = field(factory=lambda: defaultdict(asyncio.Lock), init=False)

    async def inject(self, injections: Sequence[Injection]) -> None:
        """Bring them about, each at its time from now on, and wait until the last one is over."""
        began = time.monotonic()

        async def one(injection: Injection) -> None:
            await asyncio.sleep(injection.at - (time.monotonic() - began))
            await self._bring_about(injection.fault)

        async with asyncio.TaskGroup() as group:
            for injection in injections:
                group.create_task(one(injection))
        await self.supervisor.until_all_up()

    def injected(self, fault: Fault) -> Injected:
        """What has happened of a fault so far; of the providers', the sandbox tells."""
        times, seconds = self._times.get(fault.name, 0), self._seconds.get(fault.name, 0.0)
        return Injected(times, seconds, self._met.get(fault.name))

    async def _bring_about(self, fault: Fault) -> None:
        if await self._happens(fault):
            self._times[fault.name] = self._times.get(fault.name, 0) + 1
            self._seconds[fault.name] = self._seconds.get(fault.name, 0.0) + fault.lasts

    async def _happens(self, fault: Fault) -> bool:
        """Bring it about, and wait until it is over; False where it did not come to that.

        Of outages of the same part one waits for the other, which would hide it.
        """
        match fault.way:
            case Killed(part, away):
                async with self._outages[part if fault.lasts else fault.name]:
                    await self._kill(part, away)
            case KilledAt(point):
                return await self._killed_at(point)
            case Frozen(part):
                async with self._outages[part]:
                    return await self.supervisor.freeze(self.parts.of(part)[0], fault.lasts)
            case ClockOff(by):
                async with self._outages[Trouble.CLOCK]:
                    await self._hold(fault, Trouble.CLOCK, self.switches.clock_off(by))
            case AtProvider():
                raise ValueError("providers' faults go by address and have no time")
            case Troubled() | Locked():
                async with self._outages["database"]:
                    await self._trouble(fault, fault.way)
            case _:
                assert_never(fault.way)
        return True

    async def _trouble(self, fault: Fault, way: Troubled | Locked) -> None:
        """Take the database away, or make it worse, for a while."""
        if isinstance(way, Locked):
            if self.database is None:
                raise ValueError("only a SQLite file has one lock for all")
            with ExitStack() as lock:
                await asyncio.to_thread(_lock, self.database, lock)
                await self._hold(fault, Trouble.LOCKED, nullcontext())
        elif way.trouble is Trouble.GONE and self.database_gone is not None:
            await self.database_gone(fault.lasts)
        else:
            await self._hold(fault, way.trouble, self.switches.trouble(way.trouble))

    async def _hold(self, fault: Fault, trouble: Trouble, held: AbstractContextManager[None]) -> None:
        """Let a trouble hold for its time and, for a while, until somebody has met it."""
        before, began = self.switches.times_met(trouble), time.monotonic()

        def met() -> int:
            return self.switches.times_met(trouble) - before

        with held:
            await asyncio.sleep(fault.lasts)
            with suppress(TimeoutError):
                async with asyncio.timeout(MEET_SECONDS):
                    await until(lambda: met() > 0)
        self._met[fault.name] = self._met.get(fault.name, 0) + met()
        longer = max(0.0, time.monotonic() - began - fault.lasts)
        self._seconds[fault.name] = self._seconds.get(fault.name, 0.0) + longer

    async def _kill(self, part: Part, away: float) -> None:
        deaths = len(self.supervisor.deaths)
        await self.supervisor.kill(self.parts.of(part), away)
        await until(lambda: len(self.supervisor.deaths) > deaths)
        await self.supervisor.until_all_up()

    async def _killed_at(self, point: Point) -> bool:
        """Let a process die at a point; False where none came there."""
        async with self._points:
            before = self._deaths_at(point)
            self.switches.arm(point)
            try:
                async with asyncio.timeout(MEET_SECONDS):
                    await until(lambda: self._deaths_at(point) > before)
            except TimeoutError:
                return False
            finally:
                self.switches.disarm(point)
            await self.supervisor.until_all_up()
            return True

    def _deaths_at(self, point: Point) -> int:
        return sum(death.point is point for death in self.supervisor.deaths)


def _lock(file: Path, until_end_of: ExitStack) -> None:
    """Take the write lock of a SQLite file, as another program can; to close the connection gives it back."""
    connection = sqlite3.connect(file, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    until_end_of.callback(connection.close)
    connection.execute("BEGIN IMMEDIATE")
