"""Whether, and why, an address must not be contacted."""

from attrs import frozen

from application.ports.database import Database
from application.ports.suppressions import Suppression
from domain.statuses import Channel


@frozen
class CheckSuppression:
    """Look up one address."""

    database: Database

    async def __call__(self, tenant: str, channel: Channel, address: str) -> list[Suppression]:
        """Why it is suppressed: for the tenant and for everybody; nothing where it is not.

        Args:
            tenant: for whom.
            channel: on which channel.
            address: as contacts have it.
        """
        async with self.database.transaction() as tx:
            return await tx.suppressions.of(tenant, channel, address)
