"""What Twilio calls back about a message or a call, in order.

Shapes: www.twilio.com/docs/messaging/guides/track-outbound-message-status, .../messaging/guides/
webhook-request, .../voice/api/call-resource, .../voice/answering-machine-detection, .../voice/twiml/gather.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from attrs import frozen

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.keypad import key_for
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Telling
from adapters.providers.sandbox.twilio_orders import Order
from adapters.providers.sandbox.wire import with_query
from adapters.providers.twilio.signatures import signature
from adapters.providers.twilio.vendor import TwilioSettings

_SUBSCRIBED_BY = {"in-progress": "answered", "initiated": "initiated", "ringing": "ringing"}
"""Which StatusCallbackEvent asks for a call's status; all others are ``completed``."""

_SIP = {"busy": "486", "failed": "404", "completed": "200", "no-answer": "487"}


@frozen
class Callbacks:
    """The callbacks of one message or call.

    Args:
        board: tells what people do, and how long that takes.
        account: signs.
        order: what was asked.
        sid: the id of what was created.
        told: what happened, and whose attempt it is said of.
    """

    board: Switchboard
    account: TwilioSettings
    order: Order
    sid: str
    told: Telling

    def all(self) -> Sequence[Delivery]:
        """Everything that Twilio will call back."""
        words = [word.partition(":")[::2] for word in self.told.reaction]
        return list(self._call(words) if self.order.channel == "voice" else self._message(words))

    def _message(self, words: Sequence[tuple[str, str]]) -> Iterator[Delivery]:
        for nth, (status, detail) in enumerate(words):
            delay = self.board.delay(self.order.to, "sms", nth)
            if status == "received":
                url = f"{self.board.settings.callback_base_url.rstrip('/')}/webhooks/twilio"
                yield self._delivery(url, status, self._reply(detail), delay)
            elif self.order.callback_url:
                yield self._delivery(self.order.callback_url, status, self._status(status, detail), delay)

    def _status(self, status: str, code: str) -> Mapping[str, str]:
        form = {"MessageSid": self.sid, "SmsSid": self.sid, "MessageStatus": status, "SmsStatus": status}
        form |= {"From": self.order.sender, "To": self.order.to} | ({"ErrorCode": code} if code else {})
        return self._common | form

    def _reply(self, text: str) -> Mapping[str, str]:
        sid = "SM" + hex_digits(self.board.settings.seed, "reply", self.sid)
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received"}
        form |= {"From": self.order.to, "To": self.order.sender, "Body": text}
        return self._common | form | {"NumMedia": "0", "NumSegments": "1"}

    def _call(self, words: Sequence[tuple[str, str]]) -> Iterator[Delivery]:
        sequence, who = 0, next((detail for status, detail in words if status == "completed"), "")
        for nth, (status, detail) in enumerate(words):
            delay = self.board.delay(self.order.to, "voice", nth)
            if status == "pressed":
                if url := self.order.gather_url:
                    yield self._delivery(url, "gather", self._keys(key_for(detail, url)), delay)
                continue
            if self.order.callback_url and self._is_asked_for(status):
                form = self._progress(status, detail, sequence)
                yield self._delivery(self.order.callback_url, status, form, delay)
            sequence += 1
            if status == "in-progress" and who and self.order.detection_url:
                yield self._delivery(self.order.detection_url, "amd", self._finding(who), delay)

    def _is_asked_for(self, status: str) -> bool:
        return _SUBSCRIBED_BY.get(status, "completed") in (self.order.events or ["completed"])

    def _progress(self, status: str, who: str, sequence: int) -> Mapping[str, str]:
        form = {
            **self._parties,
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(sequence),
            "Timestamp": format_datetime(datetime.now(UTC)),
            "ToCity": "",
        }
        if status in _SIP:
            form |= {"CallDuration": "23" if status == "completed" else "0", "SipResponseCode": _SIP[status]}
        if who and self.order.fields.get("MachineDetection"):
            form["AnsweredBy"] = who
        return form

    def _keys(self, digits: str) -> Mapping[str, str]:
        form = {"CallStatus": "in-progress", "Digits": digits, "FinishedOnKey": "", "msg": "Gather End"}
        return self._parties | form

    def _finding(self, who: str) -> Mapping[str, str]:
        form = {"CallSid": self.sid, "AccountSid": self.account.account_sid, "AnsweredBy": who}
        return form | {"MachineDetectionDuration": "3214"}

    @property
    def _common(self) -> dict[str, str]:
        return {"AccountSid": self.account.account_sid, "ApiVersion": "2010-04-01"}

    @property
    def _parties(self) -> dict[str, str]:
        order = self.order
        form = {"CallSid": self.sid, "Called": order.to, "Caller": order.sender, "Direction": "outbound-api"}
        return self._common | form | {"From": order.sender, "To": order.to}

    def _delivery(self, url: str, event: str, form: Mapping[str, str], delay: float) -> Delivery:
        """A callback with a form, signed over its URL and fields."""
        url = with_query(url, ATTEMPT, self.told.attempt)
        byte_wise = [(key, value.encode().decode("latin-1")) for key, value in form.items()]
        return Delivery(
            provider="twilio",
            events=[event],
            url=url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "X-Twilio-Signature": signature(self.told.secret(self.account.auth_token), url, byte_wise),
            },
            body=urlencode(form).encode(),
            delay=delay,
            again=(0.5, 1.0),  # Twilio tries few times
        )
