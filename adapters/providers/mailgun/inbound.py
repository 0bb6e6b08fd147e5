"""Reads the mail that a route of Mailgun's forwards to us.

Source: documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.providers.common.mail import address_of, answered_attempt, headers_of, is_automatic
from adapters.providers.common.replies import said
from adapters.providers.common.untrusted import from_epoch, json_value
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText
from domain.statuses import Channel


def inbound_text(fields: Mapping[str, Any], now: datetime) -> InboundText | None:
    """What somebody wrote; None for what a program wrote.

    Args:
        fields: the form, its signature verified.
        now: stands for Mailgun's time where it is none.

    Raises:
        MalformedCallback: it names no one sender, or its headers cannot be read.
    """
    headers = _headers(fields)
    if is_automatic(headers):
        return None
    # "sender" is who the mail server named, which may be a mailing program's address for bounces.
    sender = address_of(_text(fields, "from")) or address_of(_text(fields, "sender"))
    if sender is None:
        raise MalformedCallback("the message names no one sender")
    return InboundText(
        event_id=_event_id(headers.get("message-id") or _text(fields, "token"), sender),
        channel=Channel.EMAIL,
        sender=sender,
        text=said(
            _text(fields, "stripped-text"), _text(fields, "body-plain"), subject=_text(fields, "subject")
        ),
        at=from_epoch(int(_text(fields, "timestamp")), now),
        attempt_key=answered_attempt(headers.get("in-reply-to", ""), headers.get("references", "")),
    )


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
