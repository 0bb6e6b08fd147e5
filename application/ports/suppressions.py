"""The port to the suppressions table: addresses that must not be contacted on a channel."""

from datetime import datetime
from typing import Protocol

from domain.statuses import Channel


class Suppressions(Protocol):
    """The suppressed addresses of all tenants."""

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """Suppress an address; False where it was suppressed already: then the later time stays."""
        ...

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        """Whether the address is suppressed on the channel."""
        ...

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        """End a suppression that has this reason and is not newer than that; False where there is none."""
        ...
