"""From ledgers that agree, no page can be lost, copied or changed without the audit's noticing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.ledgers.audit import audit
from domain.ledgers.records import Close, Ledgers, Order
from domain.statuses import Channel, DeliveryStatus
from tests.unit.domain.ledger_pages import (
    ABLE,
    Spoil,
    added,
    altered,
    handed_over_life,
    sent_life,
    spoiled,
    together,
    unknown_life,
    without,
)

TOLD = [status for status in DeliveryStatus if status is not DeliveryStatus.COMPLAINED]


@st.composite
def lives(draw: st.DrawFn) -> Ledgers:
    """Some enrollments that agree, among them one with a callback and one with a case."""
    several = [
        sent_life("ann", Channel.SMS, DeliveryStatus.SENT, DeliveryStatus.DELIVERED),
        handed_over_life("dot"),
    ]
    for nth in range(draw(st.integers(0, 4))):
        statuses = sorted(draw(st.sets(st.sampled_from(TOLD), max_size=4)), key=lambda status: status.rank)
        several.append(
            draw(
                st.sampled_from(
                    [
                        sent_life(f"e{nth}", draw(st.sampled_from(Channel)), *statuses),
                        unknown_life(f"e{nth}"),
                        handed_over_life(f"e{nth}"),
                    ]
                )
            )
        )
    return together(*draw(st.permutations(several)))


CHANGES: dict[str, list[dict[str, Any]]] = {
    "sent": [{"attempt": "nobody:first:1"}, {"attempt": None}, {"ref": "another"}, {"vendor": "another"}],
    "cases": [{"handoff": "nobody:handoff"}, {"handoff": None}, {"ref": "another"}, {"vendor": "another"}],
    "deliveries": [
        {"key": "another"},
        {"attempt": "nobody:first:1"},
        {"statuses": frozenset({DeliveryStatus.COMPLAINED})},
    ],
    "enrollments": [{"id": "nobody"}, {"outcome": None}, {"outcome": Outcome.WON}],
    "attempts": [
        {"key": "nobody:first:1"},
        {"provider": "another", "state": AttemptState.ACCEPTED},
        {"state": AttemptState.CLAIMED},
        {"state": AttemptState.REJECTED},
        {"ref": "another", "state": AttemptState.ACCEPTED},
        {"delivery": DeliveryStatus.COMPLAINED},
    ],
    "interactions": [
        {"attempt": "ann:first:2"},
        {"provider": "another"},
        {"status": DeliveryStatus.COMPLAINED},
        {"is_pending": True},
        {"key": "another", "is_told": True},
    ],
    "webhooks": [{"key": "another"}, {"is_read": False}],
    "handoffs": [{"key": "nobody:handoff"}, {"desk": "another"}, {"ref": "another"}, {"ref": None}],
    "runs": [
        {"enrollment_id": "nobody"},
        {"close": Close.OPEN},
        {"close": Close.FAILED},
        {"result": "won", "close": Close.COMPLETED},
        {"orders": (Order("ann:first:9", "accepted"),)},
    ],
}
OF_DECISIONS: list[dict[str, Any]] = [{"kind": "another"}, {"enrollment_id": "nobody"}, {"is_pending": True}]
"""What makes a difference to a row that a decision of ours has left."""

COPIES: dict[str, dict[str, Any]] = {
    "sent": {},
    "cases": {"ref": "another"},
    "interactions": {"key": "another"},
    "runs": {"chain": "another"},
}
"""How a page looks that is there once more: by its key a row can be there only once."""


def pages(ledgers: Ledgers, book: str) -> tuple[Any, ...]:
    for part in (ledgers, ledgers.provider, ledgers.tables):
        if hasattr(part, book):
            found: tuple[Any, ...] = getattr(part, book)
            return found
    raise AssertionError(book)


@st.composite
def harm(draw: st.DrawFn, ledgers: Ledgers) -> tuple[str, Spoil]:
    """Something done to one page of one book."""
    book = draw(st.sampled_from([*CHANGES]))
    there = pages(ledgers, book)
    nth = draw(st.integers(0, len(there) - 1))
    is_decision = book == "interactions" and there[nth].status is None
    changes = OF_DECISIONS if is_decision else CHANGES[book]
    ways: list[Spoil] = [without(nth), *(altered(nth, **change) for change in changes)]
    if book in COPIES and not is_decision:
        [copy] = altered(0, **COPIES[book])((there[nth],))
        ways.append(added(copy))
    return book, draw(st.sampled_from(ways))


@given(lives())
def test_lives_that_agree_are_clean(ledgers: Ledgers) -> None:
    """Whatever the lives, there is nothing to find."""
    report = audit(ledgers, ABLE)

    assert (report.findings, report.unavoidable) == ((), ())


@given(st.data())
def test_nothing_that_is_done_to_one_page_goes_unnoticed(data: st.DataObject) -> None:
    """A page that is lost, that is there once more, or that says something else, is a finding."""
    ledgers = data.draw(lives())
    book, spoil = data.draw(harm(ledgers))

    assert audit(spoiled(ledgers, book, spoil), ABLE).findings, book
