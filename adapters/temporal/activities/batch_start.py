"""The activity that starts the runs of a batch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter
from attrs import frozen
from structlog.contextvars import bound_contextvars
from temporalio import activity

from adapters.temporal.activities.bulk import leave_off_where_worker_stops, outcome_of
from adapters.temporal.common import names
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.payloads import BatchOutcome, BatchPayload
from application.ports.batches import Batch
from application.start_batch import Beat, Pace, StartBatch

BEAT_SECONDS = 10
"""Seconds between two signs of life, at most: a third of `retry_policies.HEARTBEAT`."""


def even_pace(rate: float | None) -> Pace:
    """Starts at even distances, so that no second has more than its share.

    Args:
        rate: how many a second; None for no limit.
    """
    if rate is None:
        return _at_once
    return AsyncLimiter(1, 1 / rate).acquire


@frozen
class BatchStart:
    """Start the runs of a batch, page after page."""

    start_batch: StartBatch

    @activity.defn(name=names.BATCH_START)
    async def batch_start(self, payload: BatchPayload) -> BatchOutcome:
        """Start them: `application.start_batch`. Its heartbeats tell the cursor and the counts."""
        with bound_contextvars(batch_id=payload.batch_id), told_to_temporal():
            async with _alive() as beat:
                batch = await self.start_batch(
                    payload.batch_id, beat, after=_cursor(), leave_off=activity.is_worker_shutdown
                )
            if batch.finished_at is None:
                leave_off_where_worker_stops()
            return outcome_of(batch)


@asynccontextmanager
async def _alive() -> AsyncIterator[Beat]:
    """Heartbeats as often as told, and in between: at a slow pace a start may wait for minutes."""
    told: list[object] = [_cursor()]

    def beat(cursor: str, batch: Batch) -> None:
        told[:] = (cursor, batch.started, batch.refused)
        activity.heartbeat(*told)

    async def go_on() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            activity.heartbeat(*told)

    beating = asyncio.create_task(go_on())
    try:
        yield beat
    finally:
        beating.cancel()


def _cursor() -> str:
    """Where the call before has come to; at the beginning where there was none."""
    details = activity.info().heartbeat_details
    return details[0] if details and isinstance(details[0], str) else ""


async def _at_once() -> None:
    return
