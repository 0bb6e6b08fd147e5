"""What providers called back against what is stored, and what the runs have heard."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from domain.attempts import AttemptState
from domain.idempotency import LINK
from domain.ledgers.findings import Finding, Kind
from domain.ledgers.index import Index, whose
from domain.ledgers.records import Delivery, InteractionRow, Sort
from domain.statuses import ENDING, DeliveryStatus, join

_WRITTEN = frozenset({DeliveryStatus.REPLIED, DeliveryStatus.OPTED_OUT})

FORBIDDEN = 403
"""The HTTP status that a callback without a good signature is answered with."""


def every_acknowledged_callback_is_stored(index: Index) -> Iterator[Finding]:
    """What was answered with success stands in the staging table, and could be read."""
    stored = {row.key: row for row in index.ledgers.tables.webhooks}
    for delivery in index.ledgers.provider.deliveries:
        if delivery.sort is Sort.FORGED or not delivery.acknowledged:
            continue
        row = stored.get(delivery.key)
        if row is None or not row.is_read:
            lacks = "is not stored" if row is None else "could not be read"
            what = f"{_told_by(delivery)} was acknowledged, and {lacks}"
            yield Finding(Kind.LOST_WEBHOOK, whose(delivery.attempt), what)


def every_acknowledged_event_is_in_the_timeline(index: Index) -> Iterator[Finding]:
    """What acknowledged callbacks tell of an attempt is in its timeline, each event of them."""
    for attempt, provider, told in _by_provider(index):
        events = {each.event: each for each in told if each.acknowledged and each.is_sure}
        there = [row.status for row in _reported(index, attempt, provider)]
        lost = [each for each in events.values() if each.statuses.isdisjoint(there)]
        if not lost and len(there) < len(events):
            lost = list(events.values())[len(there) :]
        for each in lost:
            what = f"{_told_by(each)} was acknowledged, and its event is not in the timeline"
            yield Finding(Kind.LOST_WEBHOOK, whose(attempt), what)


def what_people_write_is_in_the_timeline(index: Index) -> Iterator[Finding]:
    """An acknowledged text or e-mail of a person is an event of the enrollment that it answers."""
    written = Counter(
        (whose(each.answers), each.provider)
        for each in index.genuine(None)
        if each.answers is not None and each.acknowledged
    )
    there = Counter(
        (row.enrollment_id, row.provider)
        for row in index.ledgers.tables.interactions
        if row.status in _WRITTEN
    )
    for (enrollment_id, provider), count in written.items():
        if there[enrollment_id, provider] < count:
            what = (
                f"{provider} has told {count} times what the person of {enrollment_id} wrote, and of that "
                f"{there[enrollment_id, provider]} are in the timeline"
            )
            yield Finding(Kind.LOST_WEBHOOK, enrollment_id, what)


def no_event_is_there_twice(index: Index) -> Iterator[Finding]:
    """An attempt's timeline holds no more events of a provider than callbacks have told."""
    for attempt, provider, told in _by_provider(index):
        there, callbacks = len(_reported(index, attempt, provider)), {(each.key, each.event) for each in told}
        unnamed = [each for each in index.genuine(None) if each.provider == provider and each.statuses]
        if there > len(callbacks) + len(unnamed):
            what = f"{attempt} has {there} events of {provider}, which has told {len(callbacks)}"
            yield Finding(Kind.DUPLICATE_EVENT, whose(attempt), what)


_TAKEN: Mapping[Sort | None, tuple[Kind, str]] = {
    Sort.STRAY: (Kind.STRAY_TAKEN, "was told only by a callback about nobody of ours"),
    Sort.FORGED: (Kind.FORGED_TAKEN, "was told only by a callback without a good signature"),
    None: (Kind.INVENTED, "was told by no callback"),
}


def every_event_was_told(index: Index) -> Iterator[Finding]:
    """What the timeline holds of an attempt by a provider's name, a genuine callback has told."""
    for attempt, rows in index.events.items():
        for row in rows:
            if attempt is None or row.provider in (None, LINK) or row.status is None:
                continue
            sorts = {each.sort for each in _sources(index, row)}
            if Sort.GENUINE not in sorts:
                kind, why = _TAKEN[min(sorts, default=None, key=list(Sort).index)]
                yield Finding(kind, row.enrollment_id, f"{row.key} of {attempt} {why}")


def every_forgery_is_refused(index: Index) -> Iterator[Finding]:
    """A callback without a good signature is answered with 403, and leaves nothing."""
    deliveries = index.ledgers.provider.deliveries
    signed = {each.key for each in deliveries if each.sort is not Sort.FORGED}
    stored = {row.key for row in index.ledgers.tables.webhooks} - signed
    for each in deliveries:
        if each.sort is not Sort.FORGED:
            continue
        if each.key in stored:
            fault = "is stored"
        elif each.acknowledged or each.status not in (FORBIDDEN, None):  # None: nobody answered, or took it
            fault = f"was answered with {each.status} and not {FORBIDDEN}"
        else:
            continue
        what = f"{_told_by(each)} has no good signature and {fault}"
        yield Finding(Kind.FORGED_TAKEN, whose(each.attempt), what)


def everybody_was_told(index: Index) -> Iterator[Finding]:
    """Nothing waits to be told to its run, and what is marked as told stands in the run's history."""
    for row in index.ledgers.tables.interactions:
        if row.is_pending:
            fault = "is stored, and its run has not been told"
        elif row.is_told and row.status is not None and not index.has_heard(row):
            fault = "is marked as told, and is not in its run's history"
        else:
            continue
        yield Finding(Kind.UNTOLD, row.enrollment_id, f"{row.key} {fault}")


def every_delivery_is_the_highest(index: Index) -> Iterator[Finding]:
    """An attempt's delivery status is the highest of its timeline, whatever order it came in."""
    for row in index.attempts.values():
        told = [event.status for event in index.events.get(row.key, ()) if event.status is not None]
        highest = reduce(join, told, None)
        if highest is None and row.state is AttemptState.REJECTED and row.delivery in ENDING:
            continue  # the provider has said so in its answer to the send
        if row.delivery is not highest:
            what = f"{row.key} stands at {row.delivery}, and the highest that was told is {highest}"
            yield Finding(Kind.WRONG_DELIVERY, row.enrollment_id, what)


def _by_provider(index: Index) -> Iterator[tuple[str, str, Sequence[Delivery]]]:
    """Genuine callbacks that tell something of an attempt, by attempt and provider."""
    for attempt in index.deliveries:
        told = [each for each in index.genuine(attempt) if each.statuses]
        for provider in sorted({each.provider for each in told}):
            if attempt is not None:
                yield attempt, provider, [each for each in told if each.provider == provider]


def _reported(index: Index, attempt: str, provider: str) -> Sequence[InteractionRow]:
    return [row for row in index.events.get(attempt, ()) if row.provider == provider]


def _sources(index: Index, row: InteractionRow) -> Iterator[Delivery]:
    """The callbacks that may have told an event: those that name its attempt, and those that name none."""
    for attempt in (row.attempt, None):
        for each in index.deliveries.get(attempt, ()):
            if each.provider == row.provider and row.status in each.statuses:
                yield each


def _told_by(delivery: Delivery) -> str:
    of = "no attempt" if delivery.attempt is None else delivery.attempt
    return f"the callback {delivery.provider}:{delivery.event} of {of}"
