"""E-mail by Mailgun (documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages).

The API has no idempotency key: the same request twice is two e-mails, with one Message-ID. What was taken can
be looked up by that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from attrs import field, frozen
from attrs.validators import matches_re

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, read_object, reference
from adapters.providers.common.mail import message_id, optional_address, unsubscribe_headers
from adapters.providers.mailgun.events import attempt_of, message_of
from application.errors import TransientFault
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel


@frozen
class MailgunEmailProvider:
    """Sends e-mail through one domain at Mailgun.

    Args:
        client: the pooled HTTP client; not closed here.
        api_key: the account's, or a sending key of the domain.
        domain: the sending domain, e.g. ``mg.example.com``.
        sender: ``ana@example.com`` or ``Ana <ana@example.com>``.
        reply_to: an address of ours whose mail comes back to us; the sender's own where empty.
        base_url: of the API; domains in the EU have another one, ``https://api.eu.mailgun.net``.
        timeouts: for every call.

    Raises:
        ValueError: the domain or an address is none.
    """

    client: httpx.AsyncClient = field(repr=False)
    api_key: str = field(repr=False, validator=credential)
    domain: str = field(validator=matches_re(r"[A-Za-z0-9.-]+"))
    sender: str = field(validator=optional_address)
    reply_to: str = field(default="", validator=optional_address)
    base_url: str = field(default="https://api.mailgun.net", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="mailgun", init=False)
    channel: Channel = field(default=Channel.EMAIL, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=True, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand an e-mail over, once.

        Mailgun takes messages to suppressed addresses too; that one was not delivered is told by a callback.
        A 4xx other than those of `adapters.providers.common.http` is permanent and suppresses nobody.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        response = await self._wire.post(
            f"{self._address}/messages", parts=self._mail(message), auth=self._credentials
        )
        if not response.is_success:
            return Refused(f"HTTP {response.status_code}")  # Mailgun has no codes, and its texts quote
        ref = (read_object(response) or {}).get("id")
        return Accepted(reference(self.name, ref.strip("<>") if isinstance(ref, str) else ref))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Look for any event of an attempt's Message-ID (.../docs/mailgun/api-reference/send/mailgun/events).

        Mailgun's log follows some way behind, and is kept for a day or more, by plan: None means not found,
        or not found yet.

        Raises:
            TransientFault: it cannot be asked now.
        """
        ours = self._message_id(message).strip("<>")
        response = await self._wire.get(
            f"{self._address}/events", params={"message-id": ours, "limit": "50"}, auth=self._credentials
        )
        events = (read_object(response) or {}).get("items")
        if not response.is_success or not isinstance(events, list):
            raise TransientFault(f"mailgun: HTTP {response.status_code}, no list of events")
        return Accepted(ours) if _tell_of(events, ours, str(message.key)) else None

    @property
    def _wire(self) -> Wire:
        return Wire(self.client, self.name, self.channel, self.timeouts)

    @property
    def _credentials(self) -> httpx.BasicAuth:
        return httpx.BasicAuth("api", self.api_key)

    @property
    def _address(self) -> str:
        return f"{self.base_url}/v3/{self.domain}"

    def _message_id(self, message: OutboundMessage) -> str:
        return message_id(message.key, self.domain)

    def _mail(self, message: OutboundMessage) -> Mapping[str, str]:
        content = message.content
        mail = {
            "from": self.sender,
            "to": message.to,
            "subject": content.subject or "",
            "text": content.text,
            "h:Message-Id": self._message_id(message),
            f"v:{ATTEMPT}": str(message.key),
        }
        if content.html is not None:
            mail["html"] = content.html
        if self.reply_to:
            mail["h:Reply-To"] = self.reply_to
        headers = unsubscribe_headers(message.unsubscribe_url, self.reply_to)
        return mail | {f"h:{name}": value for name, value in headers.items()}


def _tell_of(events: Sequence[Any], ours: str, key: str) -> bool:
    """Whether one of the events certainly is about this attempt's message."""
    return any(message_of(event) == ours and attempt_of(event) == key for event in events)
