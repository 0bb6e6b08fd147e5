"""Calls by Vonage's Voice API (developer.vonage.com/en/api/voice)."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Timeouts, Wire, base_address, credential, read_object, reference
from adapters.providers.common.menu import offered
from adapters.providers.vonage.application import VonageApplication
from adapters.providers.vonage.calls import VonageCalls
from adapters.providers.vonage.correlation import CallNote, event_url
from adapters.providers.vonage.ncco import Speaker
from application.errors import TransientFault
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

DETECTION: Mapping[str, Mapping[str, Any]] = {
    "off": {},
    "standard": {"machine_detection": "continue"},
    "advanced": {"advanced_machine_detection": {"behavior": "continue", "mode": "detect"}},
}
"""The ways to tell a machine that picks up from a person; ``advanced`` is better, and charged for."""

_LATER = frozenset({"low-balance", "account-suspended", "unprovisioned"})
"""Errors that a person can mend, whatever their HTTP status (developer.vonage.com/en/api-errors)."""

_TYPE = re.compile(r".*#([a-z][a-z-]{0,39})", re.DOTALL)


@frozen
class VonageVoiceProvider:
    """Makes calls that say a text and offer a menu, through one Vonage application.

    Who has picked up is told by an event of its own, ``human`` or ``machine``.

    Args:
        client: the pooled HTTP client; not closed here.
        application: signs each request.
        caller: one of our numbers, in E.164 form.
        signature_secret: the account's, which seals our note in the callback's address.
        callback_base_url: our public address.
        speaker: how it is spoken.
        menu: whether the menu is said after a message that names no keys of its own.
        detection: one of `DETECTION`.
        base_url: of the API.
        ring_seconds: how long it may ring, 1 to 120.
        timeouts: for every HTTP call.
    """

    client: httpx.AsyncClient = field(repr=False)
    application: VonageApplication
    caller: str
    signature_secret: str = field(repr=False, validator=credential)
    callback_base_url: str = field(converter=base_address)
    speaker: Speaker
    menu: bool = True
    detection: str = "standard"
    base_url: str = field(default="https://api.nexmo.com", converter=base_address)
    ring_seconds: int = 30
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="vonage", init=False)
    channel: Channel = field(default=Channel.VOICE, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=True, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Create a call, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        response = await wire.post(
            f"{self.base_url}/v1/calls", json=self._order(message), auth=self.application.auth()
        )
        answer = read_object(response) or {}
        if not response.is_success:
            return _refusal(response.status_code, answer)
        return Accepted(reference(self.name, answer.get("uuid")))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Look for the call among those that were made (see `VonageCalls.find`).

        Raises:
            TransientFault: it cannot be asked now.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        calls = VonageCalls(self.application, self.caller, self.base_url)
        return await calls.find(wire, message)

    def _order(self, message: OutboundMessage) -> Mapping[str, Any]:
        keys = offered(message.keys)
        note = CallNote(str(message.key), detecting=self.detection != "off", keys=keys)
        url = event_url(self.callback_base_url, note, self.signature_secret)
        return {
            "to": [{"type": "phone", "number": message.to.removeprefix("+")}],
            "from": {"type": "phone", "number": self.caller.removeprefix("+")},
            "ncco": self.speaker.message(message.content.text, url if keys or self.menu else None, keys),
            "event_url": [url],
            "event_method": "POST",
            "ringing_timer": self.ring_seconds,
            **DETECTION[self.detection],
        }


def _refusal(status: int, answer: Mapping[str, Any]) -> Refused:
    """What a 4xx says, without its texts: they may quote the number."""
    found = _TYPE.fullmatch(str(answer.get("type", "")))
    kind = found[1] if found else ""
    if kind in _LATER:
        raise TransientFault(f"vonage: {kind}")
    return Refused(f"HTTP {status} {kind}".rstrip())
