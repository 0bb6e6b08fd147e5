"""Reads what SendGrid's Inbound Parse posts: an e-mail that somebody wrote to us, parsed or raw.

Source: www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook. It is
multipart/form-data; each text is in a character set of its own, which the field ``charsets`` names. With the
option "POST the raw, full MIME message" the e-mail is the field ``email``, as it came. Attachments are left
out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from typing import Any

from attrs import field, frozen

from adapters.providers.common.forms import form_values
from adapters.providers.common.mail import LONGEST_HEADER, address_of, answered_attempt
from adapters.providers.common.replies import LONGEST_BODY, heard, plain_of
from adapters.providers.common.untrusted import json_value
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText
from domain.statuses import Channel


@frozen
class _Mail:
    """An e-mail, either way.

    Args:
        headers: by lower-case name, the first of each.
        sender: the From header.
        subject: decoded.
        text: the plain body.
        html: the other one.
    """

    headers: Mapping[str, str] = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


class _ShortHeaders(Compat32):
    """Keeps the beginning of each header: the parser takes its time over long ones."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(list(sourcelines))
        return name, value[:LONGEST_HEADER]


_POLICY = _ShortHeaders()

_LONGEST_SOURCE = 2 * LONGEST_BODY
_MOST_MULTIPARTS = 10
"""The parser looks at each line once for every multipart around it. What people write stands at the
beginning, and in three of them at most."""


def inbound_text(content_type: str, body: bytes, now: datetime) -> InboundText | None:
    """What a person wrote; None where a program did, such as an absence note or a bounce.

    SendGrid gives no id, so the event's is made of the sender and the Message-ID; repeats are the whole post.

    Args:
        content_type: the header, with the boundary.
        body: the raw body.
        now: the e-mail's own time is anybody's word.

    Raises:
        MalformedCallback: it is no such form, or does not say who wrote.
    """
    values = form_values(content_type, body)
    mail = _raw(values["email"]) if "email" in values else _parsed(values)
    headers = {**mail.headers, **_return_path(values.get("envelope", b""))}
    text = heard(headers, mail.text, plain_of(mail.html), subject=mail.subject)
    if text is None:
        return None
    sender = address_of(mail.sender)
    if sender is None:
        raise MalformedCallback("the e-mail does not say who wrote it")
    return InboundText(
        event_id=_event_id(sender, headers.get("message-id", ""), body),
        channel=Channel.EMAIL,
        sender=sender,
        text=text,
        at=now,
        attempt_key=answered_attempt(headers.get("in-reply-to", ""), headers.get("references", "")),
    )


def _parsed(values: Mapping[str, bytes]) -> _Mail:
    charsets = _json_object(values.get("charsets", b""))

    def text(name: str) -> str:
        return _decoded(values.get(name, b""), charsets.get(name))

    headers = message_from_string(_decoded(values.get("headers", b""), None), policy=_POLICY)
    return _Mail(_headers(headers), text("from"), text("subject"), text("text"), text("html"))


def _raw(source: bytes) -> _Mail:
    source = source[:_LONGEST_SOURCE]
    if source.lower().count(b"multipart/") > _MOST_MULTIPARTS:
        raise MalformedCallback("the e-mail has too many parts")
    try:
        mail = message_from_bytes(source, policy=_POLICY)
        bodies = {kind: _body(mail, kind) for kind in ("text/plain", "text/html")}
    except (RecursionError, ValueError) as error:
        raise MalformedCallback("the e-mail cannot be read") from error
    headers = _headers(mail)
    subject = _unfolded(headers.get("subject", ""))
    return _Mail(headers, headers.get("from", ""), subject, bodies["text/plain"], bodies["text/html"])


def _headers(mail: "Message[str, str]") -> Mapping[str, str]:
    headers: dict[str, str] = {}
    for name, value in mail.items():
        headers.setdefault(name.lower(), str(value))
    return headers


def _body(mail: "Message[str, str]", kind: str) -> str:
    """The first body of a type that is no attachment."""
    for part in mail.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True)
            return _decoded(content if isinstance(content, bytes) else b"", part.get_content_charset())
    return ""


def _unfolded(header: str) -> str:
    """A header with its encoded words (RFC 2047) decoded, as far as they can be."""
    with suppress(MessageError, ValueError, LookupError):  # no word, or of a set whose name is no name
        return str(make_header(decode_header(header)))
    return header


def _decoded(content: bytes, charset: object) -> str:
    """Text in a character set; UTF-8 where it is not known. What cannot be decoded is replaced."""
    content = content[: 4 * LONGEST_BODY]
    with suppress(LookupError, ValueError):  # the set is not known, is no text's, or its name is no name
        return content.decode(charset if isinstance(charset, str) else "utf-8", "replace")
    return content.decode("utf-8", "replace")


def _return_path(envelope: bytes) -> Mapping[str, str]:
    """The return path of a bounce, which is empty; nothing where there is another one."""
    return {"return-path": "<>"} if _json_object(envelope).get("from") == "" else {}


def _json_object(value: bytes) -> Mapping[str, Any]:
    with suppress(MalformedCallback):
        found = json_value(value)
        return found if isinstance(found, dict) else {}
    return {}


def _event_id(sender: str, message_id: str, body: bytes) -> str:
    told = f"{sender}\x1f{message_id}".encode("utf-8", "replace") if message_id.strip() else body
    return f"inbound:{hashlib.sha256(told).hexdigest()[:32]}"
