"""What each of Mailgun's events means, and which message it is about.

Sources: documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure, .../event-types, and
.../tracking-messages/open-click-bot-detect. The same events come by webhook and from the log.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.mail import enhanced_code
from adapters.providers.common.untrusted import from_epoch, identifier, optional_identifier
from application.ports.callbacks import StatusReport
from domain.statuses import DeliveryStatus

_EVENTS: Mapping[str, DeliveryStatus] = {
    "accepted": DeliveryStatus.QUEUED,
    "delivered": DeliveryStatus.DELIVERED,
    "opened": DeliveryStatus.OPENED,
    "clicked": DeliveryStatus.CLICKED,
    "rejected": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "unsubscribed": DeliveryStatus.OPTED_OUT,
    "complained": DeliveryStatus.COMPLAINED,
}
_FAILED: Mapping[str, DeliveryStatus] = {
    "bounce": DeliveryStatus.BOUNCED,
    "suppress-bounce": DeliveryStatus.BOUNCED,
    "suppress-unsubscribe": DeliveryStatus.OPTED_OUT,
    "suppress-complaint": DeliveryStatus.COMPLAINED,
}
"""By the reason of a permanent failure; any other one says nothing against the address."""

_REASON = re.compile(r"[a-z][a-z-]{0,39}")


def status_report(event: Mapping[str, Any], now: datetime) -> StatusReport | None:
    """What an event tells of a message; None where it means nothing to us.

    Mailgun's ids are unique within a day only, so that the event's name and day belong to ours.

    Args:
        event: the webhook's ``event-data``.
        now: stands for a time that is missing.

    Raises:
        MalformedCallback: it does not say what it is, or when.
    """
    kind = identifier(event.get("event"), "event")
    status = _status(kind, event)
    if status is None:
        return None
    at = from_epoch(event.get("timestamp"), now)
    return StatusReport(
        event_id=f"{identifier(event.get('id'), 'id')}:{kind}:{at.date()}",
        status=status,
        at=at,
        attempt_key=attempt_of(event),
        provider_ref=message_of(event),
        detail=_detail(event),
    )


def message_of(event: object) -> str | None:
    """The Message-ID of the message, without brackets."""
    return optional_identifier(_within(event, "message", "headers", "message-id"))


def attempt_of(event: object) -> str | None:
    """The attempt key that went with the message, as text."""
    return optional_identifier(_within(event, "user-variables", ATTEMPT))


def _status(kind: str, event: Mapping[str, Any]) -> DeliveryStatus | None:
    if kind == "failed":
        return _failure(event)
    if kind in ("opened", "clicked") and _within(event, "client-info", "bot"):
        return DeliveryStatus.DELIVERED  # a mail program or a scanner was there; nobody has read it yet
    return _EVENTS.get(kind)


def _failure(event: Mapping[str, Any]) -> DeliveryStatus | None:
    if event.get("severity") != "permanent":
        return None  # Mailgun goes on trying
    if _within(event, "delivery-status", "bounce-type") == "soft":
        return DeliveryStatus.FAILED  # turned away for now; the address is good
    reason = event.get("reason")
    return _FAILED.get(reason, DeliveryStatus.FAILED) if isinstance(reason, str) else DeliveryStatus.FAILED


def _detail(event: Mapping[str, Any]) -> str:
    """The reason and the codes of a failure, nothing that was written by hand: messages quote addresses."""
    reason, code = event.get("reason"), _within(event, "delivery-status", "code")
    found = (
        reason if isinstance(reason, str) and _REASON.fullmatch(reason) else "",
        str(code) if type(code) is int and 0 < code < 1000 and reason is not None else "",
        enhanced_code(_within(event, "delivery-status", "enhanced-code")),
    )
    return " ".join(filter(None, found))


def _within(value: object, *path: str) -> object:
    """What stands at a path of keys; None where the path ends before."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
