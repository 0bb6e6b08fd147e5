"""Random send windows, each as a definition says it and as the minutes of the week that it means.

The minutes are worked out here from what was drawn, and not read back from the text: they share no code with
the domain.
"""

import operator
from collections.abc import Iterable, Sequence
from functools import cache, reduce
from random import Random
from typing import Any

from attrs import evolve, field, frozen

DAY = 24 * 60
WEEK = 7 * DAY
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL = tuple(range(7))

Range = tuple[Sequence[int], int, int]
"""Days of the week from 0 for Monday, and the minutes of the day at which it opens and closes."""

_LAWS: dict[str, tuple[Sequence[Range], tuple[str, ...]]] = {
    "us-tcpa": ([(_ALL, 8 * 60, 21 * 60)], ()),
    "us-florida": ([(_ALL, 8 * 60, 20 * 60)], ()),
    "us-debt": ([(_ALL, 8 * 60, 21 * 60)], ()),
    "ca-crtc": ([(range(5), 9 * 60, 21 * 60 + 30), ((5, 6), 10 * 60, 18 * 60)], ()),
    "fr-calls": ([(range(5), 10 * 60, 13 * 60), (range(5), 14 * 60, 20 * 60)], ("FR",)),
}
"""The presets as the laws put them, with the calendars whose holidays they leave out."""


@frozen
class Hours:
    """A window.

    Args:
        said: what the definition says.
        minutes: for each minute of the week from Monday on, 1 if it is open, else 0.
        holidays: calendars on whose dates nothing is sent, ``local`` among them.
    """

    said: Any
    minutes: bytes = field(repr=False)
    holidays: tuple[str, ...] = ()


def draw_hours(chance: Random) -> Hours:
    """Any window."""
    kind = chance.randrange(10)
    if kind < 4:
        return _written(chance)
    if kind == 4:
        return _preset(chance.choice(sorted(_LAWS)))
    if kind == 5:
        return _quiet(chance)
    return _mapping(chance)


def _mapping(chance: Random) -> Hours:
    """A mapping: some way to say the hours, holidays, a spread; only the last may stand alone."""
    kind = chance.randrange(5)
    window, said = Hours(None, bytes([1]) * WEEK), dict[str, Any]()
    if kind < 2:
        parts = [_written(chance) for _ in range(chance.randint(1, 2))]
        parts += [_preset(chance.choice(sorted(_LAWS)))] * (chance.random() < 0.2)
        said["hours"] = [part.said for part in parts] if len(parts) > 1 else parts[0].said
        window = Hours(None, _either(part.minutes for part in parts), _names(parts))
    elif kind == 2:
        window = _preset(said.setdefault("preset", chance.choice(sorted(_LAWS))))
    elif kind == 3:
        window = _quiet(chance)
        said |= window.said
    holidays = chance.choice([["US"], "local", ["DE-BY", "local"], ["US", "FR", "AQ"]])
    if not said or chance.random() < 0.5:
        said["holidays"] = holidays
        own = [holidays] if isinstance(holidays, str) else holidays
        window = evolve(window, holidays=(*window.holidays, *own))
    if chance.random() < 0.5:
        said["spread"] = chance.choice(["0s", "1s", "10m", "PT1H", "6h", "1d"])
    return evolve(window, said=said)


@cache
def _preset(name: str) -> Hours:
    ranges, holidays = _LAWS[name]
    return Hours(name, _open(ranges), holidays)


def _written(chance: Random) -> Hours:
    text, ranges = _groups(chance)
    return Hours(text, _open(ranges))


def _quiet(chance: Random) -> Hours:
    """One range a day is closed, past midnight more often than not; something of each day is left."""
    first = chance.choice([20, 21, 22, 23, 12]) * 60 + chance.choice([0, 15, 30])
    last = chance.choice([6, 7, 8, 9, 11]) * 60
    days, ranges = _days(chance) if chance.random() < 0.3 else ("", _ALL)
    closed = _open([(ranges, first, last)])
    said = f"{days} {_time(first)}-{_time(last)}".strip()
    return Hours({"quiet": said}, closed.translate(bytes([1, 0]) + bytes(254)))


def _groups(chance: Random) -> tuple[str, list[Range]]:
    """Groups of days and hours; a single one may leave out its days."""
    texts, ranges = [], list[Range]()
    count = chance.choice([1, 1, 1, 2, 3])
    for _ in range(count):
        days, numbers = _days(chance)
        if count == 1 and chance.random() < 0.4:
            days, numbers = "", _ALL
        hours = [_range(chance) for _ in range(chance.choice([1, 1, 2]))]
        texts.append(f"{days} {', '.join(f'{_time(a)}-{_time(b)}' for a, b in hours)}".strip())
        ranges += [(numbers, opens, closes) for opens, closes in hours]
    return "; ".join(texts), ranges


def _days(chance: Random) -> tuple[str, Sequence[int]]:
    """Days, as a range that may pass the end of the week, or as a list."""
    if chance.random() < 0.6:
        first, length = chance.randrange(7), chance.randint(2, 6)
        days = [(first + step) % 7 for step in range(length)]
        return f"{_NAMES[first]}-{_NAMES[days[-1]]}", days
    days = chance.sample(_ALL, chance.randint(1, 3))
    return ",".join(_NAMES[day] for day in days), days


def _range(chance: Random) -> tuple[int, int]:
    """Hours in quarters; short, of a working day, or past midnight. 24:00 is 1440."""
    kind = chance.randrange(4)
    if kind == 0:
        opens = chance.randrange(0, DAY - 60, 15)
        return opens, opens + chance.choice([15, 30, 60])
    if kind == 1:
        return chance.randrange(18, 24) * 60, chance.randrange(0, 5) * 60
    return chance.randrange(28, 44) * 15, chance.randrange(56, 97) * 15


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _open(ranges: Iterable[Range]) -> bytes:
    """The minutes of some ranges; one that ends before it began ends on the next day."""
    table = bytearray(WEEK + DAY)
    for days, opens, closes in ranges:
        length = closes - opens if closes > opens else DAY - opens + closes
        for day in days:
            begins = day * DAY + opens
            table[begins : begins + length] = bytes([1]) * length
    # What lies past the end of the week lies at its beginning.
    return _either([bytes(table[:WEEK]), bytes(table[WEEK:]) + bytes(WEEK - DAY)])


def _either(tables: Iterable[bytes]) -> bytes:
    both = reduce(operator.or_, map(int.from_bytes, tables))
    return both.to_bytes(WEEK)


def _names(parts: Iterable[Hours]) -> tuple[str, ...]:
    return tuple(name for part in parts for name in part.holidays)
