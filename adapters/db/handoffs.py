"""The handoffs table."""

from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import select, update

from adapters.db.statements import Statements
from adapters.db.tables import handoffs
from application.ports.handoffs import Handoff


def handoff_of(row: Any) -> Handoff:
    """Read a row of the table."""
    return Handoff(**{column.name: getattr(row, column.name) for column in fields(Handoff)})


@frozen
class SqlHandoffs:
    """The handoffs of all enrollments."""

    statements: Statements

    async def add(self, handoff: Handoff) -> Handoff:
        """Store it, or give back the one that is there under its key."""
        await self.statements.add(handoffs, [asdict(handoff)], handoffs.c.key)
        stored = await self.statements.run(select(handoffs).where(handoffs.c.key == handoff.key))
        return handoff_of(stored.one())

    async def record(self, key: str, ref: str) -> None:
        """Note the desk's id."""
        await self.statements.run(update(handoffs).where(handoffs.c.key == key).values(ref=ref))
