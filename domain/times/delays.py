"""When a step begins: after a while, at a local time, or by a time that the contact's data tells."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo

from attrs import frozen

from domain.attributes import read_time
from domain.times import durations
from domain.times.local_time import in_utc, instant, wall
from domain.times.wall_clock import DAYS, check_time, is_weekday, time_of_day, time_text, weekday
from domain.wording import shown

MAX_OFFSET = timedelta(days=3660)
"""No step begins further from an attribute's time: ten years."""

_HOW = (
    "write a duration (2h), a local time (10:00, tue 10:00), or a time of the contact's data "
    "(appointment_at, appointment_at - 2d, appointment_at - 1d at 09:00)"
)
_NAME = r"[^\W\d]\w*"
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*([+-])\s*(.+?))?(?:\s+at\s+(.+))?")
_DURATION = re.compile(r"(?:PT?)?[0-9]")
_CLOCK_TIME = re.compile(r"[0-9]{1,2}:")
_SEVERAL_DAYS = re.compile(rf"({'|'.join(DAYS)})[a-z]*\s*[-,]\s*({'|'.join(DAYS)})[a-z]*\b", re.IGNORECASE)
_FIXED_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = timedelta(days=1)


class DelayUnknown(ValueError):
    """When a step begins cannot be told from the contact's data; the message never shows the data.

    Args:
        attribute: the name of the attribute at fault.
        problem: what is wrong with it, half a sentence.
    """

    def __init__(self, attribute: str, problem: str) -> None:
        self.attribute = attribute
        super().__init__(f"the contact's attribute {attribute} {problem}")


@frozen
class AtLocal:
    """The next such local time after now.

    Args:
        time: the time of day, without zone, in whole seconds.
        weekday: only on this day of the week, 0 for Monday; None is any day.

    Raises:
        ValueError: either does not hold.
    """

    time: time
    weekday: int | None = None

    def __attrs_post_init__(self) -> None:
        check_time(self.time)
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise ValueError("a weekday is a number from 0 for Monday to 6 for Sunday")


@frozen
class FromAttribute:
    """A time that the contact's data tells, with an offset.

    Args:
        attribute: its name: letters, digits and underscores, a letter or an underscore first. Not a day of
            the week, nor what begins like a duration (``PT5``).
        offset: added to it, at most `MAX_OFFSET` either way. Whole days are days of the calendar and keep
            the local time of day, so that 24 hours are a day; what is left of a day is an exact duration.
        at: on the local date that this gives, this time of day instead, without zone, in whole seconds.

    Raises:
        ValueError: any of these does not hold.
    """

    attribute: str
    offset: timedelta = timedelta(0)
    at: time | None = None

    def __attrs_post_init__(self) -> None:
        # Templates know no other names; a superscript two is a word's letter for `re`, but no identifier.
        named = re.fullmatch(_NAME, self.attribute) and self.attribute.isidentifier()
        if not named or is_weekday(self.attribute) or _DURATION.match(self.attribute):
            raise ValueError(f"{shown(self.attribute)} cannot be the name of an attribute in a delay; {_HOW}")
        if not -MAX_OFFSET <= self.offset <= MAX_OFFSET:
            raise ValueError(f"a step begins at most {durations.words(MAX_OFFSET)} from an attribute's time")
        if self.at is not None:
            check_time(self.at)


Delay = timedelta | AtLocal | FromAttribute


def parse_delay(text: str) -> Delay:
    """Read when a step begins.

    Args:
        text: a duration (``2h``), a local time (``10:00``, ``tue 10:00``), or an attribute that holds a time
            (``appointment_at``, ``appointment_at - 2d``, ``appointment_at - 1d at 09:00``).

    Raises:
        ValueError: it cannot be read; the message is a sentence that says how to write it.
    """
    text = text.strip()
    word, _, rest = text.partition(" ")
    if is_weekday(word):
        if not rest:
            raise ValueError(f"{shown(text)} needs a time of day, such as {word} 10:00")
        return AtLocal(time_of_day(rest.strip()), weekday(word))
    if _CLOCK_TIME.match(text):
        return AtLocal(time_of_day(text))
    if _SEVERAL_DAYS.match(text):
        raise ValueError(f"{shown(text)} names several days; write one (mon 10:00), or any day (10:00)")
    if _FIXED_DATE.match(text):
        raise ValueError(f"{shown(text)} is one date for everybody, which a delay cannot be; {_HOW}")
    if _DURATION.match(text):
        return durations.parse(text)
    match = _ATTRIBUTE.fullmatch(text.replace("\N{EN DASH}", "-").replace("\N{MINUS SIGN}", "-"))
    if match is None:
        raise ValueError(f"{shown(text)} is not a delay; {_HOW}")
    attribute, sign, offset, at = match.groups()
    return FromAttribute(attribute, _offset(sign, offset), None if at is None else time_of_day(at))


def _offset(sign: str | None, text: str | None) -> timedelta:
    if text is None:
        return timedelta(0)
    # Cut before it is negated: the longest duration has no negative.
    size = min(durations.parse(text), MAX_OFFSET + _DAY)
    return -size if sign == "-" else size


def delay_text(delay: Delay) -> str:
    """Write when a step begins; `parse_delay` reads it back."""
    if isinstance(delay, timedelta):
        return durations.words(delay)
    if isinstance(delay, AtLocal):
        return f"{'' if delay.weekday is None else f'{DAYS[delay.weekday]} '}{time_text(delay.time)}"
    sign = "-" if delay.offset < timedelta(0) else "+"
    moved = f" {sign} {durations.words(abs(delay.offset))}" if delay.offset else ""
    return f"{delay.attribute}{moved}{'' if delay.at is None else f' at {time_text(delay.at)}'}"


def due(
    delay: AtLocal | FromAttribute, now: datetime, zone: tzinfo, attributes: Mapping[str, str]
) -> datetime:
    """When a step begins.

    A local time that clocks skip is the end of the gap; of one that they show twice it is the first.

    Args:
        delay: what the campaign says.
        now: the time, aware.
        zone: where the contact is.
        attributes: the contact's. Times are those of ISO 8601 or RFC 3339; one without an offset is local,
            and a date alone is its midnight.

    Returns:
        The instant in UTC; for an attribute it may lie in the past.

    Raises:
        DelayUnknown: the attribute is missing, or not a time.
        ValueError: now is naive.
    """
    if isinstance(delay, AtLocal):
        return _next(delay, in_utc(now), zone)
    told = stated(delay.attribute, attributes)
    try:
        return _moved(delay, told, zone)
    except OverflowError:
        raise DelayUnknown(delay.attribute, "is too far from now") from None


def _next(delay: AtLocal, now: datetime, zone: tzinfo) -> datetime:
    today = wall(now, zone).date()
    # A week from today comes into play where it is that day, but past that time.
    days = [today + timedelta(days=number) for number in range(8)]
    times = [
        instant(datetime.combine(day, delay.time), zone)
        for day in days
        if delay.weekday in (None, day.weekday())
    ]
    return min(at for at in times if at > now)


def _moved(delay: FromAttribute, stated: datetime, zone: tzinfo) -> datetime:
    sign = -1 if delay.offset < timedelta(0) else 1
    days, rest = divmod(abs(delay.offset), _DAY)
    local = (stated if stated.tzinfo is None else wall(stated, zone)) + sign * days * _DAY
    # An instant that is not moved by days stays itself, be it the second that clocks show so.
    begins = instant(local, zone) if days or stated.tzinfo is None else in_utc(stated)
    if rest:
        begins += sign * rest
        local = wall(begins, zone)
    return begins if delay.at is None else instant(datetime.combine(local.date(), delay.at), zone)


def stated(attribute: str, attributes: Mapping[str, str]) -> datetime:
    """The time that an attribute holds: naive where it says no offset.

    Raises:
        DelayUnknown: it is missing, or not a time.
    """
    text = attributes.get(attribute, "").strip()
    if not text:
        raise DelayUnknown(attribute, "is missing")
    told = read_time(text)
    if told is None:
        problem = "is not a time; it must be like 2026-12-21T11:00 or 2026-12-21T11:00+01:00"
        raise DelayUnknown(attribute, problem)
    return told
