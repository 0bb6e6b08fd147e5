"""The suppressions table."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, delete, select

from adapters.db.statements import Statements
from adapters.db.tables import suppressions
from domain.statuses import Channel


@frozen
class SqlSuppressions:
    """The suppressed addresses of all tenants."""

    statements: Statements

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """Suppress an address; False where it was suppressed already."""
        row = {"tenant": tenant, "channel": channel, "address": address, "reason": reason, "added_at": at}
        return bool(await self.statements.add(suppressions, [row], suppressions.c.address))

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel."""
        found = await self.statements.run(
            select(suppressions.c.address).where(*_row(tenant, channel, address))
        )
        return found.one_or_none() is not None

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str) -> bool:
        """End a suppression that has this reason; False where there is none with it."""
        ended = await self.statements.run(
            delete(suppressions).where(*_row(tenant, channel, address), suppressions.c.reason == reason)
        )
        return ended.rowcount == 1


def _row(tenant: str, channel: Channel, address: str) -> tuple[ColumnElement[bool], ...]:
    return (
        suppressions.c.tenant == tenant,
        suppressions.c.channel == channel,
        suppressions.c.address == address,
    )
