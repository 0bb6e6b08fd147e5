"""Schedules in words: ``every weekday at 09:00 America/Chicago``."""

from collections.abc import Sequence

from domain.schedules import Calendar, Cron, Interval, Schedule
from domain.times import durations
from domain.times.months import EVERY_DATE, EVERY_MONTH, MONTHS
from domain.times.spans import EVERY_DAY
from domain.times.wall_clock import DAYS, time_text

_WEEKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})
_NAMED = {EVERY_DAY: "day", _WEEKDAYS: "weekday", _WEEKEND: "weekend day"}


def in_words(schedule: Schedule) -> str:
    """When a schedule fires, as a person would say it; cron expressions as they are."""
    said = _when(schedule)
    return f"{said}, up to {durations.words(schedule.jitter)} later" if schedule.jitter else said


def _when(schedule: Schedule) -> str:
    match schedule.when:
        case Cron():
            return f"cron {_list(schedule.when.expressions)} {schedule.time_zone}"
        case Interval():
            return _interval(schedule.when)
        case _:
            times = _list([time_text(each) for each in schedule.when.times])
            return f"{_days(schedule.when)} at {times} {schedule.time_zone}"


def _interval(when: Interval) -> str:
    every = durations.words(when.every)
    said = f"every {every[2:] if every in _SINGLE else every}"
    return f"{said}, {durations.words(when.offset)} past" if when.offset else said


_SINGLE = frozenset({"1 day", "1 hour", "1 minute", "1 second"})


def _days(when: Calendar) -> str:
    months = _list([MONTHS[each - 1].title() for each in sorted(when.months)])
    if when.days == EVERY_DATE:
        return f"every {_weekdays(when)}{'' if when.months == EVERY_MONTH else f' in {months}'}"
    days = _list([str(day) for day in sorted(when.days)])
    said = f"on day {days} of {'every month' if when.months == EVERY_MONTH else months}"
    return said if when.weekdays == EVERY_DAY else f"{said} where that is a {_weekdays(when, 'or')}"


def _weekdays(when: Calendar, last: str = "and") -> str:
    return _NAMED.get(when.weekdays) or _list([DAYS[day].title() for day in sorted(when.weekdays)], last)


def _list(words: Sequence[str], last: str = "and") -> str:
    *rest, final = words
    return f"{', '.join(rest)} {last} {final}" if rest else final
