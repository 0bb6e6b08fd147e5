"""The contacts table."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from attrs import frozen
from sqlalchemy import Column, ColumnElement, bindparam, func, or_, select

from adapters.db.columns import Words
from adapters.db.statements import Statements, chunks
from adapters.db.tables import contacts as table
from application.ports.contacts import ContactSearch
from domain.contact import Contact
from domain.statuses import Channel

IS_THERE = table.c.erased_at.is_(None)
"""The condition of a contact who was not erased; with one, the row holds nothing but its id."""

_GET = select(table).where(table.c.id == bindparam("of"), IS_THERE)


def reached_at(channel: Channel, address: str) -> ColumnElement[bool]:
    """The condition of a contact who is reached at an address on a channel."""
    column = table.c.email if channel is Channel.EMAIL else table.c.phone
    return column == address


@frozen
class SqlContacts:
    """The people of all tenants."""

    statements: Statements

    async def upsert(self, tenant: str, contacts: Sequence[Contact]) -> dict[str, str]:
        """Store contacts by external id; one that is known keeps its id and gets the new details.

        Returns:
            The id in force for each external id.
        """
        # One statement may change a row once only: of two with one external id, the last one's details count.
        rows: dict[str, dict[str, Any]] = {}
        for contact in contacts:
            known = rows.get(contact.external_id)
            rows[contact.external_id] = _row(tenant, contact) | ({} if known is None else {"id": known["id"]})
        stored = await self.statements.put(
            table,
            sorted(rows.values(), key=itemgetter("external_id")),
            (table.c.tenant, table.c.external_id),
            (table.c.external_id, table.c.id),
        )
        return {row.external_id: row.id for row in stored}

    async def get(self, contact_id: str) -> Contact | None:
        """The contact, if there is one."""
        row = (await self.statements.run(_GET, {"of": contact_id})).one_or_none()
        return None if row is None else contact_of(row)

    async def by_external_id(self, tenant: str, external_id: str) -> Contact | None:
        """The contact that a tenant knows by this name, if there is one."""
        return await self._one(table.c.tenant == tenant, table.c.external_id == external_id)

    async def ids_of(self, tenant: str, external_ids: Sequence[str]) -> dict[str, str]:
        """The ids of the contacts that a tenant knows by these names, by name."""
        found: dict[str, str] = {}
        for some in chunks(external_ids):
            rows = await self.statements.run(
                select(table.c.external_id, table.c.id).where(
                    table.c.tenant == tenant, table.c.external_id.in_(some), IS_THERE
                )
            )
            found |= {row.external_id: row.id for row in rows}
        return found

    async def lock(self, contact_id: str) -> None:
        """Let no other transaction that locks this contact go on before this one has ended.

        PostgreSQL locks the row, and still lets others store rows that refer to it. SQLite has no such lock
        and needs none: its transactions begin by taking the one lock that there is.
        """
        await self.statements.run(
            select(table.c.id).where(table.c.id == contact_id).with_for_update(key_share=True)
        )

    async def tenants_at(self, channel: Channel, address: str) -> list[str]:
        """The tenants that have a contact who is reached at this address on this channel, sorted."""
        tenant = table.c.tenant
        found = await self.statements.run(
            select(tenant).distinct().where(reached_at(channel, address)).order_by(tenant)
        )
        return list(found.scalars())

    async def page(self, tenant: str, search: ContactSearch, after: str, limit: int) -> list[Contact]:
        """Contacts of a tenant by id, from the first id greater than `after`."""
        wanted = [column == value for column, value in _exact(search) if value is not None]
        if search.prefix is not None:
            wanted.append(or_(*(_begins(column, search.prefix) for column, _ in _exact(search))))
        found = await self.statements.run(
            select(table)
            .where(table.c.tenant == tenant, table.c.id > after, IS_THERE, *wanted)
            .order_by(table.c.id)
            .limit(limit)
        )
        return [contact_of(row) for row in found]

    async def _one(self, *conditions: ColumnElement[bool]) -> Contact | None:
        row = (await self.statements.run(select(table).where(*conditions, IS_THERE))).one_or_none()
        return None if row is None else contact_of(row)


def contact_of(row: Any) -> Contact:
    """Read a row of the table; that of somebody who was erased is no contact."""
    return Contact(row.id, row.external_id, row.phone, row.email, row.timezone, row.attributes)


def _exact(search: ContactSearch) -> tuple[tuple[Column[Any], str | None], ...]:
    return (
        (table.c.external_id, search.external_id),
        (table.c.phone, search.phone),
        (table.c.email, search.email),
    )


def _begins(column: Column[Any], prefix: str) -> ColumnElement[bool]:
    return func.lower(column, type_=Words()).startswith(prefix.lower(), autoescape=True)


def _row(tenant: str, contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "tenant": tenant,
        "external_id": contact.external_id,
        "phone": contact.phone,
        "email": contact.email,
        "timezone": contact.timezone,
        "attributes": dict(contact.attributes),
    }
