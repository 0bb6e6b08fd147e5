"""The contacts table."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, select

from adapters.db.statements import Statements
from adapters.db.tables import contacts as table
from domain.contact import Contact
from domain.statuses import Channel


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
        )
        return {row.external_id: row.id for row in stored}

    async def get(self, contact_id: str) -> Contact | None:
        """The contact, if there is one."""
        return await self._one(table.c.id == contact_id)

    async def by_external_id(self, tenant: str, external_id: str) -> Contact | None:
        """The contact that a tenant knows by this name, if there is one."""
        return await self._one(table.c.tenant == tenant, table.c.external_id == external_id)

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

    async def _one(self, *conditions: ColumnElement[bool]) -> Contact | None:
        row = (await self.statements.run(select(table).where(*conditions))).one_or_none()
        if row is None:
            return None
        return Contact(row.id, row.external_id, row.phone, row.email, row.timezone, row.attributes)


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
