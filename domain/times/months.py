"""Months and days of the month as people write them: ``jan``, ``February``, ``31``."""

from collections.abc import Collection

from domain.wording import shown

_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS = tuple(name[:3] for name in _NAMES)
"""The short names; January, the first, is month 1."""

EVERY_MONTH = frozenset(range(1, 13))
EVERY_DATE = frozenset(range(1, 32))

_NUMBERS = {name: number for names in (_NAMES, MONTHS) for number, name in enumerate(names, 1)}
_LONGEST = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in EVERY_MONTH}


def month(text: str) -> int:
    """The number of a named month, 1 for January.

    Raises:
        ValueError: it is no month.
    """
    try:
        return _NUMBERS[text.lower()]
    except KeyError:
        raise ValueError(f"{shown(text)} is not a month; the months are {', '.join(MONTHS)}") from None


def check_dates(days: Collection[int], months: Collection[int]) -> None:
    """Refuse days that none of the months has, since nothing would ever happen on them.

    Args:
        days: of the month, from 1, at least one.
        months: from 1 for January, at least one.

    Raises:
        ValueError: no year has such a date.
    """
    if min(days) > max(_LONGEST[each] for each in months):
        raise ValueError(f"no year has a day {min(days)} in {', '.join(MONTHS[each - 1] for each in months)}")
