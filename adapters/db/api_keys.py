"""The table of the API's keys."""

from datetime import datetime
from typing import Any

from attrs import asdict, frozen
from sqlalchemy import func, insert, select, update

from adapters.db.statements import Statements
from adapters.db.tables import api_keys as table
from application.ports.api_keys import ApiKey
from domain.access import Scope


@frozen
class SqlApiKeys:
    """The keys of all tenants."""

    statements: Statements

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        row = asdict(key) | {"scopes": sorted(key.scopes)}
        await self.statements.run(insert(table).values(row))

    async def get(self, key_id: str) -> ApiKey | None:
        """The key with this id, revoked or not."""
        found = await self.statements.run(select(table).where(table.c.id == key_id))
        row = found.one_or_none()
        return None if row is None else _key(row)

    async def of_tenant(self, tenant: str) -> list[ApiKey]:
        """All keys of a tenant, oldest first."""
        found = await self.statements.run(
            select(table).where(table.c.tenant == tenant).order_by(table.c.created_at, table.c.id)
        )
        return [_key(row) for row in found]

    async def revoke(self, tenant: str, key_id: str, at: datetime) -> ApiKey | None:
        """Make a key of a tenant worthless; the first time it was revoked stays."""
        changed = await self.statements.run(
            update(table)
            .where(table.c.tenant == tenant, table.c.id == key_id)
            .values(revoked_at=func.coalesce(table.c.revoked_at, at, type_=table.c.revoked_at.type))
            .returning(table)
        )
        row = changed.one_or_none()
        return None if row is None else _key(row)


def _key(row: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        hash=row.hash,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
