"""The suppressions table. An address stands in it as it is, or as a hash once its owner was erased."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from attrs import Factory, frozen
from sqlalchemy import ColumnElement, bindparam, delete, exists, literal, select, tuple_, update

from adapters.db.salts import ADDRESSES, SaltCache
from adapters.db.statements import Statements, chunks
from adapters.db.tables import suppressions
from application.ports.suppressions import EVERYBODY, Concealed, SuppressedAddress, Suppression
from domain.erasure import ERASED, address_hash
from domain.statuses import Channel

_OF = select(suppressions.c.tenant, suppressions.c.reason, suppressions.c.added_at).where(
    suppressions.c.tenant.in_(bindparam("whose", expanding=True)),
    suppressions.c.channel == bindparam("on"),
    suppressions.c.address.in_(bindparam("at", expanding=True)),
)


@frozen
class SqlSuppressions:
    """The suppressed addresses of all tenants.

    Args:
        statements: the transaction.
        salts: what transactions share.
    """

    statements: Statements
    salts: SaltCache = Factory(SaltCache)

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """Suppress an address; False where it was suppressed already: then the later time stays."""
        row = {"tenant": tenant, "channel": channel, "address": address, "reason": reason, "added_at": at}
        held = _row(tenant, channel, await self._forms(address))
        known = await self.statements.run(select(suppressions.c.address).where(*held).limit(1))
        # Who adds the same at this moment is seen by the INSERT alone.
        if known.one_or_none() is None and await self.statements.add(
            suppressions, [row], suppressions.c.address
        ):
            return True
        earlier = suppressions.c.added_at < literal(at, suppressions.c.added_at.type)
        await self.statements.run(update(suppressions).where(*held, earlier).values(added_at=at))
        return False

    async def add_many(
        self, tenant: str, channel: Channel, reasons: Mapping[str, str], at: datetime
    ) -> dict[str, str]:
        """Suppress addresses; those that were suppressed already stay as they are, and are given back."""
        hashes = {await self._hash(address): address for address in reasons}
        hashed = await self._reasons(tenant, channel, list(hashes))
        found = {hashes[stored]: reason for stored, reason in hashed.items()}
        common = {"tenant": tenant, "channel": channel, "added_at": at}
        free = sorted(address for address in reasons if address not in found)
        rows = [common | {"address": address, "reason": reasons[address]} for address in free]
        new = await self.statements.add(suppressions, rows, suppressions.c.address)
        known = [address for address in free if address not in new]
        return found | await self._reasons(tenant, channel, known)

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel, for the tenant or for everybody."""
        return bool(await self.of(tenant, channel, address))

    async def of(self, tenant: str, channel: Channel, address: str) -> list[Suppression]:
        """Why it is suppressed: the tenant's own row first, then the one for everybody."""
        asked = {"whose": [tenant, EVERYBODY], "on": channel, "at": list(await self._forms(address))}
        found = await self.statements.run(_OF, asked)
        rows = [_suppression(row) for row in found]
        return sorted(rows, key=lambda row: row.tenant == EVERYBODY)

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """End a suppression that has this reason and is not newer than that; False where there is none."""
        ended = await self.statements.run(
            delete(suppressions).where(
                *_row(tenant, channel, await self._forms(address)),
                suppressions.c.reason == reason,
                suppressions.c.added_at <= literal(at, suppressions.c.added_at.type),
            )
        )
        return ended.rowcount > 0

    async def page(
        self, tenant: str, channel: Channel | None, after: tuple[str, str, str] | None, limit: int
    ) -> list[SuppressedAddress]:
        """What holds for a tenant, from the row after a place: for everybody first, then its own."""
        columns = suppressions.c.tenant, suppressions.c.channel, suppressions.c.address
        listed = select(suppressions).where(suppressions.c.tenant.in_((tenant, EVERYBODY)))
        if channel is not None:
            listed = listed.where(suppressions.c.channel == channel)
        if after is not None:
            place = (after[0], Channel(after[1]), after[2])
            listed = listed.where(tuple_(*columns) > tuple_(*map(_typed, columns, place)))
        found = await self.statements.run(listed.order_by(*columns).limit(limit))
        return [SuppressedAddress(row.channel, row.address, _suppression(row)) for row in found]

    async def remove(self, tenant: str, channel: Channel, address: str) -> bool:
        """End a suppression whatever its reason; False where there is none."""
        held = _row(tenant, channel, await self._forms(address))
        return (await self.statements.run(delete(suppressions).where(*held))).rowcount > 0

    async def conceal(
        self, tenant: str, channels: Collection[Channel], address: str, at: datetime
    ) -> Concealed:
        """Let rows hold the hash of an address where they hold the address, and add what is missing."""
        hash_ = await self._hash(address)
        plain = (
            suppressions.c.tenant.in_((tenant, EVERYBODY)),
            suppressions.c.channel.in_(sorted(channels)),
            suppressions.c.address == address,
        )
        twin = suppressions.alias()
        hashed_before = exists().where(
            twin.c.tenant == suppressions.c.tenant,
            twin.c.channel == suppressions.c.channel,
            twin.c.address == hash_,
        )
        # Added by somebody who looked for the hash before it was there.
        await self.statements.run(delete(suppressions).where(*plain, hashed_before))
        hashed = await self.statements.run(update(suppressions).where(*plain).values(address=hash_))
        rows = [
            {"tenant": tenant, "channel": channel, "address": hash_, "reason": ERASED, "added_at": at}
            for channel in sorted(channels)
        ]
        return Concealed(hashed.rowcount, await self.statements.count_added(suppressions, rows))

    async def _reasons(self, tenant: str, channel: Channel, stored: list[str]) -> dict[str, str]:
        """The reasons of rows by what stands in them for the address."""
        reasons: dict[str, str] = {}
        for some in chunks(stored):
            listed = await self.statements.run(
                select(suppressions.c.address, suppressions.c.reason).where(*_row(tenant, channel, some))
            )
            reasons.update((row.address, row.reason) for row in listed)
        return reasons

    async def _forms(self, address: str) -> tuple[str, str]:
        """What may stand for an address: itself, or its hash."""
        return address, await self._hash(address)

    async def _hash(self, address: str) -> str:
        return address_hash(address, await self.salts.get(self.statements, ADDRESSES))


def _row(tenant: str, channel: Channel, stored: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        suppressions.c.tenant == tenant,
        suppressions.c.channel == channel,
        suppressions.c.address.in_(stored),
    )


def _suppression(row: Any) -> Suppression:
    return Suppression(row.tenant, row.reason, row.added_at)


def _typed(column: ColumnElement[Any], value: object) -> ColumnElement[Any]:
    return literal(value, column.type)
