"""One enrollment's timeline, as a person reads it."""

from datetime import datetime

from attrs import frozen

from application.errors import UnknownEnrollment
from application.ports.attempts import Attempt
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch, Interaction


@frozen
class TimelineEntry:
    """One line.

    Args:
        at: when.
        where: the step and attempt, e.g. "text #1", or nothing.
        what: what happened.
        detail: more.
    """

    at: datetime
    where: str
    what: str
    detail: str


@frozen
class ShowTimeline:
    """Merge what was sent with what came back and what the run decided."""

    database: Database

    async def __call__(self, enrollment_id: str) -> list[TimelineEntry]:
        """The timeline, oldest first.

        Raises:
            UnknownEnrollment: there is no such enrollment.
        """
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None:
                raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
            attempts = await tx.attempts.of_enrollment(enrollment_id)
            interactions = await tx.interactions.of_enrollment(enrollment_id)
        entries = [
            _enrolled(enrollment),
            *(_sent(attempt) for attempt in attempts),
            *(_happened(interaction) for interaction in interactions),
        ]
        return sorted(entries, key=lambda entry: entry.at)


def _enrolled(enrollment: Enrollment) -> TimelineEntry:
    detail = f"{enrollment.campaign} version {enrollment.version}"
    return TimelineEntry(enrollment.created_at, "", "enrolled", detail)


def _sent(attempt: Attempt) -> TimelineEntry:
    where = f"{attempt.key.step} #{attempt.key.attempt}"
    detail = attempt.provider_ref or attempt.reason or ""
    return TimelineEntry(attempt.claimed_at, where, f"{attempt.channel.value} {attempt.state.value}", detail)


def _happened(interaction: Interaction) -> TimelineEntry:
    where = f"{interaction.step} #{interaction.attempt}" if interaction.attempt else ""
    late = "after the end" if interaction.dispatch is Dispatch.LATE else ""
    source = f"from {interaction.provider}" if interaction.provider else ""
    detail = ", ".join(part for part in (interaction.detail, source, late) if part)
    return TimelineEntry(interaction.stored_at or interaction.at, where, interaction.kind, detail)
