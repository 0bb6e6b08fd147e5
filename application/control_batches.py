"""Look at batches of enrollments, and call one off."""

from datetime import datetime

from attrs import frozen

from application.batches import locked, moved
from application.errors import UnknownBatch
from application.ports.batch_runs import BatchRuns
from application.ports.batches import Batch
from application.ports.clock import Clock
from application.ports.database import Database
from application.store_batch import start_run
from domain.batches import BatchState

_CALLED_OFF = frozenset({BatchState.CANCELLING, BatchState.CANCELLED})


@frozen
class ControlBatches:
    """Show a tenant's batches, and call one off."""

    database: Database
    runs: BatchRuns
    clock: Clock

    async def get(self, tenant: str, batch_id: str) -> Batch:
        """One batch.

        Raises:
            UnknownBatch: the tenant has none of this id.
        """
        async with self.database.transaction() as tx:
            batch = await tx.batches.get(batch_id)
        if batch is None or batch.tenant != tenant:
            raise UnknownBatch("there is no such batch")
        return batch

    async def page(
        self, tenant: str, before: tuple[datetime, str] | None = None, limit: int = 50
    ) -> list[Batch]:
        """A page of batches, newest first.

        Args:
            tenant: whose.
            before: time and id of the last one of the page before; None for the first page.
            limit: how many at most.
        """
        async with self.database.transaction() as tx:
            return await tx.batches.page(tenant, before, limit)

    async def cancel(self, tenant: str, batch_id: str) -> Batch:
        """Call a batch off: what was not started ends as cancelled, what was started goes on.

        Once more changes nothing.

        Raises:
            UnknownBatch: the tenant has none of this id.
            Conflict: it is done.
        """
        await self.get(tenant, batch_id)
        async with self.database.transaction() as tx:
            batch = await locked(tx, batch_id)
            if batch.state not in _CALLED_OFF:
                batch = moved(batch, BatchState.CANCELLING, self.clock())
                await tx.batches.save(batch)
        await start_run(self.runs, batch)
        return batch
