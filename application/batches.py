"""What the use cases that work on batches share."""

from datetime import datetime

from attrs import evolve

from application.errors import Conflict, UnknownBatch
from application.ports.batches import Batch
from application.ports.database import Transaction
from domain.batches import COMES_FROM, ENDED, BatchState


async def locked(tx: Transaction, batch_id: str) -> Batch:
    """A batch, which nobody else changes before the transaction has ended.

    Raises:
        UnknownBatch: there is none.
    """
    batch = await tx.batches.lock(batch_id)
    if batch is None:
        raise UnknownBatch("there is no such batch")
    return batch


def moved(batch: Batch, state: BatchState, at: datetime) -> Batch:
    """The batch in another state.

    Raises:
        Conflict: it cannot get there from where it is.
    """
    if batch.state not in COMES_FROM[state]:
        raise Conflict(f"the batch is {batch.state.value}, so it cannot become {state.value}")
    return evolve(batch, state=state, stored_at=at, finished_at=at if state in ENDED else None)


def all_stored(batch: Batch, at: datetime) -> Batch:
    """A batch whose rows are all stored: its runs are started next, if there are any.

    Raises:
        Conflict: it was called off.
    """
    return moved(batch, BatchState.STARTING if batch.enrolled else BatchState.DONE, at)
