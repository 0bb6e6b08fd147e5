"""Look suppressions up, and end them."""

from attrs import frozen

from application.errors import Conflict, UnknownSuppression
from application.ports.database import Database
from application.ports.suppressions import EVERYBODY, SuppressedAddress
from domain.statuses import Channel


@frozen
class ControlSuppressions:
    """What an operator does with single suppressions; `ImportSuppressions` adds them."""

    database: Database

    async def page(
        self, tenant: str, channel: Channel | None, after: tuple[str, str, str] | None, limit: int
    ) -> list[SuppressedAddress]:
        """What holds for a tenant: first what is for everybody, then its own, by channel and address.

        Args:
            tenant: for whom.
            channel: on which channel; None for all.
            after: tenant, channel and address of the last one of the page before; None for the first page.
            limit: how many at most.
        """
        async with self.database.transaction() as tx:
            return await tx.suppressions.page(tenant, channel, after, limit)

    async def lift(self, tenant: str, channel: Channel, address: str) -> None:
        """End a tenant's suppression, whatever its reason, also that of somebody who was erased.

        Args:
            tenant: whose; `EVERYBODY` for what is for all tenants.
            channel: on which channel.
            address: as contacts have it.

        Raises:
            UnknownSuppression: the address is not suppressed.
            Conflict: it is, for all tenants, so that no tenant can end it.
        """
        async with self.database.transaction() as tx:
            if await tx.suppressions.remove(tenant, channel, address):
                return
            held = await tx.suppressions.holds(EVERYBODY, channel, address)
        if held:
            raise Conflict("the address is suppressed for all tenants, which only the operator can end")
        raise UnknownSuppression(f"the address is not suppressed on {channel.value}")
