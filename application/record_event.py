"""Take in what an application tells of a contact: an event that may be what campaigns are for."""

from attrs import frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import UnknownCampaign, UnknownContact
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from domain.enrollment.state import Outcome
from domain.errors import DomainError


@frozen
class RecordEvent:
    """Store an event with every open enrollment whose campaign has it as a goal, then let their runs know.

    An enrollment whose run was not started yet is won with this: nothing may start it any more.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(self, tenant: str, external_id: str, name: str, event_id: str) -> int:
        """Record.

        Args:
            tenant: whose contact.
            external_id: the contact, by the caller's name.
            name: of the event, as the campaigns' ``goals`` have it.
            event_id: the caller's id of it: the same event counts once.

        Returns:
            How many enrollments it wins.

        Raises:
            UnknownContact: the tenant has no such contact.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            contact = await tx.contacts.by_external_id(tenant, external_id)
            if contact is None:
                raise UnknownContact("there is no contact of this external_id")
            rows = []
            for enrollment in await tx.enrollments.open_of(contact.id):
                goals = await _goals(tx, enrollment)
                if goals is not None and name not in goals:
                    continue
                if goals is not None and enrollment.started_at is None:
                    await tx.enrollments.finish(enrollment.id, Outcome.WON, now)
                rows.append(orders.order(orders.GOAL, enrollment.id, name, now, event_id))
            new = await tx.interactions.add(rows)
        rows = [row for row in rows if row.key in new]
        await let_hear(self.dispatch, rows)
        return len(rows)


async def _goals(tx: Transaction, enrollment: Enrollment) -> frozenset[str] | None:
    """What wins an enrollment; None where only its run can tell, which carries its plan."""
    try:
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
    except (UnknownCampaign, DomainError):
        return None
    return campaign.plan.goals
