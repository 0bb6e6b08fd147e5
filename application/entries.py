"""How contacts enter a campaign: who may, and as which entry."""

from collections.abc import Sequence
from datetime import datetime

from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from domain.campaign import Campaign, Plan
from domain.contact_rules import Reentry
from domain.idempotency import enrollment_id


async def enter(
    tx: Transaction,
    tenant: str,
    campaign: Campaign,
    contact_ids: Sequence[str],
    now: datetime,
    *,
    time_scale: float = 1.0,
    batch: str | None = None,
) -> list[Enrollment]:
    """Store an enrollment for each contact who may enter; its run is not started here.

    A contact who is enrolled in this campaign, in any version, is left as they are. One whose enrollment has
    ended enters again where the campaign's re-entry allows it.

    Args:
        tx: the transaction in which they are stored.
        tenant: whose campaign and contacts.
        campaign: the version to follow, which is published.
        contact_ids: whom, as they are stored.
        now: the time.
        time_scale: what the plan's durations are multiplied with.
        batch: among which they were asked for; None for by themselves.

    Returns:
        Those that are new.
    """
    known = await tx.enrollments.latest(tenant, campaign.plan.campaign, contact_ids)
    wanted = [
        _enrollment(tenant, campaign.plan, contact_id, entry, now, time_scale, batch)
        for contact_id in dict.fromkeys(contact_ids)
        if (entry := _next_entry(campaign.reentry, known.get(contact_id), now, time_scale))
    ]
    new = await tx.enrollments.add(wanted)
    return [enrollment for enrollment in wanted if enrollment.id in new]


def _enrollment(
    tenant: str, plan: Plan, contact_id: str, entry: int, now: datetime, scale: float, batch: str | None
) -> Enrollment:
    return Enrollment(
        id=enrollment_id(tenant, plan.campaign, contact_id, entry),
        tenant=tenant,
        campaign=plan.campaign,
        version=plan.version,
        contact_id=contact_id,
        created_at=now,
        time_scale=scale,
        entry=entry,
        batch=batch,
        due_at=now,
    )


def _next_entry(reentry: Reentry, last: Enrollment | None, now: datetime, scale: float) -> int | None:
    """The number of a contact's next entry; None where there is none now."""
    if last is None:
        return 1
    if last.finished_at is None or not reentry.allows(last.finished_at, now, scale):
        return None
    return last.entry + 1
