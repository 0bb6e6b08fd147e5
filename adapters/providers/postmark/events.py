"""What each of Postmark's outbound records means (postmarkapp.com/developer/webhooks/webhooks-overview)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.untrusted import from_iso, identifier, optional_identifier
from application.ports.callbacks import StatusReport
from domain.statuses import DeliveryStatus

Record = Mapping[str, Any]

_RECORDS: Mapping[str, tuple[str, DeliveryStatus | None]] = {
    "Delivery": ("DeliveredAt", DeliveryStatus.DELIVERED),
    "Open": ("ReceivedAt", DeliveryStatus.OPENED),
    "Click": ("ReceivedAt", DeliveryStatus.CLICKED),
    "SpamComplaint": ("BouncedAt", DeliveryStatus.COMPLAINED),
    "Bounce": ("BouncedAt", None),
    "SubscriptionChange": ("ChangedAt", None),
}
"""By RecordType: the field with its time, and its meaning where that needs no second look. Postmark does not
tell a mail program that fetches the pictures by itself from a person who opens the message."""

_BOUNCES: Mapping[str, DeliveryStatus] = {
    "HardBounce": DeliveryStatus.BOUNCED,
    "BadEmailAddress": DeliveryStatus.BOUNCED,
    "SoftBounce": DeliveryStatus.FAILED,
    "Blocked": DeliveryStatus.FAILED,
    "SpamNotification": DeliveryStatus.FAILED,
    "VirusNotification": DeliveryStatus.FAILED,
    "DMARCPolicy": DeliveryStatus.FAILED,
    "SMTPApiError": DeliveryStatus.FAILED,
    "TemplateRenderingFailed": DeliveryStatus.FAILED,
    "ManuallyDeactivated": DeliveryStatus.FAILED,
    "Unconfirmed": DeliveryStatus.FAILED,
    "Unsubscribe": DeliveryStatus.OPTED_OUT,
    "SpamComplaint": DeliveryStatus.COMPLAINED,
}
"""By Type (.../developer/api/bounce-api#bounce-types). Left out, as they decide nothing: Transient and
DnsError, after which Postmark goes on trying; AutoResponder, AddressChange, ChallengeVerification and
OpenRelayTest, which are a program's answer; Subscribe; and Unknown, which Postmark cannot tell either."""

_SUPPRESSIONS: Mapping[str, DeliveryStatus] = {
    "HardBounce": DeliveryStatus.BOUNCED,
    "SpamComplaint": DeliveryStatus.COMPLAINED,
    "ManualSuppression": DeliveryStatus.OPTED_OUT,
}
"""By SuppressionReason; somebody who unsubscribes is suppressed "manually"."""


def status_report(record: Record, now: datetime) -> StatusReport | None:
    """What a record tells of a message; None where it means nothing to us.

    Args:
        record: the body of a webhook.
        now: stands for a time that is missing.

    Raises:
        MalformedCallback: it does not say what it is, or of what message.
    """
    kind = identifier(record.get("RecordType"), "RecordType")
    status, detail = _meaning(kind, record)
    if status is None or _concerns_no_message(kind, record):
        return None
    ref = identifier(record.get("MessageID"), "MessageID")
    told = record.get(_RECORDS[kind][0])
    at = from_iso(told, now)
    metadata = record.get("Metadata")
    return StatusReport(
        event_id=f"{kind}:{ref}:{'' if told is None else at.isoformat()}",
        status=status,
        at=at,
        attempt_key=optional_identifier(metadata.get(ATTEMPT)) if isinstance(metadata, dict) else None,
        provider_ref=ref,
        detail=detail,
    )


def _meaning(kind: str, record: Record) -> tuple[DeliveryStatus | None, str]:
    """The status, and the vendor's own word for it."""
    if kind == "Bounce":
        return _looked_up(_BOUNCES, record.get("Type"))
    if kind == "SubscriptionChange":
        reason = record.get("SuppressionReason") if record.get("SuppressSending") is True else None
        return _looked_up(_SUPPRESSIONS, reason)
    return _RECORDS.get(kind, ("", None))[1], ""


def _looked_up(table: Mapping[str, DeliveryStatus], word: object) -> tuple[DeliveryStatus | None, str]:
    known = isinstance(word, str) and word in table
    return (table[word], word) if known and isinstance(word, str) else (None, "")


def _concerns_no_message(kind: str, record: Record) -> bool:
    """Whether our own side put an address on the list by hand: Postmark refuses the next message to it."""
    return kind == "SubscriptionChange" and record.get("MessageID") is None
