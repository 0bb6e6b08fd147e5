"""Days of the week and times of day as people write them: ``mon``, ``Tuesday``, ``9:00``, ``21:30``."""

import re
from datetime import time

from domain.wording import shown

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = tuple(name[:3] for name in _NAMES)
"""The short names, Monday first, so that an index is `date.weekday`."""

_NUMBERS = {name: number for names in (_NAMES, DAYS) for number, name in enumerate(names)}
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def is_weekday(text: str) -> bool:
    """Whether a word is the name of a day of the week, short or in full."""
    return text.lower() in _NUMBERS


def weekday(text: str) -> int:
    """The number of a named day, 0 for Monday.

    Raises:
        ValueError: it is no day of the week.
    """
    try:
        return _NUMBERS[text.lower()]
    except KeyError:
        raise ValueError(f"{shown(text)} is not a day; the days are {', '.join(DAYS)}") from None


def time_of_day(text: str) -> time:
    """Read a time of day on the 24-hour clock, with or without seconds.

    Raises:
        ValueError: it is none.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a time of day; write it on the 24-hour clock, like 09:30")
    hour, minute, second = (int(part or 0) for part in match.groups())
    return time(hour, minute, second)


def time_text(value: time) -> str:
    """Write a time of day; `time_of_day` reads it back."""
    return value.isoformat("seconds" if value.second else "minutes")


def check_time(value: time) -> None:
    """Refuse a time of day that people's words cannot say.

    Raises:
        ValueError: it has a zone of its own, or a fraction of a second.
    """
    if value.tzinfo is not None or value.microsecond:
        raise ValueError("a time of day has no zone and no fraction of a second")
