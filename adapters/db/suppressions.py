"""The suppressions table."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, delete, literal, select, update

from adapters.db.statements import Statements
from adapters.db.tables import suppressions
from domain.statuses import Channel


@frozen
class SqlSuppressions:
    """The suppressed addresses of all tenants."""

    statements: Statements

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """Suppress an address; False where it was suppressed already: then the later time stays."""
        row = {"tenant": tenant, "channel": channel, "address": address, "reason": reason, "added_at": at}
        if await self.statements.add(suppressions, [row], suppressions.c.address):
            return True
        earlier = suppressions.c.added_at < literal(at, suppressions.c.added_at.type)
        await self.statements.run(
            update(suppressions).where(*_row(tenant, channel, address), earlier).values(added_at=at)
        )
        return False

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel."""
        found = await self.statements.run(
            select(suppressions.c.address).where(*_row(tenant, channel, address))
        )
        return found.one_or_none() is not None

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """End a suppression that has this reason and is not newer than that; False where there is none."""
        ended = await self.statements.run(
            delete(suppressions).where(
                *_row(tenant, channel, address),
                suppressions.c.reason == reason,
                suppressions.c.added_at <= literal(at, suppressions.c.added_at.type),
            )
        )
        return ended.rowcount == 1


def _row(tenant: str, channel: Channel, address: str) -> tuple[ColumnElement[bool], ...]:
    return (
        suppressions.c.tenant == tenant,
        suppressions.c.channel == channel,
        suppressions.c.address == address,
    )
