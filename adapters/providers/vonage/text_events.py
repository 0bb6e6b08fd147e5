"""What Vonage tells of texts: delivery receipts and replies, of the SMS API and of the Messages API."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.providers.common.untrusted import from_iso, identifier, optional_identifier, words
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText, Reading, Report, StatusReport
from domain.statuses import Channel, DeliveryStatus

_RECEIPT: Mapping[str, DeliveryStatus] = {
    "accepted": DeliveryStatus.SENT,
    "buffered": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "expired": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "rejected": DeliveryStatus.FAILED,
}
"""Statuses of the SMS API; ``unknown`` says nothing."""

_MESSAGE: Mapping[str, DeliveryStatus] = {
    "submitted": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "rejected": DeliveryStatus.FAILED,
    "undeliverable": DeliveryStatus.FAILED,
}
"""Statuses of the Messages API."""

_ASKED_NOT_TO = "9"
"""The ``err-code`` of a number that "has opted out" (developer.vonage.com, "Messaging Opted-out Numbers")."""

_CODE = re.compile(r"[0-9]{1,5}")
_PHONE = re.compile(r"\+?([1-9][0-9]{4,14})")
_ZONE = re.compile(r" ([+-][0-9]{2}):?([0-9]{2})$")

Fields = Mapping[str, Any]


def are_in(fields: Fields) -> bool:
    """Whether a callback is about a text."""
    return "message_uuid" in fields or "messageId" in fields


def read(fields: Fields, now: datetime, nonce: str | None = None) -> Reading:
    """Read one callback.

    Args:
        fields: of a body whose signature is right.
        now: for what happened at no time that can be read.
        nonce: for the reading.

    Raises:
        MalformedCallback: it lacks what it must have.
    """
    report = _of_messages(fields, now) if "message_uuid" in fields else _of_sms(fields, now)
    return Reading(() if report is None else (report,), nonce=nonce)


def _of_sms(fields: Fields, now: datetime) -> Report | None:
    ref = identifier(fields.get("messageId"), "messageId")
    at = time_of(fields.get("message-timestamp"), now)
    if "status" not in fields:
        return InboundText(ref, Channel.SMS, _phone(fields.get("msisdn")), _words(fields.get("text")), at)
    told = fields["status"]
    known = _RECEIPT.get(told) if isinstance(told, str) else None
    if known is None:
        return None
    code = _code(fields.get("err-code"))
    if known is DeliveryStatus.FAILED and code == _ASKED_NOT_TO:
        known = DeliveryStatus.OPTED_OUT
    attempt = optional_identifier(fields.get("client-ref"))
    # Each part of a long message has a reference of its own, and only the first one's is recorded.
    return StatusReport(f"{ref}:{told}", known, at, attempt, ref, code, ref_varies=True)


def _of_messages(fields: Fields, now: datetime) -> Report | None:
    if fields.get("channel", Channel.SMS.value) != Channel.SMS.value:
        return None  # of a channel that we do not send on
    ref = identifier(fields["message_uuid"], "message_uuid")
    at = time_of(fields.get("timestamp"), now)
    if "status" not in fields:
        return InboundText(ref, Channel.SMS, _phone(fields.get("from")), _words(fields.get("text")), at)
    told = fields["status"]
    known = _MESSAGE.get(told) if isinstance(told, str) else None
    if known is None:
        return None
    error = fields.get("error")
    code = _code(error.get("title")) if isinstance(error, dict) else ""
    attempt = optional_identifier(fields.get("client_ref"))
    return StatusReport(f"{ref}:{told}", known, at, attempt, ref, code)


def time_of(value: object, otherwise: datetime) -> datetime:
    """A time as Vonage writes it, in UTC where it names no zone; another one where it cannot be read."""
    try:
        return from_iso(_ZONE.sub(r"\1:\2", value) if isinstance(value, str) else None, otherwise)
    except MalformedCallback:
        return otherwise


def _phone(value: object) -> str:
    """A number in E.164 form; Vonage leaves the plus away."""
    found = _PHONE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise MalformedCallback("the sender is not a phone number")
    return f"+{found[1]}"


def _words(value: object) -> str:
    return words(value) if isinstance(value, str) else ""


def _code(value: object) -> str:
    """An error code; "" where there is none, or 0, which is none."""
    code = str(value) if isinstance(value, str | int) else ""
    return code if _CODE.fullmatch(code) and code != "0" else ""
