"""Start the durable runs of stored enrollments."""

import asyncio
from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.runs import Run, Runs

CONCURRENCY = 20
"""Starts under way at once: past this a Temporal front end only queues them."""


@frozen
class StartRuns:
    """Start the runs of enrollments; starting one twice joins the first."""

    database: Database
    runs: Runs
    clock: Clock

    async def __call__(self, enrollments: Sequence[Enrollment]) -> int:
        """Start the runs, then note them as started.

        Returns:
            How many were started.

        Raises:
            RunsUnavailable: some could not be started; the others are noted, the relay starts the rest.
        """
        limit = asyncio.Semaphore(CONCURRENCY)

        async def start(run: Run) -> str:
            async with limit:
                await self.runs.start(run)
            return run.enrollment_id

        runs = await self._runs(enrollments)
        ended = await asyncio.gather(*(start(run) for run in runs), return_exceptions=True)
        started = [result for result in ended if isinstance(result, str)]
        async with self.database.transaction() as tx:
            await tx.enrollments.mark_started(started, self.clock())
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        return len(started)

    async def _runs(self, enrollments: Sequence[Enrollment]) -> list[Run]:
        async with self.database.transaction() as tx:
            return [
                Run(
                    enrollment.id,
                    enrollment.tenant,
                    (
                        await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
                    ).plan.scaled(enrollment.time_scale),
                )
                for enrollment in enrollments
            ]
