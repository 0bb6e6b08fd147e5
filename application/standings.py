"""Where enrollments stand, told from the books: `domain.enrollment.standing` with its facts looked up."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.attempts import Attempt
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from domain.enrollment.commands import InteractionKind
from domain.enrollment.standing import DECISIVE, Standing, standing
from domain.enrollment.turn import HANDOFF
from domain.idempotency import handoff_key
from domain.pauses import Pause


@frozen
class Place:
    """Where one enrollment stands.

    Args:
        standing: in a word.
        step: the key of the step that it is at; None once the steps are behind.
        attempt: the last attempt of that step; None where there is none.
        decided: what was decided there after that attempt; None where nothing was that counts.
        pause: the pause of its campaign that goes on; None where there is none.
    """

    standing: Standing
    step: str | None
    attempt: Attempt | None = None
    decided: Interaction | None = None
    pause: Pause | None = None


async def places(tx: Transaction, enrollments: Sequence[Enrollment]) -> dict[str, Place]:
    """Where some enrollments stand, a page of a list at most.

    Args:
        tx: the transaction in which they were read.
        enrollments: which.

    Returns:
        The places by the enrollments' ids.
    """
    going = [each.id for each in enrollments if each.outcome is None]
    pauses = await _pauses(tx, enrollments)
    attempts: dict[str, list[Attempt]] = {}
    for attempt in await tx.attempts.of_enrollments(going) if going else ():
        attempts.setdefault(attempt.key.enrollment_id, []).append(attempt)
    decided: dict[str, list[Interaction]] = {}
    for row in await tx.interactions.of_enrollments(going, DECISIVE) if going else ():
        decided.setdefault(row.enrollment_id or "", []).append(row)
    return {
        each.id: _place(
            each,
            await _step(tx, each),
            attempts.get(each.id, ()),
            decided.get(each.id, ()),
            pauses.get((each.tenant, each.campaign)),
        )
        for each in enrollments
    }


def _place(
    enrollment: Enrollment,
    step: str | None,
    attempts: Sequence[Attempt],
    decided: Sequence[Interaction],
    pause: Pause | None,
) -> Place:
    here = [attempt for attempt in attempts if attempt.key.step == step]
    last = max(here, key=lambda attempt: attempt.key.attempt, default=None)
    rows = [row for row in decided if row.step == step and _follows(row, last)]
    latest = rows[-1] if rows else None
    word = standing(
        has_ended=enrollment.outcome is not None,
        has_started=enrollment.started_at is not None,
        is_held=enrollment.paused_at is not None or pause is not None,
        with_human=step is None,
        attempt=None if last is None else last.state,
        decided=None if latest is None else InteractionKind(latest.kind),
    )
    return Place(word, step, last, latest, pause)


def _follows(row: Interaction, attempt: Attempt | None) -> bool:
    """Whether a row was written after an attempt was made, not before it: rows name their attempt."""
    if attempt is None:
        return True
    if row.attempt != attempt.key.attempt:
        return (row.attempt or 0) > attempt.key.attempt
    # Put off and let out since, or tried and backed off.
    return row.kind != InteractionKind.DEFERRED or row.at > attempt.claimed_at


async def _step(tx: Transaction, enrollment: Enrollment) -> str | None:
    """The step at which an enrollment is; before it has left the first one, the books name none."""
    if enrollment.step is not None and enrollment.step != HANDOFF:
        return enrollment.step
    plan = (await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)).plan
    if enrollment.step is None:
        return plan.steps[0].key
    if plan.index(HANDOFF) is None:
        return None
    # A step of that very name: then only the case itself tells.
    return HANDOFF if await tx.handoffs.get(handoff_key(enrollment.id)) is None else None


async def _pauses(tx: Transaction, enrollments: Sequence[Enrollment]) -> dict[tuple[str, str], Pause]:
    """The pauses that go on, by tenant and campaign."""
    found: dict[tuple[str, str], Pause] = {}
    for tenant, campaign in {(e.tenant, e.campaign) for e in enrollments if e.outcome is None}:
        pauses = await tx.campaigns.pauses(tenant, campaign)
        if pauses and pauses[-1].resumed_at is None:
            found[tenant, campaign] = pauses[-1]
    return found
