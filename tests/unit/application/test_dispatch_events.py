"""Letting runs hear of what is stored: each kind in its own way, once, and not before there is a run."""

from collections.abc import Sequence

import pytest

from application import orders
from application.dispatch_events import AT_ONCE, MOST_FAULTS, at_once, let_hear
from application.errors import RunsUnavailable
from application.ports.interactions import Dispatch, Interaction
from domain.enrollment.migrate import END
from domain.statuses import DeliveryStatus
from tests.fakes.clock import NOW
from tests.unit.application.world import DEFINITION, TENANT, World


async def store(world: World, *rows: Interaction) -> list[Interaction]:
    """Store rows; they are to be told."""
    async with world.database.transaction() as tx:
        await tx.interactions.add(rows)
    return list(rows)


def order(kind: str, enrollment: str, detail: str = "", name: str = "once") -> Interaction:
    return orders.order(kind, enrollment, detail, NOW, name)


def dispatches(world: World) -> list[Dispatch]:
    return [row.dispatch for row in world.rows]


async def tell(world: World, *rows: Interaction) -> int:
    return await world.dispatch(await store(world, *rows))


async def test_each_kind_reaches_its_run_in_its_own_way(world: World) -> None:
    """And is marked, so that nobody tells it again."""
    run = await world.enroll()
    kinds = (orders.OPT_OUT, orders.HANDOFF_RESOLVED, orders.CANCEL)

    count = await tell(world, *(order(kind, run) for kind in kinds), order(orders.GOAL, run, "purchased"))

    assert count == 4
    assert world.runs.opted_out == world.runs.resolved == [run]
    assert world.runs.held == [(run, "cancel")]
    assert world.runs.goals == [(run, ["purchased"])]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 4


async def test_goals_of_one_run_are_one_signal(world: World) -> None:
    """Each signal costs money; the run takes them in the order in which they were stored."""
    ann, bob = await world.enroll(), await world.enroll("bob")
    await tell(
        world,
        order(orders.GOAL, ann, "visited", "1"),
        order(orders.GOAL, bob, "visited", "1"),
        order(orders.GOAL, ann, "purchased", "2"),
    )

    assert world.runs.goals == [(ann, ["visited", "purchased"]), (bob, ["visited"])]


async def test_a_migration_brings_the_new_plan_at_the_enrollments_scale(world: World) -> None:
    """The run carries its plan, so it is given the whole of it, and the moves."""
    await world.publish(version=2)
    run = await world.enroll(time_scale=0.5)
    moves = {"text": "mail", "mail": END}
    await tell(world, order(orders.MIGRATE, run, orders.moves_text(2, moves)))
    [(told, plan, told_moves)] = world.runs.migrated
    async with world.database.transaction() as tx:
        published = (await tx.campaigns.get(TENANT, "spring", 2)).plan

    assert (told, told_moves, plan.version) == (run, moves, 2)
    assert plan == published.scaled(0.5)


async def test_of_several_migrations_the_last_one_counts(world: World) -> None:
    """A run goes over once; the others are marked along with it."""
    await world.publish(version=2)
    await world.publish(version=3)
    run = await world.enroll()
    await tell(
        world,
        order(orders.MIGRATE, run, orders.moves_text(2, {"text": "text"}), "2"),
        order(orders.MIGRATE, run, orders.moves_text(3, {"text": "text"}), "3"),
    )

    assert [plan.version for _, plan, _ in world.runs.migrated] == [3]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 2


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(9, id="no such version"),
        pytest.param(2, id="no such plan at this scale"),
    ],
)
async def test_a_migration_that_cannot_be_told_keeps_nobody_else(world: World, version: int) -> None:
    """It would be no better later: it is late, and what stands behind it is told."""
    steps = [{**DEFINITION["steps"][0], "wait": "1h"}]
    await world.publish(version=2, steps=steps)
    stuck, other = await world.enroll(time_scale=1e-10), await world.enroll("bob")

    count = await tell(
        world,
        order(orders.MIGRATE, stuck, orders.moves_text(version, {"text": "text"})),
        order(orders.GOAL, other, "purchased"),
    )

    assert count == 2
    assert dispatches(world) == [Dispatch.LATE, Dispatch.DISPATCHED]
    assert world.runs.migrated == []


@pytest.mark.parametrize("kind", [orders.GOAL, orders.CANCEL, orders.OPT_OUT, orders.MIGRATE, orders.PAUSE])
async def test_what_meets_an_ended_run_is_late(world: World, kind: str) -> None:
    """There is nothing left to change."""
    run = await world.enroll()
    await world.control_enrollment.pause(TENANT, run)
    world.database.state.interactions.clear()
    await world.finish(run)
    await tell(world, order(kind, run, orders.moves_text(1, {})))

    assert dispatches(world) == [Dispatch.LATE]


async def test_what_is_for_an_erased_enrollment_is_late(world: World) -> None:
    """Nobody will ever start its run."""
    await tell(world, order(orders.MIGRATE, "gone", orders.moves_text(1, {})), order(orders.PAUSE, "gone"))

    assert dispatches(world) == [Dispatch.LATE] * 2


async def test_what_is_for_a_run_not_started_yet_stays_and_is_told_later(world: World) -> None:
    """The relay starts the run, and then lets it hear; it does not count as done before."""
    run = await world.enroll(started=False)
    before = await tell(world, order(orders.GOAL, run, "purchased"))
    stayed = dispatches(world)
    world.clock.advance(minutes=1)

    rounds = [await world.relay() for _ in range(3)]

    assert before == 0
    assert stayed == [Dispatch.PENDING]
    assert rounds == [1, 1, 0]
    assert world.runs.goals == [(run, ["purchased"])]


async def test_a_run_that_was_started_and_not_noted_hears_at_once(world: World) -> None:
    """Whether there is a run is for the run to say."""
    run = await world.enroll(started=False)
    world.runs.missing.clear()
    await tell(world, order(orders.GOAL, run, "purchased"))

    assert dispatches(world) == [Dispatch.DISPATCHED]


# Pauses that come late --------------------------------------------------------------------------------


async def test_a_pause_that_was_taken_back_is_not_told_any_more(world: World) -> None:
    """The relay brings it after its end was told at once: a run would stand still for ever."""
    run = await world.enroll()
    world.runs.down = True
    await world.control_enrollment.pause(TENANT, run)
    world.runs.down = False
    await world.control_enrollment.resume(TENANT, run)
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.runs.held == [(run, "resume freeze")]
    assert sorted(dispatches(world)) == [Dispatch.DISPATCHED, Dispatch.LATE]


async def test_an_end_of_a_pause_is_not_told_once_there_is_another_pause(world: World) -> None:
    """The run stands still already, and stays so."""
    run = await world.enroll()
    await world.control_enrollment.pause(TENANT, run)
    world.runs.down = True
    await world.control_enrollment.resume(TENANT, run)
    world.runs.down = False
    world.clock.advance(seconds=1)
    await world.control_enrollment.pause(TENANT, run)
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.runs.held == [(run, "pause")] * 2


async def test_the_books_have_the_last_word_when_a_pause_and_its_end_cross(world: World) -> None:
    """A pause that reaches its run after the end of it would hold it for ever: the end is told once more."""
    run, pause = await world.enroll(), world.runs.pause

    async def slow(enrollment_id: str) -> bool:
        await world.control_enrollment.resume(TENANT, run)
        return await pause(enrollment_id)

    world.runs.pause = slow  # type: ignore[method-assign]  # a call that is overtaken on its way
    await world.control_enrollment.pause(TENANT, run)

    assert world.runs.held == [(run, "resume freeze"), (run, "pause"), (run, "resume freeze")]
    assert dispatches(world) == [Dispatch.DISPATCHED] * 2


# As much as fits into an answer ------------------------------------------------------------------------


def test_only_pending_rows_of_the_first_enrollments_are_told_at_once() -> None:
    """All rows of each of them, in order; what nobody has to hear of counts for nothing."""
    seen = Interaction("seen", "delivered", NOW, "e-0", status=DeliveryStatus.DELIVERED)
    rows = [order(orders.GOAL, f"e-{n % (AT_ONCE + 5)}", "x", str(n)) for n in range(2 * AT_ONCE + 10)]

    told = at_once([seen, *rows])

    assert len(told) == 2 * AT_ONCE
    assert [row.enrollment_id for row in told[:AT_ONCE]] == [f"e-{n}" for n in range(AT_ONCE)]
    assert seen not in told


@pytest.mark.parametrize("what", ["runs", "database"])
async def test_an_outage_is_left_to_the_relay(world: World, what: str) -> None:
    """Whoever brought the news has stored it, and is not told of a fault that is none of theirs."""
    rows = await store(world, order(orders.GOAL, await world.enroll(), "purchased"))
    down = world.runs if what == "runs" else world.database
    down.down = True
    await let_hear(world.dispatch, rows)
    down.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert dispatches(world) == [Dispatch.DISPATCHED]
    assert world.runs.goals[-1][1] == ["purchased"]


async def test_several_runs_that_do_not_answer_are_enough(world: World) -> None:
    """Each may take a signal's whole time, so the others wait for the next round."""
    rows: Sequence[Interaction] = [
        order(orders.GOAL, await world.enroll(f"person-{n}"), "purchased") for n in range(MOST_FAULTS + 1)
    ]
    world.runs.unreachable = {row.enrollment_id or "" for row in rows[:MOST_FAULTS]}
    with pytest.raises(RunsUnavailable):
        await tell(world, *rows)

    assert world.runs.goals == []
    assert dispatches(world) == [Dispatch.PENDING] * len(rows)
