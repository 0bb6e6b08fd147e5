"""Start the runs of a batch that is stored, a page after the other, each of them once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import ceil

import structlog
from attrs import evolve, frozen

from application.batches import locked, moved
from application.errors import Conflict, RunRefused, RunsUnavailable, UnknownBatch
from application.expectations import expect_first
from application.ports.batches import Batch
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.runs import Run, Runs
from domain.batches import ENDED, BatchState

_log = structlog.get_logger(__name__)

CONCURRENCY = 40
"""Starts under way at once: past this a Temporal front end only queues them."""

PAGE = 500
"""How many enrollments a page has: what a worker that dies may do again, and how soon a cancel counts."""

PAGE_SECONDS = 1.0
"""How long a page takes where starts are held to a rate."""

CANCELLED_AT_ONCE = 1000
"""How many enrollments end in one transaction where a batch is called off."""

Pace = Callable[[], Awaitable[None]]
"""Waits until the next start may happen."""

NewPace = Callable[[float | None], Pace]
"""A pace of so many starts a second; None for no limit."""

Beat = Callable[[str, Batch], None]
"""Hears that the work goes on: the cursor, and how the batch stands."""


def never() -> bool:
    """Go on to the end."""
    return False


@frozen
class StartBatch:
    """Start the runs of a batch. Starting one twice joins the first, so that any of it may be done again.

    Args:
        database: where the batch is.
        runs: who starts them.
        clock: the time.
        new_pace: keeps rates.
        rate: starts a second, where a batch does not say; None for no limit.
    """

    database: Database
    runs: Runs
    clock: Clock
    new_pace: NewPace
    rate: float | None = None

    async def __call__(
        self, batch_id: str, beat: Beat, *, after: str = "", leave_off: Callable[[], bool] = never
    ) -> Batch:
        """Start what is not started yet; end it where the batch was called off.

        Runs that are refused stay behind: they are counted, and the log has their ids.

        Args:
            batch_id: which batch.
            beat: is called at every start and after every page.
            after: the cursor that was last told, for one who goes on.
            leave_off: whether to stop after the page, as one who will be asked again.

        Returns:
            The batch as it stands: ended, unless it was left off.

        Raises:
            UnknownBatch: there is none.
            Conflict: its rows are still being stored.
            RunsUnavailable: the workflow service does not answer; what was started is noted.
        """
        async with self.database.transaction() as tx:
            batch = await tx.batches.get(batch_id)
        if batch is None:
            raise UnknownBatch("there is no such batch")
        if batch.state is BatchState.STORING:
            raise Conflict("the batch is still being stored")
        rate = batch.rate or self.rate
        size = PAGE if rate is None else min(PAGE, max(1, ceil(rate * PAGE_SECONDS)))
        pace = self.new_pace(rate)
        while batch.state not in ENDED:
            if batch.state is BatchState.CANCELLING:
                batch = await self._call_off(batch.id)
            else:
                batch, after = await self._page(batch, after, size, pace, beat)
            beat(after, batch)
            if leave_off():
                break
        return batch

    async def _page(self, batch: Batch, after: str, size: int, pace: Pace, beat: Beat) -> tuple[Batch, str]:
        async with self.database.transaction() as tx:
            page = await tx.batches.unstarted(batch.id, after, size)
            plans = {
                version: (await tx.campaigns.get(batch.tenant, batch.campaign, version)).plan
                for version in {each.version for each in page}
            }
            runs = [Run(each.id, each.tenant, plans[each.version].scaled(each.time_scale)) for each in page]
            await expect_first(tx, runs, self.clock())
        started, fault = await self._start(runs, pace, lambda: beat(after, batch))
        batch = await self._note(batch.id, started, page, complete=fault is None)
        if fault is not None:
            raise fault
        return batch, page[-1].id if page else after

    async def _start(
        self, runs: Sequence[Run], pace: Pace, alive: Callable[[], None]
    ) -> tuple[list[str], BaseException | None]:
        """Start runs side by side; returns whose were started, and what went wrong, if anything."""
        limit, down = asyncio.Semaphore(CONCURRENCY), asyncio.Event()

        async def start(run: Run) -> str | None:
            async with limit:
                if down.is_set():  # every further one would only wait for the same silence
                    return None
                await pace()
                try:
                    await self.runs.start(run)
                except RunRefused as refusal:
                    _log.error("run.cannot_start", enrollment_id=run.enrollment_id, reason=str(refusal))
                    return None
                except RunsUnavailable:
                    down.set()
                    raise
                alive()
                return run.enrollment_id

        ended = await asyncio.gather(*map(start, runs), return_exceptions=True)
        faults = [result for result in ended if isinstance(result, BaseException)]
        return [result for result in ended if isinstance(result, str)], next(iter(faults), None)

    async def _note(
        self, batch_id: str, started: Sequence[str], page: Sequence[Enrollment], *, complete: bool
    ) -> Batch:
        """Count what was started, each of them once, whoever has started it before."""
        now = self.clock()
        async with self.database.transaction() as tx:
            batch = await locked(tx, batch_id)
            marked = await tx.batches.mark_started(started, now)
            batch = evolve(batch, started=batch.started + marked, stored_at=now)
            if complete and len(started) < len(page):
                until = page[-1].id  # those behind it; counted, not added up: a page may be done again
                batch = evolve(batch, refused=await tx.batches.count_unstarted(batch_id, until))
            if not page and batch.state is BatchState.STARTING:
                batch = evolve(batch, refused=await tx.batches.count_unstarted(batch_id))
                batch = moved(batch, BatchState.DONE, now)
            await tx.batches.save(batch)
        return batch

    async def _call_off(self, batch_id: str) -> Batch:
        now = self.clock()
        async with self.database.transaction() as tx:
            batch = await locked(tx, batch_id)
            if batch.state is not BatchState.CANCELLING:  # somebody else was quicker
                return batch
            batch = evolve(batch, stored_at=now)
            if not await tx.batches.cancel_unstarted(batch_id, CANCELLED_AT_ONCE, now):
                batch = moved(evolve(batch, refused=0), BatchState.CANCELLED, now)
            await tx.batches.save(batch)
        return batch
