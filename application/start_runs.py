"""Start the durable runs of stored enrollments."""

import asyncio
from collections.abc import Sequence

import structlog
from attrs import frozen

from application.errors import RunRefused, RunsUnavailable
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.runs import Run, Runs
from domain.campaign import Plan
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
        limit = asyncio.Semaphore(CONCURRENCY)

        async def start(enrollment: Enrollment, plan: Plan) -> str | RunsUnavailable | None:
            async with limit:
                return await self._start(enrollment, plan)

        plans = await self._plans(enrollments)
        ended = await asyncio.gather(*(start(*pair) for pair in zip(enrollments, plans, strict=True)))
        started = [result for result in ended if isinstance(result, str)]
        async with self.database.transaction() as tx:
            await tx.enrollments.mark_started(started, self.clock())
        for result in ended:
            if isinstance(result, RunsUnavailable):
                raise result
        return len(started)

    async def _start(self, enrollment: Enrollment, plan: Plan) -> str | RunsUnavailable | None:
        try:
            run = Run(enrollment.id, enrollment.tenant, plan.scaled(enrollment.time_scale))
            await self.runs.start(run)
        except RunsUnavailable as fault:
            return fault
        except (RunRefused, DomainError) as fault:
            _log.warning("run.cannot_start", enrollment_id=enrollment.id, reason=str(fault))
            return None
        return enrollment.id

    async def _plans(self, enrollments: Sequence[Enrollment]) -> list[Plan]:
        async with self.database.transaction() as tx:
            return [
                (await tx.campaigns.get(each.tenant, each.campaign, each.version)).plan
                for each in enrollments
            ]
