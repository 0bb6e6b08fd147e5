"""What is expected of an enrollment, noted before its run starts and before its message goes out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from application.errors import UnknownCampaign
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.runs import Run
from domain.errors import DomainError
from domain.steps import Step


async def expect_first(tx: Transaction, runs: Sequence[Run], at: datetime) -> None:
    """Note when those are due whose first step begins after a delay: a run itself says so nowhere.

    All others were due when they were enrolled. It is noted before the runs are started, which may send at
    once, and note what they wait for then.

    Args:
        tx: a transaction before they are started.
        runs: which are to be started.
        at: when.
    """
    delayed: dict[timedelta, list[str]] = defaultdict(list)
    for run in runs:
        first = run.plan.steps[0]
        if isinstance(first, Step) and isinstance(first.delay, timedelta) and first.delay:
            delayed[first.delay].append(run.enrollment_id)
    for delay, ids in delayed.items():
        await tx.enrollments.set_due(ids, at + delay)


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
