"""SMS by Vonage's SMS API (developer.vonage.com/en/api/sms), which tells its errors in the body of a 200."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.http import (
    Timeouts,
    Wire,
    base_address,
    credential,
    read_object,
    reference,
    retry_after,
)
from adapters.providers.vonage.correlation import callback_url
from adapters.providers.vonage.encoding import message_type
from adapters.providers.vonage.reports import VonageReports
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

LONGEST_CALLBACK = 100
"""Characters in ``callback`` (Vonage's Python SDK, vonage_sms/requests.py); a longer one is left out, and
delivery receipts go to the address in the account's settings."""

_TAKEN = "0"
_LATER = {
    "1": "throttled",
    "4": "credentials refused",
    "8": "the account is suspended",
    "9": "no credit is left",
    "10": "too many connections",
    "11": "the account may not use this API",
    "14": "signature refused",
    "32": "signature and secret together",
}
"""Statuses that say nothing about the message: it may wait, or a person can mend the account or the settings.

Source of all: developer.vonage.com/en/api-errors/sms. A status that is not here is permanent.
"""

_WORDS = {
    "2": "a parameter is missing",
    "3": "a parameter is not valid",
    "6": "the number cannot be reached",
    "7": "the number is barred",
    "12": "too long",
    "15": "the sender may not be used",
    "22": "not a valid network",
    "23": "not a valid callback address",
    "29": "the account is on trial and may not send there",
    "33": "the number is no longer active",
}
"""Statuses that are permanent, in our own words. None suppresses: 7 says that the number "is blacklisted and
may not receive" messages, and not why. A message to somebody who has opted out is taken, and its receipt says
so (`adapters.providers.vonage.text_events`).
"""
_IN_DOUBT = "5"
"""An internal error "whilst processing this message": it does not say how far that came."""

_STATUS = re.compile(r"[0-9]{1,3}")


@frozen
class VonageSmsProvider:
    """Sends SMS through one Vonage account.

    A long message is several SMS, each with a status of its own. Where one of them was taken the message
    counts as accepted: sending it again would repeat that part.

    Args:
        client: the pooled HTTP client; not closed here.
        api_key: the account's key.
        api_secret: the account's secret.
        sender: one of our numbers in E.164 form, or a sender name.
        callback_base_url: our public address.
        base_url: of the API.
        reports: looks up what was sent; None where the account has no Reports API.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    api_key: str
    api_secret: str = field(repr=False, validator=credential)
    sender: str
    callback_base_url: str = field(converter=base_address)
    base_url: str = field(default="https://rest.nexmo.com", converter=base_address)
    reports: VonageReports | None = None
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="vonage", init=False)
    channel: Channel = field(default=Channel.SMS, init=False)
    honours_key: bool = field(default=False, init=False)

    @property
    def can_look_up(self) -> bool:
        """Whether the account has the Reports API."""
        return self.reports is not None

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Create a message, once; the attempt key is its ``client-ref``.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        response = await wire.post(f"{self.base_url}/sms/json", form=self._form(message))
        if not response.is_success:
            return Refused(f"HTTP {response.status_code}")
        return _outcome(_parts(response), response)

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Look for the attempt key among what was sent (see `VonageReports.find`).

        Raises:
            TransientFault: it cannot be asked now.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        return None if self.reports is None else await self.reports.find(wire, message, datetime.now(UTC))

    def _form(self, message: OutboundMessage) -> Mapping[str, str]:
        callback = callback_url(self.callback_base_url)
        return {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "from": self.sender.removeprefix("+"),
            "to": message.to.removeprefix("+"),
            "text": message.content.text,
            "type": message_type(message.content.text),
            "client-ref": str(message.key),
            "status-report-req": "true",
        } | ({"callback": callback} if len(callback) <= LONGEST_CALLBACK else {})


def _parts(response: httpx.Response) -> Sequence[Mapping[str, Any]]:
    """What is said of each SMS.

    Raises:
        OutcomeUnknown: nothing that can be read.
    """
    parts = (read_object(response) or {}).get("messages")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise OutcomeUnknown("vonage: an answer of success that says nothing of the message")
    return parts


def _outcome(parts: Sequence[Mapping[str, Any]], response: httpx.Response) -> Accepted | Refused:
    statuses = [_status(part) for part in parts]
    if _TAKEN in statuses:
        return Accepted(reference("vonage", parts[statuses.index(_TAKEN)].get("message-id")))
    if _IN_DOUBT in statuses or "" in statuses:
        raise OutcomeUnknown(f"vonage: status {_IN_DOUBT if _IN_DOUBT in statuses else 'unreadable'}")
    for status in statuses:
        if status in _LATER:
            wait = retry_after(response.headers, datetime.now(UTC))
            raise TransientFault(f"vonage: {status} {_LATER[status]}", wait)
    status = statuses[0]
    return Refused(f"{status} {_WORDS.get(status, 'refused')}")


def _status(part: Mapping[str, Any]) -> str:
    """The status as digits; "" where it is none."""
    status = str(part.get("status", ""))
    return status if _STATUS.fullmatch(status) else ""
