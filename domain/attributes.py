"""What a campaign says that its contacts have: attributes by name, each of a type.

Contacts keep their attributes as text; the type says how a text is compared.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

Value = str | Decimal
"""What an attribute is compared as: text, or a number. A time is the microseconds since 1970."""

CONTACT_FIELDS = ("external_id", "phone", "email", "timezone")
"""What every contact may have without being an attribute; text."""

USUAL = ("language", "country")
"""Attributes that conditions may ask for without a declaration; text."""

LINKS = ("unsubscribe_url", "preferences_url")
"""Names in templates that are no data of the contact: an attribute of that name would be hidden."""

_TIME = re.compile(
    r"[0-9]{4}(-?)[0-9]{2}\1[0-9]{2}"
    r"([T ][0-9]{2}(:?)[0-9]{2}(\3[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class AttributeType(StrEnum):
    """How the text of an attribute is read."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"

    def read(self, text: str) -> Value | None:
        """The value for comparisons; None where there is none, or the text is none of this type.

        Text is compared without regard to case and outer spaces. A time without an offset counts as UTC, so
        that all times have one order; a date alone is its midnight.
        """
        text = text.strip()
        if not text:
            return None
        match self:
            case AttributeType.TEXT:
                return text.casefold()
            case AttributeType.NUMBER:
                return Decimal(text) if _NUMBER.fullmatch(text) else None
            case AttributeType.TIME:
                return _instant(text)
            case _:
                assert_never(self)


def read_time(text: str) -> datetime | None:
    """The time that a text tells: of ISO 8601 or RFC 3339, naive where it says no offset.

    Args:
        text: such as ``2026-12-21``, ``2026-12-21 11:00`` or ``2026-12-21T11:00:00+01:00``.

    Returns:
        None where it tells none. A date alone is its midnight.
    """
    text = text.strip().upper()
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _instant(text: str) -> Decimal | None:
    read = read_time(text)
    if read is None:
        return None
    aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read
    return Decimal((aware - _EPOCH) // _MICROSECOND)
