"""E-mail as a conversation: our Message-IDs, which of them a reply names, and who wrote it.

Anybody can write anything into a header: nothing here raises, whatever comes, and what a reply names is a
hint and no proof. What a reply says is read by `adapters.providers.common.replies`.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from attrs import Attribute
from email_validator import EmailNotValidError, validate_email

from adapters.providers.common.untrusted import optional_identifier
from domain.idempotency import AttemptKey

LONGEST_HEADER = 4000
"""Characters of a header that are looked at; a line has at most 998 (RFC 5322, 2.1.1), References several."""

LONGEST_VALUE = 900
"""Characters of a header that we write: with its name less than a line's 998, and than the 996 of Amazon SES
(its API reference, MessageHeader)."""

_ENHANCED_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_PREFIX = "attempt"
_OURS = re.compile(rf"<{_PREFIX}\.([^.<>@\s]{{1,200}})\.([^.<>@\s]{{1,200}})\.([1-9][0-9]{{0,8}})@")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLED = re.compile(r"<([^<>]*)>")


def message_id(key: AttemptKey, domain: str) -> str:
    """The Message-ID of an attempt, in angle brackets (RFC 5322, 3.6.4): the same for the same attempt.

    Args:
        key: the attempt.
        domain: one of ours.
    """
    parts = (key.enrollment_id, key.step, str(key.attempt))
    return f"<{_PREFIX}.{'.'.join(map(_atom, parts))}@{domain}>"


def answered_attempt(*headers: str) -> str | None:
    """The attempt that a reply names, as text, by our Message-ID; None where it names none.

    Args:
        headers: In-Reply-To, then References (RFC 5322, 3.6.4). The latter is oldest first, so that in each
            the last one counts.
    """
    for header in headers:
        for parts in reversed(_OURS.findall(header[-LONGEST_HEADER:])):
            text = ":".join(map(unquote, parts))
            if AttemptKey.parse(text) is not None and optional_identifier(text) is not None:
                return text
    return None


def address_of(header: str) -> str | None:
    """The address in a From header, spelled as contacts' addresses are; None where there is not exactly one.

    Args:
        header: e.g. ``"Ana, the boss" <ana@example.com> (office)``.
    """
    if len(header) > LONGEST_HEADER:
        return None
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ", header))
    found = _ANGLED.findall(bare) or [bare]
    if len(found) != 1:
        return None
    try:
        address = validate_email(found[0].strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return address.ascii_email or address.normalized


def domain_of(sender: str) -> str:
    """The domain of a sender as it stands in our settings, ``ana@example.com`` or ``Ana <ana@example.com>``.

    Raises:
        ValueError: it is no such address.
    """
    address = address_of(sender)
    if address is None:
        raise ValueError("the sender must be an e-mail address")
    return address.rpartition("@")[2]


def optional_address(_instance: object, attribute: "Attribute[str]", value: str) -> None:
    """Attrs validator: refuse what is neither empty nor an e-mail address.

    Raises:
        ValueError: it is neither.
    """
    if value and address_of(value) is None:
        raise ValueError(f"{attribute.name} must be an e-mail address")


def unsubscribe_headers(url: str | None, reply_to: str) -> dict[str, str]:
    """The headers by which a mail program opts its owner out, in the order in which they should stand.

    With an address on the web, one POST does it (RFC 8058, 3.1: the second header); otherwise, and for
    programs that do not know that, an e-mail that says STOP (RFC 2369, 3.2). Both together stay within a
    line, which no vendor folds: where they would not, the address on the web stands alone.

    Args:
        url: `application.ports.messaging.OutboundMessage.unsubscribe_url`.
        reply_to: an address of ours whose mail comes back to us; "" for none.

    Returns:
        None at all where there is neither.
    """
    web = "" if url is None else f"<{url}>"
    mail = f"<mailto:{quote(address_of(reply_to) or '', safe='@+')}?subject=STOP>" if reply_to else ""
    ways = ", ".join(filter(None, (web, mail)))
    headers = {"List-Unsubscribe": ways if len(ways) <= LONGEST_VALUE else web or mail} if ways else {}
    return headers | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if web else {})


def enhanced_code(told: object) -> str:
    """A mail server's status code such as ``5.1.1`` (RFC 3463), which quotes nobody; "" where it is none."""
    return told if isinstance(told, str) and _ENHANCED_CODE.fullmatch(told) else ""


def headers_of(pairs: Iterable[object]) -> dict[str, str]:
    """A message's headers by lower-case name, the first of each; what is no pair of texts is left out.

    Args:
        pairs: as vendors give them in JSON: ``[name, value]``, or an object with ``Name`` and ``Value``.
    """
    headers: dict[str, str] = {}
    for pair in pairs:
        given = (pair.get("Name"), pair.get("Value")) if isinstance(pair, dict) else pair
        if isinstance(given, list | tuple) and len(given) == 2:
            name, value = given
            if isinstance(name, str) and isinstance(value, str):
                headers.setdefault(name.lower(), value)
    return headers


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Whether a program wrote the message: an absence note or a bounce is nobody's answer.

    Args:
        headers: by lower-case name. It is one where Auto-Submitted is anything but ``no`` (RFC 3834, 5), or
            where the return path is empty (RFC 5321, 4.5.5).
    """
    submitted = headers.get("auto-submitted", "").partition(";")[0].strip().lower()
    return submitted not in ("", "no") or headers.get("return-path", "").strip() == "<>"


def _atom(part: str) -> str:
    """A part of a key as it may stand in a Message-ID (RFC 5322, 3.2.3), and without a dot."""
    return quote(part, safe="").replace(".", "%2E")
