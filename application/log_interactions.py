"""Write into the timeline what only the enrollment's run knows."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from application.errors import UnknownEnrollment
from application.ports.database import Database, Transaction
from application.ports.enrollments import Place
from application.ports.interactions import Interaction
from application.ports.telemetry import Telemetry
from domain.attempts import IN_DOUBT, AttemptState
from domain.enrollment.commands import REPEATABLE, Finish, RecordInteraction
from domain.enrollment.state import Outcome
from domain.idempotency import interaction_key


@frozen
class LogInteractions:
    """Store the records of one decision, and the outcome where it was the last one."""

    database: Database
    telemetry: Telemetry

    async def __call__(
        self,
        enrollment_id: str,
        records: Sequence[RecordInteraction],
        finish: Finish | None = None,
        place: Place | None = None,
        due: datetime | None = None,
    ) -> int | Outcome:
        """Store them in one transaction; a second time changes nothing.

        A decision is made again where its worker dies before Temporal has it, and may be another one then, by
        what the run has heard meanwhile. Where the first one was the end, it stays the end: it may have been
        told to others, and nothing more is written.

        Args:
            enrollment_id: whose timeline.
            records: what happened.
            finish: why and when the enrollment ended, if it did.
            place: where it stands now, where that is another place than before.
            due: by when the next thing is expected of it; None for nothing.

        Returns:
            How many rows are new; or the outcome, where the enrollment had ended before, and otherwise.

        Raises:
            UnknownEnrollment: there is no such enrollment; nothing is stored.
        """
        async with self.database.transaction() as tx:
            # It is ended before it is looked at: whoever ends it at the same moment is waited for.
            is_first = finish is not None and await tx.enrollments.finish(
                enrollment_id, finish.outcome, finish.at
            )
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None:
                raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
            ended = enrollment.outcome
            if ended is not None and (finish is None or finish.outcome is not ended):
                return ended
            new = await tx.interactions.add([_row(enrollment_id, record) for record in records])
            if finish is not None:
                await _settle(tx, enrollment_id, finish.at)
            elif place is not None:
                await tx.enrollments.place(enrollment_id, place.version, place.step, due)
            else:
                await tx.enrollments.set_due([enrollment_id], due)
        if finish is not None and is_first:
            self.telemetry.finished(enrollment.campaign, finish.outcome.value)
        return len(new)


async def _settle(tx: Transaction, enrollment_id: str, at: datetime) -> None:
    """Leave no attempt in flight in the books of a run that has ended: nobody will ask about it any more.

    An answer that is still on its way, and a callback, may yet tell that it was accepted.
    """
    in_doubt = [each for each in await tx.attempts.of_enrollment(enrollment_id) if each.state in IN_DOUBT]
    for attempt in in_doubt:
        if attempt.state is AttemptState.CLAIMED:
            await tx.attempts.record(attempt.key, AttemptState.UNKNOWN, at, reason="the run ended first")
    if in_doubt:
        await tx.attempts.settle(enrollment_id, at)


def _row(enrollment_id: str, record: RecordInteraction) -> Interaction:
    at = record.at if record.kind in REPEATABLE else None
    return Interaction(
        key=interaction_key(enrollment_id, record.kind.value, record.step, record.attempt, at, record.after),
        kind=record.kind.value,
        at=record.at,
        enrollment_id=enrollment_id,
        step=record.step,
        attempt=record.attempt,
        detail=record.detail,
    )
