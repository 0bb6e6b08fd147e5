"""The runs of a batch are started, each once, whoever asks and however often."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.errors import Conflict, RunsUnavailable, UnknownBatch
from application.ports.batches import Batch
from application.start_batch import CANCELLED_AT_ONCE, PAGE
from domain.batches import BatchState
from domain.enrollment.state import Outcome
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import DEFINITION, TENANT


class Beats:
    """Keeps what a batch's heartbeats tell."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Batch]] = []

    def __call__(self, cursor: str, batch: Batch) -> None:
        self.told.append((cursor, batch))


@pytest.fixture
def beats() -> Beats:
    return Beats()


async def test_all_runs_are_started(bulk: BulkWorld, beats: Beats) -> None:
    """Then the batch is done; its counts and its cursor were told."""
    ids = await bulk.stored(3)
    batch = await bulk.start("b-1", beats)

    assert (batch.state, batch.started, batch.refused) == (BatchState.DONE, 3, 0)
    assert batch.finished_at == bulk.world.clock()
    assert sorted(bulk.world.runs.starts) == ids
    assert all(each.started_at for each in bulk.enrollments)
    assert beats.told[-1] == (ids[-1], batch)


async def test_pages_are_started_one_after_the_other(bulk: BulkWorld, beats: Beats) -> None:
    """By id, where a rate makes them small."""
    ids = await bulk.stored(5, rate=2.0)
    batch = await bulk.start("b-1", beats)

    assert batch.started == 5
    cursors = [cursor for cursor, _ in beats.told]
    assert cursors == sorted(cursors)
    assert set(cursors) == {"", ids[1], ids[3], ids[4]}


@pytest.mark.parametrize(("rate", "paced"), [(3.0, 3.0), (None, 7.0)])
async def test_starts_are_paced(bulk: BulkWorld, beats: Beats, rate: float | None, paced: float) -> None:
    """By the batch's own rate, else by the one of the settings; each start waits for its turn."""
    await bulk.stored(4, rate=rate)
    await bulk.start("b-1", beats)

    assert bulk.paces == [paced]
    assert bulk.waits == 4


async def test_a_first_step_with_a_delay_is_due_after_it(beats: Beats) -> None:
    """From when its run is started, as where it is enrolled by itself: a planned wait is not overdue."""
    bulk, (text, *others) = BulkWorld(), DEFINITION["steps"]
    await bulk.world.publish(steps=[{**text, "delay": "2h"}, *others])
    await bulk.stored(2)
    bulk.world.clock.advance(hours=1)
    await bulk.start("b-1", beats)

    assert {each.due_at for each in bulk.enrollments} == {bulk.world.clock() + timedelta(hours=2)}


async def test_what_was_started_before_is_counted_once(bulk: BulkWorld, beats: Beats) -> None:
    """A second call for a batch that is done does nothing."""
    await bulk.stored(3)
    first = await bulk.start("b-1", beats)
    second = await bulk.start("b-1", beats)

    assert first == second
    assert len(bulk.world.runs.starts) == 3


async def test_it_goes_on_where_it_was(bulk: BulkWorld, beats: Beats) -> None:
    """A call that leaves off is followed by one that begins at its cursor."""
    ids = await bulk.stored(4, rate=2.0)
    first = await bulk.start("b-1", beats, leave_off=lambda: True)
    second = await bulk.start("b-1", beats, after=beats.told[-1][0])

    assert (first.state, first.started) == (BatchState.STARTING, 2)
    assert (second.state, second.started) == (BatchState.DONE, 4)
    assert bulk.world.runs.starts == ids


async def test_refused_runs_are_counted_and_left_behind(bulk: BulkWorld, beats: Beats) -> None:
    """They keep nobody else, and are counted once even where the cursor is lost."""
    ids = await bulk.stored(4, rate=2.0)
    bulk.world.runs.refuses = {ids[0], ids[3]}
    first = await bulk.start("b-1", beats, leave_off=lambda: True)
    batch = await bulk.start("b-1", beats)

    assert (first.started, first.refused) == (1, 1)
    assert (batch.state, batch.started, batch.refused) == (BatchState.DONE, 2, 2)


async def test_temporal_may_go_away(bulk: BulkWorld, beats: Beats) -> None:
    """What was started is noted; the next call goes on."""
    ids = await bulk.stored(3)
    bulk.world.runs.unreachable = {ids[2]}
    with pytest.raises(RunsUnavailable):
        await bulk.start("b-1", beats)
    half = await bulk.batch()
    bulk.world.runs.unreachable = set()
    batch = await bulk.start("b-1", beats)

    assert (half.state, half.started) == (BatchState.STARTING, 2)
    assert (batch.state, batch.started) == (BatchState.DONE, 3)


async def test_a_batch_that_is_called_off_ends_what_is_left(bulk: BulkWorld, beats: Beats) -> None:
    """Those without a run end as cancelled; those with one go on."""
    ids = await bulk.stored(4, rate=2.0)

    await bulk.start("b-1", beats, leave_off=lambda: True)
    await bulk.control.cancel(TENANT, "b-1")
    batch = await bulk.start("b-1", beats)

    assert (batch.state, batch.started, batch.cancelled) == (BatchState.CANCELLED, 2, 2)
    assert sorted(e.id for e in bulk.enrollments if e.outcome is Outcome.CANCELLED) == ids[2:]
    assert bulk.world.runs.starts == ids[:2]


async def test_a_cancel_counts_at_the_next_page(bulk: BulkWorld) -> None:
    """Also while the batch is worked on."""
    await bulk.stored(PAGE, rate=2.0)

    def call_off(cursor: str, batch: Batch) -> None:
        state = bulk.world.database.state
        state.batches["b-1"] = evolve(state.batches["b-1"], state=BatchState.CANCELLING)

    batch = await bulk.start("b-1", call_off)

    assert (batch.state, batch.started, batch.cancelled) == (BatchState.CANCELLED, 2, PAGE - 2)


async def test_very_many_end_in_several_transactions(bulk: BulkWorld, beats: Beats) -> None:
    """Each of them short."""
    await bulk.stored(CANCELLED_AT_ONCE + 1, BatchState.CANCELLING)
    batch = await bulk.start("b-1", beats)

    assert (batch.state, batch.cancelled) == (BatchState.CANCELLED, CANCELLED_AT_ONCE + 1)
    assert len(beats.told) == 3


async def test_what_is_not_stored_yet_is_not_started(bulk: BulkWorld, beats: Beats) -> None:
    """Nor what does not exist."""
    await bulk.stored(1, BatchState.STORING)

    with pytest.raises(Conflict, match="still being stored"):
        await bulk.start("b-1", beats)
    with pytest.raises(UnknownBatch):
        await bulk.start("b-2", beats)
