"""Schedules as people write them: what is read, what is refused and how, and how they are said."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from domain.errors import InvalidSchedule
from domain.schedule_form import read_remark, read_schedule, read_stretch, write_schedule
from domain.schedule_words import in_words
from domain.schedules import MOST_TIMES, Calendar, Cron, Interval, Overlap, Schedule

WEEK = frozenset(range(7))
DATES = frozenset(range(1, 32))
MONTHS = frozenset(range(1, 13))


def read(when: object, key: str = "leads", **rest: Any) -> Schedule:
    """Read a schedule of which all but this is in order."""
    return read_schedule(key, {"campaign": "welcome", "audience": "leads", "when": when, **rest})


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ({"cron": "0 9 * * *"}, Cron(["0 9 * * *"])),
        ({"cron": ["0  9 * * *", "@daily", "@daily"]}, Cron(["0 9 * * *", "@daily"])),
        ({"at": "9:00"}, Calendar([time(9)])),
        ({"at": ["17:30", "09:00:15", "17:30"]}, Calendar([time(9, 0, 15), time(17, 30)])),
        ({"at": "9:00", "weekdays": "mon-fri"}, Calendar([time(9)], range(5))),
        ({"at": "9:00", "weekdays": ["Friday - Monday"]}, Calendar([time(9)], {4, 5, 6, 0})),
        ({"at": "9:00", "weekdays": "mon, wed"}, Calendar([time(9)], {0, 2})),
        ({"at": "9:00", "days": "1,15-17"}, Calendar([time(9)], WEEK, {1, 15, 16, 17})),
        ({"at": "9:00", "days": [1, "15"]}, Calendar([time(9)], WEEK, {1, 15})),
        ({"at": "9:00", "months": ["nov-feb"]}, Calendar([time(9)], WEEK, DATES, {11, 12, 1, 2})),
        ({"every": "1d12h"}, Interval(timedelta(hours=36))),
        ({"every": "6h", "offset": "10m"}, Interval(timedelta(hours=6), timedelta(minutes=10))),
    ],
)
def test_times_are_read_and_written(when: object, meant: object) -> None:
    """What is written is read back as it was."""
    schedule = read(when)

    assert schedule.when == meant
    assert read_schedule("leads", write_schedule(schedule)) == schedule


def test_all_that_can_be_said_is_read_and_written() -> None:
    """Moments are kept in UTC."""
    said = {
        "version": 3,
        "rate": 2,
        "time_zone": "America/Chicago",
        "jitter": "5m",
        "overlap": "buffer_all",
        "catch_up": "2h",
        "starts_at": "2026-03-01T00:00:00-06:00",
        "ends_at": "2027-03-01T00:00:00Z",
        "note": "Leads of the form",
    }
    schedule = read({"at": "9:00"}, **said)

    assert schedule == Schedule(
        key="leads",
        campaign="welcome",
        audience="leads",
        when=Calendar([time(9)]),
        version=3,
        rate=2.0,
        time_zone="America/Chicago",
        jitter=timedelta(minutes=5),
        overlap=Overlap.BUFFER_ALL,
        catch_up=timedelta(hours=2),
        starts_at=datetime(2026, 3, 1, 6, tzinfo=UTC),
        ends_at=datetime(2027, 3, 1, tzinfo=UTC),
        note="Leads of the form",
    )
    assert read_schedule("leads", write_schedule(schedule)) == schedule


HOW_WHEN = "say one of: cron, at (times of day) or every (an interval)"
FIELDS = "0 9 * * mon-fri: minute, hour, day of the month, month, day of the week"


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ({}, ("when", f"says nothing; {HOW_WHEN}")),
        ({"at": "9:00", "every": "1h"}, ("when", f"says at and every; {HOW_WHEN}")),
        ({"at": "9:00", "offset": "1h"}, ("when.offset", "does not go with at")),
        ({"cron": "@daily", "weekdays": "mon"}, ("when.weekdays", "does not go with cron")),
        ([], ("when", "must be a mapping of cron, at, weekdays, days, months, every, offset, not a list")),
        ({"at": []}, ("when.at", "must name at least one")),
        ({"at": "25:00"}, ("when.at", "'25:00' is not a time of day")),
        ({"at": [9]}, ("when.at.0", "must be text, not 9")),
        ({"at": [f"9:{minute:02}" for minute in range(25)]}, ("when", "from 1 to 24 times")),
        ({"at": "9:00", "weekdays": "mon-noday"}, ("when.weekdays", "'noday' is not a day")),
        ({"at": "9:00", "weekdays": []}, ("when", "weekdays must be some of 0 to 6")),
        ({"at": "9:00", "weekdays": 1}, ("when.weekdays", "must be a list, not 1")),
        ({"at": "9:00", "days": [0]}, ("when.days", "'0' is not a day of the month, from 1 to 31")),
        ({"at": "9:00", "days": [True]}, ("when.days", "must be text, not true")),
        ({"at": "9:00", "days": [10**9]}, ("when.days", "is not a day of the month")),
        ({"at": "9:00", "days": ["x"]}, ("when.days", "'x' is not a day of the month")),
        ({"at": "9:00", "months": "feb,noon"}, ("when.months", "'noon' is not a month; the months are")),
        ({"at": "9:00", "days": "30,31", "months": "feb"}, ("when", "no year has a day 30 in feb")),
        ({"at": "9:00", "days": [31], "months": "apr,jun"}, ("when", "no year has a day 31 in apr, jun")),
        ({"every": "0s"}, ("when", "an interval is from 1 second to 366 days long, in whole seconds")),
        ({"every": "1.5s"}, ("when", "an interval is from 1 second to 366 days long, in whole seconds")),
        ({"every": "367d"}, ("when", "an interval is from 1 second to 366 days long, in whole seconds")),
        ({"every": "1h", "offset": "1h"}, ("when", "the offset of an interval is shorter")),
        ({"every": "1h", "offset": "0.5s"}, ("when", "the offset of an interval is shorter")),
        ({"every": "often"}, ("when.every", "'often' is not a duration")),
        ({"cron": ["@daily", "@often"]}, ("when.cron.1", "'@often' is not known; known are @yearly")),
        ({"cron": "@daily 5"}, ("when.cron", "'@daily 5' is not known")),
        ({"cron": "0 9 * *"}, ("when.cron", f"has 4 fields; write five fields, like {FIELDS}")),
        ({"cron": "CRON_TZ=UTC 0 9 * * *"}, ("when.cron", "the zone does not stand in the expression")),
        ({"cron": "0 9 ? * *"}, ("when.cron", "'?' cannot be read as the day of the month")),
        ({"cron": "0 9 * * 1#2"}, ("when.cron", "'1#2' cannot be read as the day of the week")),
        ({"cron": "60 9 * * *"}, ("when.cron", "'60', the minute, is not from 0 to 59")),
        ({"cron": "nine * * * *"}, ("when.cron", "'nine' is not a number (the minute)")),
        ({"cron": "0 9 * noon *"}, ("when.cron", "'noon' is not a month; the months are jan")),
        ({"cron": "0 9 * * fri-sun"}, ("when.cron", "'fri-sun', the day of the week, ends before it begins")),
        ({"cron": "*/0 * * * *"}, ("when.cron", "the step of '*/0', the minute, must be from 1 to 59")),
        ({"cron": "0 9 13 * 5"}, ("when.cron", "it names days of the month and of the week")),
        ({"cron": "0 9 31 2 *"}, ("when.cron", "no year has a day 31 in feb")),
    ],
)  # fmt: skip
def test_times_that_cannot_be_used(when: object, problem: tuple[str, str]) -> None:
    """Each says where it is, and how it would be right."""
    place, sentence = problem
    with pytest.raises(InvalidSchedule) as refused:
        read(when)
    [(path, said)] = refused.value.problems

    assert ".".join(map(str, path)) == place
    assert sentence in said


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ({"key": "No Key"}, "key: 'No Key' is not a key: a small letter, then up to 39 small letters"),
        ({"campaign": None}, "campaign: is missing; name the campaign by its key"),
        ({"audience": "a:b"}, "audience: 'a:b' is not a key"),
        ({"version": 0}, "version: must be from 1 to 2147483647"),
        ({"rate": 0}, "schedule: the rate must be a number above 0"),
        ({"rate": 10**400}, "rate: must be a finite number of a sensible size"),
        ({"time_zone": "Nine o'clock"}, 'time_zone: "Nine o\'clock" is not a time zone of the IANA database'),
        ({"jitter": "2d"}, "schedule: the jitter is a day at most"),
        ({"overlap": "cancel_other"}, "overlap: 'cancel_other' is not a choice here; known are skip"),
        ({"catch_up": "9s"}, "schedule: catch_up is from 10 seconds to 366 days long"),
        ({"starts_at": "2026-03-01"}, "starts_at: '2026-03-01' is not a moment"),
        (
            {"starts_at": "0001-01-01T00:00:00+14:00"},
            "starts_at: '0001-01-01T00:00:00+14:00' is not a moment",
        ),
        ({"ends_at": 5}, "ends_at: 5 is not a moment; write it like 2026-03-31T09:00:00Z"),
        (
            {"starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"},
            "schedule: it must start before it ends",
        ),
        ({"note": "a\nb"}, "note: must be one line of 200 characters at most"),
        ({"note": "x" * 201}, "note: must be one line of 200 characters at most"),
        ({"tenant": "other"}, "tenant: is not known here"),
    ],
)
def test_what_else_cannot_be_used(rest: dict[str, Any], problem: str) -> None:
    """Each says where it is, and how it would be right."""
    with pytest.raises(InvalidSchedule) as refused:
        read({"every": "6h"}, **rest)

    assert str(refused.value).startswith(problem)
    assert len(refused.value.problems) == 1


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Line by line."""
    with pytest.raises(InvalidSchedule) as refused:
        read_schedule("leads", {"version": 0, "when": {"at": "x", "days": [40]}})

    assert [".".join(map(str, path)) for path, _ in refused.value.problems] == [
        "campaign",
        "audience",
        "version",
        "when.at",
        "when.days",
    ]
    assert len(str(refused.value).splitlines()) == 5


def test_no_schedule_at_all() -> None:
    """Whoever sends something else is told what is wanted."""
    with pytest.raises(InvalidSchedule, match="schedule: must be a mapping of campaign, audience"):
        read_schedule("leads", None)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Cron([]), "names from 1 to 24 expressions"),
        (lambda: Cron([f"{minute} 9 * * *" for minute in range(MOST_TIMES + 1)]), "names from 1 to 24"),
        (lambda: Calendar([]), "names from 1 to 24 times of day"),
        (lambda: Calendar([time(9, tzinfo=UTC)]), "a time of day has no zone"),
        (lambda: Calendar([time(9)], {7}), "weekdays must be some of 0 to 6"),
        (lambda: Calendar([time(9)], WEEK, {0}), "days must be some of 1 to 31"),
        (lambda: Calendar([time(9)], WEEK, DATES, set()), "months must be some of 1 to 12"),
    ],
)
def test_what_code_cannot_make_either(make: Any, problem: str) -> None:
    """The rules are those of the values themselves."""
    with pytest.raises(ValueError, match=problem):
        make()


@pytest.mark.parametrize(
    ("when", "rest", "words"),
    [
        (
            {"at": "9:00", "weekdays": "mon-fri"},
            {"time_zone": "America/Chicago"},
            "every weekday at 09:00 America/Chicago",
        ),
        ({"at": ["9:00", "17:30"]}, {}, "every day at 09:00 and 17:30 UTC"),
        ({"at": "9:00:30", "weekdays": "sat,sun"}, {}, "every weekend day at 09:00:30 UTC"),
        ({"at": "9:00", "weekdays": "mon,wed,fri"}, {}, "every Mon, Wed and Fri at 09:00 UTC"),
        ({"at": "9:00", "months": "jan,jul"}, {}, "every day in Jan and Jul at 09:00 UTC"),
        ({"at": "9:00", "days": [1, 15]}, {}, "on day 1 and 15 of every month at 09:00 UTC"),
        ({"at": "9:00", "days": [1], "months": "jan"}, {}, "on day 1 of Jan at 09:00 UTC"),
        (
            {"at": "9:00", "days": [13], "weekdays": "thu,fri"},
            {},
            "on day 13 of every month where that is a Thu or Fri at 09:00 UTC",
        ),
        ({"cron": "0 9 * * 1"}, {"time_zone": "Europe/Berlin"}, "cron 0 9 * * 1 Europe/Berlin"),
        ({"every": "1h"}, {}, "every hour"),
        ({"every": "90m"}, {}, "every 1 hour 30 minutes"),
        ({"every": "6h", "offset": "10m"}, {}, "every 6 hours, 10 minutes past"),
        ({"every": "6h"}, {"jitter": "5m"}, "every 6 hours, up to 5 minutes later"),
    ],
)  # fmt: skip
def test_a_schedule_in_words(when: object, rest: dict[str, Any], words: str) -> None:
    """As a person would say it; cron as it was written."""
    assert in_words(read(when, **rest)) == words


def test_a_stretch_of_time_is_read() -> None:
    """In UTC."""
    assert read_stretch("2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00Z") == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 2, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("yesterday", "2026-03-01T00:00:00Z", "start: 'yesterday' is not a moment"),
        ("2026-03-01T00:00:00Z", "", "end: '' is not a moment"),
        ("2026-03-01T00:00:00Z", "2026-03-01T01:00:00+01:00", "end: must be later than the start"),
    ],
)
def test_a_stretch_that_is_none(start: str, end: str, problem: str) -> None:
    """It says which end is wrong."""
    with pytest.raises(InvalidSchedule, match=problem):
        read_stretch(start, end)


def test_a_remark_is_one_line() -> None:
    """It is kept where people look at lists."""
    assert read_remark("The form is being rebuilt.") == "The form is being rebuilt."
    with pytest.raises(InvalidSchedule, match="remark: must be one line of 200 characters at most"):
        read_remark("\ud800")
