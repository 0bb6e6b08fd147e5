"""The pages of the ledgers by what they are looked up by."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Self, TypeVar

from attrs import frozen

from domain.guarantees import Abilities, Capabilities, DeskAbilities
from domain.idempotency import AttemptKey
from domain.ledgers.records import (
    AttemptRow,
    Delivery,
    EnrollmentRow,
    InteractionRow,
    Ledgers,
    Order,
    Run,
    Sent,
    Sort,
)

_P = TypeVar("_P")
_K = TypeVar("_K", bound=Hashable)


@frozen
class Index:
    """The ledgers, and how to find something in them.

    Args:
        ledgers: all four.
        able: what the vendors in use can do.
        enrollments: rows by id.
        attempts: rows by key.
        sent: what providers took, by the attempt that it names.
        deliveries: callbacks by the attempt that they name.
        events: rows of the timeline by the attempt of which they tell.
        runs: by enrollment, oldest first.
        orders: sends by attempt. Of one that was put off, and ordered again, the last order counts.
    """

    ledgers: Ledgers
    able: Capabilities
    enrollments: Mapping[str, EnrollmentRow]
    attempts: Mapping[str, AttemptRow]
    sent: Mapping[str | None, Sequence[Sent]]
    deliveries: Mapping[str | None, Sequence[Delivery]]
    events: Mapping[str | None, Sequence[InteractionRow]]
    runs: Mapping[str, Sequence[Run]]
    orders: Mapping[str, Order]

    @classmethod
    def of(cls, ledgers: Ledgers, able: Capabilities) -> Self:
        """Sort the pages.

        Args:
            ledgers: all four.
            able: what the vendors in use can do.
        """
        provider, tables = ledgers.provider, ledgers.tables
        return cls(
            ledgers,
            able,
            enrollments={row.id: row for row in tables.enrollments},
            attempts={row.key: row for row in tables.attempts},
            sent=_grouped(provider.sent, lambda each: each.attempt),
            deliveries=_grouped(provider.deliveries, lambda each: each.attempt),
            events=_grouped(tables.interactions, lambda row: row.attempt),
            runs=_grouped(ledgers.runs, lambda run: run.enrollment_id),
            orders={order.attempt: order for run in ledgers.runs for order in run.orders},
        )

    def abilities(self, row: AttemptRow) -> Abilities:
        """What the provider of an attempt can do; nothing where it is not known."""
        return self.able.providers.get((row.provider, row.channel), Abilities())

    def desk(self, vendor: str) -> DeskAbilities:
        """What a desk can do; nothing where it is not known."""
        return self.able.desks.get(vendor, DeskAbilities())

    def genuine(self, attempt: str | None) -> Sequence[Delivery]:
        """The genuine callbacks that name an attempt; of None, those that name none."""
        return [each for each in self.deliveries.get(attempt, ()) if each.sort is Sort.GENUINE]

    def has_heard(self, row: InteractionRow) -> bool:
        """Whether the enrollment's run has heard of a row of its timeline, by its history."""
        runs = self.runs.get(row.enrollment_id or "", ())
        return any(row.key in run.heard for run in runs)


def _grouped(pages: Iterable[_P], by: Callable[[_P], _K]) -> Mapping[_K, Sequence[_P]]:
    """Pages by what they have in common, each group in the order of the ledger."""
    groups: dict[_K, list[_P]] = defaultdict(list)
    for page in pages:
        groups[by(page)].append(page)
    return dict(groups)


def whose(attempt: str | None) -> str | None:
    """The enrollment that an attempt key names; None where it is no such key."""
    key = AttemptKey.parse(attempt or "")
    return None if key is None else key.enrollment_id
