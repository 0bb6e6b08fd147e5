"""What runs must have decided, to come to where they are, against the timeline."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.ledgers.findings import Finding, Kind
from domain.ledgers.index import Index


def every_decision_is_in_the_timeline(index: Index) -> Iterator[Finding]:
    """A run that has ended, gone on to another step or handed over has left a row of each of these."""
    there: dict[str | None, Counter[str]] = defaultdict(Counter)
    for row in index.ledgers.tables.interactions:
        there[row.enrollment_id][row.kind] += 1
    steps = _steps(index)
    for id_, enrollment in index.enrollments.items():
        if enrollment.outcome is None or id_ not in index.runs:
            continue
        told = there[id_]
        least = {
            InteractionKind.FINISHED: 1,
            InteractionKind.ESCALATED: int(enrollment.outcome is Outcome.ESCALATED),
            InteractionKind.MOVED_ON: len(steps[id_]) - 1 - told[InteractionKind.MOVED],
        }
        for kind, count in least.items():
            if told[kind] < count:
                what = f"enrollment {id_} has {told[kind]} rows that tell {kind}, and must have {count}"
                yield Finding(Kind.LOST_DECISION, id_, what)


def every_enrollment_ends_once(index: Index) -> Iterator[Finding]:
    """A timeline tells of one end."""
    rows = index.ledgers.tables.interactions
    ends = Counter(row.enrollment_id for row in rows if row.kind == InteractionKind.FINISHED)
    for id_, count in ends.items():
        if count > 1:
            yield Finding(
                Kind.DUPLICATE_EVENT, id_, f"the timeline of enrollment {id_} tells of {count} ends"
            )


def _steps(index: Index) -> dict[str, set[str]]:
    """The steps at which something was ordered, by enrollment."""
    found: dict[str, set[str]] = defaultdict(set)
    for attempt in index.orders:
        key = AttemptKey.parse(attempt)
        if key is not None:
            found[key.enrollment_id].add(key.step)
    return found
