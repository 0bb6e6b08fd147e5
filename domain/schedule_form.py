"""Schedules as plain data, the way people write them and the way they are kept."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from domain.errors import InvalidCampaign, InvalidSchedule
from domain.language.contact_rules import zone
from domain.language.sections import Section, choice, duration, number, sequence, text, within
from domain.limits import KEY, MAX_VERSION
from domain.schedules import (
    CATCH_UP,
    LONGEST_NOTE,
    UTC_ZONE,
    Calendar,
    Cron,
    Interval,
    Overlap,
    Schedule,
    When,
)
from domain.times import cron, durations
from domain.times.months import EVERY_DATE, EVERY_MONTH, MONTHS, month
from domain.times.spans import EVERY_DAY
from domain.times.wall_clock import DAYS, time_of_day, time_text, weekday
from domain.wording import shown

FIELDS = (
    "campaign", "audience", "version", "rate", "when", "time_zone", "jitter", "overlap", "catch_up",
    "starts_at", "ends_at", "note",
)  # fmt: skip
WHEN = ("cron", "at", "weekdays", "days", "months", "every", "offset")

HOW_KEYS_LOOK = "a small letter, then up to 39 small letters, digits, - and _"

_T = TypeVar("_T")
_HOW = "say one of: cron, at (times of day) or every (an interval)"


def read_schedule(key: str, data: object) -> Schedule:
    """Read a schedule.

    Args:
        key: what it is called.
        data: a mapping with the keys of `FIELDS`: ``campaign``, ``audience`` and ``when`` must be there. In
            ``when`` stands ``cron`` (an expression or several), or ``at`` (a time of day or several) with
            ``weekdays``, ``days`` and ``months`` where it is not on all of them, or ``every`` (a duration)
            with an ``offset``. Durations are words such as ``6h``, moments are RFC 3339 with their offset.

    Raises:
        InvalidSchedule: it cannot be used; what is wrong with it is named.
    """
    problems: list[InvalidCampaign] = []
    if not KEY.fullmatch(key):
        problems.append(InvalidCampaign(("key",), f"{shown(key)} is not a key: {HOW_KEYS_LOOK}"))
    top = Section.open(data, (), FIELDS, problems)
    given: dict[str, Any] = {
        "campaign": top.take("campaign", _key, "", missing="name the campaign by its key"),
        "audience": top.take("audience", _key, "", missing="name the audience by its key"),
        "version": top.take("version", within(1, MAX_VERSION), None),
        "rate": top.take("rate", number, None),
        "time_zone": top.take("time_zone", zone, UTC_ZONE),
        "jitter": top.take("jitter", duration, timedelta(0)),
        "overlap": top.take("overlap", choice(Overlap), Overlap.SKIP),
        "catch_up": top.take("catch_up", duration, CATCH_UP),
        "starts_at": top.take("starts_at", moment, None),
        "ends_at": top.take("ends_at", moment, None),
        "note": top.take("note", _note, ""),
    }
    when = _read_when(top.section("when", WHEN))
    schedule = None if when is None else _made(top, lambda: Schedule(key, when=when, **given))
    if problems or schedule is None:
        raise InvalidSchedule((problem.path, problem.problem) for problem in problems)
    return schedule


def write_schedule(schedule: Schedule) -> dict[str, Any]:
    """Write a schedule, without its key and without what is as it is by default; `read_schedule` reads it."""
    optional = {
        "version": schedule.version,
        "rate": schedule.rate,
        "jitter": durations.words(schedule.jitter) if schedule.jitter else None,
        "starts_at": None if schedule.starts_at is None else schedule.starts_at.isoformat(),
        "ends_at": None if schedule.ends_at is None else schedule.ends_at.isoformat(),
        "note": schedule.note or None,
    }
    return {
        "campaign": schedule.campaign,
        "audience": schedule.audience,
        "when": _write_when(schedule.when),
        "time_zone": schedule.time_zone,
        "overlap": schedule.overlap.value,
        "catch_up": durations.words(schedule.catch_up),
        **{name: value for name, value in optional.items() if value is not None},
    }


def read_remark(remark: str) -> str:
    """Read why a schedule is held or released.

    Raises:
        InvalidSchedule: it is no single short line.
    """
    return _read("remark", _note, remark)


def read_stretch(start: str, end: str) -> tuple[datetime, datetime]:
    """Read a stretch of time, in UTC.

    Raises:
        InvalidSchedule: a moment cannot be read, or the end is not after the start.
    """
    begins, ends = _read("start", moment, start), _read("end", moment, end)
    if begins >= ends:
        raise InvalidSchedule([(("end",), "must be later than the start")])
    return begins, ends


def moment(value: object) -> datetime:
    """A moment, in UTC.

    Raises:
        ValueError: it cannot be read, or has no offset.
    """
    try:
        at = datetime.fromisoformat(text(value))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{shown(value)} is not a moment; write it like 2026-03-31T09:00:00Z")


def _read(name: str, read: Callable[[object], _T], value: object) -> _T:
    try:
        return read(value)
    except ValueError as error:
        raise InvalidSchedule([((name,), str(error))]) from None


def _read_when(when: Section) -> When | None:
    ways = [name for name in _BELONGS if name in when.values]
    if len(ways) != 1:
        if when.readable:
            when.report(f"says {' and '.join(ways) or 'nothing'}; {_HOW}")
        return None
    for name in when.values:
        if name not in _BELONGS[ways[0]]:
            when.wrong(name, f"does not go with {ways[0]}")
    return _READERS[ways[0]](when)


def _read_cron(when: Section) -> When | None:
    expressions = when.one_or_each("cron", _expression)
    return _made(when, lambda: Cron(expressions))


def _read_calendar(when: Section) -> When | None:
    times = when.one_or_each("at", lambda value: time_of_day(text(value)))
    weekdays = when.take("weekdays", _some_of(sorted(EVERY_DAY), weekday), EVERY_DAY)
    days = when.take("days", _some_of(sorted(EVERY_DATE), _date), EVERY_DATE)
    months = when.take("months", _some_of(sorted(EVERY_MONTH), month), EVERY_MONTH)
    return _made(when, lambda: Calendar(times, weekdays, days, months))


def _read_interval(when: Section) -> When | None:
    every = when.take("every", duration, timedelta(0))
    offset = when.take("offset", duration, timedelta(0))
    return _made(when, lambda: Interval(every, offset))


_BELONGS: Mapping[str, Collection[str]] = {
    "cron": ("cron",),
    "at": ("at", "weekdays", "days", "months"),
    "every": ("every", "offset"),
}
"""The ways to say when, each with what can be said along with it."""
_READERS: Mapping[str, Callable[[Section], When | None]] = {
    "cron": _read_cron,
    "at": _read_calendar,
    "every": _read_interval,
}


def _made(section: Section, make: Callable[[], _T]) -> _T | None:
    """What is made of a section's values; None where something is wrong with one of them."""
    depth = len(section.path)
    if any(problem.path[:depth] == section.path for problem in section.problems):
        return None
    try:
        return make()
    except ValueError as error:
        section.report(str(error))
        return None


def _write_when(when: When) -> dict[str, Any]:
    match when:
        case Cron():
            return {"cron": list(when.expressions)}
        case Interval():
            offset = {"offset": durations.words(when.offset)} if when.offset else {}
            return {"every": durations.words(when.every), **offset}
        case _:
            parts = {
                "weekdays": None
                if when.weekdays == EVERY_DAY
                else [DAYS[day] for day in sorted(when.weekdays)],
                "days": None if when.days == EVERY_DATE else sorted(when.days),
                "months": None
                if when.months == EVERY_MONTH
                else [MONTHS[each - 1] for each in sorted(when.months)],
            }
            times = {"at": [time_text(each) for each in when.times]}
            return times | {name: values for name, values in parts.items() if values is not None}


def _some_of(known: Sequence[int], read: Callable[[str], int]) -> Callable[[object], frozenset[int]]:
    """A reader of values and ranges: ``mon-fri``, ``["mon", "wed"]``, ``1,15``, ``[1, 15]``."""

    def item(value: object) -> Iterator[int]:
        words = str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)
        first, dash, last = (part.strip() for part in words.partition("-"))
        low = known.index(read(first))
        span = known.index(read(last)) - low if dash else 0
        # A range may pass the end of the week or the year: fri-mon, nov-feb.
        yield from (known[(low + step) % len(known)] for step in range(span % len(known) + 1))

    def read_all(value: object) -> frozenset[int]:
        items = value.split(",") if isinstance(value, str) else sequence(value)
        return frozenset(each for one in items for each in item(one))

    return read_all


def _date(text: str) -> int:
    if not text.isdecimal() or len(text) > 2 or int(text) not in EVERY_DATE:
        raise ValueError(f"{shown(text)} is not a day of the month, from 1 to 31")
    return int(text)


def _expression(value: object) -> str:
    return cron.check(text(value))


def _key(value: object) -> str:
    key = text(value)
    if not KEY.fullmatch(key):
        raise ValueError(f"{shown(key)} is not a key: {HOW_KEYS_LOOK}")
    return key


def _note(value: object) -> str:
    note = text(value)
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise ValueError(f"must be one line of {LONGEST_NOTE} characters at most")
    return note
