"""Who is in an audience, page by page."""

from attrs import frozen

from application.errors import UnknownAudience
from application.ports.audiences import Audience
from application.ports.contacts import ContactSearch
from application.ports.database import Transaction
from domain.contact import Contact
from domain.language.audiences import read_audience

PAGE = 1000
"""How many contacts are looked at in one transaction."""

_EVERYBODY = ContactSearch()


@frozen
class Members:
    """A page of an audience.

    Args:
        contacts: those who are in it, by id.
        looked_at: how many contacts were looked at.
        reached: the last contact that was looked at; None where there was none.
    """

    contacts: tuple[Contact, ...]
    looked_at: int
    reached: str | None


async def known_audience(tx: Transaction, tenant: str, key: str) -> Audience:
    """An audience.

    Raises:
        UnknownAudience: the tenant has none of this key.
    """
    audience = await tx.audiences.get(tenant, key)
    if audience is None:
        raise UnknownAudience("there is no such audience")
    return audience


async def members(tx: Transaction, audience: Audience, after: str) -> Members:
    """Look at the next contacts, in the order of their ids.

    Args:
        tx: the transaction.
        audience: which.
        after: `Members.reached` of the page before; empty at the beginning.
    """
    if audience.is_list:
        found = await tx.audiences.members(audience.tenant, audience.key, after, PAGE)
        chosen = tuple(found)
    else:
        condition = read_audience(audience.definition)
        found = await tx.contacts.page(audience.tenant, _EVERYBODY, after, PAGE)
        chosen = tuple(contact for contact in found if condition.holds(contact.known))
    return Members(chosen, len(found), found[-1].id if found else None)
