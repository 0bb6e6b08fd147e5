"""The ports to the handoffs table and to the desk where humans take over."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen


@frozen
class Handoff:
    """A task for a human.

    Args:
        key: `domain.idempotency.handoff_key`; UNIQUE.
        enrollment_id: whose case.
        step: where the campaign gave up.
        reason: the result that led here.
        created_at: when it was ordered.
        desk: where it was sent.
        ref: the desk's own id; None until the desk has taken it.
    """

    key: str
    enrollment_id: str
    step: str
    reason: str
    created_at: datetime
    desk: str
    ref: str | None = None


class Handoffs(Protocol):
    """The handoffs of all enrollments."""

    async def add(self, handoff: Handoff) -> Handoff:
        """Store it, or give back the one that is there under its key."""
        ...

    async def record(self, key: str, ref: str) -> None:
        """Note the desk's id."""
        ...


@frozen
class Ticket:
    """What the human gets to see.

    Args:
        key: the handoff's key: goes along so that the desk can recognise a repeat.
        enrollment_id: to look the case up by.
        campaign: which campaign gave up.
        reason: why.
        summary: one sentence, with what the human needs; personal data.
    """

    key: str
    enrollment_id: str
    campaign: str
    reason: str
    summary: str = field(repr=False)


class HandoffDesk(Protocol):
    """Takes tasks for humans. At least once: a lost case is worse than a ticket seen twice."""

    @property
    def name(self) -> str:
        """The desk's name."""
        ...

    async def open(self, ticket: Ticket) -> str:
        """Hand the case over; returns the desk's own id.

        Raises:
            TransientFault: the desk did not take it and may take it later.
            OutcomeUnknown: the desk may have taken it.
        """
        ...
