"""Enroll contacts into a campaign version."""

from collections.abc import Sequence

import structlog
from attrs import frozen

from application.errors import RunsUnavailable
from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.start_runs import StartRuns
from domain.contact import Contact, NewContact
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
            enrollments = [
                Enrollment(
                    id=enrollment_id(tenant, campaign, contact_id),
                    tenant=tenant,
                    campaign=campaign,
                    version=version,
                    contact_id=contact_id,
                    created_at=now,
                    time_scale=time_scale,
                )
                for contact_id in ids.values()
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
