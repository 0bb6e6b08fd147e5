"""The port to whoever reads how people are reached: one set of rules, wherever the words come from."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from application.ports.files import SuppressionRow
from domain.contact import NewContact
from domain.statuses import Channel

Wrong = tuple[str, str]
"""What is wrong: the field, and a sentence that names it and shows no value."""


class Addresses(Protocol):
    """Reads phone numbers, e-mail addresses and zones as people write them, and normalises them.

    Fields are texts by name, those of a contact file (`adapters.files.contacts_csv.load_contacts`) or of a
    file of suppressions; one that is empty is left out. Numbers need their country code, or a country.
    """

    def contact(self, fields: Mapping[str, str]) -> tuple[NewContact | None, Sequence[Wrong]]:
        """The contact, or None and everything that is wrong.

        Args:
            fields: external_id, phone, country, email, timezone; whatever else there is becomes an attribute.
        """
        ...

    def suppression(self, fields: Mapping[str, str]) -> tuple[SuppressionRow | None, Sequence[Wrong]]:
        """What must not be contacted, or None and everything that is wrong. Its line is 1.

        Args:
            fields: channel, address, reason.
        """
        ...

    def address(self, channel: Channel, text: str) -> str:
        """An address as contacts have it.

        Raises:
            ValueError: it is none of the channel; the message is half a sentence without the address.
        """
        ...
