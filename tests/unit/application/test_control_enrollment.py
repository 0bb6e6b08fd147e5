"""Holding, releasing and ending one enrollment."""

import pytest

from application.errors import DatabaseUnavailable, UnknownEnrollment
from application.ports.interactions import Dispatch
from domain.enrollment.state import Outcome
from domain.pauses import PausePolicy
from tests.fakes.clock import NOW
from tests.unit.application.world import TENANT, World


def dispatches(world: World) -> dict[str, Dispatch]:
    return {row.kind: row.dispatch for row in world.rows}


async def test_an_enrollment_is_held_and_released(world: World) -> None:
    """The books say so, and its run hears of both; the end says what becomes of what fell due."""
    enrollment = await world.enroll()
    control = world.control_enrollment

    held = await control.pause(TENANT, enrollment)
    since = world.database.state.enrollments[enrollment].paused_at
    world.clock.advance(minutes=1)
    released = await control.resume(TENANT, enrollment, PausePolicy.EXPIRE)

    assert (held, released, since) == (True, True, NOW)
    assert world.database.state.enrollments[enrollment].paused_at is None
    assert world.runs.held == [(enrollment, "pause"), (enrollment, "resume expire")]
    assert dispatches(world) == {"pause": Dispatch.DISPATCHED, "resume": Dispatch.DISPATCHED}


async def test_a_second_time_changes_and_tells_nothing(world: World) -> None:
    """A pause is since when it was first wanted."""
    enrollment = await world.enroll()
    control = world.control_enrollment
    held, since = [], []
    for _ in range(2):
        held.append(await control.pause(TENANT, enrollment))
        since.append(world.database.state.enrollments[enrollment].paused_at)
        world.clock.advance(minutes=1)

    released = [await control.resume(TENANT, enrollment) for _ in range(2)]

    assert (held, released) == ([True, False], [True, False])
    assert since == [NOW, NOW]
    assert [word for _, word in world.runs.held] == ["pause", "resume freeze"]


async def test_it_can_be_held_again(world: World) -> None:
    """Each time is told: the rows are not one."""
    enrollment = await world.enroll()
    for _ in range(2):
        await world.control_enrollment.pause(TENANT, enrollment)
        world.clock.advance(minutes=1)
        await world.control_enrollment.resume(TENANT, enrollment)
        world.clock.advance(minutes=1)

    assert [word for _, word in world.runs.held] == ["pause", "resume freeze"] * 2


async def test_an_enrollment_is_cancelled_by_its_run(world: World) -> None:
    """The run writes the outcome; until it has, asking again says so again and does no harm."""
    enrollment = await world.enroll()
    control = world.control_enrollment

    first, second = [await control.cancel(TENANT, enrollment) for _ in range(2)]
    open_until_then = world.database.state.enrollments[enrollment].outcome
    await world.finish(enrollment, Outcome.CANCELLED)
    third = await control.cancel(TENANT, enrollment)

    assert (first, second, third) == (True, True, False)
    assert open_until_then is None
    assert set(world.runs.held) == {(enrollment, "cancel")}
    assert len(world.rows) == 1


async def test_an_enrollment_without_a_run_is_cancelled_at_once(world: World) -> None:
    """Nothing may start it any more; there is no run to tell."""
    enrollment = await world.enroll(started=False)

    cancelled = await world.control_enrollment.cancel(TENANT, enrollment)
    world.clock.advance(minutes=1)
    await world.relay()

    stored = world.database.state.enrollments[enrollment]
    assert cancelled
    assert (stored.outcome, stored.finished_at) == (Outcome.CANCELLED, NOW)
    assert dispatches(world) == {"cancel": Dispatch.LATE}
    assert world.runs.starts == []


async def test_a_run_that_is_being_started_hears_that_it_is_cancelled(world: World) -> None:
    """Its start was not noted yet: the books say that it has ended, and so does the run."""
    enrollment = await world.enroll(started=False)
    world.runs.missing.clear()
    await world.control_enrollment.cancel(TENANT, enrollment)

    assert world.runs.held == [(enrollment, "cancel")]


async def test_one_that_is_held_before_its_start_is_told_of_it_afterwards(world: World) -> None:
    """The gate holds it from the first send on; the run hears as soon as there is one."""
    enrollment = await world.enroll(started=False)
    await world.control_enrollment.pause(TENANT, enrollment)
    before = dispatches(world)
    world.clock.advance(minutes=1)
    for _ in range(2):
        await world.relay()

    assert before == {"pause": Dispatch.PENDING}
    assert world.runs.held == [(enrollment, "pause")]


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
async def test_one_that_has_ended_is_left_as_it_is(world: World, verb: str) -> None:
    """There is nothing to hold, to release or to end."""
    enrollment = await world.enroll()
    await world.finish(enrollment)

    assert not await getattr(world.control_enrollment, verb)(TENANT, enrollment)
    assert world.rows == []


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
async def test_the_enrollment_of_another_tenant_is_unknown(world: World, verb: str) -> None:
    """As is one that does not exist: who asks cannot tell the two apart."""
    enrollment = await world.enroll()
    for tenant, asked in (("globex", enrollment), (TENANT, "nobody")):
        with pytest.raises(UnknownEnrollment, match=f"no enrollment {asked}"):
            await getattr(world.control_enrollment, verb)(tenant, asked)

    assert world.database.state.enrollments[enrollment].paused_at is None
    assert world.rows == []


async def test_while_the_workflow_service_is_down_the_books_hold(world: World) -> None:
    """It is stored, so the next send is refused; the relay lets the run hear."""
    enrollment = await world.enroll()
    world.runs.down = True

    assert await world.control_enrollment.pause(TENANT, enrollment)
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.runs.held == [(enrollment, "pause")]


async def test_without_a_database_nothing_is_told(world: World) -> None:
    """A run that stood still while the books say otherwise would never be released."""
    enrollment = await world.enroll()
    world.database.down = True
    with pytest.raises(DatabaseUnavailable):
        await world.control_enrollment.pause(TENANT, enrollment)

    assert world.runs.held == []
