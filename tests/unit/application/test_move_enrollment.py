"""Sending one enrollment to another step: stored, told once, and the books have the last word."""

from collections.abc import Sequence

import pytest

from application.errors import Conflict, UnknownEnrollment, UnknownStep
from application.ports.interactions import Dispatch
from domain.enrollment.move import Move
from domain.enrollment.turn import HANDOFF
from domain.idempotency import order_name
from tests.fakes.clock import NOW
from tests.unit.application.world import DEFINITION, TENANT, World


def steps_told(world: World) -> list[str]:
    """Where runs were told to go, in order."""
    return [wanted.step for _, wanted in world.runs.moved]


def dispatches(world: World) -> list[Dispatch]:
    return [row.dispatch for row in world.rows]


async def test_an_order_is_a_row_of_the_timeline_and_is_told(world: World) -> None:
    """The run hears of it by a name that is derived from the row's key."""
    run = await world.enroll()
    await world.move_enrollment(TENANT, run, "mail")
    [row] = await world.timeline(run)

    assert (row.kind, row.detail, row.at, row.dispatch) == ("move", "mail", NOW, Dispatch.DISPATCHED)
    assert world.runs.moved == [(run, Move("mail", order_name(row.key)))]


async def test_every_order_is_another_one(world: World) -> None:
    """There and back again, and there."""
    run = await world.enroll()
    for step in ("mail", "text", "mail"):
        await world.move_enrollment(TENANT, run, step)
        world.clock.advance(seconds=1)

    assert steps_told(world) == ["mail", "text", "mail"]
    assert len({wanted.order for _, wanted in world.runs.moved}) == 3


@pytest.mark.parametrize("tenant", ["globex", TENANT])
async def test_an_unknown_enrollment_is_an_error(world: World, tenant: str) -> None:
    """One of another tenant is as unknown as one that does not exist."""
    run = await world.enroll()
    with pytest.raises(UnknownEnrollment, match="there is no enrollment"):
        await world.move_enrollment(tenant, run if tenant != TENANT else "nobody", "mail")

    assert world.rows == []


async def test_a_step_must_be_of_the_version_that_is_followed(world: World) -> None:
    """Another version's steps do not count; the sentence lists those that do."""
    await world.publish(version=2, steps=[{**DEFINITION["steps"][0], "key": "hello"}])
    run = await world.enroll()
    with pytest.raises(UnknownStep) as raised:
        await world.move_enrollment(TENANT, run, "hello")

    assert str(raised.value) == ("version 1 of spring has no step 'hello'; its steps are text, mail, broken")
    assert world.rows == []


async def test_what_has_ended_goes_nowhere(world: World) -> None:
    """The sentence says how it has ended."""
    run = await world.enroll()
    await world.finish(run)
    with pytest.raises(Conflict, match="ended as completed"):
        await world.move_enrollment(TENANT, run, "mail")

    assert world.rows == []


async def test_what_a_human_has_stays_there(world: World) -> None:
    """Nobody takes a case back to a step behind their back."""
    run = await world.enroll()
    await world.place(run, HANDOFF)
    with pytest.raises(Conflict, match="a human has the case"):
        await world.move_enrollment(TENANT, run, "mail")

    assert world.rows == []


async def test_a_run_that_is_not_started_yet_hears_of_it_once_it_is(world: World) -> None:
    """The order stays pending until then."""
    run = await world.enroll(started=False)
    await world.move_enrollment(TENANT, run, "mail")
    before = dispatches(world)
    for _ in range(3):
        world.clock.advance(minutes=1)
        await world.relay()

    assert before == [Dispatch.PENDING]
    assert steps_told(world) == ["mail"]
    assert dispatches(world) == [Dispatch.DISPATCHED]


async def test_the_relay_does_not_bring_back_an_order_that_another_has_followed(world: World) -> None:
    """An order that could not be told is late once there is another one."""
    run = await world.enroll()
    world.runs.down = True
    await world.move_enrollment(TENANT, run, "mail")
    world.runs.down = False
    world.clock.advance(seconds=1)
    await world.move_enrollment(TENANT, run, "broken")
    world.clock.advance(minutes=1)
    await world.relay()

    assert steps_told(world) == ["broken"]
    assert dispatches(world) == [Dispatch.LATE, Dispatch.DISPATCHED]


async def test_of_several_orders_the_last_one_is_told(world: World) -> None:
    """The relay tells a run once; the others are marked along with it."""
    run = await world.enroll()
    world.runs.down = True
    for step in ("mail", "broken"):
        await world.move_enrollment(TENANT, run, step)
        world.clock.advance(seconds=1)
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert steps_told(world) == ["broken"]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 2


async def test_an_event_does_not_take_back_the_order_before_it(world: World) -> None:
    """A run that hears of neither at once is told both: only it knows which of the steps lies ahead."""
    await world.publish(campaign="routed", goals=[{"event": "upgraded", "then": "mail"}])
    run = await world.enroll(campaign="routed", started=False)
    await world.move_enrollment(TENANT, run, "broken")
    world.clock.advance(seconds=1)
    await world.record_event(TENANT, "ann", "upgraded", "1")
    for _ in range(3):
        world.clock.advance(minutes=1)
        await world.relay()

    assert [(wanted.step, wanted.event) for _, wanted in world.runs.moved] == [
        ("broken", None),
        ("mail", "upgraded"),
    ]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 2


async def test_events_that_could_not_be_told_are_told_together(world: World) -> None:
    """The first one, which leads further, is not lost to the second; what was told along is late."""
    routes = [{"event": "bought", "then": "broken"}, {"event": "upgraded", "then": "mail"}]
    await world.publish(campaign="routed", goals=routes)
    await world.enroll(campaign="routed")
    world.runs.down = True
    await world.record_event(TENANT, "ann", "bought", "1")
    world.runs.down = False
    world.clock.advance(seconds=1)
    await world.record_event(TENANT, "ann", "upgraded", "2")
    world.clock.advance(minutes=1)
    await world.relay()

    assert steps_told(world) == ["broken", "mail"]
    assert dispatches(world) == [Dispatch.LATE, Dispatch.DISPATCHED]


async def test_the_books_have_the_last_word_when_two_orders_cross(world: World) -> None:
    """One that reaches the run after a later one is followed by that one again."""
    run, move = await world.enroll(), world.runs.move

    async def slow(enrollment_id: str, wanted: Sequence[Move]) -> bool:
        world.runs.move = move  # type: ignore[method-assign]  # a call that is overtaken on its way
        world.clock.advance(seconds=1)
        await world.move_enrollment(TENANT, run, "broken")
        return await move(enrollment_id, wanted)

    world.runs.move = slow  # type: ignore[method-assign]  # as above
    await world.move_enrollment(TENANT, run, "mail")

    assert steps_told(world) == ["broken", "mail", "broken"]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 2


async def test_what_meets_an_ended_run_is_late(world: World) -> None:
    """The books may not know yet that it has ended."""
    run = await world.enroll()
    world.runs.ended.add(run)
    await world.move_enrollment(TENANT, run, "mail")

    assert world.runs.moved == []
    assert dispatches(world) == [Dispatch.LATE]
