"""What the events of SendGrid's Event Webhook say.

Source: www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. Custom arguments stand at the top
level of each event.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.mail import enhanced_code
from adapters.providers.common.untrusted import from_epoch, identifier, optional_identifier
from application.errors import MalformedCallback
from application.ports.callbacks import Reading, StatusReport
from domain.statuses import DeliveryStatus

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
_FILTER = re.compile(r"\.(filter|recv).*", re.DOTALL)
"""What sg_message_id has behind the X-Message-Id that the send was answered with."""


def events_reading(events: Sequence[Any], now: datetime) -> Reading:
    """Read a batch event by event. What means nothing to us is left out; what cannot be read is counted.

    Args:
        events: the batch, whatever is in it.
        now: for events without a time.
    """
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
        ref_varies=True,  # what stands behind the message's own id has more than one form
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
    reason = event.get("reason")
    known = reason if isinstance(reason, str) and reason in _DROPPED else ""
    return enhanced_code(event.get("status")) or known
