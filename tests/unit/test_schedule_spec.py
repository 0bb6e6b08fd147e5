"""Schedules in Temporal's own words."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import ScheduleCalendarSpec, ScheduleIntervalSpec, ScheduleOverlapPolicy, ScheduleRange

from adapters.temporal.schedule_spec import OVERLAPS, policy_of, spec_of
from domain.schedule_form import read_schedule
from domain.schedules import Overlap, Schedule

NINE, MONDAY = ScheduleRange(9), ScheduleRange(1)


def schedule(when: object, **rest: object) -> Schedule:
    """A schedule that fires then."""
    return read_schedule("leads", {"campaign": "welcome", "audience": "leads", "when": when, **rest})


def test_nine_in_chicago_stays_nine_over_clock_changes() -> None:
    """The hour is by the clocks of the zone, which goes along by its name: no offset is worked out here."""
    spec = spec_of(schedule({"at": "09:00", "weekdays": "mon-fri"}, time_zone="America/Chicago"))
    [calendar] = spec.calendars

    assert spec.time_zone_name == "America/Chicago"
    assert (list(calendar.hour), list(calendar.minute)) == ([NINE], [ScheduleRange(0)])
    assert [day.start for day in calendar.day_of_week] == [1, 2, 3, 4, 5]


def test_each_time_of_day_is_a_calendar_of_its_own() -> None:
    """In one, 9:30 and 17:00 would be 9:00 and 17:30 as well."""
    spec = spec_of(schedule({"at": ["09:30", "17:00:15"]}))
    times = [(list(one.hour), list(one.minute), list(one.second)) for one in spec.calendars]

    assert times == [
        ([NINE], [ScheduleRange(30)], [ScheduleRange(0)]),
        ([ScheduleRange(17)], [ScheduleRange(0)], [ScheduleRange(15)]),
    ]


def test_days_and_months_are_as_temporal_counts_them() -> None:
    """Sunday is its first day."""
    spec = spec_of(schedule({"at": "09:00", "weekdays": "sun,mon", "days": [1, 15], "months": "jan,dec"}))
    [calendar] = spec.calendars

    assert isinstance(calendar, ScheduleCalendarSpec)
    assert list(calendar.day_of_week) == [ScheduleRange(0), MONDAY]
    assert list(calendar.day_of_month) == [ScheduleRange(1), ScheduleRange(15)]
    assert list(calendar.month) == [ScheduleRange(1), ScheduleRange(12)]


def test_cron_and_intervals_go_as_they_are() -> None:
    """With nothing beside them."""
    cron, interval = (
        spec_of(schedule({"cron": "@daily"})),
        spec_of(schedule({"every": "6h", "offset": "10m"})),
    )

    assert (cron.cron_expressions, cron.calendars, cron.intervals) == (["@daily"], [], [])
    assert interval.intervals == [ScheduleIntervalSpec(timedelta(hours=6), timedelta(minutes=10))]
    assert (interval.calendars, interval.cron_expressions) == ([], [])


def test_from_when_to_when_and_how_exactly() -> None:
    """Without an end, and without jitter, unless they are given."""
    given = spec_of(
        schedule(
            {"every": "6h"}, starts_at="2026-03-01T00:00:00Z", ends_at="2026-04-01T00:00:00Z", jitter="5m"
        )
    )
    plain = spec_of(schedule({"every": "6h"}))

    assert (given.start_at, given.end_at) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
    )
    assert given.jitter == timedelta(minutes=5)
    assert (plain.start_at, plain.end_at, plain.jitter) == (None, None, None)


@pytest.mark.parametrize("overlap", Overlap)
def test_overlap_is_told_in_the_same_word(overlap: Overlap) -> None:
    """Each has Temporal's own name."""
    policy = policy_of(schedule({"every": "6h"}, overlap=overlap.value, catch_up="2h"))

    assert policy.overlap is ScheduleOverlapPolicy[overlap.name] is OVERLAPS[overlap]
    assert policy.catchup_window == timedelta(hours=2)
