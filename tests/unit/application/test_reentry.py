"""Entering a campaign again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from application.enroll_contacts import EnrollReport
from application.ports.enrollments import Enrollment
from domain.contact import NewContact
from domain.enrollment.state import Outcome
from domain.idempotency import enrollment_id
from tests.unit.application.world import TENANT, World

ANN, BOB = (NewContact(name, phone=f"+1555010000{n}") for n, name in enumerate(("ann", "bob"), start=1))
NEW, KNOWN = EnrollReport(1, 1, 0), EnrollReport(1, 0, 1)


@pytest.fixture
def world() -> World:
    """A world in which each test publishes a campaign with its own re-entry."""
    return World()


async def enroll(world: World, *contacts: NewContact, version: int = 1, **more: Any) -> EnrollReport:
    return await world.enroll_contacts(TENANT, "spring", version, contacts or [ANN], **more)


def entries(world: World) -> list[Enrollment]:
    return sorted(world.database.state.enrollments.values(), key=lambda each: each.entry)


async def end_all(world: World, outcome: Outcome = Outcome.COMPLETED) -> None:
    for each in entries(world):
        await world.finish(each.id, outcome)


@pytest.mark.parametrize(
    ("reentry", "after", "report"),
    [
        pytest.param({}, timedelta(days=1000), KNOWN, id="once, unless it is said otherwise"),
        pytest.param({"reentry": "once"}, timedelta(days=1000), KNOWN, id="once"),
        pytest.param({"reentry": "30d"}, timedelta(days=30) - timedelta.resolution, KNOWN, id="too soon"),
        pytest.param({"reentry": "30d"}, timedelta(days=30), NEW, id="after a while"),
        pytest.param({"reentry": "always"}, timedelta(0), NEW, id="always"),
    ],
)
async def test_whose_enrollment_has_ended_enters_again_where_the_campaign_allows_it(
    world: World, reentry: dict[str, str], after: timedelta, report: EnrollReport
) -> None:
    """The time counts from the end of the last one."""
    await world.publish(**reentry)
    await enroll(world)
    world.clock.advance(days=7)
    await end_all(world)
    world.clock.now += after

    assert await enroll(world) == report


async def test_each_entry_is_an_enrollment_and_a_run_of_its_own(world: World) -> None:
    """Numbered, so that its attempts have keys of their own; the earlier ones stay as they were."""
    await world.publish(reentry="always")
    for _ in range(3):
        await enroll(world)
        await end_all(world)
        world.clock.advance(days=1)

    [contact_id] = {each.contact_id for each in entries(world)}
    ids = [enrollment_id(TENANT, "spring", contact_id, entry) for entry in (1, 2, 3)]
    assert [each.entry for each in entries(world)] == [1, 2, 3]
    assert [each.id for each in entries(world)] == world.runs.starts == ids
    assert len({each.finished_at for each in entries(world)}) == 3


@pytest.mark.parametrize("reentry", ["once", "1s", "always"])
async def test_nobody_enters_while_an_enrollment_is_open(world: World, reentry: str) -> None:
    """However long it runs: nobody gets the same campaign twice at once."""
    await world.publish(reentry=reentry)
    await enroll(world)
    world.clock.advance(days=1000)

    assert await enroll(world) == KNOWN
    assert len(entries(world)) == 1


async def test_of_two_callers_at_once_one_enrolls(world: World) -> None:
    """Both find the last enrollment ended; the other finds the new one open."""
    await world.publish(reentry="always")
    await enroll(world, ANN, BOB)
    await end_all(world)

    reports = await asyncio.gather(*(enroll(world, ANN, BOB) for _ in range(5)))

    assert sum(report.enrolled for report in reports) == 2
    assert sorted(each.entry for each in entries(world)) == [1, 1, 2, 2]
    assert len(set(world.runs.starts)) == len(world.runs.starts) == 4


async def test_a_contact_that_is_given_twice_enters_once(world: World) -> None:
    """Duplicates within one call are one, also where entering again is allowed."""
    await world.publish(reentry="always")

    assert await enroll(world, ANN, ANN) == EnrollReport(2, 1, 1)


async def test_the_rule_is_that_of_the_version_that_is_entered(world: World) -> None:
    """An older version that never let anybody in twice does not bind a newer one."""
    await world.publish()
    await world.publish(version=2, reentry="always")
    await enroll(world)
    await end_all(world)

    assert await enroll(world) == KNOWN
    assert await enroll(world, version=2) == NEW
    assert [(each.version, each.entry) for each in entries(world)] == [(1, 1), (2, 2)]


@pytest.mark.parametrize("outcome", Outcome)
async def test_however_the_last_one_ended(world: World, outcome: Outcome) -> None:
    """Whether a message goes out is for the gate to say: an opt-out outlives its run as a suppression."""
    await world.publish(reentry="always")
    await enroll(world)
    await end_all(world, outcome)

    assert await enroll(world) == NEW


async def test_other_campaigns_know_nothing_of_it(world: World) -> None:
    """Each campaign counts its own entries."""
    await world.publish(reentry="always")
    await world.publish(campaign="summer")
    await enroll(world)
    await end_all(world)
    await enroll(world)
    await world.enroll_contacts(TENANT, "summer", 1, [ANN])

    assert [(each.campaign, each.entry) for each in entries(world)] == [
        ("spring", 1),
        ("summer", 1),
        ("spring", 2),
    ]


async def test_in_a_demonstration_the_cool_down_is_scaled(world: World) -> None:
    """Where a day takes a second, thirty days take thirty."""
    await world.publish(reentry="30d")
    quick = {"time_scale": 1 / 86_400}
    await enroll(world, **quick)
    await end_all(world)
    world.clock.advance(seconds=29)
    too_soon = await enroll(world, **quick)
    world.clock.advance(seconds=1)

    assert too_soon == KNOWN
    assert await enroll(world, **quick) == NEW
