"""Start the durable runs of stored enrollments."""

import asyncio
from collections.abc import Sequence

import structlog
from attrs import frozen

from application.errors import RunRefused, RunsUnavailable, UnknownCampaign
from application.expectations import expect_first
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.runs import Run, Runs
from domain.errors import DomainError

_log = structlog.get_logger(__name__)

CONCURRENCY = 20
"""Starts under way at once: past this a Temporal front end only queues them."""


@frozen
class StartRuns:
    """Start the runs of enrollments; starting one twice joins the first."""

    database: Database
    runs: Runs
    clock: Clock

    async def __call__(self, enrollments: Sequence[Enrollment]) -> int:
        """Start the runs, then note them as started. One that cannot be started does not keep the others.

        Returns:
            How many were started.

        Raises:
            RunsUnavailable: some could not be started; the others are noted, the relay starts the rest.
        """
        limit, down = asyncio.Semaphore(CONCURRENCY), asyncio.Event()

        async def start(run: Run) -> str | None:
            async with limit:
                if down.is_set():  # every further one would only wait for the same silence
                    return None
                try:
                    return await self._start(run)
                except RunsUnavailable:
                    down.set()
                    raise

        ended = await asyncio.gather(*map(start, await self._runs(enrollments)), return_exceptions=True)
        started = [result for result in ended if isinstance(result, str)]
        async with self.database.transaction() as tx:
            await tx.enrollments.mark_started(started, self.clock())
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        return len(started)

    async def _start(self, run: Run) -> str | None:
        try:
            await self.runs.start(run)
        except RunRefused as fault:
            _log.error("run.cannot_start", enrollment_id=run.enrollment_id, reason=str(fault))
            return None
        return run.enrollment_id

    async def _runs(self, enrollments: Sequence[Enrollment]) -> list[Run]:
        runs: list[Run] = []
        async with self.database.transaction() as tx:
            for each in enrollments:
                try:
                    campaign = await tx.campaigns.get(each.tenant, each.campaign, each.version)
                    runs.append(Run(each.id, each.tenant, campaign.plan.scaled(each.time_scale)))
                except (UnknownCampaign, DomainError) as fault:
                    _log.error("run.cannot_start", enrollment_id=each.id, reason=str(fault))
            await expect_first(tx, runs, self.clock())
        return runs
