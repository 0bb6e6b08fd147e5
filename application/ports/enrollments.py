"""The port to the enrollments table."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

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
        entry: the how manieth time the contact has entered the campaign, from 1.
        step: the key of the step that it is at; None before it has left the first one.
        paused_at: since when it is paused, by itself; None while it is not.
        batch: among which enrollments that were asked for at once; None where it was asked for by itself.
        due_at: by when something is expected of it: that it sends, that a wait is over, or that a human gets
            the case; None where a human has it, it is paused or has ended, or nobody knows. It is what its
            run was last known to wait for, and says nothing while it or its campaign is paused. While an
            answer is waited for it counts from when the message was claimed, so it may be early by as long as
            sending took, and late where a fallback cuts the wait short: that counts in full. Otherwise it is
            the time at which the next thing fell due, or falls due.
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
    entry: int = 1
    step: str | None = None
    paused_at: datetime | None = None
    batch: str | None = None
    due_at: datetime | None = None


@frozen
class Place:
    """Where an enrollment stands.

    Args:
        version: on which version of its campaign.
        step: at the step of this key; `domain.enrollment.turn.HANDOFF` once the steps are behind.
    """

    version: int
    step: str


@frozen
class EnrollmentQuery:
    """Which enrollments of a tenant are looked for; what is None does not matter.

    Args:
        campaign: the campaign's key.
        version: of the campaign.
        is_open: whether they have not ended.
        outcome: why they ended.
        step: the key of the step that they are at, or were at last.
        contact_id: whose.
        is_paused: whether they are paused, by themselves.
        batch: among which they were asked for.
        created_from: stored at this time or later.
        created_before: stored before this time.
    """

    campaign: str | None = None
    version: int | None = None
    is_open: bool | None = None
    outcome: Outcome | None = None
    step: str | None = None
    contact_id: str | None = None
    is_paused: bool | None = None
    batch: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@frozen
class Listed:
    """One enrollment of a list.

    Args:
        enrollment: the row.
        external_id: its contact, by the caller's name; personal data. None where the contact was erased.
    """

    enrollment: Enrollment
    external_id: str | None = field(repr=False)


@frozen
class InFlight:
    """How many open enrollments of a campaign are at one place.

    Args:
        version: on which version.
        step: at which step; None before they have left the first one.
        count: how many.
    """

    version: int
    step: str | None
    count: int


class Enrollments(Protocol):
    """The enrollments of all campaigns."""

    async def add(self, enrollments: Sequence[Enrollment]) -> frozenset[str]:
        """Insert those not there yet (one per tenant, campaign, contact and entry); returns their ids."""
        ...

    async def latest(self, tenant: str, campaign: str, contact_ids: Sequence[str]) -> dict[str, "Enrollment"]:
        """The latest entry of each contact into a campaign, by contact id."""
        ...

    async def place(
        self, enrollment_id: str, version: int, step: str | None, due: datetime | None = None
    ) -> None:
        """Note where an open enrollment stands: `Place`; and as `set_due`."""
        ...

    async def set_due(self, enrollment_ids: Sequence[str], due: datetime | None) -> None:
        """Note by when something is expected of open enrollments: `Enrollment.due_at`."""
        ...

    async def set_paused(self, enrollment_id: str, at: datetime | None) -> bool:
        """Hold one enrollment since a time, or let it go on; False where that is so, or it has ended."""
        ...

    async def in_flight(self, tenant: str, campaign: str) -> list[InFlight]:
        """Open enrollments by version and step, in that order."""
        ...

    async def open_at(
        self, tenant: str, campaign: str, version: int, step: str | None, after: str, limit: int
    ) -> list["Enrollment"]:
        """A page of the open enrollments at one place, by id, from the first id greater than `after`."""
        ...

    async def open_of(self, contact_id: str) -> list["Enrollment"]:
        """The open enrollments of a contact, oldest first."""
        ...

    async def get(self, enrollment_id: str) -> Enrollment | None:
        """The enrollment, if there is one."""
        ...

    async def find(self, enrollment_ids: Collection[str]) -> dict[str, Enrollment]:
        """Those of some enrollments that there are, by id."""
        ...

    async def search(
        self, tenant: str, query: EnrollmentQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[Listed]:
        """A page of a tenant's enrollments, newest first: by `created_at`, then by id, both descending.

        Args:
            tenant: whose.
            query: which.
            after: the time and id of the last one of the page before; None for the first page.
            limit: how many at most.
        """
        ...

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> None:
        """Note that their runs exist."""
        ...

    async def finish(self, enrollment_id: str, outcome: Outcome, at: datetime) -> bool:
        """Note why and when it ended: nothing is expected any more; False where it has ended before."""
        ...

    async def unstarted(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Enrollment]:
        """Enrollments of no batch stored before a time whose run was not started, oldest first.

        And those stored after another time, which is yet to come: their clock was wrong.
        """
        ...

    async def open_to(self, tenant: str, channel: Channel, address: str) -> list[Enrollment]:
        """Open enrollments of the contacts who are reached at this address on this channel."""
        ...
