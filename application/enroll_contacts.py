"""Enroll contacts into a campaign version."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from attrs import frozen

from application.errors import RunsUnavailable
from application.ports.clock import Clock, NewId
from application.ports.consents import Consent
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.start_runs import StartRuns
from domain.campaign import Plan
from domain.contact import Contact, NewContact
from domain.contact_rules import Reentry
from domain.idempotency import enrollment_id

_log = structlog.get_logger(__name__)


@frozen
class EnrollReport:
    """What enrolling came to.

    Args:
        contacts: how many contacts were given.
        enrolled: how many were enrolled now.
        already: how many had been enrolled in this campaign before.
    """

    contacts: int
    enrolled: int
    already: int

    def __add__(self, other: "EnrollReport") -> "EnrollReport":
        """Both together."""
        return EnrollReport(
            self.contacts + other.contacts, self.enrolled + other.enrolled, self.already + other.already
        )


@frozen
class EnrollContacts:
    """Store contacts and enrollments in one transaction, then start the runs."""

    database: Database
    start_runs: StartRuns
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        tenant: str,
        campaign: str,
        version: int,
        contacts: Sequence[NewContact],
        *,
        time_scale: float = 1.0,
    ) -> EnrollReport:
        """Enroll; a contact that is enrolled in this campaign already, in any version, is left as it is.

        One whose enrollment has ended enters again where the campaign's re-entry allows it.

        Where the workflow service does not answer, all is stored, and the relay starts the runs later.

        Args:
            tenant: whose campaign and contacts.
            campaign: the campaign's key.
            version: the version to follow.
            contacts: whom.
            time_scale: what the plan's durations are multiplied with; 1 outside demonstrations.

        Raises:
            UnknownCampaign: there is no such version; nothing is stored.
            InvalidCampaign: the plan cannot be followed at this scale; nothing is stored.
            DatabaseUnavailable: the database does not answer; to be asked again, which enrolls nobody twice.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            published = await tx.campaigns.get(tenant, campaign, version)
            published.plan.scaled(time_scale)  # what could never be started is not stored
            ids = await tx.contacts.upsert(tenant, [self._contact(contact) for contact in contacts])
            known = await tx.enrollments.latest(tenant, campaign, list(ids.values()))
            await _keep_consents(tx, contacts, ids, now)
            enrollments = [
                _enrollment(tenant, published.plan, contact_id, entry, now, time_scale)
                for contact_id in ids.values()
                if (entry := _next_entry(published.reentry, known.get(contact_id), now, time_scale))
            ]
            new = await tx.enrollments.add(enrollments)
        try:
            await self.start_runs([enrollment for enrollment in enrollments if enrollment.id in new])
        except RunsUnavailable as fault:
            _log.warning("enroll.left_to_relay", campaign=campaign, reason=str(fault))
        return EnrollReport(len(contacts), len(new), len(contacts) - len(new))

    def _contact(self, contact: NewContact) -> Contact:
        return Contact(
            id=self.new_id(),
            external_id=contact.external_id,
            phone=contact.phone,
            email=contact.email,
            timezone=contact.timezone,
            attributes=contact.attributes,
        )


def _enrollment(
    tenant: str, plan: Plan, contact_id: str, entry: int, now: datetime, scale: float
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
    )


def _next_entry(reentry: Reentry, last: Enrollment | None, now: datetime, scale: float) -> int | None:
    """The number of a contact's next entry; None where there is none now."""
    if last is None:
        return 1
    if last.finished_at is None or not reentry.allows(last.finished_at, now, scale):
        return None
    return last.entry + 1


async def _keep_consents(
    tx: Transaction, contacts: Sequence[NewContact], ids: Mapping[str, str], now: datetime
) -> None:
    """Store what the contacts have said of channels; nobody has said anything later than now."""
    for contact in sorted(contacts, key=lambda contact: ids[contact.external_id]):
        words = [
            Consent(word.channel, word.given, word.source, min(word.at or now, now))
            for word in contact.consents
        ]
        if words:
            await tx.consents.add(ids[contact.external_id], words)
