"""Whether the end of a wait counts, or the wait has stood still in a pause of the campaign."""

from datetime import datetime

from attrs import frozen

from application.errors import UnknownEnrollment
from application.ports.clock import Clock
from application.ports.database import Database
from domain.pauses import frozen_due, next_check


@frozen
class CheckWait:
    """Ask for the campaign's pauses when a wait has ended: nobody has told the run of them."""

    database: Database
    clock: Clock

    async def __call__(
        self, enrollment_id: str, since: datetime, due: datetime, at: datetime | None = None
    ) -> datetime | None:
        """Ask.

        Args:
            enrollment_id: whose wait.
            since: when it began.
            due: when it was to end.
            at: the time by the clock of the run, which may be ahead of ours: what goes on goes on past it.

        Returns:
            Until when it goes on; None where it is over.

        Raises:
            UnknownEnrollment: there is no such enrollment.
        """
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None:
                raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
            pauses = await tx.campaigns.pauses(enrollment.tenant, enrollment.campaign)
            end = frozen_due(since, due, pauses)
            if end is None:
                end = next_check(pauses[-1], max(self.clock(), at or due))
            if end <= due:
                return None
            await tx.enrollments.set_due([enrollment_id], end)
        return end
