"""Batches are looked at and called off, each by its own tenant alone."""

import pytest

from application.errors import Conflict, UnknownBatch
from application.ports.batches import Batch
from domain.batches import BatchState
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import TENANT


@pytest.mark.parametrize("state", [BatchState.STORING, BatchState.STARTING])
async def test_a_batch_is_called_off(bulk: BulkWorld, state: BatchState) -> None:
    """Its run is asked for, which ends what is left; once more changes nothing."""
    await bulk.stored(1, state)
    first = await bulk.control.cancel(TENANT, "b-1")
    second = await bulk.control.cancel(TENANT, "b-1")

    assert first.state is BatchState.CANCELLING
    assert first == second
    assert [each.id for each in bulk.runs.started] == ["b-1", "b-1"]


async def test_temporal_may_be_away(bulk: BulkWorld) -> None:
    """It is called off all the same: its run looks at the row."""
    await bulk.stored(1)
    bulk.runs.down = True

    assert (await bulk.control.cancel(TENANT, "b-1")).state is BatchState.CANCELLING


async def test_what_is_done_cannot_be_called_off(bulk: BulkWorld) -> None:
    """What was called off and has ended stays so."""
    await bulk.stored(1, BatchState.DONE)
    with pytest.raises(Conflict, match="is done"):
        await bulk.control.cancel(TENANT, "b-1")


async def test_others_see_nothing(bulk: BulkWorld) -> None:
    """Another tenant's batch is one that does not exist."""
    await bulk.stored(1)

    for ask in (bulk.control.get, bulk.control.cancel):
        for tenant, batch in (("others", "b-1"), (TENANT, "b-2")):
            with pytest.raises(UnknownBatch):
                await ask(tenant, batch)
    assert await bulk.control.page("others") == []


async def test_batches_come_in_pages(bulk: BulkWorld) -> None:
    """Newest first."""
    clock, database = bulk.world.clock, bulk.world.database
    async with database.transaction() as tx:
        for name in ("b-1", "b-2", "b-3"):
            await tx.batches.add(Batch(name, TENANT, "spring", 1, "csv", clock.advance(seconds=1)))
    first = await bulk.control.page(TENANT, None, 2)
    rest = await bulk.control.page(TENANT, (first[-1].created_at, first[-1].id), 2)

    assert [each.id for each in first] == ["b-3", "b-2"]
    assert [each.id for each in rest] == ["b-1"]
