"""What a step comes to for a contact, by the contact's data as it is now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from application.errors import UnknownCampaign, UnknownEnrollment
from application.prepare_step import StepOutcome
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import NOW
from tests.unit.application.world import DEFINITION, PHONE, TENANT, World

TEXT: Mapping[str, Any] = DEFINITION["steps"][0]
MAIL: Mapping[str, Any] = DEFINITION["steps"][1]
NEW_YORK = "America/New_York"
ATTRIBUTES = {"appointment_at": "time", "amount": "number"}


@pytest.fixture
def world() -> World:
    """A world in which each test publishes its own steps."""
    return World()


def utc(day: int, hour: int) -> datetime:
    return NOW.replace(day=day, hour=hour)


async def prepare(
    world: World, step: Mapping[str, Any], attributes: Mapping[str, str] | None = None, **enroll: Any
) -> StepOutcome:
    """What a step comes to, entered at `NOW` (a Tuesday, 12:00 in UTC)."""
    await world.publish(attributes=ATTRIBUTES, steps=[{**TEXT, **step}, MAIL])
    enrollment = await world.enroll(attributes=attributes or {}, **enroll)
    return await world.prepare_step(enrollment, "text", NOW)


@pytest.mark.parametrize(
    ("delay", "timezone", "of_phone", "due"),
    [
        pytest.param("14:00", "UTC", (), utc(15, 14), id="later today"),
        pytest.param("10:00", "UTC", (), utc(16, 10), id="tomorrow, since today's is over"),
        pytest.param("12:00", "UTC", (), utc(16, 12), id="the next one, never this very moment"),
        pytest.param("fri 10:00", "UTC", (), utc(18, 10), id="a day of the week"),
        pytest.param("10:00", NEW_YORK, (), utc(15, 15), id="where the contact is"),
        pytest.param(
            "10:00", None, (NEW_YORK, "America/Los_Angeles"), utc(15, 15), id="by the phone's first"
        ),
    ],
)
async def test_a_local_time_is_that_of_the_contact(
    world: World, delay: str, timezone: str | None, of_phone: tuple[str, ...], due: datetime
) -> None:
    """The next one after the step was entered, by the one zone that tells the contact's time."""
    world.calendar = FakeCalendar(zones={PHONE: of_phone})

    assert await prepare(world, {"delay": delay}, timezone=timezone) == StepOutcome(due=due)


@pytest.mark.parametrize(
    ("delay", "appointment", "due"),
    [
        ("appointment_at - 2d", "2030-01-20T09:00:00Z", utc(18, 9)),
        ("appointment_at - 1d at 08:00", "2030-01-20 15:30", utc(19, 13)),
        ("appointment_at", "2030-01-20", utc(20, 5)),
    ],
)
async def test_a_time_of_the_contacts_data_is_waited_for(
    world: World, delay: str, appointment: str, due: datetime
) -> None:
    """One without an offset is told by the clocks where the contact is."""
    outcome = await prepare(world, {"delay": delay}, {"appointment_at": appointment}, timezone=NEW_YORK)

    assert outcome == StepOutcome(due=due)


@pytest.mark.parametrize(
    ("delay", "outcome"),
    [
        ("appointment_at - 2d", StepOutcome(skip="its time (appointment_at) was over")),
        (
            {"until": "appointment_at - 2d", "if_late": "skip"},
            StepOutcome(skip="its time (appointment_at) was over"),
        ),
        ({"until": "appointment_at - 2d", "if_late": "send"}, StepOutcome(due=utc(14, 12))),
        ({"until": "appointment_at - 1d", "if_late": "skip"}, StepOutcome(due=NOW)),
    ],
)
async def test_a_time_that_was_over_is_skipped_or_sent_as_the_plan_says(
    world: World, delay: object, outcome: StepOutcome
) -> None:
    """A reminder of yesterday's date is usually left out; this very moment is not over yet."""
    appointment = {"appointment_at": "2030-01-16T12:00:00Z"}

    assert await prepare(world, {"delay": delay}, appointment) == outcome


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({}, "is missing"),
        ({"appointment_at": "  "}, "is missing"),
        ({"appointment_at": "next tuesday"}, "is not a time"),
        ({"appointment_at": "0001-01-01"}, "is too far from now"),
    ],
)
async def test_a_time_that_cannot_be_told_fails_the_step(
    world: World, attributes: dict[str, str], problem: str
) -> None:
    """It is not left out in silence: something is wrong with the data, which the reason does not quote."""
    outcome = await prepare(world, {"delay": "appointment_at - 2d"}, attributes)

    assert outcome.rejected
    assert outcome.skip is not None
    assert outcome.skip.startswith(f"the contact's attribute appointment_at {problem}")
    assert "tuesday" not in outcome.skip


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [
        ("101", StepOutcome(due=NOW + timedelta(hours=2))),
        ("100", StepOutcome(skip="only where amount is over 100")),
        (None, StepOutcome(skip="only where amount is over 100")),
    ],
)
async def test_a_step_with_a_condition_is_for_those_of_whom_it_holds(
    world: World, amount: str | None, outcome: StepOutcome
) -> None:
    """For the others it is left out, and nothing is wrong; the reason names the condition and no data."""
    step = {"when": {"amount": {"over": 100}}, "delay": "2h"}

    assert await prepare(world, step, {} if amount is None else {"amount": amount}) == outcome


async def test_data_that_changes_meanwhile_counts_as_it_is_now(world: World) -> None:
    """A contact that is imported again before the step is entered has the new time."""
    await prepare(world, {"delay": "appointment_at"}, {"appointment_at": "2030-01-20"}, timezone="UTC")
    enrollment = await world.enroll(attributes={"appointment_at": "2030-01-21"}, timezone="UTC")

    assert (await world.prepare_step(enrollment, "text", NOW)).due == utc(21, 0)


async def test_in_a_demonstration_the_calendar_goes_by_the_plans_time(world: World) -> None:
    """Where a day takes a second, two hours of the calendar and of a delay take a twelfth of one."""
    quick = 1 / 86_400
    at_two = await prepare(world, {"delay": "14:00"}, time_scale=quick, timezone="UTC")
    await world.publish(campaign="summer", steps=[{**TEXT, "delay": "2h", "when": {"language": "de"}}])
    other = await world.enroll(campaign="summer", time_scale=quick, attributes={"language": "de"})
    later = NOW + timedelta(seconds=1)

    in_two_hours = await world.prepare_step(other, "text", later)
    enrollment = await world.enroll(time_scale=quick, timezone="UTC")
    next_day_at_two = await world.prepare_step(enrollment, "text", later + timedelta(seconds=0.25))

    two_hours = timedelta(hours=2) * quick
    assert at_two == StepOutcome(due=NOW + two_hours)
    assert in_two_hours == StepOutcome(due=later + two_hours)
    assert next_day_at_two == StepOutcome(due=later + timedelta(seconds=1) + two_hours)


SPLIT = {
    "key": "fork",
    "split": [
        {"when": {"language": ["de", "at"]}, "then": "mail"},
        {"when": {"amount": {"over": 100}}, "then": "text"},
    ],
}


@pytest.mark.parametrize(
    ("attributes", "branch"),
    [({"language": "AT"}, 0), ({"language": "de", "amount": "500"}, 0), ({"amount": "500"}, 1), ({}, 2)],
)
async def test_a_split_takes_the_first_branch_that_fits(
    world: World, attributes: dict[str, str], branch: int
) -> None:
    """Where none fits it is the one behind them all."""
    await world.publish(attributes=ATTRIBUTES, steps=[SPLIT, TEXT, MAIL])
    enrollment = await world.enroll(attributes=attributes)

    assert await world.prepare_step(enrollment, "fork", NOW) == StepOutcome(branch=branch)


async def test_a_split_by_weight_is_by_the_contact_and_always_the_same(world: World) -> None:
    """People are shared out, and whoever is asked about again gets the same branch, at any time."""
    split = {"key": "fork", "split": [{"weight": 1, "then": "text"}, {"weight": 1, "then": "mail"}]}
    await world.publish(steps=[split, TEXT, MAIL])
    enrollments = [await world.enroll(f"person-{n}") for n in range(20)]

    branches = [(await world.prepare_step(each, "fork", NOW)).branch for each in enrollments]
    again = [(await world.prepare_step(each, "fork", utc(16, 3))).branch for each in enrollments]

    assert set(branches) == {0, 1}
    assert again == branches


async def test_two_campaigns_share_people_out_anew(world: World) -> None:
    """Who is in the one's control group is not for that reason in the other's."""
    split = {"key": "fork", "split": [{"weight": 1, "then": "text"}, {"weight": 1, "then": "mail"}]}
    branches = []
    for campaign in ("spring", "summer"):
        await world.publish(campaign=campaign, steps=[split, TEXT, MAIL])
        enrollments = [await world.enroll(f"person-{n}", campaign=campaign) for n in range(20)]
        branches.append([(await world.prepare_step(each, "fork", NOW)).branch for each in enrollments])

    assert branches[0] != branches[1]


async def test_a_step_that_the_version_does_not_have_fails(world: World) -> None:
    """A run that is led by hand to nowhere goes on by the route for what was rejected."""
    await world.publish()

    outcome = await world.prepare_step(await world.enroll(), "gone", NOW)

    assert outcome == StepOutcome(skip="version 1 has no step gone", rejected=True)


async def test_the_step_of_nobody_cannot_be_prepared(world: World) -> None:
    """Where the enrollment, the person or the version was erased, asking again cannot help."""
    await world.publish()
    enrollment = await world.enroll()
    lonely = await world.enroll("bob", version=2)

    with pytest.raises(UnknownEnrollment):
        await world.prepare_step("nobody", "text", NOW)
    with pytest.raises(UnknownCampaign):
        await world.prepare_step(lonely, "text", NOW)
    world.database.state.contacts.pop((TENANT, "ann"))
    with pytest.raises(UnknownEnrollment):
        await world.prepare_step(enrollment, "text", NOW)
