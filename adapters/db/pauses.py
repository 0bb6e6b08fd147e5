"""The pauses of campaigns: rows that every send looks at, at most one of a campaign without an end."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, update

from adapters.db.statements import Statements
from adapters.db.tables import campaign_pauses as table
from domain.pauses import Pause

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
"""In microseconds."""

_OF = (
    select(table)
    .where(table.c.tenant == bindparam("whose"), table.c.key == bindparam("of"))
    .order_by(table.c.paused_at)
)


@frozen
class CampaignPauses:
    """The pauses of the campaigns of all tenants."""

    statements: Statements

    async def of(self, tenant: str, key: str) -> list[Pause]:
        """The pauses of a campaign, oldest first."""
        found = await self.statements.run(_OF, {"whose": tenant, "of": key})
        return [Pause(row.paused_at, row.policy, row.rate, row.resumed_at) for row in found]

    async def begin(self, tenant: str, key: str, pause: Pause) -> bool:
        """Begin a pause; False where one goes on already.

        One that begins at the very microsecond at which an ended one began takes its place.
        """
        row = {"tenant": tenant, "key": key, "paused_at": pause.paused_at, "resumed_at": pause.resumed_at}
        given: dict[str, Any] = {"policy": pause.policy, "rate": pause.rate}
        if await self.statements.count_added(table, [row | given]):
            return True
        other = table.alias()
        held = exists().where(other.c.tenant == tenant, other.c.key == key, other.c.resumed_at.is_(None))
        again = await self.statements.run(
            update(table)
            .where(*_campaign(tenant, key), table.c.paused_at == pause.paused_at, ~held)
            .values(resumed_at=pause.resumed_at, next_slot=None, **given)
        )
        return again.rowcount == 1

    async def end(self, tenant: str, key: str, at: datetime) -> bool:
        """End the pause that goes on; False where there is none."""
        ended = await self.statements.run(
            update(table).where(*_campaign(tenant, key), table.c.resumed_at.is_(None)).values(resumed_at=at)
        )
        return ended.rowcount == 1

    async def take_slot(self, tenant: str, key: str, pause: Pause, now: datetime) -> datetime:
        """The next free time, from now on; the one after it is noted in the same statement.

        Raises:
            LookupError: there is no such pause.
        """
        gap, earliest = ceil(_SECOND / pause.rate), (now - _EPOCH) // _MICROSECOND
        noted = func.coalesce(table.c.next_slot, earliest)
        taken = await self.statements.run(
            update(table)
            .where(*_campaign(tenant, key), table.c.paused_at == pause.paused_at)
            .values(next_slot=case((noted > earliest, noted), else_=earliest) + gap)
            .returning(table.c.next_slot)
        )
        following = taken.scalar_one_or_none()
        if following is None:
            raise LookupError(f"campaign {key} has had no pause since {pause.paused_at.isoformat()}")
        return _EPOCH + timedelta(microseconds=following - gap)


def _campaign(tenant: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant == tenant, table.c.key == key
