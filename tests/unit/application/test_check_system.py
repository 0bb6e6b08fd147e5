"""Everything is looked at, and what is wrong is said with the remedy."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from attrs import define, field
from structlog.testing import capture_logs

from application.check_system import CheckSystem, Diagnosis
from application.errors import DatabaseUnavailable, RunsUnavailable
from application.find_stuck import FindStuck
from application.ports.inspection import ClockReading, DatabaseSeen, ServiceSeen
from application.system_checks import BooksChecks, DatabaseChecks, RunsChecks
from domain.attempts import AttemptState
from domain.circuit import Circuit
from domain.statuses import Channel
from tests.unit.application.world import World

SOON = timedelta(milliseconds=10)
EXACT = timedelta(0)


@define
class Inspected:
    """A database and a workflow service that are as a test says."""

    reading: ClockReading | None = None
    fault: Exception | None = None
    missing: Sequence[str] = ()
    polled: Mapping[str, int] = field(factory=dict)

    async def look(self) -> DatabaseSeen:
        return DatabaseSeen("the database server at db:5432", timedelta(milliseconds=1.25), self.reading)

    async def check(self) -> None:
        if self.fault is not None:
            raise self.fault

    async def missing_attributes(self) -> Sequence[str]:
        return self.missing

    async def pollers(self) -> Mapping[str, int]:
        return self.polled

    async def clock(self) -> ClockReading:
        assert self.reading is not None
        return self.reading


class Service(Inspected):
    """A workflow service."""

    async def look(self) -> ServiceSeen:  # type: ignore[override] # the other port's
        return ServiceSeen("temporal:7233", "default", "1.32.0")


async def _well() -> Sequence[Diagnosis]:
    return [Diagnosis("one", ok=True, says="it is well")]


async def _hangs() -> Sequence[Diagnosis]:
    await asyncio.Event().wait()
    return []


async def _refuses() -> Sequence[Diagnosis]:
    raise RunsUnavailable("Temporal cannot be reached")


async def _breaks() -> Sequence[Diagnosis]:
    raise LookupError("secret detail")


async def test_no_check_keeps_another_one_back() -> None:
    """Each is told in its place: what is well, what hangs, what refuses and what breaks."""
    checks = {"one": _well, "two": _hangs, "three": _refuses, "four": _breaks}
    with capture_logs() as lines:
        found = await CheckSystem(checks, SOON)()

    assert [(each.check, each.ok, each.says) for each in found] == [
        ("one", True, "it is well"),
        ("two", False, "there was no answer within 0.01 s"),
        ("three", False, "Temporal cannot be reached"),
        ("four", False, "the check itself failed with LookupError; the log says more"),
    ]
    assert [line["check"] for line in lines] == ["four"]


async def test_checks_are_made_side_by_side() -> None:
    """All of them begin before any has ended."""
    begun = asyncio.Barrier(3)

    async def check() -> Sequence[Diagnosis]:
        await begun.wait()
        return await _well()

    found = await CheckSystem(dict.fromkeys(["a", "b", "c"], check))()

    assert [each.ok for each in found] == [True] * 3


async def test_a_database_that_is_well() -> None:
    """Where it is, without a password, and how fast it answers."""
    checks = DatabaseChecks(Inspected())

    [answers] = await checks.answers()
    [migrated] = await checks.is_migrated()
    assert answers.says == "the database server at db:5432 answers in 1.2 ms"
    assert (answers.ok, migrated.ok) == (True, True)


async def test_a_database_that_is_not_migrated() -> None:
    """What the database says, with what to run, is the line."""
    fault = DatabaseUnavailable("the database is not migrated; run: drumbeat db upgrade")
    [found] = await CheckSystem({"migrations": DatabaseChecks(Inspected(fault=fault)).is_migrated})()

    assert found == Diagnosis("migrations", ok=False, says=str(fault))


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (None, None),
        (ClockReading(timedelta(seconds=1.9), EXACT), None),
        (ClockReading(timedelta(seconds=-1.9), EXACT), None),
        (ClockReading(timedelta(seconds=2.5), timedelta(seconds=1)), None),
        (ClockReading(timedelta(seconds=2.5), EXACT), "it is 2.5 s ahead of this machine's"),
        (ClockReading(timedelta(minutes=-3), SOON), "it is 180.0 s behind this machine's"),
    ],
)
async def test_clocks_that_differ(reading: ClockReading | None, says: str | None) -> None:
    """Beyond two seconds it matters; what the way of the answer may explain does not count."""
    [found] = await DatabaseChecks(Inspected(reading)).clock()

    assert found.ok is (says is None)
    assert says is None or (found.says == says and "NTP" in found.remedy)


async def test_the_clock_of_the_workflow_service() -> None:
    """It is looked at in the same way."""
    [found] = await RunsChecks(Service(ClockReading(timedelta(seconds=9), SOON)), []).clock()

    assert (found.check, found.ok) == ("temporal clock", False)


async def test_a_workflow_service_that_is_well() -> None:
    """Where it is, which namespace is ours, which version it has."""
    checks = RunsChecks(Service(polled={"campaigns": 2, "sms": 1}), ["campaigns", "sms"])
    found = [*await checks.answers(), *await checks.attributes(), *await checks.workers()]

    assert all(each.ok for each in found)
    assert found[0].says == "Temporal answers at temporal:7233, namespace default, server 1.32.0"
    assert [each.says.partition(" asked")[0] for each in found[2:]] == ["2 workers have", "1 worker has"]


async def test_search_attributes_that_are_missing() -> None:
    """The command that makes them is given."""
    [found] = await RunsChecks(Service(missing=["DrumbeatTenant"]), []).attributes()

    assert not found.ok
    assert "search-attribute create --name DrumbeatTenant --type Keyword" in found.remedy


async def test_a_queue_without_a_worker() -> None:
    """Each queue is told, and how to get a worker for it; queues that are not needed are not told."""
    found = await RunsChecks(Service(polled={"campaigns": 1, "bulk": 1}), ["campaigns", "email"]).workers()

    assert [(each.check, each.ok) for each in found] == [("queue campaigns", True), ("queue email", False)]
    assert "with email among DRUMBEAT_WORKER_QUEUES" in found[1].remedy


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish()
    return world


def books(world: World) -> BooksChecks:
    return BooksChecks(world.database, FindStuck(world.database, world.clock), world.clock)


async def test_nothing_is_stuck(world: World) -> None:
    """Each kind has a line."""
    found = await books(world).stuck()

    assert all(each.ok for each in found)
    assert "no send is in doubt" in [each.says for each in found]


@pytest.mark.parametrize(
    ("people", "says"),
    [
        (1, "1 send is in doubt, the oldest for 120 min: "),
        (4, "4 sends are in doubt, the oldest for 120 min: "),
    ],
)
async def test_something_is_stuck(world: World, people: int, says: str) -> None:
    """How much, for how long, which ones, and what to do."""
    for number in range(people):
        await world.attempt(await world.enroll(f"ann-{number}"), AttemptState.CLAIMED)
    world.clock.advance(hours=2)
    [found] = [each for each in await books(world).stuck() if not each.ok]

    assert found.check == "send in doubt"
    assert found.says.startswith(says)
    assert found.says.endswith(", ...") is (people > 3)
    assert "provider's own console" in found.remedy


@pytest.mark.parametrize(("later", "ok"), [(timedelta(0), False), (timedelta(minutes=2), True)])
async def test_a_provider_that_is_passed_over(world: World, later: timedelta, ok: bool) -> None:
    """It is named as long as its circuit is open."""
    is_open = Circuit(5, world.clock(), world.clock() + timedelta(minutes=1), 1)
    async with world.database.transaction() as tx:
        await tx.circuits.note(Channel.SMS, "twilio", Circuit(), is_open)
    world.clock.now += later
    [found] = await books(world).circuits()

    assert found.ok is ok
    assert ok or found.says == "twilio on sms is passed over after faults"
