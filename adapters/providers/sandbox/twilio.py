"""Twilio's Messages and Calls, and the callbacks that follow them.

Shapes: www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource and .../api/errors.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.sandbox.callbacks import Delivery, twilio_delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.wire import has_basic, read_form

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_URL = re.compile(r"https?://[^\s/?#_]+([/?#].*)?")
_CODES = {429: 20429, 500: 20500, 503: 20503}
_SUBSCRIBED_BY = {"in-progress": "answered", "initiated": "initiated", "ringing": "ringing"}
"""Which StatusCallbackEvent asks for a call's status; all others are ``completed``."""

_SIP = {"busy": "486", "failed": "404", "completed": "200", "no-answer": "487"}


@frozen
class _Order:
    """One request to create something.

    Args:
        resource: ``Messages`` or ``Calls``.
        channel: ``sms`` or ``voice``.
        kind: what ids begin with.
        fields: the form, the last value of each key.
        events: the values of StatusCallbackEvent.
    """

    resource: str
    channel: str
    kind: str
    fields: Mapping[str, str]
    events: Sequence[str]

    @property
    def to(self) -> str:
        return self.fields.get("To", "")

    @property
    def sender(self) -> str:
        return self.fields.get("From") or self.fields.get("MessagingServiceSid", "")

    @property
    def callback_url(self) -> str:
        return self.fields.get("StatusCallback", "")

    @property
    def attempt(self) -> str | None:
        return query_value(self.callback_url, ATTEMPT)


async def create(board: Switchboard, request: Request, account_sid: str, resource: str) -> JSONResponse:
    """Take a message or a call, or answer as Twilio does where it cannot be taken."""
    settings = board.settings
    if account_sid != settings.twilio_account_sid or not has_basic(
        request, settings.twilio_account_sid, settings.twilio_auth_token
    ):
        return error(401, 20003, "Authenticate")
    order = _order(resource, await read_form(request))
    refused = board.refusal(order.attempt, order.to, order.channel)
    if refused is not None:
        return error(refused, _CODES[refused], "Try again later")
    code = _fault_in(order) or board.refused_code(order.attempt, order.to, order.channel)
    if code is not None:
        return error(400, code, f"The request to {order.to} was refused")
    sid = board.accept(order.attempt, order.channel, lambda digits: order.kind + digits)
    board.follow(_deliveries(board, order, sid), order.to, order.channel)
    failed = board.failure(order.attempt, order.to, order.channel)
    if failed is not None:
        return error(failed, _CODES[failed], "Internal server error")
    await board.hold(request, order.to, order.channel)
    return JSONResponse(_resource(settings.twilio_account_sid, order, sid), status_code=201)


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error in Twilio's shape; a 429 asks for one second."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status_code=status, headers={"Retry-After": "1"} if status == 429 else None)


def _order(resource: str, form: Sequence[tuple[str, str]]) -> _Order:
    channel, kind = ("sms", "SM") if resource == "Messages" else ("voice", "CA")
    events = [value for key, value in form if key == "StatusCallbackEvent"]
    return _Order(resource, channel, kind, dict(form), events)


def _fault_in(order: _Order) -> int | None:
    """The code by which Twilio refuses a faulty request."""
    if not _PHONE.fullmatch(order.to):
        return 21211
    if not order.sender:
        return 21603 if order.channel == "sms" else 21213
    if order.callback_url and not _URL.fullmatch(order.callback_url):
        return 21609
    if order.channel == "sms":
        return None if order.fields.get("Body") else 21602
    return None if order.fields.get("Twiml") or order.fields.get("Url") else 21205


def _resource(account_sid: str, order: _Order, sid: str) -> Mapping[str, Any]:
    now = format_datetime(datetime.now(UTC))
    common = {
        "sid": sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "from": order.sender,
        "to": order.to,
        "status": "queued",
        "price": None,
        "price_unit": "USD",
        "uri": f"/2010-04-01/Accounts/{account_sid}/{order.resource}/{sid}.json",
    }
    if order.channel == "voice":
        return {**common, "answered_by": None, "duration": None, "start_time": None, "end_time": None}
    body = order.fields["Body"]
    return {**common, "body": body, "num_segments": "1", "error_code": None, "error_message": None}


def _deliveries(board: Switchboard, order: _Order, sid: str) -> Sequence[Delivery]:
    """Everything that Twilio will call back about one message or call."""
    reaction = board.reaction(order.attempt, order.to, order.channel)
    make = _call_callback if order.channel == "voice" else _message_callback
    made = (make(board, order, sid, nth, *event.partition(":")[::2]) for nth, event in enumerate(reaction))
    return [delivery for delivery in made if delivery is not None]


def _message_callback(
    board: Switchboard, order: _Order, sid: str, nth: int, status: str, detail: str
) -> Delivery | None:
    settings = board.settings
    delay = board.delay(order.to, "sms", nth)
    common = {"AccountSid": settings.twilio_account_sid, "ApiVersion": "2010-04-01"}
    if status == "received":
        reply = "SM" + hex_digits(settings.seed, "reply", sid)
        form = {**common, "MessageSid": reply, "SmsSid": reply, "SmsMessageSid": reply, "SmsStatus": status}
        form |= {"From": order.to, "To": order.sender, "Body": detail, "NumMedia": "0", "NumSegments": "1"}
        url = f"{settings.callback_base_url.rstrip('/')}/webhooks/twilio"
        return twilio_delivery(settings.twilio_auth_token, url, status, form, delay)
    if not order.callback_url:
        return None
    form = {**common, "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
    form |= {"From": order.sender, "To": order.to} | ({"ErrorCode": detail} if detail else {})
    return twilio_delivery(settings.twilio_auth_token, order.callback_url, status, form, delay)


def _call_callback(
    board: Switchboard, order: _Order, sid: str, nth: int, status: str, detail: str
) -> Delivery | None:
    settings = board.settings
    subscribed = order.events or ["completed"]
    if not order.callback_url or _SUBSCRIBED_BY.get(status, "completed") not in subscribed:
        return None
    form = {
        "AccountSid": settings.twilio_account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "Called": order.to,
        "Caller": order.sender,
        "Direction": "outbound-api",
        "From": order.sender,
        "SequenceNumber": str(nth),
        "Timestamp": format_datetime(datetime.now(UTC)),
        "To": order.to,
        "ToCity": "",
    }
    if status in _SIP:
        form |= {"CallDuration": "23" if status == "completed" else "0", "SipResponseCode": _SIP[status]}
    if detail and order.fields.get("MachineDetection"):
        form["AnsweredBy"] = detail
    delay = board.delay(order.to, "voice", nth)
    return twilio_delivery(settings.twilio_auth_token, order.callback_url, status, form, delay)
