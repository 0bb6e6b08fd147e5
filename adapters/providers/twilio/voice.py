"""Calls by Twilio Programmable Voice (www.twilio.com/docs/voice/api/call-resource)."""

import html
import re

import httpx
from attrs import field, frozen

from adapters.providers.common.correlation import twilio_callback_url
from adapters.providers.common.http import Timeouts, Wire, base_address, credential
from adapters.providers.twilio.account import TwilioAccount
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2, Char) does not allow, escaped or not."""


@frozen
class TwilioVoiceProvider:
    """Makes calls that say a text, through one Twilio account.

    A machine that picks up is told from a person by Twilio's detection, whose finding comes with the
    ``completed`` callback; ``amd=1`` in the callback's query tells our reader to wait for it.

    Args:
        client: the pooled HTTP client; not closed here.
        account_sid: ``AC`` and 32 hex digits.
        auth_token: the account's secret.
        caller: one of our numbers, in E.164 form.
        callback_base_url: our public address; Twilio takes no underscore in its host name.
        base_url: of the API.
        ring_seconds: how long it may ring, 1 to 600 (Twilio's ``Timeout``).
        timeouts: for every HTTP call.
    """

    client: httpx.AsyncClient = field(repr=False)
    account_sid: str
    auth_token: str = field(repr=False, validator=credential)
    caller: str
    callback_base_url: str = field(converter=base_address)
    base_url: str = field(default="https://api.twilio.com", converter=base_address)
    ring_seconds: int = 30
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="twilio", init=False)
    channel: Channel = field(default=Channel.VOICE, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=False, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Create a call, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        account = TwilioAccount(wire, self.account_sid, self.auth_token, self.base_url)
        return await account.create(
            "Calls",
            {
                "To": message.to,
                "From": self.caller,
                "Twiml": twiml(message.content.text),
                "StatusCallback": twilio_callback_url(
                    self.callback_base_url, message.key, channel=self.channel, amd="1"
                ),
                "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
                "MachineDetection": "Enable",
                "Timeout": str(self.ring_seconds),
            },
        )

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """None: this adapter cannot ask (see `can_look_up`)."""
        return None


def twiml(text: str) -> str:
    """The TwiML that says a text (www.twilio.com/docs/voice/twiml/say)."""
    return f"<Response><Say>{html.escape(_NOT_XML.sub(' ', text), quote=False)}</Say></Response>"
