"""An e-mail as bytes: plain text, and HTML beside it where there is any."""

from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from adapters.providers.common.mail import unsubscribe_headers
from adapters.providers.common.sender import Sender
from application.ports.messaging import OutboundMessage


class _OnOneLine(UnstructuredHeader, BaseHeader):
    """A header that is never folded; a line may have 998 characters (RFC 5322, 2.1.1).

    What is longer than a usual line would become encoded words, in which nobody looks for an address or an id
    (RFC 2047, 5).
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("List-Unsubscribe", _OnOneLine)

_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
"""CRLF, and nothing beyond ASCII: every server takes it, with 8BITMIME or without."""


def compose(message: OutboundMessage, sender: Sender, reply_to: str, message_id: str, now: datetime) -> bytes:
    """Make the e-mail of an attempt (RFC 5322, RFC 2046).

    Args:
        message: to an address that is plain (`adapters.providers.common.sender.PLAIN_ADDRESS`).
        sender: who it is from.
        reply_to: where replies and unsubscriptions go; to the sender, and nowhere, where empty.
        message_id: in angle brackets.
        now: its date.
    """
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = " ".join((message.content.subject or "").split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    if reply_to:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    for name, value in unsubscribe_headers(message.unsubscribe_url, reply_to).items():
        mail[name] = value
    mail.set_content(message.content.text)
    if message.content.html is not None:
        mail.add_alternative(message.content.html, subtype="html")
    return mail.as_bytes()
