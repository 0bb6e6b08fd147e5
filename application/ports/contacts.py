"""The port to the contacts table."""

from collections.abc import Sequence
from typing import Protocol

from domain.contact import Contact
from domain.statuses import Channel


class Contacts(Protocol):
    """The people of all tenants."""

    async def upsert(self, tenant: str, contacts: Sequence[Contact]) -> dict[str, str]:
        """Store contacts by external id; one that is known keeps its id and gets the new details.

        Returns:
            The id in force for each external id.
        """
        ...

    async def get(self, contact_id: str) -> Contact | None:
        """The contact, if there is one."""
        ...

    async def by_external_id(self, tenant: str, external_id: str) -> Contact | None:
        """The contact that a tenant knows by this name, if there is one."""
        ...

    async def lock(self, contact_id: str) -> None:
        """Let no other transaction that locks this contact go on before this one has ended."""
        ...

    async def tenants_at(self, channel: Channel, address: str) -> list[str]:
        """The tenants that have a contact who is reached at this address on this channel."""
        ...
