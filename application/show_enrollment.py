"""One enrollment as it stands: where, what has happened so far, and what comes next."""

from zoneinfo import ZoneInfo

from attrs import field, frozen

from application.local_calendar import LocalCalendar
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.show_timeline import TimelineEntry, enrollment_of, timeline
from application.standings import Place, places
from application.what_is_next import Next, WhatIsNext
from domain.enrollment.standing import Standing
from domain.idempotency import handoff_key


@frozen
class EnrollmentView:
    """An enrollment with all that there is to see.

    Args:
        enrollment: the row.
        external_id: the contact, by the caller's name; None where nobody is known any more.
        place: where it stands.
        next: what comes next; None where it has ended.
        zone: by which clocks the contact lives, as far as that is known: else the campaign's zone.
        timeline: what has happened, oldest first.
    """

    enrollment: Enrollment
    external_id: str | None = field(repr=False)
    place: Place
    next: Next | None
    zone: ZoneInfo
    timeline: tuple[TimelineEntry, ...]

    @property
    def standing(self) -> Standing:
        """Where it stands, in a word."""
        return self.place.standing


@frozen
class ShowEnrollment:
    """Look at one enrollment."""

    database: Database
    calendar: LocalCalendar
    next: WhatIsNext

    async def __call__(self, tenant: str, enrollment_id: str) -> EnrollmentView:
        """Read it.

        Args:
            tenant: whose.
            enrollment_id: which.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
        """
        async with self.database.transaction() as tx:
            enrollment = await enrollment_of(tx, tenant, enrollment_id)
            contact = await tx.contacts.get(enrollment.contact_id)
            campaign = await tx.campaigns.get(tenant, enrollment.campaign, enrollment.version)
            place = (await places(tx, [enrollment]))[enrollment.id]
            handoff = await tx.handoffs.get(handoff_key(enrollment_id))
            lines = timeline(
                enrollment,
                await tx.attempts.of_enrollment(enrollment_id),
                await tx.interactions.of_enrollment(enrollment_id),
            )
        rules, handed_over = campaign.rules, None if handoff is None else handoff.created_at
        return EnrollmentView(
            enrollment,
            None if contact is None else contact.external_id,
            place,
            await self.next(enrollment, campaign, contact, place, handed_over),
            ZoneInfo(rules.timezone) if contact is None else self.calendar.zone(contact, rules),
            tuple(lines),
        )
