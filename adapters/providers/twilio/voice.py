"""Calls by Twilio Programmable Voice (www.twilio.com/docs/voice/api/call-resource)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import httpx
from attrs import Factory, field, frozen

from adapters.providers.common.http import Timeouts, Wire, base_address, credential
from adapters.providers.common.menu import KEYS, Menu, offered
from adapters.providers.twilio import lookup
from adapters.providers.twilio.account import TwilioAccount
from adapters.providers.twilio.correlation import callback_url
from adapters.providers.twilio.gather import FIRST, ROUND, SpokenMenu
from adapters.providers.twilio.twiml import Speech, response
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel

DETECTING = "amd"
"""The parameter of a callback's query that tells our reader that Twilio listens who has picked up."""


class Detection(StrEnum):
    """How Twilio tells a machine from a person (www.twilio.com/docs/voice/answering-machine-detection)."""

    OFF = "off"
    ENABLE = "Enable"
    MESSAGE_END = "DetectMessageEnd"


@frozen
class TwilioVoiceProvider:
    """Makes calls that say a text, through one Twilio account.

    Args:
        client: the pooled HTTP client; not closed here.
        account_sid: ``AC`` and 32 hex digits.
        auth_token: the account's secret.
        caller: one of our numbers, in E.164 form.
        callback_base_url: our public address; Twilio takes no underscore in its host name.
        base_url: of the API.
        ring_seconds: how long it may ring, 1 to 600 (Twilio's ``Timeout``).
        detection: whether a machine is told from a person, and how.
        asynchronous: whether the text is said while Twilio is still listening who has picked up. Else there
            is silence until it knows, and with `Detection.MESSAGE_END` a machine records the whole text.
        menu: what is said about the keys that a person may press.
        offers_menu: whether there are any where the message names none of its own.
        speech: how the text is said.
        timeouts: for every HTTP call.
    """

    client: httpx.AsyncClient = field(repr=False)
    account_sid: str
    auth_token: str = field(repr=False, validator=credential)
    caller: str
    callback_base_url: str = field(converter=base_address)
    base_url: str = field(default="https://api.twilio.com", converter=base_address)
    ring_seconds: int = 30
    detection: Detection = field(default=Detection.ENABLE, converter=Detection)
    asynchronous: bool = True
    menu: SpokenMenu = field(factory=lambda: SpokenMenu(Menu()))
    offers_menu: bool = False
    speech: Speech = field(default=Factory(Speech))
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="twilio", init=False)
    channel: Channel = field(default=Channel.VOICE, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=True, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Create a call, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        detecting = {} if self.detection is Detection.OFF else {DETECTING: "1"}
        return await self._account().create(
            "Calls",
            {
                "To": message.to,
                "From": self.caller,
                "Twiml": self._twiml(message),
                "StatusCallback": self._callback(message.key, **detecting),
                "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
                "Timeout": str(self.ring_seconds),
                **self._detection(message.key),
            },
        )

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Ask for the call by recipient, caller and time (`adapters.providers.twilio.lookup`).

        None also means "not found yet".
        """
        return await lookup.find(self._account(), "Calls", message, {"from": self.caller})

    def _account(self) -> TwilioAccount:
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        return TwilioAccount(wire, self.account_sid, self.auth_token, self.base_url)

    def _callback(self, key: AttemptKey, **query: str) -> str:
        return callback_url(self.callback_base_url, key, channel=self.channel, **query)

    def _twiml(self, message: OutboundMessage) -> str:
        keys = offered(message.keys)
        if not keys and not self.offers_menu:
            return response(self.speech.say(message.content.text))
        action = self._callback(message.key, **{ROUND: FIRST}, **({KEYS: keys} if keys else {}))
        return response(self.menu.ask(action, message.content.text))

    def _detection(self, key: AttemptKey) -> Mapping[str, str | Sequence[str]]:
        if self.detection is Detection.OFF:
            return {}
        if not self.asynchronous:
            return {"MachineDetection": self.detection}
        return {
            "MachineDetection": self.detection,
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": self._callback(key, **{DETECTING: "1"}),
        }
