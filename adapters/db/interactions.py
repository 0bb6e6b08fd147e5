"""The interactions table: the timelines, and what runs have yet to hear."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import count
from operator import itemgetter
from typing import Any

from attrs import Factory, asdict, fields, frozen
from sqlalchemy import bindparam, exists, select, update

from adapters.db.columns import outside, storable
from adapters.db.statements import Statements
from adapters.db.tables import PENDING, enrollments
from adapters.db.tables import interactions as table
from application.ports.interactions import Dispatch, Interaction

_STORED = (table.c.stored_at, table.c.at, table.c.place, table.c.key)
"""The order of storing; what one transaction stored, in the order in which it happened."""

_MARK = (
    update(table)
    .where(table.c.key == bindparam("told"), PENDING)
    .values(dispatch=bindparam("heard", type_=table.c.dispatch.type))
)


@frozen
class SqlInteractions:
    """The timelines of all enrollments.

    Args:
        statements: the transaction.
        now: when what is added now is stored.
    """

    statements: Statements
    now: datetime
    _places: Iterator[int] = Factory(count)

    async def add(self, interactions: Sequence[Interaction]) -> frozenset[str]:
        """Insert those whose key is new; returns their keys."""
        rows = [
            asdict(interaction, recurse=False) | {"stored_at": self.now, "place": place}
            for interaction, place in zip(interactions, self._places, strict=False)
        ]
        rows.sort(key=itemgetter("key"))
        new = await self.statements.add(table, rows, table.c.key)
        return frozenset(interaction.key for interaction in interactions if storable(interaction.key) in new)

    async def mark(self, marks: Sequence[tuple[str, Dispatch]]) -> None:
        """Note by their keys that runs have heard of them, or have ended before."""
        if marks:  # in one order everywhere, or two processes wait for each other
            await self.statements.run(_MARK, [{"told": key, "heard": how} for key, how in sorted(marks)])

    async def pending(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Interaction]:
        """Interactions stored before or after whose run has not heard of them, and can, oldest first."""
        to_start = exists().where(
            enrollments.c.id == table.c.enrollment_id,
            enrollments.c.started_at.is_(None),
            enrollments.c.outcome.is_(None),
        )
        found = await self.statements.run(
            select(table)
            .where(PENDING, outside(table.c.stored_at, before, or_after), ~to_start)
            .order_by(*_STORED)
            .limit(limit)
        )
        return [_interaction(row) for row in found]

    async def of_enrollment(self, enrollment_id: str) -> list[Interaction]:
        """The timeline of one enrollment, in the order in which it was stored."""
        found = await self.statements.run(
            select(table).where(table.c.enrollment_id == enrollment_id).order_by(*_STORED)
        )
        return [_interaction(row) for row in found]

    async def of_enrollments(
        self, enrollment_ids: Sequence[str], kinds: Collection[str]
    ) -> list[Interaction]:
        """What some enrollments have of some kinds, in the order of storing."""
        found = await self.statements.run(
            select(table)
            .where(table.c.enrollment_id.in_(enrollment_ids), table.c.kind.in_(sorted(kinds)))
            .order_by(*_STORED)
        )
        return [_interaction(row) for row in found]


def _interaction(row: Any) -> Interaction:
    return Interaction(**{column.name: getattr(row, column.name) for column in fields(Interaction)})
