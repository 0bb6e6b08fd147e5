"""Reads what Twilio calls back with: message statuses, call progress, machine detection, inbound SMS.

Sources: www.twilio.com/docs/usage/webhooks/webhooks-security (signature), .../messaging/guides/
track-outbound-message-status, .../messaging/guides/webhook-request, .../voice/api/call-resource and
.../voice/answering-machine-detection. Parameters grow without notice: unknown ones are ignored.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from attrs import field, frozen

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import same, twilio_signature
from adapters.providers.common.untrusted import identifier, json_value, optional_identifier, utf8, words
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, InboundText, Reading, StatusReport
from domain.statuses import Channel, DeliveryStatus

MOST_FIELDS = 1000
"""Twilio sends some thirty, and says that the number grows."""

_MESSAGE: Mapping[str, DeliveryStatus] = {
    "accepted": DeliveryStatus.QUEUED,
    "scheduled": DeliveryStatus.QUEUED,
    "queued": DeliveryStatus.QUEUED,
    "sending": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}
_CALL: Mapping[str, DeliveryStatus] = {
    "queued": DeliveryStatus.QUEUED,
    "initiated": DeliveryStatus.QUEUED,
    "ringing": DeliveryStatus.SENT,
    "in-progress": DeliveryStatus.ANSWERED,
    "busy": DeliveryStatus.BUSY,
    "no-answer": DeliveryStatus.NO_ANSWER,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
    "completed": DeliveryStatus.DELIVERED,
}
_OPTED_OUT_CODE = "21610"
_CODE = re.compile(r"[0-9]{1,6}")
_URL = re.compile(r"(https?://)([^/?#]*)(.*)", re.DOTALL)
_PORT = re.compile(r":[0-9]+$")
_DEFAULT_PORTS = {"http://": ":80", "https://": ":443"}

Fields = Mapping[str, str]


@frozen
class TwilioCallbackReader:
    """Reads Twilio's callbacks.

    Twilio's signature has no time in it; a replay meets the UNIQUE event id instead.

    Args:
        auth_token: the account's secret, which signs.
    """

    auth_token: str = field(repr=False, validator=credential)
    name: str = field(default="twilio", init=False)

    def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the fields: one event, or none where it means nothing to us.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is not.
        """
        fields = self._verified(callback)
        attempt = optional_identifier(query_value(callback.url, ATTEMPT))
        if "CallSid" in fields:
            return _call(fields, attempt, now, detecting=query_value(callback.url, "amd") == "1")
        sid = identifier(fields.get("MessageSid") or fields.get("SmsSid"), "MessageSid")
        status = fields.get("MessageStatus") or fields.get("SmsStatus")
        if status == "received":
            return Reading((_inbound(sid, fields, now),))
        return _message(sid, status, fields, attempt, now)

    def _verified(self, callback: Callback) -> Fields:
        """The fields of a body whose signature is right.

        A form is signed with its fields. A body of another type is signed by its hash, which stands in the
        query as bodySHA256.
        """
        body_hash = query_value(callback.url, "bodySHA256")
        if body_hash is None:
            form = _form(callback.body)
            self._check(callback, form)
            return {utf8(key): utf8(value) for key, value in form}
        if not same(hashlib.sha256(callback.body).hexdigest(), body_hash):
            raise BadSignature("twilio: the body is not the one that was signed")
        self._check(callback, [])
        return _json_fields(callback.body)

    def _check(self, callback: Callback, form: Sequence[tuple[str, str]]) -> None:
        given = callback.headers.get("x-twilio-signature", "")
        urls = _spellings(callback.url)
        if not any(same(twilio_signature(self.auth_token, url, form), given) for url in urls):
            raise BadSignature("twilio: the signature is missing or wrong")


def _spellings(url: str) -> Sequence[str]:
    """The URL as called, without its port, and with the default one: Twilio has signed each of them."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return [url]
    scheme, host, rest = parts.groups()
    bare = _PORT.sub("", host)
    return [url, f"{scheme}{bare}{rest}", f"{scheme}{bare}{_DEFAULT_PORTS[scheme]}{rest}"]


def _form(body: bytes) -> list[tuple[str, str]]:
    """The fields, decoded byte by byte. Parsing comes before the signature is known, so it must be cheap."""
    try:
        return parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise BadSignature("twilio: a form of so many fields is not from there") from error


def _json_fields(body: bytes) -> Fields:
    value = json_value(body)
    if not isinstance(value, dict):
        raise MalformedCallback("the body is not a JSON object")
    return {key: member for key, member in value.items() if isinstance(member, str)}


def _message(sid: str, status: str | None, fields: Fields, attempt: str | None, now: datetime) -> Reading:
    known = _MESSAGE.get(status or "")
    if known is None:
        return Reading()
    code = _code(fields.get("ErrorCode"))
    if known is DeliveryStatus.FAILED and code == _OPTED_OUT_CODE:
        known = DeliveryStatus.OPTED_OUT
    return Reading((StatusReport(f"{sid}:{status}", known, now, attempt, sid, code),))


def _inbound(sid: str, fields: Fields, now: datetime) -> InboundText:
    return InboundText(
        event_id=sid,
        channel=Channel.SMS,
        sender=identifier(fields.get("From"), "From"),
        text=words(fields.get("Body", "")),
        at=now,
        opted_out=fields.get("OptOutType") == "STOP",
    )


def _call(fields: Fields, attempt: str | None, now: datetime, *, detecting: bool) -> Reading:
    sid = identifier(fields["CallSid"], "CallSid")
    if fields.get("Direction") == "inbound":
        return Reading()
    told = fields.get("CallStatus")
    known = _finding(fields) if told is None else _progress(told, fields, detecting=detecting)
    if known is None:
        return Reading()
    event = told and (fields.get("SequenceNumber") or told)
    event_id = identifier(f"{sid}:{event or fields.get('AnsweredBy')}", "SequenceNumber")
    return Reading((StatusReport(event_id, known, _at(fields, now), attempt, sid, _call_code(fields)),))


def _progress(told: str, fields: Fields, *, detecting: bool) -> DeliveryStatus | None:
    """What a call's status means.

    While Twilio is still listening whether a machine has picked up, ``in-progress`` is no proof of a person:
    it counts as ``sent``, and the ``completed`` callback brings the finding.
    """
    known = _CALL.get(told)
    if told == "in-progress" and detecting:
        return _finding(fields) or DeliveryStatus.SENT
    return (_finding(fields) or known) if told == "completed" else known


def _finding(fields: Fields) -> DeliveryStatus | None:
    """Who picked up, by Twilio's detection; None where it cannot tell."""
    who = fields.get("AnsweredBy", "")
    if who == "human":
        return DeliveryStatus.ANSWERED
    return DeliveryStatus.VOICEMAIL if who == "fax" or who.startswith("machine_") else None


def _at(fields: Fields, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(fields.get("Timestamp", ""))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return now


def _call_code(fields: Fields) -> str:
    """Twilio's error code, else the carrier's (RFC 3261, 21) where the call failed."""
    sip = _code(fields.get("SipResponseCode"))
    return _code(fields.get("ErrorCode")) or (f"SIP {sip}" if sip not in ("", "200") else "")


def _code(value: str | None) -> str:
    return value if value and _CODE.fullmatch(value) else ""
