"""Hours of the week in which sending is allowed: ``mon-fri 09:00-12:00, 14:00-18:00; sat 10:00-14:00``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from attrs import field, frozen

from domain.times.wall_clock import DAYS, check_time, time_of_day, time_text, weekday
from domain.wording import shown

EVERY_DAY = frozenset(range(7))

_HOW = "write it like 08:00-21:00, or mon-fri 09:00-12:00, 14:00-18:00; sat 10:00-14:00"
_GROUP = re.compile(r"([^0-9]*)(.*)", re.DOTALL)
_MIDNIGHT = time(0)
_DAY = timedelta(days=1)

_Hours = tuple[tuple[time, time | None], ...]


def _days(values: Iterable[int]) -> frozenset[int]:
    return frozenset(values)


@frozen
class Span:
    """The same hours on some days of the week, within one day: hours past midnight are two spans.

    Args:
        days: 0 for Monday to 6 for Sunday, at least one.
        opens: the first time of day, without zone, in whole seconds.
        closes: the time of day after the last, later than `opens`; None for the end of the day (24:00).

    Raises:
        ValueError: any of these does not hold.
    """

    days: frozenset[int] = field(converter=_days)
    opens: time
    closes: time | None = None

    def __attrs_post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError("a span needs at least one day of the week, from 0 for Monday to 6 for Sunday")
        check_time(self.opens)
        if self.closes is not None:
            check_time(self.closes)
            if self.closes <= self.opens:
                raise ValueError("a span closes later than it opens, on the same day")

    def holds(self, local: datetime) -> bool:
        """Whether a wall time lies in it."""
        until_then = self.closes is None or local.time() < self.closes
        return local.weekday() in self.days and self.opens <= local.time() and until_then

    def on(self, day: date) -> tuple[datetime, datetime]:
        """The wall times at which it opens and closes on a day, which must be one of its days."""
        closes = datetime.combine(day, self.closes or _MIDNIGHT)
        return datetime.combine(day, self.opens), closes if self.closes else closes + _DAY


def parse_spans(text: str) -> tuple[Span, ...]:
    """Read hours of the week.

    Args:
        text: groups of days and hours, parted by ``;``. Days are names and ranges (``mon,wed-fri``,
            ``sun-thu``), parted by commas, or none for every day where there is one group only. Hours are
            ranges on the 24-hour clock, parted by commas; ``22:00-02:00`` ends on the next day.

    Raises:
        ValueError: it cannot be read; the message is a sentence that says how to write it.
    """
    groups = text.strip().replace("\N{EN DASH}", "-").split(";")
    return tuple(span for group in groups for span in _group(group.strip(), alone=len(groups) == 1))


def _group(text: str, *, alone: bool) -> Iterator[Span]:
    match = _GROUP.fullmatch(text)
    days, hours = match.groups() if match else ("", "")
    if not hours:
        raise ValueError(f"{shown(text)} has no hours; {_HOW} (the whole day is 00:00-24:00)")
    if not days and not alone:
        raise ValueError(f"{shown(text)} does not say its days; write every day as mon-sun")
    numbers = frozenset(_read_days(days)) if days else EVERY_DAY
    for piece in hours.split(","):
        yield from _read_hours(numbers, piece.strip())


def _read_days(text: str) -> Iterator[int]:
    for piece in text.split(","):
        first, *last = (weekday(name.strip()) for name in piece.split("-", maxsplit=1))
        yield first
        if last:
            # A range may pass the end of the week: sun-thu.
            yield from ((first + step) % 7 for step in range((last[0] - first) % 7 + 1))


def _read_hours(days: frozenset[int], text: str) -> Iterator[Span]:
    if text[:1].isalpha():
        raise ValueError(f"{shown(text)} begins with a day; part groups of days with ';', not ','")
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        raise ValueError(f"{shown(text)} is not a range of hours; {_HOW}")
    opens = time_of_day(first)
    closes = None if last == "24:00" else time_of_day(last)
    if closes == opens:
        raise ValueError(f"{shown(text)} ends where it begins; the whole day is 00:00-24:00")
    if closes is None or closes > opens:
        yield Span(days, opens, closes)
        return
    yield Span(days, opens)
    if closes > _MIDNIGHT:
        yield Span(frozenset((day + 1) % 7 for day in days), _MIDNIGHT, closes)


def parse_quiet_hours(text: str) -> tuple[Span, ...]:
    """Read the hours in which nothing is sent, in the words of `parse_spans`.

    Returns:
        The hours that are left, in which sending is allowed.

    Raises:
        ValueError: it cannot be read, or leaves none.
    """
    quiet = parse_spans(text)
    days_of: dict[_Hours, list[int]] = {}
    for day in sorted(EVERY_DAY):
        days_of.setdefault(_left(quiet, day), []).append(day)
    spans = tuple(Span(days, *pair) for hours, days in days_of.items() for pair in hours)
    if not spans:
        raise ValueError("these quiet hours leave no time of the week to send in")
    return spans


def _left(quiet: Iterable[Span], day: int) -> _Hours:
    """What the quiet spans leave of one day of the week."""
    left: list[tuple[time, time | None]] = []
    edge = _MIDNIGHT
    for span in sorted((span for span in quiet if day in span.days), key=lambda span: span.opens):
        if span.opens > edge:
            left.append((edge, span.opens))
        if span.closes is None:
            return tuple(left)
        edge = max(edge, span.closes)
    return (*left, (edge, None))


def spans_text(spans: Sequence[Span]) -> str:
    """Write hours of the week; `parse_spans` reads them back."""
    groups = [(days, list(group)) for days, group in groupby(spans, key=lambda span: span.days)]
    alone = len(groups) == 1
    return "; ".join(
        ("" if alone and days == EVERY_DAY else f"{_days_text(days)} ") + ", ".join(map(_hours_text, group))
        for days, group in groups
    )


def _days_text(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return "mon-sun"
    starts = [day for day in sorted(days) if (day - 1) % 7 not in days]
    return ",".join(_run_text(days, start) for start in starts)


def _run_text(days: frozenset[int], start: int) -> str:
    end = start
    while (end + 1) % 7 in days:
        end += 1
    return DAYS[start] if end == start else f"{DAYS[start]}-{DAYS[end % 7]}"


def _hours_text(span: Span) -> str:
    return f"{time_text(span.opens)}-{'24:00' if span.closes is None else time_text(span.closes)}"
