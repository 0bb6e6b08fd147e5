"""What providers took against what our books hold as sent."""

from collections.abc import Iterator

from domain.attempts import AttemptState
from domain.guarantees import SENTENCES, guarantee
from domain.ledgers.findings import Doubt, Finding, Kind, Resolution, Unavoidable
from domain.ledgers.index import Index, whose
from domain.ledgers.records import AttemptRow
from domain.reconciliation import Reconciliation, reconcile

UNNAMED = ""
"""Stands for the attempt of a message that names none."""


def reconciled(index: Index) -> Reconciliation:
    """The attempt keys that providers took, against ours."""
    taken = [sent.attempt or UNNAMED for sent in index.ledgers.provider.sent]
    states = {
        state: [row.key for row in index.attempts.values() if row.state is state] for state in AttemptState
    }
    return reconcile(taken, states)


def every_send_is_recorded(index: Index) -> Iterator[Finding]:
    """What a provider took is accepted in our books, or in doubt; nobody else could tell that it was sent."""
    for key in reconciled(index).sends_without_attempt:
        row = index.attempts.get(key)
        ours = "have no such attempt" if row is None else f"hold it as {row.state}"
        what = f"{key or 'a message that names no attempt'} was taken, and our books {ours}"
        yield Finding(Kind.LOST_SEND, whose(key), what)


def nothing_is_sent_twice(index: Index) -> Iterator[Finding]:
    """No provider took an attempt more than once, and no two providers took the same one."""
    for key in reconciled(index).sent_more_than_once:
        if key == UNNAMED:  # they are lost, each of them
            continue
        vendors = ", ".join(sent.vendor for sent in index.sent[key])
        what = f"{key} was taken {len(index.sent[key])} times: {vendors}"
        yield Finding(Kind.DUPLICATE_SEND, whose(key), what)


def every_accepted_attempt_is_known_to_its_provider(index: Index) -> Iterator[Finding]:
    """What our books hold as accepted, its provider has by that very id."""
    for row in index.attempts.values():
        if row.state is not AttemptState.ACCEPTED:
            continue
        known = [(sent.vendor, sent.ref) for sent in index.sent.get(row.key, ())]
        if (row.provider, row.ref) not in known:
            refs = ", ".join(f"{vendor} {ref}" for vendor, ref in known) or "nothing"
            what = f"{row.key} is accepted as {row.provider} {row.ref}; of it the providers have {refs}"
            yield Finding(Kind.WRONG_REFERENCE, row.enrollment_id, what)


def what_was_taken_is_settled(index: Index) -> Iterator[Finding | Unavoidable]:
    """No attempt stays unknown that its provider took, as far as the provider can tell us."""
    for row in index.attempts.values():
        if row.state is not AttemptState.UNKNOWN or row.key not in index.sent:
            continue
        finding = Finding(
            Kind.UNSETTLED, row.enrollment_id, f"{row.key} is unknown, and {row.provider} took it"
        )
        reason = _why_unsettled(index, row)
        yield finding if reason is None else Unavoidable(finding, reason)


def every_claim_is_settled(index: Index) -> Iterator[Finding]:
    """No attempt is only claimed once its enrollment has ended: then nobody would ever look at it again."""
    for row in index.attempts.values():
        enrollment = index.enrollments.get(row.enrollment_id)
        has_ended = enrollment is not None and enrollment.outcome is not None
        if row.state is AttemptState.CLAIMED and row.key not in index.sent and has_ended:
            what = f"{row.key} is claimed, and its enrollment has ended"
            yield Finding(Kind.UNSETTLED, row.enrollment_id, what)


def _why_unsettled(index: Index, row: AttemptRow) -> str | None:
    """Why nothing could settle an attempt in doubt; None where something could."""
    if any(delivery.acknowledged and delivery.statuses for delivery in index.genuine(row.key)):
        return None
    abilities, order = index.abilities(row), index.orders.get(row.key)
    if order is None or order.status is None:
        return "its run ended, or was told to stop, before the answer was known"
    if abilities.honours_key or abilities.can_look_up:
        return None
    return f"{row.provider} {row.channel}: {SENTENCES[guarantee(abilities)]}"


def doubts(index: Index) -> Iterator[Doubt]:
    """The attempts of which nobody could say for a while, or for good, whether they were sent."""
    for row in index.attempts.values():
        resolution = _resolution(index, row)
        if resolution is not None:
            yield Doubt(row.key, row.enrollment_id, resolution)


def _resolution(index: Index, row: AttemptRow) -> Resolution | None:
    if row.state is AttemptState.UNKNOWN:
        return Resolution.UNKNOWN_TAKEN if row.key in index.sent else Resolution.UNKNOWN_NOT_TAKEN
    order = index.orders.get(row.key)
    if row.state is not AttemptState.ACCEPTED or order is None:
        return None
    if order.status == AttemptState.UNKNOWN:
        return Resolution.CALLBACK
    by_callback = Resolution.CALLBACK if index.genuine(row.key) else None
    if order.status is None:  # the run has ended while its send was to be tried again
        return by_callback
    if not order.is_repeat or order.began is None:
        return None
    abilities = index.abilities(row)
    if abilities.honours_key:
        return Resolution.RESENT_WITH_KEY
    if row.claimed_at >= order.began:  # the tries before had not come to their claim
        return None
    if row.recorded_at is not None and row.recorded_at >= order.began:
        return Resolution.LOOK_UP
    return by_callback
