"""The ports to the handoffs table and to the desk where humans take over."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from application.ports.callbacks import HandoffReport


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
        resolved_at: when a human closed it; None while it is open.
    """

    key: str
    enrollment_id: str
    step: str
    reason: str
    created_at: datetime
    desk: str
    ref: str | None = None
    resolved_at: datetime | None = None


class Handoffs(Protocol):
    """The handoffs of all enrollments."""

    async def add(self, handoff: Handoff) -> Handoff:
        """Store it, or give back the one that is there under its key."""
        ...

    async def record(self, key: str, ref: str) -> None:
        """Note the desk's id."""
        ...

    async def get(self, key: str) -> Handoff | None:
        """The handoff, if there is one."""
        ...

    async def by_ref(self, desk: str, ref: str) -> Handoff | None:
        """The handoff that a desk knows by this id."""
        ...

    async def resolve(self, key: str, at: datetime) -> None:
        """Note that a human closed it; a second time changes nothing."""
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


@runtime_checkable
class ShowingDesk(HandoffDesk, Protocol):
    """A desk where a case shows what was done with it only when we say so.

    Its people press buttons that call us back, and nothing changes for their eyes until `show`. Call it after
    what they did is stored and the desk has its answer: desks are impatient.
    """

    async def show(self, ref: str, ticket: Ticket, report: HandoffReport) -> None:
        """Let the case show that it was resolved, or whom it was given to. The same twice looks the same.

        Args:
            ref: the desk's own id, as `open` gave it.
            ticket: the case as it was handed over.
            report: what was done. A case that is resolved must not be shown as reassigned any more.

        Raises:
            TransientFault: the desk did not take it and may take it later.
            OutcomeUnknown: the desk may have taken it.
        """
        ...
