"""The port to the suppressions table: addresses that must not be contacted on a channel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from attrs import frozen

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


class Suppressions(Protocol):
    """The suppressed addresses of all tenants. `EVERYBODY` as a tenant adds or lifts for all of them."""

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
