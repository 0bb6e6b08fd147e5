"""E-mail by Twilio SendGrid (www.twilio.com/docs/sendgrid/api-reference/mail-send).

The API has no idempotency key: the same request twice is two e-mails. What it has taken can be looked up only
in its Email Activity Feed, a paid add-on that most accounts do not have, so nothing is looked up here.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.http import (
    Timeouts,
    Wire,
    base_address,
    capped,
    credential,
    digits,
    read_object,
    reference,
    retry_after,
)
from adapters.providers.common.mail import address_of, message_id, optional_address, unsubscribe_headers
from application.errors import OutcomeUnknown
from application.ports.messaging import Accepted, Content, OutboundMessage, Refused
from domain.statuses import Channel

_FIELD = re.compile(r"[a-z0-9_.\[\]-]{1,60}")


@frozen
class SendGridEmailProvider:
    """Sends e-mail through one SendGrid account.

    Args:
        client: the pooled HTTP client; not closed here.
        api_key: with the right to send.
        from_address: a verified sender.
        from_name: shown beside it; none where empty.
        reply_to: where answers go, and a STOP from a mail program's own button; to the sender where empty.
        base_url: of the API; accounts in the EU have another one.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    api_key: str = field(repr=False, validator=credential)
    from_address: str
    from_name: str = ""
    reply_to: str = field(default="", validator=optional_address)
    base_url: str = field(default="https://api.sendgrid.com", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="sendgrid", init=False)
    channel: Channel = field(default=Channel.EMAIL, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=False, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand an e-mail over, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts, _wait)
        response = await wire.post(
            f"{self.base_url}/v3/mail/send",
            json=self._mail(message),
            headers={"Authorization": f"Bearer {self.api_key}"},
        )
        if not response.is_success:
            return _refusal(response)
        if response.status_code != httpx.codes.ACCEPTED:
            raise OutcomeUnknown(f"sendgrid: HTTP {response.status_code}, which is no acceptance")
        return Accepted(reference(self.name, response.headers.get("x-message-id")))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """None: this adapter cannot ask (see `can_look_up`)."""
        return None

    def _mail(self, message: OutboundMessage) -> Mapping[str, Any]:
        sender = {"email": self.from_address} | ({"name": self.from_name} if self.from_name else {})
        mail: dict[str, Any] = {
            "personalizations": [
                {"to": [{"email": message.to}], "custom_args": {ATTEMPT: str(message.key)}},
            ],
            "from": sender,
            "subject": message.content.subject or "",
            "content": _parts(message.content),
            "headers": self._headers(message),
        }
        return mail | ({"reply_to": {"email": address_of(self.reply_to)}} if self.reply_to else {})

    def _headers(self, message: OutboundMessage) -> Mapping[str, str]:
        """What makes an answer name the attempt, and how to opt out.

        Mail programs repeat References in an answer (RFC 5322, 3.6.4); the Message-ID itself is SendGrid's
        own. An account with subscription tracking puts SendGrid's own ways of opting out in place of ours.
        """
        references = message_id(message.key, self.from_address.rpartition("@")[2])
        return {"References": references, **unsubscribe_headers(message.unsubscribe_url, self.reply_to)}


def _parts(content: Content) -> list[dict[str, str]]:
    """The bodies, plain text first as RFC 2046, 5.1.4 and SendGrid ask for."""
    parts = [{"type": "text/plain", "value": content.text}]
    return parts if content.html is None else [*parts, {"type": "text/html", "value": content.html}]


def _wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long to wait: Retry-After, or the time of the next window, in seconds since 1970.

    Source: www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits.
    """
    asked, reset = retry_after(headers, now), digits(headers.get("x-ratelimit-reset", ""))
    if asked is not None or reset is None:
        return asked
    return capped(timedelta(seconds=reset - int(now.timestamp())))


def _refusal(response: httpx.Response) -> Refused:
    """Name the field at fault; SendGrid's own words may quote the address."""
    errors = (read_object(response) or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    fault = first.get("field") if isinstance(first, dict) else None
    named = f" {fault}" if isinstance(fault, str) and _FIELD.fullmatch(fault) else ""
    return Refused(f"HTTP {response.status_code}{named}")
