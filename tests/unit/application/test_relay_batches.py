"""A batch that nobody works on is found, and worked on."""

from datetime import timedelta

import pytest

from application.errors import RunsUnavailable
from application.relay_batches import ABANDONED, STANDS_STILL
from domain.batches import BatchState, audience_source
from tests.unit.application.bulk_world import BulkWorld

SECOND = timedelta(seconds=1)


def wait(bulk: BulkWorld, by: timedelta) -> None:
    """Let time pass."""
    bulk.world.clock.advance(seconds=by.total_seconds())


@pytest.mark.parametrize("state", [BatchState.STARTING, BatchState.CANCELLING])
async def test_a_batch_that_stands_still_is_asked_for(bulk: BulkWorld, state: BatchState) -> None:
    """Temporal was away when it was stored, or somebody has terminated its run."""
    await bulk.stored(1, state)
    wait(bulk, STANDS_STILL - SECOND)
    early = await bulk.relay()
    wait(bulk, SECOND)
    late = await bulk.relay()

    assert (early, late) == (0, 1)
    assert [each.id for each in bulk.runs.started] == ["b-1"]


async def test_a_batch_that_a_wrong_clock_has_touched_does_not_stand_still(bulk: BulkWorld) -> None:
    """It bears a time to come, and would be left alone until then."""
    await bulk.stored(1, BatchState.STARTING)
    wait(bulk, timedelta(hours=-3))

    assert await bulk.relay() == 1


async def test_a_batch_that_comes_forward_is_left_alone(bulk: BulkWorld) -> None:
    """Each page that is started is a sign of life."""
    await bulk.stored(4, rate=2.0)
    wait(bulk, STANDS_STILL)
    await bulk.start("b-1", lambda *_: None, leave_off=lambda: True)

    assert await bulk.relay() == 0


async def test_a_batch_whose_process_died_is_started_with_what_it_holds(bulk: BulkWorld) -> None:
    """Nothing hangs, and whoever sends the file again has the rest enrolled."""
    await bulk.stored(2, BatchState.STORING)
    wait(bulk, ABANDONED - SECOND)
    early = await bulk.relay()
    wait(bulk, SECOND)
    late = await bulk.relay()

    assert (early, late) == (0, 1)
    assert [each.state for each in bulk.runs.started] == [BatchState.STARTING]
    assert (await bulk.batch()).state is BatchState.STARTING


async def test_an_abandoned_batch_that_holds_nothing_is_done(bulk: BulkWorld) -> None:
    """It needs no run."""
    await bulk.stored(0, BatchState.STORING)
    wait(bulk, ABANDONED)
    await bulk.relay()

    assert (await bulk.batch()).state is BatchState.DONE
    assert bulk.runs.started == []


async def test_the_run_of_an_audience_stores_it(bulk: BulkWorld) -> None:
    """So it is asked for while nothing is stored yet."""
    await bulk.people({"plan": "pro"})
    await bulk.audiences.define("acme", "pros", {"where": [{"attribute": "plan", "is": "pro"}]})
    bulk.runs.down = True
    batch = await bulk.order_audience("acme", "spring", "pros")
    bulk.runs.down = False
    wait(bulk, STANDS_STILL)
    await bulk.relay()

    assert bulk.runs.started == [batch]
    assert (batch.state, batch.source) == (BatchState.STORING, audience_source("pros"))


@pytest.mark.parametrize("state", [BatchState.DONE, BatchState.CANCELLED])
async def test_what_has_ended_is_left_alone(bulk: BulkWorld, state: BatchState) -> None:
    """For good."""
    await bulk.stored(1, state, finished_at=bulk.world.clock())
    wait(bulk, ABANDONED)

    assert await bulk.relay() == 0


async def test_temporal_that_is_away_is_told(bulk: BulkWorld) -> None:
    """The relay tries again later."""
    await bulk.stored(1)
    wait(bulk, STANDS_STILL)
    bulk.runs.down = True

    with pytest.raises(RunsUnavailable):
        await bulk.relay()
