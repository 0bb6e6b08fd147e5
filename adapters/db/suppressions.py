"""The suppressions table."""

from collections.abc import Mapping
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, delete, literal, select, update

from adapters.db.statements import Statements
from adapters.db.tables import suppressions
from application.ports.suppressions import EVERYBODY, Suppression
from domain.statuses import Channel

_CHUNK = 1000
"""How many addresses go into one statement; both databases allow about 32,000 parameters."""


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

    async def add_many(
        self, tenant: str, channel: Channel, reasons: Mapping[str, str], at: datetime
    ) -> dict[str, str]:
        """Suppress addresses; those that were suppressed already stay as they are, and are given back."""
        common = {"tenant": tenant, "channel": channel, "added_at": at}
        rows = [common | {"address": address, "reason": reasons[address]} for address in sorted(reasons)]
        new = await self.statements.add(suppressions, rows, suppressions.c.address)
        known = [address for address in reasons if address not in new]
        found: dict[str, str] = {}
        for start in range(0, len(known), _CHUNK):
            listed = await self.statements.run(
                select(suppressions.c.address, suppressions.c.reason).where(
                    suppressions.c.tenant == tenant,
                    suppressions.c.channel == channel,
                    suppressions.c.address.in_(known[start : start + _CHUNK]),
                )
            )
            found.update((row.address, row.reason) for row in listed)
        return found

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel, for the tenant or for everybody."""
        return bool(await self.of(tenant, channel, address))

    async def of(self, tenant: str, channel: Channel, address: str) -> list[Suppression]:
        """Why it is suppressed: the tenant's own row first, then the one for everybody."""
        found = await self.statements.run(
            select(suppressions.c.tenant, suppressions.c.reason, suppressions.c.added_at).where(
                suppressions.c.tenant.in_((tenant, EVERYBODY)),
                suppressions.c.channel == channel,
                suppressions.c.address == address,
            )
        )
        rows = [Suppression(row.tenant, row.reason, row.added_at) for row in found]
        return sorted(rows, key=lambda row: row.tenant == EVERYBODY)

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
