"""What Postmark's webhooks say (postmarkapp.com/developer/webhooks/webhooks-overview)."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.providers.sandbox.draws import hex_digits

Record = dict[str, Any]

_RECORDS = {
    "delivered": ("Delivery", "DeliveredAt"),
    "open": ("Open", "ReceivedAt"),
    "click": ("Click", "ReceivedAt"),
    "bounce": ("Bounce", "BouncedAt"),
    "spamreport": ("SpamComplaint", "BouncedAt"),
    "unsubscribe": ("SubscriptionChange", "ChangedAt"),
}
"""What people do, and the record that tells of it; Postmark tells nothing of ``processed``."""

_BOUNCES: Mapping[str, Record] = {
    "bounce": {"Type": "HardBounce", "TypeCode": 1, "Name": "Hard bounce", "Inactive": True},
    "spamreport": {"Type": "SpamComplaint", "TypeCode": 100001, "Name": "Spam complaint", "Inactive": True},
}


def record_of(mail: Record, ref: str, word: str) -> Record | None:
    """What Postmark tells of what a person does; None where it tells nothing."""
    if word not in _RECORDS:
        return None
    kind, time_field = _RECORDS[word]
    record = {
        "RecordType": kind,
        "MessageID": ref,
        "MessageStream": mail.get("MessageStream", "outbound"),
        "ServerID": 23,
        time_field: now(),
        "Metadata": mail.get("Metadata", {}),
        "Tag": "",
    }
    if word in _BOUNCES:
        details = f"550 5.1.1 {mail['To']} unknown"
        return record | {"ID": 42, "Email": mail["To"], "Details": details} | _BOUNCES[word]
    record["Recipient"] = mail["To"]
    if word == "unsubscribe":
        record |= {"Origin": "Recipient", "SuppressSending": True, "SuppressionReason": "ManualSuppression"}
    return record


def reply_of(seed: str, mail: Record, ref: str, text: str) -> Record:
    """The e-mail that somebody writes back, as the inbound webhook tells of it: without a RecordType."""
    sent = sent_headers(mail)
    to = mail.get("ReplyTo") or mail["From"]
    return {
        "From": mail["To"],
        "FromFull": {"Email": mail["To"], "Name": "", "MailboxHash": ""},
        "To": to,
        "MessageID": str(uuid.UUID(hex=hex_digits(seed, "reply", ref))),
        "MessageStream": "inbound",
        "Subject": f"Re: {mail.get('Subject', '')}",
        "Date": now(),
        "TextBody": f"{text}\r\n\r\nOn Sunday, {mail['From']} wrote:\r\n> {mail.get('TextBody', '')}\r\n",
        "HtmlBody": "",
        "StrippedTextReply": text,
        "Headers": [{"Name": "In-Reply-To", "Value": sent.get("Message-ID", f"<{ref}@mtasv.net>")}],
        "Attachments": [],
    }


def sent_headers(mail: Record) -> dict[str, str]:
    """The headers that came with an e-mail, by name."""
    return {header["Name"]: header["Value"] for header in mail.get("Headers", ())}


def now() -> str:
    """The time as Postmark writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
