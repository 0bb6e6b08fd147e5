"""Reads SendGrid's Event Webhook: batches of signed events.

Sources: www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and .../getting-started-event-
webhook-security-features. Custom arguments stand at the top level of each event.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.signatures import sendgrid_signed_bytes
from adapters.providers.common.untrusted import from_epoch, identifier, json_value, optional_identifier
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, Reading, StatusReport
from domain.statuses import DeliveryStatus

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_EVENTS: Mapping[str, DeliveryStatus] = {
    "processed": DeliveryStatus.QUEUED,
    "delivered": DeliveryStatus.DELIVERED,
    "open": DeliveryStatus.OPENED,
    "click": DeliveryStatus.CLICKED,
    "bounce": DeliveryStatus.BOUNCED,
    "dropped": DeliveryStatus.FAILED,
    "spamreport": DeliveryStatus.COMPLAINED,
    "unsubscribe": DeliveryStatus.OPTED_OUT,
    "group_unsubscribe": DeliveryStatus.OPTED_OUT,
}
_DROPPED: Mapping[str, DeliveryStatus] = {
    "Unsubscribed Address": DeliveryStatus.OPTED_OUT,
    "Bounced Address": DeliveryStatus.BOUNCED,
    "Spam Reporting Address": DeliveryStatus.COMPLAINED,
}
_ENHANCED_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
"""RFC 3463; the only part of a bounce's reason that quotes nobody's address."""

_FILTER = re.compile(r"\.(filter|recv).*", re.DOTALL)
"""What sg_message_id has behind the X-Message-Id that the send was answered with."""


def _event_key(public_key: str) -> ec.EllipticCurvePublicKey:
    """Attrs converter: the key as SendGrid's settings show it, base64 of a DER SubjectPublicKeyInfo."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("public_key must be the base64 key of SendGrid's signed event webhook") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("public_key must be an elliptic curve key on P-256")  # noqa: TRY004 - a setting
    return key


@frozen
class SendGridCallbackReader:
    """Reads SendGrid's event batches.

    The signed timestamp is not checked for age, since repeats come for 24 hours; a replay meets the UNIQUE
    event id instead.

    Args:
        public_key: base64, as SendGrid's settings show it.

    Raises:
        ValueError: it is no such key.
    """

    public_key: ec.EllipticCurvePublicKey = field(converter=_event_key, repr=False)
    name: str = field(default="sendgrid", init=False)

    def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the batch event by event. What means nothing to us is left out.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is no list of events.
        """
        self._verify(callback)
        events = json_value(callback.body)
        if not isinstance(events, list):
            raise MalformedCallback("the body is not a list of events")
        return _reading(events, now)

    def _verify(self, callback: Callback) -> None:
        signed = sendgrid_signed_bytes(callback.headers.get(_TIMESTAMP, ""), callback.body)
        try:
            signature = base64.b64decode(callback.headers.get(_SIGNATURE, ""), validate=True)
            self.public_key.verify(signature, signed, ec.ECDSA(SHA256()))
        except (ValueError, InvalidSignature) as error:
            raise BadSignature("sendgrid: the signature is missing or wrong") from error


def _reading(events: list[Any], now: datetime) -> Reading:
    reports, unreadable = [], 0
    for event in events:
        try:
            report = _report(event, now)
        except MalformedCallback:
            unreadable += 1  # the unsubscribe beside it must still be heard
        else:
            reports += [] if report is None else [report]
    return Reading(tuple(reports), unreadable)


def _report(event: Any, now: datetime) -> StatusReport | None:
    if not isinstance(event, dict):
        raise MalformedCallback("an event is not a JSON object")
    status = _status(event)
    if status is None:
        return None
    ref = optional_identifier(event.get("sg_message_id"))
    return StatusReport(
        event_id=identifier(event.get("sg_event_id"), "sg_event_id"),
        status=status,
        at=from_epoch(event.get("timestamp"), now),
        attempt_key=optional_identifier(event.get(ATTEMPT)),
        provider_ref=_FILTER.sub("", ref) if ref else None,
        detail=_detail(event),
    )


def _status(event: Mapping[str, Any]) -> DeliveryStatus | None:
    kind = event.get("event")
    if not isinstance(kind, str):
        raise MalformedCallback("an event does not say what it is")
    if kind == "dropped":
        return _DROPPED.get(str(event.get("reason")), DeliveryStatus.FAILED)
    if kind == "bounce" and event.get("type") == "blocked":
        return DeliveryStatus.FAILED  # turned away for now; the address is good
    if kind == "open" and event.get("sg_machine_open") is True:
        return DeliveryStatus.DELIVERED  # a mail program fetched the pictures; nobody has read it yet
    return _EVENTS.get(kind)


def _detail(event: Mapping[str, Any]) -> str:
    """The codes of a failure, nothing that was written by hand: reasons quote addresses."""
    code, reason = event.get("status"), event.get("reason")
    if isinstance(code, str) and _ENHANCED_CODE.fullmatch(code):
        return code
    return reason if isinstance(reason, str) and reason in _DROPPED else ""
