"""The port to the suppressions table: addresses that must not be contacted on a channel."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from domain.statuses import Channel

EVERYBODY = "*"
"""Stands for all tenants: no tenant has this name."""


@frozen
class Suppression:
    """Why an address must not be contacted on a channel.

    Args:
        tenant: by whom; `EVERYBODY` for all.
        reason: a word: opted_out, complained, bounced, imported, ...
        added_at: since when.
    """

    tenant: str
    reason: str
    added_at: datetime


@frozen
class SuppressedAddress:
    """One row.

    Args:
        channel: on which channel.
        address: which address; of somebody who was erased, what `domain.erasure.address_hash` gives.
        suppression: by whom, why and since when.
    """

    channel: Channel
    address: str = field(repr=False)
    suppression: Suppression


@frozen
class Concealed:
    """What became of the suppressions of an address whose owner was erased.

    Args:
        hashed: how many rows hold its hash now, where they held the address.
        added: how many were added.
    """

    hashed: int
    added: int


class Suppressions(Protocol):
    """The suppressed addresses of all tenants. `EVERYBODY` as a tenant adds or lifts for all of them.

    An address is always given as contacts have it, and is found as well where only its hash is stored.
    """

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """Suppress an address; False where it was suppressed already: then the later time stays."""
        ...

    async def add_many(
        self, tenant: str, channel: Channel, reasons: Mapping[str, str], at: datetime
    ) -> dict[str, str]:
        """Suppress addresses, each for its reason; those that were suppressed already stay as they are.

        Returns:
            The reasons of those that were suppressed already.
        """
        ...

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel, for the tenant or for everybody."""
        ...

    async def of(self, tenant: str, channel: Channel, address: str) -> list[Suppression]:
        """Why it is suppressed: the tenant's own row and the one for everybody, where they are there."""
        ...

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """End a suppression that has this reason and is not newer than that; False where there is none."""
        ...

    async def page(
        self, tenant: str, channel: Channel | None, after: tuple[str, str, str] | None, limit: int
    ) -> list[SuppressedAddress]:
        """What holds for a tenant: first the rows for everybody, then its own, by channel and address.

        Args:
            tenant: for whom.
            channel: on which channel; None for all of them.
            after: tenant, channel and address of the row before the first one; None for the beginning.
            limit: how many at most.
        """
        ...

    async def remove(self, tenant: str, channel: Channel, address: str) -> bool:
        """End a suppression whatever its reason; False where there is none."""
        ...

    async def conceal(
        self, tenant: str, channels: Collection[Channel], address: str, at: datetime
    ) -> Concealed:
        """Keep an address suppressed without holding it: rows hold its hash from now on.

        That is so for the tenant's rows and for those for everybody; reasons and times stay. Where the tenant
        has none, one is added, with the reason `domain.erasure.ERASED`.

        Args:
            tenant: whose contact is erased.
            channels: those on which the address can be reached.
            address: which one.
            at: since when, for what is added.
        """
        ...
