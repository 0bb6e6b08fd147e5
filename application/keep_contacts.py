"""Store the people whom campaigns may reach, and what they have agreed to."""

from collections.abc import Sequence

from attrs import frozen

from application.enroll_contacts import keep_consents, stored
from application.errors import UnknownContact
from application.ports.clock import Clock, NewId
from application.ports.consents import Consent
from application.ports.database import Database, Transaction
from domain.contact import ConsentWord, Contact, NewContact


@frozen
class KeptContact:
    """A contact as it now is.

    Args:
        contact: with the id in force.
        is_new: nobody of this external id was there before.
    """

    contact: Contact
    is_new: bool


@frozen
class KeepContacts:
    """Store contacts by external id: one that is known gets the new details, all of them."""

    database: Database
    clock: Clock
    new_id: NewId

    async def __call__(self, tenant: str, contacts: Sequence[NewContact]) -> list[KeptContact]:
        """Store all of them, or none where that cannot be done, with what they say of channels.

        Args:
            tenant: whose contacts.
            contacts: whom; of two with one external id the last one's details count.

        Returns:
            What each of them is now, in the same order.

        Raises:
            DatabaseUnavailable: nothing is stored.
        """
        drawn = [stored(contact, self.new_id) for contact in contacts]
        async with self.database.transaction() as tx:
            ids = await tx.contacts.upsert(tenant, drawn)
            await keep_consents(tx, contacts, ids, self.clock())
        last = {contact.external_id: contact for contact in drawn}
        return [_kept(contact, last[contact.external_id], ids[contact.external_id]) for contact in drawn]

    async def consent(self, tenant: str, external_id: str, word: ConsentWord) -> Consent:
        """Keep what a contact has said of a channel, no later than now; the same word again changes nothing.

        Raises:
            UnknownContact: the tenant has no such contact.
        """
        now = self.clock()
        said = Consent(word.channel, word.given, word.source, min(word.at or now, now))
        async with self.database.transaction() as tx:
            contact = await contact_of(tx, tenant, external_id)
            await tx.consents.add(contact.id, [said])
        return said


def _kept(drawn: Contact, last: Contact, id_: str) -> KeptContact:
    contact = Contact(id_, last.external_id, last.phone, last.email, last.timezone, last.attributes)
    return KeptContact(contact, is_new=drawn.id == id_)


async def contact_of(tx: Transaction, tenant: str, external_id: str) -> Contact:
    """The contact that a tenant knows by this name.

    Raises:
        UnknownContact: there is none.
    """
    contact = await tx.contacts.by_external_id(tenant, external_id)
    if contact is None:
        raise UnknownContact("there is no contact of this external_id")
    return contact
