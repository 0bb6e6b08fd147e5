"""Reads the mail that Postmark takes in for us (postmarkapp.com/developer/webhooks/inbound-webhook)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.providers.common.mail import address_of, answered_attempt, headers_of
from adapters.providers.common.replies import heard, plain_of
from adapters.providers.common.untrusted import identifier
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText
from domain.statuses import Channel


def is_inbound(record: Mapping[str, Any]) -> bool:
    """Whether a record is a message from outside; most of these have no RecordType."""
    return record.get("RecordType") in (None, "Inbound")


def inbound_text(record: Mapping[str, Any], now: datetime) -> InboundText | None:
    """What somebody wrote; None for what a program wrote.

    Args:
        record: the body of a webhook.
        now: its time; the Date header is the sender's own claim.

    Raises:
        MalformedCallback: it has no id, or names no one sender.
    """
    given = record.get("Headers")
    headers = headers_of(given if isinstance(given, list) else ())
    event_id = identifier(record.get("MessageID"), "MessageID")
    text = _text(headers, record)
    if text is None:
        return None
    return InboundText(
        event_id=f"inbound:{event_id}",
        channel=Channel.EMAIL,
        sender=_sender(record),
        text=text,
        at=now,
        attempt_key=answered_attempt(headers.get("in-reply-to", ""), headers.get("references", "")),
    )


def _sender(record: Mapping[str, Any]) -> str:
    full = record.get("FromFull")
    given = full.get("Email") if isinstance(full, dict) else record.get("From")
    address = address_of(given) if isinstance(given, str) else None
    if address is None:
        raise MalformedCallback("the message names no one sender")
    return address


def _text(headers: Mapping[str, str], record: Mapping[str, Any]) -> str | None:
    stripped, plain, html, subject = (
        value if isinstance(value, str) else ""
        for value in map(record.get, ("StrippedTextReply", "TextBody", "HtmlBody", "Subject"))
    )
    return heard(headers, stripped, plain or plain_of(html), subject=subject)
