"""Take in what an application tells of a contact: an event that may be what campaigns are for."""

from datetime import UTC, datetime

from attrs import frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import UnknownCampaign, UnknownContact
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from domain.campaign import Campaign
from domain.enrollment.state import Outcome
from domain.errors import DomainError

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class EventReport:
    """What an event came to.

    Args:
        won: how many enrollments it wins.
        moved: how many it leads to another step.
    """

    won: int
    moved: int


@frozen
class RecordEvent:
    """Store an event with every open enrollment whose campaign waits for it, then let their runs know.

    An enrollment whose run was not started yet is won with this: nothing may start it any more. One that the
    event leads to a step hears of it once it is started. Like every route it leads forward: whoever is at
    that step, or past it, stays.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(
        self, tenant: str, external_id: str, name: str, event_id: str, occurred_at: datetime | None = None
    ) -> EventReport:
        """Record.

        Args:
            tenant: whose contact.
            external_id: the contact, by the caller's name.
            name: of the event, as the campaigns' ``goals`` have it.
            event_id: the caller's id of it: the same event counts once.
            occurred_at: when it happened, for the timeline; now where that is not known, or cannot be.

        Raises:
            UnknownContact: the tenant has no such contact.
        """
        now = self.clock()
        at = occurred_at if occurred_at is not None and _EARLIEST <= occurred_at <= now else now
        async with self.database.transaction() as tx:
            contact = await tx.contacts.by_external_id(tenant, external_id)
            if contact is None:
                raise UnknownContact("there is no contact of this external_id")
            told = [
                order
                for enrollment in await tx.enrollments.open_of(contact.id)
                if (order := await self._order(tx, enrollment, name, event_id, at)) is not None
            ]
            new = await tx.interactions.add(told)
        rows = [row for row in told if row.key in new]
        await let_hear(self.dispatch, rows)
        won = sum(row.kind == orders.GOAL for row in rows)
        return EventReport(won, len(rows) - won)

    async def _order(
        self, tx: Transaction, enrollment: Enrollment, name: str, event_id: str, at: datetime
    ) -> Interaction | None:
        """What the event means for one enrollment; None where its campaign does not wait for it."""
        campaign = await _campaign(tx, enrollment)
        if campaign is not None and name in campaign.events:
            step = campaign.events[name]
            if not _is_ahead(campaign, enrollment, step):
                return None
            to = orders.move_text(step, name)
            return orders.order(orders.MOVE, enrollment.id, to, at, f"event:{event_id}")
        if campaign is not None and name not in campaign.plan.goals:
            return None
        if campaign is not None and enrollment.started_at is None:
            await tx.enrollments.finish(enrollment.id, Outcome.WON, self.clock())
        return orders.order(orders.GOAL, enrollment.id, name, at, event_id)


async def _campaign(tx: Transaction, enrollment: Enrollment) -> Campaign | None:
    """What an enrollment follows; None where only its run can tell, which carries its plan."""
    try:
        return await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
    except (UnknownCampaign, DomainError):
        return None


def _is_ahead(campaign: Campaign, enrollment: Enrollment, step: str) -> bool:
    """Whether a step lies ahead of where an enrollment stands; nothing does once a human has the case."""
    here = 0 if enrollment.step is None else campaign.plan.index(enrollment.step)
    there = campaign.plan.index(step)
    return here is not None and there is not None and there > here
