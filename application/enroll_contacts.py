"""Enroll contacts into a campaign version."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.start_runs import StartRuns
from domain.contact import Contact, NewContact
from domain.idempotency import enrollment_id


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

        Args:
            tenant: whose campaign and contacts.
            campaign: the campaign's key.
            version: the version to follow.
            contacts: whom.
            time_scale: what the plan's durations are multiplied with; 1 outside demonstrations.

        Raises:
            UnknownCampaign: there is no such version; nothing is stored.
            DatabaseUnavailable: nothing is stored.
            RunsUnavailable: all is stored; the relay starts the runs that are missing.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            await tx.campaigns.get(tenant, campaign, version)
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
        await self.start_runs([enrollment for enrollment in enrollments if enrollment.id in new])
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
