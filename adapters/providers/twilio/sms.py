"""SMS by Twilio Programmable Messaging (www.twilio.com/docs/messaging/api/message-resource)."""

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Timeouts, Wire, base_address, credential
from adapters.providers.twilio import lookup
from adapters.providers.twilio.account import TwilioAccount
from adapters.providers.twilio.correlation import callback_url
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel


@frozen
class TwilioSmsProvider:
    """Sends SMS through one Twilio account.

    Args:
        client: the pooled HTTP client; not closed here.
        account_sid: ``AC`` and 32 hex digits.
        auth_token: the account's secret.
        sender: one of our numbers in E.164 form, a sender name, or the ``MG`` id of a messaging service.
        callback_base_url: our public address; Twilio takes no underscore in its host name.
        base_url: of the API.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    account_sid: str
    auth_token: str = field(repr=False, validator=credential)
    sender: str
    callback_base_url: str = field(converter=base_address)
    base_url: str = field(default="https://api.twilio.com", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="twilio", init=False)
    channel: Channel = field(default=Channel.SMS, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=True, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Create a message, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        return await self._account().create(
            "Messages",
            {
                "To": message.to,
                "MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender,
                "Body": message.content.text,
                "StatusCallback": callback_url(self.callback_base_url, message.key, channel=self.channel),
            },
        )

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Ask for the message by recipient, sender, text and time (`adapters.providers.twilio.lookup`).

        None also means "not found yet". A text that Twilio has changed (a trial account's preface, shortened
        links, smart encoding) is not recognised.
        """
        sender = "messaging_service_sid" if self.sender.startswith("MG") else "from"
        own = {sender: self.sender, "body": message.content.text}
        return await lookup.find(self._account(), "Messages", message, own)

    def _account(self) -> TwilioAccount:
        wire = Wire(self.client, self.name, self.channel, self.timeouts)
        return TwilioAccount(wire, self.account_sid, self.auth_token, self.base_url)
