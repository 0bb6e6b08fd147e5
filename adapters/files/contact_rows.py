"""One row of a contact file as a contact, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from functools import cache
from zoneinfo import available_timezones

from attrs import define, field
from email_validator import EmailNotValidError, validate_email

from adapters.files.phones import e164, region
from domain.contact import NewContact, identity

KNOWN = ("external_id", "phone", "email", "timezone")
"""The columns with a meaning of their own; all others are attributes."""

MAX_EXTERNAL_ID = 200
"""Characters; longer ones are other text in the wrong column."""

Found = tuple[str, str]
"""A problem of a row: the column, and a reason that names it and shows no cell."""


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
    email = row.read("email", _email)
    timezone = row.read("timezone", _timezone)
    if "phone" not in cells and "email" not in cells:
        row.problems.append(("phone", "phone and email are both empty; one of them is needed"))
    if row.problems:
        return None, row.problems
    attributes = {column: cell for column, cell in cells.items() if column not in KNOWN}
    return NewContact(identity(external_id, phone, email), phone, email, timezone, attributes), []


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

    def read(self, column: str, read: Callable[[str], str]) -> str | None:
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
    return text


def _email(text: str) -> str:
    try:
        # Providers take ASCII only: the domain is converted, a local part beyond ASCII is refused.
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError(f"is not an e-mail address that can be written to{_email_advice(text)}") from None
    return address.ascii_email or address.normalized


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
