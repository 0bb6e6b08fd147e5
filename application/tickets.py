"""What a human gets to see of a case."""

from application.errors import TemplateFault
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff, Ticket
from application.ports.rendering import Renderer


async def ticket_of(tx: Transaction, handoff: Handoff, enrollment: Enrollment, renderer: Renderer) -> Ticket:
    """The ticket of a handoff, the same each time unless contact or campaign have changed.

    Raises:
        UnknownCampaign: the books do not know the campaign any more.
    """
    campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
    contact = await tx.contacts.get(enrollment.contact_id)
    try:
        summary = "" if contact is None else renderer.line(campaign.handoff_summary, contact)
    except TemplateFault:
        summary = "The summary could not be written for this contact; please look the enrollment up."
    return Ticket(handoff.key, handoff.enrollment_id, enrollment.campaign, handoff.reason, summary)
