"""The audiences tables: named choices of contacts, by a condition or by a list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import fields, frozen
from sqlalchemy import ColumnElement, delete, func, select, update

from adapters.db.contacts import contact_of
from adapters.db.statements import Statements
from adapters.db.tables import audience_members, contacts
from adapters.db.tables import audiences as table
from application.ports.audiences import Audience
from domain.contact import Contact


@frozen
class SqlAudiences:
    """The audiences of all tenants."""

    statements: Statements

    async def put(self, tenant: str, key: str, definition: Mapping[str, Any], at: datetime) -> bool:
        """Store it, or change the one of this key, whose list is emptied; True where it is new."""
        row = {
            "tenant": tenant,
            "key": key,
            "definition": dict(definition),
            "created_at": at,
            "updated_at": at,
        }
        if await self.statements.count_added(table, [row]):
            return True
        await self._clear(tenant, key)
        await self.statements.run(
            update(table).where(_named(tenant, key)).values(definition=dict(definition), updated_at=at)
        )
        return False

    async def get(self, tenant: str, key: str) -> Audience | None:
        """The audience, if there is one."""
        row = (await self.statements.run(select(table).where(_named(tenant, key)))).one_or_none()
        return None if row is None else _audience(row)

    async def page(self, tenant: str, after_key: str, limit: int) -> list[Audience]:
        """A page of a tenant's audiences by key, from the first key greater than `after_key`."""
        found = await self.statements.run(
            select(table)
            .where(table.c.tenant == tenant, table.c.key > after_key)
            .order_by(table.c.key)
            .limit(limit)
        )
        return [_audience(row) for row in found]

    async def delete(self, tenant: str, key: str) -> bool:
        """Forget it and its list; False where there is none."""
        await self._clear(tenant, key)
        gone = await self.statements.run(delete(table).where(_named(tenant, key)))
        return gone.rowcount == 1

    async def add_members(self, tenant: str, key: str, contact_ids: Sequence[str]) -> int:
        """Put contacts on its list; returns how many are new on it."""
        rows = [
            {"tenant": tenant, "audience": key, "contact_id": contact_id}
            for contact_id in sorted(set(contact_ids))
        ]
        return await self.statements.count_added(audience_members, rows)

    async def members(self, tenant: str, key: str, after_id: str, limit: int) -> list[Contact]:
        """A page of the contacts on its list, but those erased, by id, from the first id after `after_id`."""
        member = audience_members.c.contact_id
        found = await self.statements.run(
            select(contacts)
            .join(audience_members, member == contacts.c.id)
            .where(_on_list(tenant, key), contacts.c.erased_at.is_(None), member > after_id)
            .order_by(member)
            .limit(limit)
        )
        return [contact_of(row) for row in found]

    async def count_members(self, tenant: str, key: str) -> int:
        """How many contacts who are not erased are on its list."""
        found = await self.statements.run(
            select(func.count())
            .select_from(audience_members)
            .join(contacts, audience_members.c.contact_id == contacts.c.id)
            .where(_on_list(tenant, key), contacts.c.erased_at.is_(None))
        )
        count: int = found.scalar_one()
        return count

    async def _clear(self, tenant: str, key: str) -> None:
        await self.statements.run(delete(audience_members).where(_on_list(tenant, key)))


def _named(tenant: str, key: str) -> ColumnElement[bool]:
    return (table.c.tenant == tenant) & (table.c.key == key)


def _on_list(tenant: str, key: str) -> ColumnElement[bool]:
    return (audience_members.c.tenant == tenant) & (audience_members.c.audience == key)


def _audience(row: Any) -> Audience:
    return Audience(**{column.name: getattr(row, column.name) for column in fields(Audience)})
