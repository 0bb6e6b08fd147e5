"""Who e-mail is from, as it stands in settings."""

import re
from email.utils import formataddr, parseaddr

from attrs import Attribute, frozen

from adapters.providers.common.mail import address_of

_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
PLAIN_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z){_ATOMS}(\.{_ATOMS})*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
"""An address in ASCII without quotes, comments, or what could end it (RFC 5321, 4.1.2, Dot-string)."""


def optional_plain_address(_instance: object, attribute: "Attribute[str]", value: str) -> None:
    """Attrs validator: refuse what is neither empty nor a `PLAIN_ADDRESS` of a mailbox.

    Raises:
        ValueError: it is neither.
    """
    if value and (not PLAIN_ADDRESS.fullmatch(value) or address_of(value) is None):
        raise ValueError(f"{attribute.name} must be an e-mail address")


@frozen
class Sender:
    """A name and an address.

    Args:
        address: of a mailbox of ours.
        name: shown beside it; none where empty.
    """

    address: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Sender":
        """Read ``ana@example.com`` or ``Ana <ana@example.com>``.

        Raises:
            ValueError: it is neither.
        """
        name = parseaddr(text)[0]
        address = address_of(text)
        if address is None or not PLAIN_ADDRESS.fullmatch(address) or not text.isprintable():
            raise ValueError("must be an e-mail address: ana@example.com or Ana <ana@example.com>")
        return cls(address, name)

    @property
    def domain(self) -> str:
        """What stands behind the address's @."""
        return self.address.rpartition("@")[2]

    @property
    def header(self) -> str:
        """As it stands in a header, in ASCII (RFC 2047)."""
        return formataddr((self.name, self.address))
