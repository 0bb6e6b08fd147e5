"""The handoffs table."""

from datetime import datetime
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

    async def get(self, key: str) -> Handoff | None:
        """The handoff, if there is one."""
        found = (await self.statements.run(select(handoffs).where(handoffs.c.key == key))).one_or_none()
        return None if found is None else handoff_of(found)

    async def by_ref(self, desk: str, ref: str) -> Handoff | None:
        """The handoff that a desk knows by this id; the newest, should it ever give one out twice."""
        found = await self.statements.run(
            select(handoffs)
            .where(handoffs.c.desk == desk, handoffs.c.ref == ref)
            .order_by(handoffs.c.created_at.desc(), handoffs.c.key.desc())
            .limit(1)
        )
        return next((handoff_of(row) for row in found), None)

    async def resolve(self, key: str, at: datetime) -> None:
        """Note that a human closed it; a second time changes nothing."""
        await self.statements.run(
            update(handoffs)
            .where(handoffs.c.key == key, handoffs.c.resolved_at.is_(None))
            .values(resolved_at=at)
        )
