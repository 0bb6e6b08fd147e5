"""A contact of a request, read by the rules that files of contacts are read by."""

from collections.abc import Sequence

from attrs import evolve

from adapters.http.api.contact_models import ConsentIn, ContactDetails, fields_of
from adapters.http.api.problems import refusal, sentence
from application.ports.addresses import Addresses
from domain.contact import ConsentWord, NewContact


def read_contact(
    addresses: Addresses,
    given: ContactDetails,
    external_id: str | None,
    place: str,
    named_in: str | None = None,
) -> NewContact:
    """The contact.

    Args:
        addresses: knows the rules.
        given: as it came.
        external_id: the caller's name for the person.
        place: where it stands in the request, e.g. ``body.contact``.
        named_in: where its name stands, if elsewhere, e.g. ``path``.

    Raises:
        ApiProblem: with everything that is wrong.
    """
    contact, wrong = try_contact(addresses, given, external_id)
    if contact is None:
        places = {"external_id": named_in or place}
        raise refusal([(f"{places.get(name, place)}.{name}", detail) for name, detail in wrong])
    return contact


def try_contact(
    addresses: Addresses, given: ContactDetails, external_id: str | None
) -> tuple[NewContact | None, Sequence[tuple[str, str]]]:
    """The contact, or everything that is wrong with it: the name of each field, and a sentence.

    Args:
        addresses: knows the rules.
        given: as it came.
        external_id: the caller's name for the person.
    """
    contact, wrong = addresses.contact(fields_of(given, external_id))
    if contact is None:
        return None, [(name, sentence(detail)) for name, detail in wrong]
    words = tuple(word_of(each) for each in given.consents)
    return evolve(contact, attributes={**contact.attributes, **given.attributes}, consents=words), []


def word_of(consent: ConsentIn) -> ConsentWord:
    """What the contact has said of a channel."""
    return ConsentWord(consent.channel, consent.given, consent.source, consent.at)
