"""E-mail by Postmark (postmarkapp.com/developer/api/email-api).

The API has no idempotency key: the same request twice is two e-mails. What was taken can be looked up by the
metadata that went with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, read_object, reference
from adapters.providers.common.mail import domain_of, message_id, optional_address, unsubscribe_headers
from adapters.providers.common.untrusted import optional_identifier
from application.errors import TransientFault
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

_LATER = {
    10: "bad or missing token",
    100: "offline for maintenance",
    400: "no such sender signature",
    401: "the sender signature is not confirmed",
    405: "the account may not send",
    412: "the account is pending",
    413: "the account may not send",
    429: "rate limit exceeded",
}
"""Codes that say nothing about the message: it is nobody's fault, or a person can mend the account. Nothing
was sent, so these are tried again like refused credentials."""

_WORDS = {300: "not a valid e-mail request", 406: "inactive recipient"}
"""Codes that are permanent for a message, in our own words: Postmark's texts quote the address.

Source: postmarkapp.com/developer/api/overview#error-codes. A code that is not here is permanent too. None
suppresses, as that would count as an opt-out: an inactive address has bounced, its owner has complained, or a
person of ours has put it on the stream's list, and the code does not say which. Postmark takes no message to
it in any case, and its webhooks tell which it is.
"""


@frozen
class PostmarkEmailProvider:
    """Sends e-mail through one Postmark server.

    Args:
        client: the pooled HTTP client; not closed here.
        server_token: the server's API token.
        sender: a confirmed sender signature, ``ana@example.com`` or ``Ana <ana@example.com>``.
        reply_to: an address of ours whose mail comes back to us; the sender's own where empty.
        message_stream: the id of the stream that messages go by.
        base_url: of the API.
        timeouts: for every call.

    Raises:
        ValueError: an address is none.
    """

    client: httpx.AsyncClient = field(repr=False)
    server_token: str = field(repr=False, validator=credential)
    sender: str
    reply_to: str = field(default="", validator=optional_address)
    message_stream: str = "outbound"
    base_url: str = field(default="https://api.postmarkapp.com", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    domain: str = field(init=False, repr=False)
    name: str = field(default="postmark", init=False)
    channel: Channel = field(default=Channel.EMAIL, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=True, init=False)

    @domain.default
    def _domain(self) -> str:
        return domain_of(self.sender)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand an e-mail over, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        response = await self._wire.post(
            f"{self.base_url}/email", json=self._mail(message), headers=self._headers
        )
        answer = read_object(response) or {}
        code = answer.get("ErrorCode")
        if isinstance(code, int) and code != 0:
            return _refusal(response.status_code, code)
        if not response.is_success:
            return Refused(f"HTTP {response.status_code}")
        return Accepted(reference(self.name, answer.get("MessageID")))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Look for an attempt by its metadata (.../developer/api/messages-api, "Outbound message search").

        Postmark fills its index a moment after it takes a message, and forgets after 45 days: None means not
        found, or not found yet.

        Raises:
            TransientFault: it cannot be asked now.
        """
        key = str(message.key)
        query = {
            "count": "50",
            "offset": "0",
            f"metadata_{ATTEMPT}": key,
            "messagestream": self.message_stream,
        }
        response = await self._wire.get(
            f"{self.base_url}/messages/outbound", params=query, headers=self._headers
        )
        messages = (read_object(response) or {}).get("Messages")
        if not response.is_success or not isinstance(messages, list):
            raise TransientFault(f"postmark: HTTP {response.status_code}, no list of messages")
        return _found(messages, key)

    @property
    def _wire(self) -> Wire:
        return Wire(self.client, self.name, self.channel, self.timeouts)

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.server_token}

    def _mail(self, message: OutboundMessage) -> Mapping[str, Any]:
        content = message.content
        # Postmark puts a Message-ID of its own in place of ours unless told to keep it.
        headers = {"Message-ID": message_id(message.key, self.domain), "X-PM-KeepID": "true"}
        mail = {
            "From": self.sender,
            "To": message.to,
            "Subject": content.subject or "",
            "TextBody": content.text,
            "MessageStream": self.message_stream,
            "Metadata": {ATTEMPT: str(message.key)},
        }
        if content.html is not None:
            mail["HtmlBody"] = content.html
        if self.reply_to:
            mail["ReplyTo"] = self.reply_to
        # A broadcast stream puts Postmark's own in place of these, unless its unsubscribes are managed by us.
        headers |= unsubscribe_headers(message.unsubscribe_url, self.reply_to)
        return {**mail, "Headers": [{"Name": name, "Value": value} for name, value in headers.items()]}


def _refusal(status: int, code: int) -> Refused:
    if code in _LATER:
        raise TransientFault(f"postmark: {code} {_LATER[code]}")
    return Refused(f"{code} {_WORDS.get(code, f'HTTP {status}')}")


def _found(messages: Sequence[Any], key: str) -> Accepted | None:
    """The first message that certainly is this attempt's."""
    for found in messages:
        metadata = found.get("Metadata") if isinstance(found, dict) else None
        if isinstance(metadata, dict) and metadata.get(ATTEMPT) == key:
            ref = optional_identifier(found.get("MessageID"))
            if ref is not None:
                return Accepted(ref)
    return None
