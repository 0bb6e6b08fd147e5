"""The port to the enrollments table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.enrollment.state import Outcome
from domain.statuses import Channel


@frozen
class Enrollment:
    """One contact on one campaign version.

    Args:
        id: `domain.idempotency.enrollment_id`.
        tenant: whose campaign.
        campaign: its key.
        version: the version that this enrollment stays on.
        contact_id: who.
        created_at: when it was stored.
        time_scale: what the plan's durations are multiplied with; 1 outside demonstrations.
        started_at: when its run was started; None while it is not.
        outcome: why it ended; None while it is open.
        finished_at: when it ended.
    """

    id: str
    tenant: str
    campaign: str
    version: int
    contact_id: str
    created_at: datetime
    time_scale: float = 1.0
    started_at: datetime | None = None
    outcome: Outcome | None = None
    finished_at: datetime | None = None


class Enrollments(Protocol):
    """The enrollments of all campaigns."""

    async def add(self, enrollments: Sequence[Enrollment]) -> frozenset[str]:
        """Insert those that are not there yet (one per tenant, campaign and contact); returns their ids."""
        ...

    async def get(self, enrollment_id: str) -> Enrollment | None:
        """The enrollment, if there is one."""
        ...

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> None:
        """Note that their runs exist."""
        ...

    async def finish(self, enrollment_id: str, outcome: Outcome, at: datetime) -> None:
        """Note why and when it ended; a second time changes nothing."""
        ...

    async def unstarted(self, before: datetime, limit: int) -> list[Enrollment]:
        """Enrollments stored before a time whose run was not started, oldest first."""
        ...

    async def open_to(self, tenant: str, channel: Channel, address: str) -> list[Enrollment]:
        """Open enrollments of the contacts who are reached at this address on this channel."""
        ...
