"""The handoffs table."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_, update

from adapters.db.columns import Time, Words
from adapters.db.contacts import IS_THERE
from adapters.db.statements import Statements
from adapters.db.tables import contacts, enrollments, handoffs
from application.ports.handoffs import Handoff, HandoffCase, HandoffQuery
from domain.handoffs import HandoffState


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

    async def resolve(self, key: str, at: datetime) -> bool:
        """Note that a human closed it; False where that was so before, or there is none."""
        return await self._change(_open(key), resolved_at=at)

    async def claim(self, key: str, by: str, at: datetime) -> bool:
        """Note that a human has it; False where somebody else has it, it is closed, or there is none."""
        claimed_by, since = handoffs.c.claimed_by, handoffs.c.claimed_at
        free = or_(claimed_by.is_(None), claimed_by == by)
        return await self._change(_open(key), free, claimed_by=by, claimed_at=func.coalesce(since, at))

    async def assign(self, key: str, to: str | None, at: datetime) -> bool:
        """Note who has it from now on, whoever had it; False where it is closed, or there is none."""
        return await self._change(_open(key), claimed_by=to, claimed_at=None if to is None else at)

    async def case(self, tenant: str, key: str) -> HandoffCase | None:
        """One of a tenant's handoffs, if there is one."""
        found = (await self.statements.run(_cases(tenant).where(handoffs.c.key == key))).one_or_none()
        return None if found is None else _case(found)

    async def page(
        self, tenant: str, query: HandoffQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[HandoffCase]:
        """A page of a tenant's handoffs, oldest first."""
        listed = (
            _cases(tenant)
            .where(*_conditions(query))
            .order_by(handoffs.c.created_at, handoffs.c.key)
            .limit(limit)
        )
        if after is not None:
            # As one row value: both databases go on in the index where the page before has ended.
            place = tuple_(literal(after[0], Time()), literal(after[1], Words()))
            listed = listed.where(tuple_(handoffs.c.created_at, handoffs.c.key) > place)
        return [_case(row) for row in await self.statements.run(listed)]

    async def _change(self, *where: ColumnElement[bool], **values: object) -> bool:
        changed = await self.statements.run(update(handoffs).where(*where).values(**values))
        return changed.rowcount == 1


def _open(key: str) -> ColumnElement[bool]:
    return and_(handoffs.c.key == key, handoffs.c.resolved_at.is_(None))


def _cases(tenant: str) -> Select[*tuple[Any, ...]]:
    """All handoffs of a tenant: their columns, then the campaign and the contact's name."""
    external_id = case((IS_THERE, contacts.c.external_id)).label("external_id")
    return (
        select(handoffs, enrollments.c.campaign, external_id)
        .join(enrollments, enrollments.c.id == handoffs.c.enrollment_id)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .where(enrollments.c.tenant == tenant)
    )


def _conditions(query: HandoffQuery) -> Iterator[ColumnElement[bool]]:
    is_open, is_free = handoffs.c.resolved_at.is_(None), handoffs.c.claimed_by.is_(None)
    match query.state:
        case HandoffState.OPEN:
            yield from (is_open, is_free)
        case HandoffState.CLAIMED:
            yield from (is_open, ~is_free)
        case HandoffState.RESOLVED:
            yield ~is_open
        case None:
            pass
    if query.campaign is not None:
        yield enrollments.c.campaign == query.campaign
    if query.external_id is not None:
        yield from (contacts.c.external_id == query.external_id, IS_THERE)


def _case(row: Any) -> HandoffCase:
    return HandoffCase(handoff_of(row), row.campaign, row.external_id)
