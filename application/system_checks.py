"""The checks of `application.check_system` that ask the database and the workflow service."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from attrs import frozen

from application.check_system import Diagnosis
from application.find_stuck import FindStuck, Stuck
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.inspection import ClockReading, DatabaseInspection, RunsInspection
from domain.circuit import CircuitState
from domain.stuck import StuckKind

LARGEST_SKEW = timedelta(seconds=2)
"""Beyond it, times in a timeline contradict each other, and signatures with a time in them are refused."""

NAMED = 3
"""How many ids a line names."""


@frozen
class _Words:
    """How a kind of standstill is told: of none, of one, of several; and what to do."""

    none: str
    one: str
    several: str
    remedy: str


_STUCK: Mapping[StuckKind, _Words] = {
    StuckKind.ENROLLMENT_OVERDUE: _Words(
        "no enrollment is overdue",
        "enrollment is overdue",
        "enrollments are overdue",
        "see that workers take campaigns and the channels, then look at one: drumbeat enrollment show ID",
    ),
    StuckKind.ENROLLMENT_NOT_STARTED: _Words(
        "every enrollment has its run",
        "enrollment has no run",
        "enrollments have no run",
        "see that the HTTP app runs, whose relay starts them, and that it reaches Temporal",
    ),
    StuckKind.SEND_IN_DOUBT: _Words(
        "no send is in doubt",
        "send is in doubt",
        "sends are in doubt",
        "see that workers take the channels; the provider's own console tells what became of a message",
    ),
    StuckKind.EVENT_NOT_DISPATCHED: _Words(
        "every event was passed on",
        "event was not passed on",
        "events were not passed on",
        "see that the HTTP app runs, whose relay passes them on, and that it reaches Temporal",
    ),
    StuckKind.BATCH_STANDS_STILL: _Words(
        "no batch stands still",
        "batch stands still",
        "batches stand still",
        "see that a worker takes bulk; a batch whose upload broke off can be cancelled",
    ),
    StuckKind.HANDOFF_UNCLAIMED: _Words(
        "no handoff waits for too long",
        "handoff waits for somebody to take it",
        "handoffs wait for somebody to take them",
        "see them: drumbeat handoff list",
    ),
}


@frozen
class DatabaseChecks:
    """Whether the database answers, is migrated, and tells the time as we do."""

    inspection: DatabaseInspection

    async def answers(self) -> Sequence[Diagnosis]:
        """It is reached."""
        seen = await self.inspection.look()
        milliseconds = seen.round_trip / timedelta(milliseconds=1)
        return [Diagnosis("database", ok=True, says=f"{seen.place} answers in {milliseconds:.1f} ms")]

    async def is_migrated(self) -> Sequence[Diagnosis]:
        """It has the tables that this program needs."""
        await self.inspection.check()
        return [Diagnosis("migrations", ok=True, says="the database is up to date")]

    async def clock(self) -> Sequence[Diagnosis]:
        """Its clock and ours agree."""
        seen = await self.inspection.look()
        if seen.clock is None:
            return [Diagnosis("database clock", ok=True, says="the database has this machine's clock")]
        return [_clock("database clock", seen.clock)]


@frozen
class RunsChecks:
    """Whether the workflow service answers, is set up, and has workers.

    Args:
        inspection: asks it.
        needed: what must have a worker, as `RunsInspection.pollers` names it.
    """

    inspection: RunsInspection
    needed: Collection[str]

    async def answers(self) -> Sequence[Diagnosis]:
        """It is reached."""
        seen = await self.inspection.look()
        version = f", server {seen.version}" if seen.version else ""
        says = f"Temporal answers at {seen.address}, namespace {seen.namespace}{version}"
        return [Diagnosis("temporal", ok=True, says=says)]

    async def attributes(self) -> Sequence[Diagnosis]:
        """It has the search attributes."""
        missing = await self.inspection.missing_attributes()
        if not missing:
            return [Diagnosis("search attributes", ok=True, says="they are registered")]
        names = " ".join(f"--name {name} --type Keyword" for name in missing)
        return [
            Diagnosis(
                "search attributes",
                ok=False,
                says=f"{', '.join(missing)} {_is(len(missing))} not registered, so no run can be started",
                remedy=f"start a worker, or run: temporal operator search-attribute create {names}",
            )
        ]

    async def workers(self) -> Sequence[Diagnosis]:
        """Every queue that is used has a worker."""
        pollers = await self.inspection.pollers()
        return [self._queue(name, pollers.get(name, 0)) for name in self.needed]

    async def clock(self) -> Sequence[Diagnosis]:
        """Its clock and ours agree."""
        return [_clock("temporal clock", await self.inspection.clock())]

    def _queue(self, name: str, pollers: int) -> Diagnosis:
        if pollers:
            workers = "1 worker has" if pollers == 1 else f"{pollers} workers have"
            return Diagnosis(f"queue {name}", ok=True, says=f"{workers} asked for work in the last minutes")
        return Diagnosis(
            f"queue {name}",
            ok=False,
            says="no worker has asked for work in the last minutes",
            remedy=f"start one: drumbeat worker, with {name} among DRUMBEAT_WORKER_QUEUES",
        )


@frozen
class BooksChecks:
    """What stands in the database that somebody should look at."""

    database: Database
    find_stuck: FindStuck
    clock: Clock

    async def stuck(self) -> Sequence[Diagnosis]:
        """Nothing goes on for too long, of any tenant."""
        return [_stuck(each) for each in await self.find_stuck(None)]

    async def circuits(self) -> Sequence[Diagnosis]:
        """No provider is passed over since it has been failing."""
        async with self.database.transaction() as tx:
            known = await tx.circuits.all()
        now = self.clock()
        failing = [
            f"{provider} on {channel.value}"
            for (channel, provider), circuit in known.items()
            if circuit.state(now) is CircuitState.OPEN
        ]
        if not failing:
            return [Diagnosis("circuits", ok=True, says="no provider is passed over")]
        return [
            Diagnosis(
                "circuits",
                ok=False,
                says=f"{', '.join(failing)} {_is(len(failing))} passed over after faults",
                remedy="run drumbeat provider check, and look at the provider's status page",
            )
        ]


def _clock(name: str, reading: ClockReading) -> Diagnosis:
    if reading.skew <= LARGEST_SKEW:
        return Diagnosis(name, ok=True, says="it agrees with this machine's")
    seconds = abs(reading.ahead.total_seconds())
    side = "ahead of" if reading.ahead > timedelta(0) else "behind"
    return Diagnosis(
        name,
        ok=False,
        says=f"it is {seconds:.1f} s {side} this machine's",
        remedy="let both machines keep time by NTP",
    )


def _stuck(stuck: Stuck) -> Diagnosis:
    words = _STUCK[stuck.kind]
    name = stuck.kind.value.replace("_", " ")
    if stuck.oldest is None:
        return Diagnosis(name, ok=True, says=words.none)
    what = words.one if stuck.count == 1 else words.several
    ids = ", ".join(stuck.ids[:NAMED]) + (", ..." if stuck.count > NAMED else "")
    minutes = stuck.oldest / timedelta(minutes=1)
    says = f"{stuck.count} {what}, the oldest for {minutes:.0f} min: {ids}"
    return Diagnosis(name, ok=False, says=says, remedy=words.remedy)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
