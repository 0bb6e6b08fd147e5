"""One row of a contact file as a contact, or everything that is wrong with it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TypeVar
from unicodedata import category
from zoneinfo import available_timezones

from attrs import define, field
from email_validator import EmailNotValidError, validate_email

from adapters.files.csv_table import Found
from adapters.files.phones import e164, region
from domain.contact import ConsentWord, NewContact, identity
from domain.erasure import is_tombstone
from domain.statuses import Channel

CONSENTS = {f"consent_{channel.value}": channel for channel in Channel}
"""Column to channel."""

KNOWN = ("external_id", "phone", "email", "timezone", *CONSENTS, "consent_source")
"""The columns with a meaning of their own; all others are attributes."""

CONSENT_SOURCE = "import"
"""Where a consent was given whose row does not say so."""

MAX_EXTERNAL_ID = 200
"""Characters; longer ones are other text in the wrong column."""

_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
"""The part of an address before the @-sign that is good on any domain (RFC 5322, dot-atom, in part)."""
_SHORT = 60
"""Characters of a part of an address that is far from all limits on lengths."""

_SAID = {"yes": True, "true": True, "no": False, "false": False}
_T = TypeVar("_T")


def read_row(cells: Mapping[str, str], default_region: str | None) -> tuple[NewContact | None, list[Found]]:
    """Read one row.

    Args:
        cells: the filled cells by column, trimmed.
        default_region: the country of a national phone number where the row does not say.

    Returns:
        The contact, or None and everything that is wrong.
    """
    row = _Row(cells)
    external_id = row.read("external_id", _external_id)
    phone = row.phone(default_region)
    email = row.read("email", email_address)
    timezone = row.read("timezone", _timezone)
    consents = row.consents()
    if "phone" not in cells and "email" not in cells:
        row.problems.append(("phone", "phone and email are both empty; one of them is needed"))
    if row.problems:
        return None, row.problems
    attributes = {column: cell for column, cell in cells.items() if column not in KNOWN}
    name = identity(external_id, phone, email)
    return NewContact(name, phone, email, timezone, attributes, consents), []


@define
class _Row:
    cells: Mapping[str, str] = field(repr=False)
    problems: list[Found] = field(factory=list)

    def phone(self, default_region: str | None) -> str | None:
        # A number with its country code needs no country, so a wrong one there does no harm.
        if "country" not in self.cells or self.cells.get("phone", "+").startswith("+"):
            return self.read("phone", lambda text: e164(text, default_region))
        country = self.read("country", region)
        return country and self.read("phone", lambda text: e164(text, country))

    def consents(self) -> tuple[ConsentWord, ...]:
        source = self.cells.get("consent_source", CONSENT_SOURCE)
        said = ((channel, self.read(column, _consent)) for column, channel in CONSENTS.items())
        return tuple(ConsentWord(channel, word[0], source, word[1]) for channel, word in said if word)

    def read(self, column: str, read: Callable[[str], _T]) -> _T | None:
        if column not in self.cells:
            return None
        try:
            return read(self.cells[column])
        except ValueError as error:
            self.problems.append((column, f"{column} {error}"))
            return None


def _external_id(text: str) -> str:
    if len(text) > MAX_EXTERNAL_ID:
        raise ValueError(f"has more than {MAX_EXTERNAL_ID} characters")
    if any(category(character) == "Cc" for character in text):
        raise ValueError("has a control character, such as a line break")
    if is_tombstone(text):
        raise ValueError("begins like that of an erased contact; give another one")
    return text


def _consent(text: str) -> tuple[bool, datetime | None]:
    """Whether it was given, and when, where that is said; a time without a zone is in UTC."""
    given = _SAID.get(text.casefold())
    if given is not None:
        return given, None
    try:
        at = datetime.fromisoformat(text)
        return True, (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is neither yes or no nor the date on which it was given, as 2026-03-31") from None


def email_address(text: str) -> str:
    """An address as providers take it.

    Raises:
        ValueError: it cannot be written to; the message is half a sentence without the address.
    """
    local, _, domain = text.rpartition("@")
    if len(local) <= _SHORT and _PLAIN.fullmatch(local) and (known := _domain(domain)):
        return f"{local}@{known}"
    try:
        # Providers take ASCII only: the domain is converted, a local part beyond ASCII is refused.
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError(f"is not an e-mail address that can be written to{_email_advice(text)}") from None
    return address.ascii_email or address.normalized


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str | None:
    """A domain as `email_address` gives it; None for one that is long, or that is none.

    Most addresses of a file share a few domains, and checking one takes longer than all else about a row.
    """
    if len(domain) > _SHORT:
        return None
    try:
        address = validate_email(f"a@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return address.ascii_domain


def _email_advice(text: str) -> str:
    if text.count("@") != 1:
        return ": it has no @-sign" if "@" not in text else ": it has more than one @-sign"
    local, _, domain = text.partition("@")
    if " " in text:
        return ": it has a space"
    if not local.isascii():
        return ": before the @-sign only ASCII letters are deliverable"
    if "." not in domain.strip("."):
        return ": there is no full domain after the @-sign"
    return ""


def _timezone(text: str) -> str:
    zone = _zones().get(text.casefold())
    if zone is None:
        raise ValueError("is not a time zone of the IANA database, such as Europe/London")
    return zone


@cache
def _zones() -> Mapping[str, str]:
    return {zone.casefold(): zone for zone in available_timezones()}
