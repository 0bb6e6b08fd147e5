"""Reads the mail that a route of Mailgun's forwards to us.

Source: documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.providers.common.mail import address_of, answered_attempt, headers_of
from adapters.providers.common.replies import heard
from adapters.providers.common.untrusted import json_value
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText
from domain.statuses import Channel


def inbound_text(fields: Mapping[str, Any]) -> InboundText | None:
    """What somebody wrote; None for what a program wrote.

    Args:
        fields: the form, its signature verified.

    Raises:
        MalformedCallback: it is no form, names no one sender, or its headers cannot be read.
    """
    headers = _headers(fields)
    subject, *bodies = (_text(fields, name) for name in ("subject", "stripped-text", "body-plain"))
    text = heard(headers, *bodies, subject=subject)
    if text is None:
        return None
    # "sender" is who the mail server named, which may be a mailing program's address for bounces.
    sender = address_of(_text(fields, "from")) or address_of(_text(fields, "sender"))
    if sender is None:
        raise MalformedCallback("the message names no one sender")
    return InboundText(
        event_id=_event_id(headers.get("message-id") or _text(fields, "token"), sender),
        channel=Channel.EMAIL,
        sender=sender,
        text=text,
        at=_time(fields),
        attempt_key=answered_attempt(headers.get("in-reply-to", ""), headers.get("references", "")),
    )


def _time(fields: Mapping[str, Any]) -> datetime:
    """When Mailgun signed it, which has been found to be of our time."""
    seconds = _text(fields, "timestamp")
    if not seconds:  # a number, which no form has
        raise MalformedCallback("the message is not a form")
    return datetime.fromtimestamp(int(seconds), UTC)


def _headers(fields: Mapping[str, Any]) -> Mapping[str, str]:
    given = _text(fields, "message-headers")
    pairs = json_value(given.encode("utf-8", "replace")) if given else []
    if not isinstance(pairs, list):
        raise MalformedCallback("the message's headers are not a list")
    return headers_of(pairs)


def _event_id(message_id: str, sender: str) -> str:
    """The same for the same message; a Message-ID is its sender's own claim, and may name somebody."""
    claimed = f"{sender}\n{message_id}".encode("utf-8", "replace")
    return f"inbound:{hashlib.sha256(claimed).hexdigest()}"


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
