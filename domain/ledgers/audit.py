"""Hold four ledgers against each other, rule by rule."""

from collections.abc import Callable, Iterator, Sequence

from domain.guarantees import Capabilities
from domain.idempotency import AttemptKey
from domain.ledgers import callbacks, cases, decisions, lives, sends
from domain.ledgers.findings import Audit, Counts, Finding, Unavoidable
from domain.ledgers.index import Index
from domain.ledgers.records import Ledgers, Sort

Rule = Callable[[Index], Iterator[Finding | Unavoidable]]

RULES: Sequence[Rule] = (
    lives.every_acknowledged_enrollment_is_there,
    lives.no_enrollment_is_there_twice,
    lives.every_enrollment_has_one_run,
    lives.every_enrollment_ends,
    lives.every_chain_is_whole,
    lives.every_outcome_is_the_runs,
    lives.every_order_has_its_attempt,
    lives.every_attempt_was_ordered,
    decisions.every_decision_is_in_the_timeline,
    decisions.every_enrollment_ends_once,
    sends.every_send_is_recorded,
    sends.nothing_is_sent_twice,
    sends.every_accepted_attempt_is_known_to_its_provider,
    sends.what_was_taken_is_settled,
    sends.every_claim_is_settled,
    callbacks.every_acknowledged_callback_is_stored,
    callbacks.every_acknowledged_event_is_in_the_timeline,
    callbacks.what_people_write_is_in_the_timeline,
    callbacks.no_event_is_there_twice,
    callbacks.every_event_was_told,
    callbacks.every_forgery_is_refused,
    callbacks.everybody_was_told,
    callbacks.every_delivery_is_the_highest,
    cases.every_case_is_at_its_desk,
    cases.everybody_who_is_handed_over_has_a_case,
    cases.every_case_is_in_our_books,
    cases.no_case_is_there_twice,
)
"""The first sentence of each says what holds where it finds nothing."""


def audit(ledgers: Ledgers, able: Capabilities) -> Audit:
    """Hold the ledgers against each other once everything has ended.

    Args:
        ledgers: all four, as they are when nothing is under way any more.
        able: what the vendors in use can do: what they cannot is counted apart.
    """
    index = Index.of(ledgers, able)
    found = [each for rule in RULES for each in rule(index)]
    return Audit(
        findings=tuple(each for each in found if isinstance(each, Finding)),
        unavoidable=tuple(each for each in found if isinstance(each, Unavoidable)),
        doubts=tuple(sends.doubts(index)),
        counts=_counts(index),
    )


def _counts(index: Index) -> Counts:
    provider, tables = index.ledgers.provider, index.ledgers.tables
    books = sends.reconciled(index)
    genuine = [each for each in provider.deliveries if each.sort is Sort.GENUINE]
    return Counts(
        enrollments=len(tables.enrollments),
        ended=sum(row.outcome is not None for row in tables.enrollments),
        sends=books.sends,
        attempts=books.attempts,
        refused=sum(order.status in lives.KEPT_BACK for order in index.orders.values()),
        resent=sum(_is_resent(index, key) for key in index.sent),
        cases=len(provider.cases),
        deliveries=len(genuine),
        acknowledged=sum(each.acknowledged for each in genuine),
        repeated=sum(max(0, each.tries - 1) for each in genuine),
        late=sum(row.is_late for row in tables.interactions),
        stray=sum(each.sort is Sort.STRAY for each in provider.deliveries),
        forged=sum(each.sort is Sort.FORGED for each in provider.deliveries),
    )


def _is_resent(index: Index, attempt: str | None) -> bool:
    """Whether a message went out although the attempt before it, of which its run knew nothing, had too."""
    key = AttemptKey.parse(attempt or "")
    if key is None or key.attempt == 1:
        return False
    before = str(AttemptKey(key.enrollment_id, key.step, key.attempt - 1))
    order = index.orders.get(before)
    return before in index.sent and order is not None and order.status in (None, "unknown")
