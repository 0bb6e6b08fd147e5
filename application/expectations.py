"""What is expected of an enrollment once its message goes out, noted before anybody is called."""

from datetime import datetime

from application.errors import UnknownCampaign
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from domain.errors import DomainError
from domain.steps import Step


async def expect_answer(tx: Transaction, enrollment: Enrollment, step: str, at: datetime) -> None:
    """Note by when the wait for an answer to a message of this time will be over: `Enrollment.due_at`.

    It is noted before its attempt is, as it is where a run writes down both: two transactions that took them
    in different orders could wait for each other. Of a version that cannot be read nothing is known.

    Args:
        tx: the transaction in which the message is claimed, or met again.
        enrollment: whose message.
        step: the key of its step.
        at: when it is claimed, or met again.
    """
    try:
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
    except (UnknownCampaign, DomainError):
        return
    index = campaign.plan.index(step)
    sent = None if index is None else campaign.plan.steps[index]
    if isinstance(sent, Step):
        await tx.enrollments.set_due([enrollment.id], at + sent.wait * enrollment.time_scale)
