"""What Vonage calls back with after an SMS or a call, signed as it does.

Shapes: developer.vonage.com, "Delivery receipts", "Inbound SMS" and "Voice API Webhooks Reference".
"""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import evolve, frozen

from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.keypad import key_for
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Kind, Telling
from adapters.providers.vonage.correlation import event_url, read_note
from adapters.providers.vonage.signatures import sms_signature, webhook_token
from adapters.providers.vonage.vendor import VonageSettings

_RECEIPTS = {
    "sent": ("buffered", "0"),
    "delivered": ("delivered", "0"),
    "undelivered:30003": ("failed", "2"),
    "undelivered:30005": ("failed", "3"),
    "refused:21610": ("failed", "9"),
}
"""The status and the err-code for Twilio's words; Vonage takes an SMS to somebody who has opted out."""

_UNKNOWN = ("failed", "1")

_EVENTS = {
    "initiated": "started",
    "ringing": "ringing",
    "in-progress": "answered",
    "busy": "busy",
    "no-answer": "unanswered",
    "failed": "failed",
    "canceled": "cancelled",
    "completed": "completed",
}
_FAILED_FOR = {"busy": "remote_busy", "failed": "cannot_route"}


@frozen
class Text:
    """An SMS that was taken.

    Args:
        refs: the id of each part.
        attempt: its ``client-ref``.
        to: the person's number, without a plus.
        sender: ours.
        callback_url: where receipts go.
        inbound_url: where replies go.
    """

    refs: Sequence[str]
    attempt: str | None
    to: str
    sender: str
    callback_url: str
    inbound_url: str


@frozen
class Call:
    """A call that was made.

    Args:
        ref: its UUID.
        attempt: the attempt key in its event URL.
        order: the request.
    """

    ref: str
    attempt: str | None
    order: Mapping[str, Any]

    @property
    def conversation(self) -> str:
        """The id of its conversation."""
        return f"CON-{self.ref}"

    @property
    def detecting(self) -> bool:
        """Whether Vonage listens for a machine."""
        return "machine_detection" in self.order or "advanced_machine_detection" in self.order

    @property
    def key_url(self) -> str | None:
        """Where a key that is pressed is told; None where nobody listens for one."""
        listening = (action for action in self.order["ncco"] if action["action"] == "input")
        return next((action["eventUrl"][0] for action in listening), None)


def text_deliveries(
    board: Switchboard, account: VonageSettings, text: Text, told: Telling
) -> Sequence[Delivery]:
    """A receipt for each part of an SMS, and the person's answer."""
    account = _signing(account, told)
    deliveries = []
    for nth, word in enumerate(told.reaction):
        delay = board.delay(text.to, "sms", nth)
        kind, _, detail = word.partition(":")
        if kind == "received":
            ref = hex_digits(board.settings.seed, "reply", text.refs[0])[:16].upper()
            fields = {"msisdn": text.to, "to": text.sender, "messageId": ref, "text": detail, "type": "text"}
            fields["keyword"] = detail.partition(" ")[0].upper()
            deliveries.append(_signed_sms(account, text.inbound_url, kind, fields, delay))
            continue
        status, code = _RECEIPTS.get(word, _UNKNOWN)
        for ref in text.refs:
            fields = {"msisdn": text.to, "to": text.sender, "messageId": ref, "status": status}
            fields |= {"err-code": code, "network-code": "12345", "price": "0.03330000"}
            fields |= {"client-ref": told.attempt} if told.attempt else {}
            deliveries.append(_signed_sms(account, text.callback_url, status, fields, delay))
    return deliveries


def call_deliveries(
    board: Switchboard, account: VonageSettings, call: Call, told: Telling
) -> Sequence[Delivery]:
    """The progress of a call, who has picked up, and the keys that were pressed."""
    [to], events = call.order["to"], list[tuple[str, str, Mapping[str, Any]]]()
    who = next((word.partition(":")[2] for word in told.reaction if word.startswith("completed:")), "")
    for word in told.reaction:
        kind, _, detail = word.partition(":")
        if kind == "pressed":
            if call.key_url is not None:
                key = key_for(detail, call.key_url)
                keys = {"uuid": call.ref, "dtmf": {"digits": key, "timed_out": False}}
                events.append((call.key_url, f"pressed-{key}", keys))
            continue
        [url], event = call.order["event_url"], _EVENTS[kind]
        events.append((url, event, _progress(call, event)))
        if event == "answered" and call.detecting and who:
            found = "human" if who == "human" else "machine"
            events.append((url, found, {"call_uuid": call.ref, "status": found}))
    signing = _signing(account, told)
    return [
        _signed_event(
            signing, call, _noted(account, url, told), event, fields, board.delay(to["number"], "voice", nth)
        )
        for nth, (url, event, fields) in enumerate(events)
    ]


def _signing(account: VonageSettings, told: Telling) -> VonageSettings:
    """The account with the secret that callbacks are signed with."""
    return evolve(account, signature_secret=told.secret(account.signature_secret))


def _noted(account: VonageSettings, url: str, told: Telling) -> str:
    """Where a call is told of: one that is said to be somebody else's, where that one's events go."""
    if told.kind is not Kind.STRAY:
        return url
    note = evolve(read_note(url, [account.signature_secret]), attempt=told.attempt)
    return event_url(url.partition("/webhooks/")[0], note, account.signature_secret)


def _progress(call: Call, event: str) -> Mapping[str, Any]:
    fields = {"uuid": call.ref, "status": event, "direction": "outbound"}
    if event in _FAILED_FOR:
        return {**fields, "detail": _FAILED_FOR[event]}
    if event == "completed":
        return {**fields, "duration": "23", "price": "0.01", "rate": "0.02", "network": "US-FIXED"}
    return fields


def _signed_sms(
    account: VonageSettings, url: str, event: str, fields: Mapping[str, str], delay: float
) -> Delivery:
    """A callback of the SMS API in JSON, whose parameters carry their signature."""
    now = datetime.now(UTC)
    parameters = {
        **fields,
        "api-key": account.api_key,
        "message-timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
        "timestamp": str(int(now.timestamp())),
        "nonce": str(uuid.uuid4()),
    }
    sig = sms_signature(account.signature_method, account.signature_secret, parameters)
    body = json.dumps({**parameters, "sig": sig.upper()}).encode()
    return Delivery("vonage", [event], url, {"Content-Type": "application/json"}, body, delay)


def _signed_event(
    account: VonageSettings, call: Call, url: str, event: str, fields: Mapping[str, Any], delay: float
) -> Delivery:
    """A callback of the Voice API, with a token that stands for its body."""
    [to], sender = call.order["to"], call.order["from"]
    ends = {"from": sender["number"], "to": to["number"], "conversation_uuid": call.conversation}
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps({**ends, **fields, "timestamp": at}, separators=(",", ":")).encode()
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": account.api_key,
        "application_id": account.application_id,
    }
    token = webhook_token(account.signature_secret, claims)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return Delivery("vonage", [event], url, headers, body, delay)
