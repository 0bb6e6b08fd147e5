"""What a tenant can do with schedules."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.control_schedules import ControlSchedules
from application.errors import RunsUnavailable, UnknownAudience, UnknownCampaign, UnknownSchedule
from application.ports.batches import Batch
from application.ports.schedules import Firing, FiringState
from domain.errors import InvalidSchedule
from tests.fakes.schedules import FakeSchedules
from tests.unit.application.world import TENANT, World

DAILY = {"campaign": "spring", "audience": "leads", "when": {"at": "09:00"}}


@pytest.fixture
def schedules(world: World) -> FakeSchedules:
    return FakeSchedules(world.clock)


@pytest.fixture
async def control(world: World, schedules: FakeSchedules) -> ControlSchedules:
    """With a campaign and an audience."""
    async with world.database.transaction() as tx:
        await tx.audiences.put(TENANT, "leads", {}, world.clock())
    return ControlSchedules(schedules, world.database, world.clock)


async def test_a_schedule_is_made_and_changed(control: ControlSchedules, schedules: FakeSchedules) -> None:
    """There is one of a key."""
    first = await control.put(TENANT, "leads", DAILY, paused=True)
    second = await control.put(TENANT, "leads", {**DAILY, "version": 1})
    view = await control.get(TENANT, "leads")

    assert (first, second) == (True, False)
    assert (view.planned.schedule.version, view.planned.paused) == (1, True)
    assert list(schedules.kept) == [(TENANT, "leads")]


@pytest.mark.parametrize(
    ("changes", "error", "problem"),
    [
        ({"campaign": "autumn"}, UnknownCampaign, "autumn"),
        ({"version": 9}, UnknownCampaign, "version 9"),
        ({"audience": "nobody"}, UnknownAudience, "no such audience"),
        ({"time_zone": "America/Chikago"}, InvalidSchedule, "did you mean America/Chicago?"),
        ({"time_zone": "Mars/Base"}, InvalidSchedule, "write it like America/Chicago"),
        ({"when": {}}, InvalidSchedule, "says nothing"),
    ],
)
async def test_a_schedule_that_could_only_fail_is_not_made(
    control: ControlSchedules,
    schedules: FakeSchedules,
    changes: dict[str, object],
    error: type[Exception],
    problem: str,
) -> None:
    """Whoever makes it is told, instead of whoever finds in a week that nothing came of it."""
    with pytest.raises(error, match=problem):
        await control.put(TENANT, "leads", {**DAILY, **changes})

    assert schedules.kept == {}


async def test_anothers_campaign_and_audience_are_not_there(control: ControlSchedules) -> None:
    """A schedule cannot reach over."""
    with pytest.raises(UnknownCampaign):
        await control.put("others", "leads", DAILY)


async def test_a_schedule_shows_what_it_has_enrolled(
    world: World, control: ControlSchedules, schedules: FakeSchedules
) -> None:
    """Of its last firings, as far as there is a batch, and it is this tenant's."""
    await control.put(TENANT, "leads", DAILY)
    now = world.clock()
    states = {"b-1": FiringState.DONE, "b-2": FiringState.FAILED, "b-3": FiringState.DONE}
    schedules.fire(TENANT, "leads", *(Firing(now, now, batch, state) for batch, state in states.items()))
    mine = Batch("b-1", TENANT, "spring", 1, "audience:leads", now, enrolled=3)
    async with world.database.transaction() as tx:
        await tx.batches.add(mine)
        await tx.batches.add(evolve(mine, id="b-3", tenant="others"))
    view = await control.get(TENANT, "leads")

    assert [firing.batch_id for firing in view.planned.firings] == ["b-1", "b-2", "b-3"]
    assert view.batches == {"b-1": mine}


async def test_schedules_are_listed_by_key(control: ControlSchedules) -> None:
    """A tenant's own, page by page, or all."""
    for key in ("c", "a", "b"):
        await control.put(TENANT, key, DAILY)
    pages = [await control.page(TENANT, after, 2) for after in (None, "b")]

    assert [[each.schedule.key for each in page] for page in pages] == [["a", "b"], ["c"]]
    assert [each.schedule.key for each in await control.all(TENANT)] == ["a", "b", "c"]
    assert await control.all("others") == []


async def test_a_schedule_is_steered(
    world: World, control: ControlSchedules, schedules: FakeSchedules
) -> None:
    """Held with a reason, released, fired now and for times past, deleted."""
    await control.put(TENANT, "leads", DAILY)
    await control.pause(TENANT, "leads", "The form is being rebuilt.")
    held = (await control.get(TENANT, "leads")).planned
    await control.unpause(TENANT, "leads")
    released = (await control.get(TENANT, "leads")).planned
    await control.trigger(TENANT, "leads")
    stretch = (world.clock() - timedelta(days=2), world.clock())
    await control.backfill(TENANT, "leads", *(at.isoformat() for at in stretch))
    await control.delete(TENANT, "leads")

    assert (held.paused, held.remark) == (True, "The form is being rebuilt.")
    assert (released.paused, released.remark) == (False, "Released.")
    assert (schedules.triggered, schedules.backfilled) == ([(TENANT, "leads")], [stretch])
    assert schedules.kept == {}


@pytest.mark.parametrize(
    ("days", "problem"), [((-1, -2), "must be later than the start"), ((-1, 1), "lies in the future")]
)
async def test_only_times_past_can_be_made_up_for(
    world: World, control: ControlSchedules, schedules: FakeSchedules, days: tuple[int, int], problem: str
) -> None:
    """The rest comes by itself."""
    await control.put(TENANT, "leads", DAILY)
    start, end = ((world.clock() + timedelta(days=each)).isoformat() for each in days)

    with pytest.raises(InvalidSchedule, match=problem):
        await control.backfill(TENANT, "leads", start, end)
    assert schedules.backfilled == []


async def test_a_remark_must_fit_a_line(control: ControlSchedules) -> None:
    """It goes to where no lone surrogates can."""
    await control.put(TENANT, "leads", DAILY)

    with pytest.raises(InvalidSchedule, match="remark"):
        await control.pause(TENANT, "leads", "\ud800")


PAST = ("2029-03-01T00:00:00Z", "2029-03-02T00:00:00Z")
STEERED: dict[str, Callable[[ControlSchedules, str, str], Awaitable[object]]] = {
    "get": lambda control, tenant, key: control.get(tenant, key),
    "trigger": lambda control, tenant, key: control.trigger(tenant, key),
    "pause": lambda control, tenant, key: control.pause(tenant, key),
    "unpause": lambda control, tenant, key: control.unpause(tenant, key),
    "delete": lambda control, tenant, key: control.delete(tenant, key),
    "backfill": lambda control, tenant, key: control.backfill(tenant, key, *PAST),
}


@pytest.mark.parametrize("verb", STEERED)
@pytest.mark.parametrize(
    ("tenant", "key"), [("others", "leads"), (TENANT, "nothing"), (TENANT, "\ud800"), (TENANT, "a:b")]
)
async def test_what_is_not_there(control: ControlSchedules, verb: str, tenant: str, key: str) -> None:
    """Another tenant's schedule is not, nor what could not be a key."""
    await control.put(TENANT, "leads", DAILY)

    with pytest.raises(UnknownSchedule, match="there is no schedule"):
        await STEERED[verb](control, tenant, key)
    assert (await control.get(TENANT, "leads")).planned.paused is False


async def test_nobody_listens(control: ControlSchedules, schedules: FakeSchedules) -> None:
    """It is told as that."""
    schedules.down = True

    with pytest.raises(RunsUnavailable):
        await control.all(TENANT)
