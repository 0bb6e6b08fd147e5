"""How people are reached, read by the rules of contact files wherever the words come from."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from adapters.files.contact_rows import email_address, read_row
from adapters.files.csv_table import Found
from adapters.files.phones import e164
from adapters.files.suppressions_csv import read_suppression
from application.ports.files import SuppressionRow
from domain.contact import NewContact
from domain.statuses import Channel


@frozen
class FileAddresses:
    """The port `Addresses`.

    Args:
        default_region: the country of national numbers where nothing else says it, as
            `adapters.files.phones.region` gives it.
    """

    default_region: str | None = None

    def contact(self, fields: Mapping[str, str]) -> tuple[NewContact | None, Sequence[Found]]:
        """The contact, or None and everything that is wrong."""
        return read_row(fields, self.default_region)

    def suppression(self, fields: Mapping[str, str]) -> tuple[SuppressionRow | None, Sequence[Found]]:
        """What must not be contacted, or None and everything that is wrong."""
        return read_suppression(fields, 1, self.default_region)

    def address(self, channel: Channel, text: str) -> str:
        """An address as contacts have it."""
        return email_address(text) if channel is Channel.EMAIL else e164(text, self.default_region)
