"""What desks took against the handoffs in our books."""

from collections import Counter
from collections.abc import Iterator

from domain.enrollment.state import Outcome
from domain.guarantees import DESK_SENTENCES, DeskGuarantee, desk_guarantee
from domain.ledgers.findings import Finding, Kind, Unavoidable
from domain.ledgers.index import Index

_WITH_A_HUMAN = frozenset({Outcome.ESCALATED, Outcome.RESOLVED})


def every_case_is_at_its_desk(index: Index) -> Iterator[Finding]:
    """A handoff of our books is at its desk by that very id, and one that a human is to have is somewhere."""
    there = {(case.handoff, case.vendor, case.ref) for case in index.ledgers.provider.cases}
    for row in index.ledgers.tables.handoffs:
        enrollment = index.enrollments.get(row.enrollment_id)
        if row.ref is not None and (row.key, row.desk, row.ref) not in there:
            what = f"{row.key} is {row.desk} {row.ref} in our books, and that desk has no such case"
            yield Finding(Kind.LOST_HANDOFF, row.enrollment_id, what)
        elif row.ref is None and enrollment is not None and enrollment.outcome in _WITH_A_HUMAN:
            what = f"{row.key} has not come to a desk, and its enrollment is {enrollment.outcome}"
            yield Finding(Kind.LOST_HANDOFF, row.enrollment_id, what)


def everybody_who_is_handed_over_has_a_case(index: Index) -> Iterator[Finding]:
    """An enrollment that has ended with a human has a handoff in our books."""
    handed_over = {row.enrollment_id for row in index.ledgers.tables.handoffs}
    for id_, row in index.enrollments.items():
        if row.outcome in _WITH_A_HUMAN and id_ not in handed_over:
            what = f"enrollment {id_} is {row.outcome}, and our books have no handoff of it"
            yield Finding(Kind.LOST_HANDOFF, id_, what)


def every_case_is_in_our_books(index: Index) -> Iterator[Finding]:
    """A case at a desk is a handoff of ours."""
    rows = {row.key: row for row in index.ledgers.tables.handoffs}
    for case in index.ledgers.provider.cases:
        if case.handoff not in rows:
            what = (
                f"{case.vendor} has the case {case.ref} of {case.handoff}, and our books have no such handoff"
            )
            yield Finding(Kind.LOST_HANDOFF, _whose(case.handoff), what)


def no_case_is_there_twice(index: Index) -> Iterator[Finding | Unavoidable]:
    """A desk has a case once, where it knows our key again."""
    times = Counter((case.handoff, case.vendor) for case in index.ledgers.provider.cases)
    for (key, vendor), count in times.items():
        if count == 1:
            continue
        finding = Finding(Kind.DUPLICATE_HANDOFF, _whose(key), f"{vendor} has {key} {count} times")
        promised = desk_guarantee(index.desk(vendor))
        if promised is DeskGuarantee.ONCE:
            yield finding
        else:
            yield Unavoidable(finding, f"{vendor} desk: {DESK_SENTENCES[promised]}")


def _whose(key: str | None) -> str | None:
    """The enrollment that a handoff's key names (`domain.idempotency.handoff_key`)."""
    return None if key is None else key.partition(":")[0]
