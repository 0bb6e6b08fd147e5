"""The batches table, and the enrollments of batches that have no run yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import Select, func, select, tuple_, update

from adapters.db.statements import Statements, chunks
from adapters.db.tables import IN_HAND, UNSTARTED_OF_BATCH, enrollments
from adapters.db.tables import batches as table
from application.ports.batches import Batch, BatchProblem
from application.ports.enrollments import Enrollment
from domain.enrollment.state import Outcome


@frozen
class SqlBatches:
    """The batches of all tenants."""

    statements: Statements

    async def add(self, batch: Batch) -> bool:
        """Store it; False where there is one of its id."""
        return bool(await self.statements.add(table, [asdict(batch)], table.c.id))

    async def get(self, batch_id: str) -> Batch | None:
        """The batch, if there is one."""
        return await self._one(select(table).where(table.c.id == batch_id))

    async def lock(self, batch_id: str) -> Batch | None:
        """The batch, with its row locked; SQLite has one writer at a time anyway."""
        return await self._one(select(table).where(table.c.id == batch_id).with_for_update())

    async def save(self, batch: Batch) -> None:
        """Store what has become of it."""
        values = asdict(batch)
        await self.statements.run(update(table).where(table.c.id == values.pop("id")).values(**values))

    async def page(self, tenant: str, before: tuple[datetime, str] | None, limit: int) -> list[Batch]:
        """A page of a tenant's batches, newest first."""
        query = select(table).where(table.c.tenant == tenant)
        if before is not None:
            query = query.where(tuple_(table.c.created_at, table.c.id) < before)
        order = (table.c.created_at.desc(), table.c.id.desc())
        return [_batch(row) for row in await self.statements.run(query.order_by(*order).limit(limit))]

    async def in_hand(self, limit: int) -> list[Batch]:
        """Batches of all tenants that have not ended, oldest first."""
        query = select(table).where(IN_HAND).order_by(table.c.created_at, table.c.id).limit(limit)
        return [_batch(row) for row in await self.statements.run(query)]

    async def unstarted(self, batch_id: str, after: str, limit: int) -> list[Enrollment]:
        """A page of its open enrollments without a run, by id, from the first id greater than `after`."""
        found = await self.statements.run(
            select(enrollments)
            .where(enrollments.c.batch == batch_id, UNSTARTED_OF_BATCH, enrollments.c.id > after)
            .order_by(enrollments.c.id)
            .limit(limit)
        )
        return [
            Enrollment(**{column.name: getattr(row, column.name) for column in fields(Enrollment)})
            for row in found
        ]

    async def count_unstarted(self, batch_id: str, until: str | None = None) -> int:
        """How many of its open enrollments have no run; up to this id, where one is given."""
        query = select(func.count()).where(enrollments.c.batch == batch_id, UNSTARTED_OF_BATCH)
        if until is not None:
            query = query.where(enrollments.c.id <= until)
        count: int = (await self.statements.run(query)).scalar_one()
        return count

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> int:
        """Note that their runs exist; returns of how many that was not known yet."""
        marked = 0
        for some in chunks(sorted(enrollment_ids)):
            changed = await self.statements.run(
                update(enrollments)
                .where(enrollments.c.id.in_(some), enrollments.c.started_at.is_(None))
                .values(started_at=at)
            )
            marked += changed.rowcount
        return marked

    async def cancel_unstarted(self, batch_id: str, limit: int, at: datetime) -> int:
        """End some of its enrollments without a run as cancelled; returns how many."""
        some = (
            select(enrollments.c.id)
            .where(enrollments.c.batch == batch_id, UNSTARTED_OF_BATCH)
            .order_by(enrollments.c.id)
            .limit(limit)
        )
        changed = await self.statements.run(
            update(enrollments)
            .where(enrollments.c.id.in_(some), enrollments.c.outcome.is_(None))
            .values(outcome=Outcome.CANCELLED, finished_at=at)
        )
        return changed.rowcount

    async def _one(self, query: Select[Any]) -> Batch | None:
        row = (await self.statements.run(query)).one_or_none()
        return None if row is None else _batch(row)


def _batch(row: Any) -> Batch:
    values = {column.name: getattr(row, column.name) for column in fields(Batch)}
    return Batch(**values | {"problems": tuple(BatchProblem(**each) for each in row.problems)})
