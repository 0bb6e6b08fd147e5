"""Schedules in Temporal's own words."""

from collections.abc import Iterable, Iterator, Mapping

from temporalio.client import (
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)

from domain.schedules import Calendar, Cron, Interval, Overlap, Schedule

OVERLAPS: Mapping[Overlap, ScheduleOverlapPolicy] = {
    Overlap.SKIP: ScheduleOverlapPolicy.SKIP,
    Overlap.BUFFER_ONE: ScheduleOverlapPolicy.BUFFER_ONE,
    Overlap.BUFFER_ALL: ScheduleOverlapPolicy.BUFFER_ALL,
    Overlap.ALLOW_ALL: ScheduleOverlapPolicy.ALLOW_ALL,
}


def spec_of(schedule: Schedule) -> ScheduleSpec:
    """When a schedule fires. The zone goes along by its name, so that 9:00 stays 9:00 over clock changes."""
    spec = ScheduleSpec(
        start_at=schedule.starts_at,
        end_at=schedule.ends_at,
        jitter=schedule.jitter or None,
        time_zone_name=schedule.time_zone,
    )
    match schedule.when:
        case Cron():
            spec.cron_expressions = list(schedule.when.expressions)
        case Interval():
            spec.intervals = [ScheduleIntervalSpec(schedule.when.every, schedule.when.offset)]
        case Calendar():
            spec.calendars = list(_calendars(schedule.when))
    return spec


def policy_of(schedule: Schedule) -> SchedulePolicy:
    """What happens when firings meet, or were missed."""
    return SchedulePolicy(overlap=OVERLAPS[schedule.overlap], catchup_window=schedule.catch_up)


def _calendars(when: Calendar) -> Iterator[ScheduleCalendarSpec]:
    """One for each time of day: what stands in one is matched field by field, so 9:30 and 17:00 need two."""
    for each in when.times:
        yield ScheduleCalendarSpec(
            second=_values([each.second]),
            minute=_values([each.minute]),
            hour=_values([each.hour]),
            day_of_month=_values(when.days),
            month=_values(when.months),
            day_of_week=_values((day + 1) % 7 for day in when.weekdays),  # Temporal begins with Sunday
        )


def _values(numbers: Iterable[int]) -> list[ScheduleRange]:
    return [ScheduleRange(number) for number in sorted(numbers)]
