"""Find batches that nobody works on, and have them worked on."""

from datetime import datetime, timedelta

import structlog
from attrs import frozen

from application.batches import all_stored, locked
from application.errors import RunRefused
from application.ports.batch_runs import BatchRuns
from application.ports.batches import Batch
from application.ports.clock import Clock
from application.ports.database import Database
from domain.batches import ENDED, BatchState, audience_of

_log = structlog.get_logger(__name__)

STANDS_STILL = timedelta(minutes=1)
"""How long a batch did not come forward until its run is asked for; where there is one, nothing changes."""

ABANDONED = timedelta(minutes=10)
"""How long nothing was stored of a batch whose rows come as a file, until nobody stores it any more."""

AT_ONCE = 200
"""How many batches are looked at in one go."""


@frozen
class RelayBatches:
    """The second chance of batches: after an outage of Temporal, a crash, or the end of a run by other hands.

    A batch whose process died while storing it is started with what it holds. To end it as cancelled would
    keep its contacts from entering when the same file is given again; to start it keeps nobody from anything.
    """

    database: Database
    runs: BatchRuns
    clock: Clock

    async def __call__(self) -> int:
        """Ask for the runs of batches that stand still; returns of how many.

        Raises:
            RunsUnavailable: the workflow service does not answer; nothing is lost.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            in_hand = await tx.batches.in_hand(AT_ONCE)
        # A time that is yet to come was written by a clock that was wrong.
        left = [batch for batch in in_hand if abs(now - batch.touched_at) >= _patience(batch)]
        for batch in left:
            current = await self._taken_over(batch, now)
            if not _is_file_being_stored(current) and current.state not in ENDED:
                await self._start(current)
        return len(left)

    async def _start(self, batch: Batch) -> None:
        try:
            await self.runs.start(batch)
        except RunRefused as refusal:  # others may go well
            _log.error("batch.cannot_start", batch_id=batch.id, reason=str(refusal))

    async def _taken_over(self, batch: Batch, now: datetime) -> Batch:
        """The batch as it is to be worked on: one that nobody stores any more has all that it gets."""
        if not _is_file_being_stored(batch):
            return batch
        async with self.database.transaction() as tx:
            current = await locked(tx, batch.id)
            if current == batch:
                current = all_stored(current, now)
                await tx.batches.save(current)
        return current


def _patience(batch: Batch) -> timedelta:
    return ABANDONED if _is_file_being_stored(batch) else STANDS_STILL


def _is_file_being_stored(batch: Batch) -> bool:
    return batch.state is BatchState.STORING and audience_of(batch.source) is None
