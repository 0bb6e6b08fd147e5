"""Cron expressions, held to what a person and Temporal, which runs them, understand alike.

Five fields: minute, hour, day of the month, month, day of the week; or one of the words of `ALIASES`. Source
of the forms: crontab(5), less what Temporal refuses or takes for a comment: ``?``, ``L``, ``W``, ``#``.
"""

import re
from collections.abc import Callable, Iterator

from attrs import frozen

from domain.times.months import EVERY_DATE, check_dates, month
from domain.times.wall_clock import weekday
from domain.wording import listed, shown

ALIASES = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")

_HOW = "write five fields, like 0 9 * * mon-fri: minute, hour, day of the month, month, day of the week"
_ITEM = re.compile(r"(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:/([0-9]{1,4}))?")


def _no_names(text: str) -> int:
    raise ValueError(f"{shown(text)} is not a number")


@frozen
class _Field:
    """One of the five.

    Args:
        title: what it is.
        least: its lowest value.
        most: its highest value.
        named: the number of a name that may stand for one.
    """

    title: str
    least: int
    most: int
    named: Callable[[str], int] = _no_names

    def read(self, text: str) -> frozenset[int]:
        """The values that it stands for."""
        return frozenset(value for item in text.split(",") for value in self._item(item))

    def _item(self, text: str) -> Iterator[int]:
        match = _ITEM.fullmatch(text)
        if match is None:
            raise ValueError(f"{shown(text)} cannot be read as the {self.title}; {_HOW}")
        every, first, last, stride = match.groups()
        step = int(stride or 1)
        if not 1 <= step <= self.most:
            raise ValueError(f"the step of {shown(text)}, the {self.title}, must be from 1 to {self.most}")
        low = self.least if every else self._value(first)
        high = self._value(last) if last else self.most if every or stride else low
        if high < low:
            raise ValueError(f"{shown(text)}, the {self.title}, ends before it begins; write two ranges")
        yield from range(low, high + 1, step)

    def _value(self, text: str) -> int:
        try:
            value = int(text) if text.isdecimal() else self.named(text)
        except ValueError as error:
            raise ValueError(f"{error} (the {self.title})") from None
        if not self.least <= value <= self.most:
            raise ValueError(f"{shown(text)}, the {self.title}, is not from {self.least} to {self.most}")
        return value


def _from_sunday(text: str) -> int:
    return (weekday(text) + 1) % 7


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, month),
    _Field("day of the week", 0, 7, _from_sunday),
)
_WHOLE_WEEK = frozenset(range(7))


def check(expression: str) -> str:
    """Look at an expression, and give it back with single spaces.

    Raises:
        ValueError: it cannot be read, says two things at once, or never comes true; the message says how to
            write it.
    """
    parts = expression.split()
    if parts and parts[0].startswith("@"):
        if len(parts) > 1 or parts[0] not in ALIASES:
            raise ValueError(f"{shown(expression)} is not known; known are {listed(ALIASES)}")
        return parts[0]
    if "=" in expression:
        raise ValueError(
            "the zone does not stand in the expression: name it as the time zone of the schedule"
        )
    if len(parts) != len(_FIELDS):
        raise ValueError(f"{shown(expression)} has {len(parts)} fields; {_HOW}")
    read = [each.read(part) for each, part in zip(_FIELDS, parts, strict=True)]
    _minutes, _hours, days, months, weekdays = read
    if days != EVERY_DATE and {each % 7 for each in weekdays} != _WHOLE_WEEK:
        raise ValueError(
            "it names days of the month and of the week, which some programs read as both and some as "
            "either: write two expressions, or say it as times with weekdays and days"
        )
    check_dates(days, months)
    return " ".join(parts)
