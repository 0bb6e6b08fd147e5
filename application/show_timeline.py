"""One enrollment's timeline: what was sent, what came back, and what was decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from attrs import frozen

from application.errors import UnknownEnrollment
from application.ports.attempts import Attempt
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch, Interaction
from domain.statuses import Channel

ENROLLED = "enrolled"
"""The kind of the first line."""
ATTEMPT = "attempt"
"""The kind of a line that tells of an attempt: its status is the attempt's state."""


@frozen
class TimelineEntry:
    """One line.

    Args:
        key: what tells it from all others of the timeline, and nothing else.
        at: when we took notice.
        kind: `ENROLLED`, `ATTEMPT`, a delivery status, a `domain.enrollment.commands.InteractionKind` value,
            or one of `application.orders`.
        channel: by which channel, where the line is about a message.
        step: at which step.
        attempt: at which attempt of it.
        provider: who sent it, or has told it; None for our own.
        status: a delivery status that was told, or the state of an attempt.
        detail: more, without personal data: the provider's id, the reason, where it led.
        late: it was told after the enrollment had ended, so that it changed nothing.
    """

    key: str
    at: datetime
    kind: str
    channel: Channel | None = None
    step: str | None = None
    attempt: int | None = None
    provider: str | None = None
    status: str | None = None
    detail: str = ""
    late: bool = False


@frozen
class ShowTimeline:
    """Merge what was sent with what came back and what the run decided."""

    database: Database

    async def __call__(self, tenant: str, enrollment_id: str) -> list[TimelineEntry]:
        """The timeline, oldest first.

        Args:
            tenant: whose enrollment.
            enrollment_id: which.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
        """
        async with self.database.transaction() as tx:
            enrollment = await enrollment_of(tx, tenant, enrollment_id)
            attempts = await tx.attempts.of_enrollment(enrollment_id)
            interactions = await tx.interactions.of_enrollment(enrollment_id)
        return timeline(enrollment, attempts, interactions)


async def enrollment_of(tx: Transaction, tenant: str, enrollment_id: str) -> Enrollment:
    """An enrollment of a tenant.

    Raises:
        UnknownEnrollment: there is none.
    """
    enrollment = await tx.enrollments.get(enrollment_id)
    if enrollment is None or enrollment.tenant != tenant:
        raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
    return enrollment


def timeline(
    enrollment: Enrollment, attempts: Sequence[Attempt], interactions: Sequence[Interaction]
) -> list[TimelineEntry]:
    """All lines of an enrollment, oldest first; of one time, in the order in which they were stored."""
    channels = {attempt.key.step: attempt.channel for attempt in attempts}
    entries = [
        _enrolled(enrollment),
        *map(_sent, attempts),
        *(_happened(interaction, channels) for interaction in interactions),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def after(entries: Sequence[TimelineEntry], at: datetime, key: str) -> Sequence[TimelineEntry]:
    """The lines that follow one that was shown before; more may have come since.

    Args:
        entries: as `timeline` gives them.
        at: the line's time.
        key: its key.
    """
    for place, entry in enumerate(entries):
        if entry.key == key:
            return entries[place + 1 :]
    return [entry for entry in entries if entry.at > at]  # it was an attempt that was claimed anew since


def _key(name: str) -> str:
    """A short key: providers' names for their events are of any length."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:20]


def _enrolled(enrollment: Enrollment) -> TimelineEntry:
    detail = f"{enrollment.campaign} version {enrollment.version}"
    return TimelineEntry(_key(ENROLLED), enrollment.created_at, ENROLLED, detail=detail)


def _sent(attempt: Attempt) -> TimelineEntry:
    key = attempt.key
    return TimelineEntry(
        key=_key(f"{ATTEMPT}:{key}"),
        at=attempt.claimed_at,
        kind=ATTEMPT,
        channel=attempt.channel,
        step=key.step,
        attempt=key.attempt,
        provider=None if attempt.refusal else attempt.provider,  # what our own gate kept back met nobody
        status=attempt.state.value,
        detail=attempt.provider_ref or attempt.reason or "",
    )


def _happened(interaction: Interaction, channels: Mapping[str, Channel]) -> TimelineEntry:
    is_at_attempt = bool(interaction.attempt)
    return TimelineEntry(
        key=_key(interaction.key),
        at=interaction.stored_at or interaction.at,
        kind=interaction.kind,
        channel=channels.get(interaction.step or "") if is_at_attempt else None,
        step=interaction.step if is_at_attempt else None,
        attempt=interaction.attempt if is_at_attempt else None,
        provider=interaction.provider,
        status=None if interaction.status is None else interaction.status.value,
        detail=interaction.detail,
        late=interaction.dispatch is Dispatch.LATE,
    )
