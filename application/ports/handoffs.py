"""The ports to the handoffs table and to the desk where humans take over."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from application.ports.callbacks import HandoffReport
from domain.handoffs import HandoffState, state_of


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
        claimed_by: who has it: by the desk's id of them, or as they call themselves; None while nobody has.
        claimed_at: since when.
    """

    key: str
    enrollment_id: str
    step: str
    reason: str
    created_at: datetime
    desk: str
    ref: str | None = None
    resolved_at: datetime | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None

    @property
    def state(self) -> HandoffState:
        """Whether a human has it, or has closed it."""
        return state_of(is_claimed=self.claimed_by is not None, is_resolved=self.resolved_at is not None)


@frozen
class HandoffCase:
    """A handoff, and whose.

    Args:
        handoff: the task.
        campaign: which campaign gave up.
        external_id: the contact, by the caller's name; None for one who was erased.
    """

    handoff: Handoff
    campaign: str
    external_id: str | None


@frozen
class HandoffQuery:
    """Which handoffs a list is of; what is None does not matter.

    Args:
        state: how they stand.
        campaign: of which campaign.
        external_id: of which contact.
    """

    state: HandoffState | None = None
    campaign: str | None = None
    external_id: str | None = None


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

    async def resolve(self, key: str, at: datetime) -> bool:
        """Note that a human closed it; False where that was so before, or there is none."""
        ...

    async def claim(self, key: str, by: str, at: datetime) -> bool:
        """Note that a human has it; False where somebody else has it, it is closed, or there is none.

        Whoever has it and claims it again has it since the first time.
        """
        ...

    async def assign(self, key: str, to: str | None, at: datetime) -> bool:
        """Note who has it from now on, whoever had it; False where it is closed, or there is none.

        Args:
            key: which.
            to: who; None for nobody.
            at: since when.
        """
        ...

    async def case(self, tenant: str, key: str) -> HandoffCase | None:
        """One of a tenant's handoffs, if there is one."""
        ...

    async def page(
        self, tenant: str, query: HandoffQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[HandoffCase]:
        """A page of a tenant's handoffs, oldest first.

        Args:
            tenant: whose.
            query: which.
            after: time and key of the last one of the page before; None for the first page.
            limit: how many at most.
        """
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

    @property
    def knows_key(self) -> bool:
        """Whether handing over the same key twice is one case there."""
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
