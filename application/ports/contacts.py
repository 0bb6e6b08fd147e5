"""The port to the contacts table."""

from collections.abc import Sequence
from typing import Protocol

from attrs import field, frozen

from domain.contact import Contact
from domain.statuses import Channel


@frozen
class ContactSearch:
    """Which contacts are looked for: those that fit all of it. The repr shows none of it.

    Args:
        external_id: the tenant's own name for the person, all of it.
        phone: the number, all of it, in E.164 form.
        email: the address, all of it, normalised.
        prefix: what external id, phone or e-mail address begins with, in any case.
    """

    external_id: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    prefix: str | None = field(default=None, repr=False)


class Contacts(Protocol):
    """The people of all tenants. Those who were erased are not there any more."""

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

    async def ids_of(self, tenant: str, external_ids: Sequence[str]) -> dict[str, str]:
        """The ids of the contacts that a tenant knows by these names, by name."""
        ...

    async def lock(self, contact_id: str) -> None:
        """Let no other transaction that locks this contact go on before this one has ended."""
        ...

    async def tenants_at(self, channel: Channel, address: str) -> list[str]:
        """The tenants that have a contact who is reached at this address on this channel."""
        ...

    async def page(self, tenant: str, search: ContactSearch, after: str, limit: int) -> list[Contact]:
        """Contacts of a tenant by id, from the first id greater than `after`.

        Names, numbers and addresses are found by index. A prefix is not: the tenant's contacts are read in
        their order until there are enough that fit, all of them where there are few.
        """
        ...
