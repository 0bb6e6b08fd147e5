"""Look contacts up."""

from attrs import frozen

from application.keep_contacts import contact_of
from application.ports.consents import Consent
from application.ports.contacts import ContactSearch
from application.ports.database import Database
from domain.contact import Contact


@frozen
class FindContacts:
    """The contacts of a tenant, by whatever is known of them."""

    database: Database

    async def __call__(self, tenant: str, search: ContactSearch, after: str, limit: int) -> list[Contact]:
        """Those who are looked for, by id.

        Args:
            tenant: whose contacts.
            search: which of them.
            after: the id of the last one of the page before; nothing for the first page.
            limit: how many at most.
        """
        async with self.database.transaction() as tx:
            return await tx.contacts.page(tenant, search, after, limit)

    async def one(self, tenant: str, external_id: str) -> Contact:
        """The contact that the tenant knows by this name.

        Raises:
            UnknownContact: there is none.
        """
        async with self.database.transaction() as tx:
            return await contact_of(tx, tenant, external_id)

    async def consents(self, tenant: str, external_id: str) -> list[Consent]:
        """All that a contact has said of channels, oldest first; of each channel the latest word counts.

        Raises:
            UnknownContact: there is no such contact.
        """
        async with self.database.transaction() as tx:
            contact = await contact_of(tx, tenant, external_id)
            return await tx.consents.of_contact(contact.id)
