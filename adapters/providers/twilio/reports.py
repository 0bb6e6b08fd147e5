"""What the fields of Twilio's callbacks say: message statuses, inbound SMS, call progress, machine detection.

Sources: www.twilio.com/docs/messaging/guides/track-outbound-message-status, .../messaging/guides/
webhook-request, .../voice/api/call-resource and .../voice/answering-machine-detection. Parameters grow
without notice: unknown ones are ignored, and so are unknown statuses.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.providers.common.untrusted import identifier, words
from application.ports.callbacks import InboundText, StatusReport
from domain.keywords import Keyword
from domain.statuses import Channel, DeliveryStatus

Fields = Mapping[str, str]

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
_OPT_OUT_TYPES: Mapping[str, Keyword] = {keyword.name: keyword for keyword in Keyword}
_OPTED_OUT_CODE = "21610"
_CODE = re.compile(r"[0-9]{1,6}")


def message_report(
    sid: str, told: str, fields: Fields, attempt: str | None, now: datetime
) -> StatusReport | None:
    """What became of an SMS; None for a status that means nothing to us.

    Args:
        sid: of the message.
        told: its status.
        fields: of the callback.
        attempt: our key.
        now: Twilio gives no time.
    """
    known = _MESSAGE.get(told)
    if known is None:
        return None
    code = _code(fields.get("ErrorCode"))
    if known is DeliveryStatus.FAILED and code == _OPTED_OUT_CODE:
        known = DeliveryStatus.OPTED_OUT
    return StatusReport(f"{sid}:{told}", known, now, attempt, sid, code)


def inbound_text(sid: str, fields: Fields, now: datetime) -> InboundText:
    """What a person wrote; a keyword where Twilio has taken it for one and has answered (Advanced Opt-Out).

    Raises:
        MalformedCallback: it does not say who.
    """
    return InboundText(
        event_id=sid,
        channel=Channel.SMS,
        sender=identifier(fields.get("From"), "From"),
        text=words(fields.get("Body", "")),
        at=now,
        keyword=_OPT_OUT_TYPES.get(fields.get("OptOutType", "")),
    )


def call_report(
    sid: str, fields: Fields, attempt: str | None, now: datetime, *, detecting: bool
) -> StatusReport | None:
    """How far a call has come, or who has picked up; None for what means nothing to us.

    The finding of asynchronous detection has no call status; it comes once, so it is known by what it says.

    Args:
        sid: of the call.
        fields: of the callback.
        attempt: our key.
        now: for a callback without a time.
        detecting: Twilio listens who has picked up.

    Raises:
        MalformedCallback: its place in the call cannot be read.
    """
    told = fields.get("CallStatus")
    known = _finding(fields) if told is None else _progress(told, fields, detecting=detecting)
    if known is None:
        return None
    place = told and (fields.get("SequenceNumber") or told)
    event_id = identifier(f"{sid}:{place or fields.get('AnsweredBy')}", "SequenceNumber")
    return StatusReport(event_id, known, _at(fields, now), attempt, sid, _call_code(fields))


def key_report(
    sid: str, key: str, status: DeliveryStatus, attempt: str | None, now: datetime
) -> StatusReport:
    """What a person wishes who has pressed a key.

    Args:
        sid: of the call.
        key: which one.
        status: what it means.
        attempt: our key.
        now: Twilio gives no time.
    """
    pressed = key if status is DeliveryStatus.REPLIED else None
    return StatusReport(f"{sid}:pressed:{key}", status, now, attempt, sid, pressed=pressed)


def _progress(told: str, fields: Fields, *, detecting: bool) -> DeliveryStatus | None:
    """What a call's status means.

    While Twilio is still listening whether a machine has picked up, ``in-progress`` is no proof of a person:
    it counts as ``sent``. The finding comes by itself, or with the ``completed`` callback.
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
