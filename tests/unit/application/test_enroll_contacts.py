"""Enrolling contacts and starting their runs."""

import asyncio
from datetime import timedelta

import pytest

from application.enroll_contacts import EnrollReport
from application.errors import DatabaseUnavailable, UnknownCampaign
from application.start_runs import CONCURRENCY
from domain.contact import NewContact
from domain.errors import InvalidCampaign
from domain.idempotency import enrollment_id
from tests.unit.application.world import TENANT, World

ANN = NewContact("ann", phone="+15550100001")
BOB = NewContact("bob", email="bob@example.com")


async def test_contacts_are_stored_enrolled_and_started(world: World) -> None:
    """Each new contact gets an id, an enrollment derived from it, and a run."""
    report = await world.enroll_contacts(TENANT, "spring", 1, [ANN, BOB])

    ids = [enrollment_id(TENANT, "spring", contact) for contact in ("contact-1", "contact-2")]
    assert report == EnrollReport(contacts=2, enrolled=2, already=0)
    assert sorted(world.runs.started) == sorted(ids)
    assert {e.started_at for e in world.database.state.enrollments.values()} == {world.clock()}
    run = world.runs.started[ids[0]]
    assert (run.tenant, run.plan.campaign, run.plan.version) == (TENANT, "spring", 1)


async def test_the_same_contacts_twice_enroll_nobody_twice(world: World) -> None:
    """The second time finds everybody enrolled, starts nothing, and takes the new details."""
    await world.enroll_contacts(TENANT, "spring", 1, [ANN, BOB])
    moved = NewContact("ann", phone="+15550100009")

    report = await world.enroll_contacts(TENANT, "spring", 1, [moved, BOB])

    assert report == EnrollReport(contacts=2, enrolled=0, already=2)
    assert len(world.runs.starts) == 2
    assert len(world.database.state.enrollments) == 2
    assert world.database.state.contacts[TENANT, "ann"].phone == "+15550100009"


async def test_a_contact_that_is_given_twice_is_enrolled_once(world: World) -> None:
    """Duplicates within one call count as enrolled already."""
    report = await world.enroll_contacts(TENANT, "spring", 1, [ANN, ANN])

    assert report == EnrollReport(contacts=2, enrolled=1, already=1)


async def test_a_newer_version_enrolls_nobody_again(world: World) -> None:
    """One contact, one campaign, one enrollment, whichever version."""
    await world.publish(version=2)
    await world.enroll_contacts(TENANT, "spring", 1, [ANN])

    report = await world.enroll_contacts(TENANT, "spring", 2, [ANN])

    assert report.enrolled == 0
    assert [e.version for e in world.database.state.enrollments.values()] == [1]


async def test_concurrent_enrolling_enrolls_once(world: World) -> None:
    """The same file read by two processes at once gives one enrollment each."""
    enroll = world.enroll_contacts

    reports = await asyncio.gather(*(enroll(TENANT, "spring", 1, [ANN, BOB]) for _ in range(4)))

    assert sum(report.enrolled for report in reports) == 2
    assert len(set(world.runs.starts)) == len(world.runs.starts) == 2


async def test_a_demonstration_scales_the_plan(world: World) -> None:
    """The run's durations are multiplied, the published campaign stays as it is."""
    await world.enroll_contacts(TENANT, "spring", 1, [ANN], time_scale=1 / 86_400)

    [run] = world.runs.started.values()
    assert run.plan.steps[0].wait == timedelta(seconds=1)


def test_reports_of_several_calls_add_up() -> None:
    """A file that is enrolled in pieces has one report."""
    assert EnrollReport(3, 2, 1) + EnrollReport(5, 1, 4) == EnrollReport(8, 3, 5)


async def test_an_unknown_campaign_stores_nothing(world: World) -> None:
    """Nothing is half enrolled."""
    with pytest.raises(UnknownCampaign):
        await world.enroll_contacts(TENANT, "spring", 9, [ANN])

    assert world.database.state.contacts == {}


async def test_without_a_database_nothing_is_started(world: World) -> None:
    """A run without its enrollment would have nobody to write to."""
    world.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await world.enroll_contacts(TENANT, "spring", 1, [ANN])

    assert world.runs.starts == []


async def test_runs_that_cannot_be_started_are_left_to_the_relay(world: World) -> None:
    """All is stored, the ones that started are noted, and the relay starts exactly the rest."""
    refused = enrollment_id(TENANT, "spring", "contact-2")
    world.runs.unreachable = {refused}

    report = await world.enroll_contacts(TENANT, "spring", 1, [ANN, BOB])
    unstarted = [e.id for e in world.database.state.enrollments.values() if e.started_at is None]
    world.runs.unreachable = set()
    world.clock.advance(minutes=1)
    relayed = await world.relay()

    assert report.enrolled == 2
    assert unstarted == [refused]
    assert relayed == 1
    assert world.runs.starts.count(refused) == 1


@pytest.mark.parametrize("scale", [1e12, 1e300])
async def test_what_could_never_be_started_is_not_stored(world: World, scale: float) -> None:
    """A plan that cannot be followed at this scale is refused before anything is stored."""
    with pytest.raises(InvalidCampaign):
        await world.enroll_contacts(TENANT, "spring", 1, [ANN], time_scale=scale)

    assert world.database.state.contacts == {}
    assert world.database.state.enrollments == {}


async def test_many_runs_are_started_a_few_at_a_time(world: World) -> None:
    """The workflow service is not flooded: no more starts are under way at once than stated."""
    under_way = most = 0
    start = world.runs.start

    class CountingRuns:
        tell = world.runs.tell
        opt_out = world.runs.opt_out

        async def start(self, run: object) -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            await start(run)  # type: ignore[arg-type] # a Run, from the use case
            under_way -= 1

    world.runs = CountingRuns()  # type: ignore[assignment] # another fake of the same port
    contacts = [NewContact(f"c{n}", phone=f"+1555010{n:04}") for n in range(3 * CONCURRENCY)]

    report = await world.enroll_contacts(TENANT, "spring", 1, contacts)

    assert report.enrolled == 3 * CONCURRENCY
    assert most == CONCURRENCY
