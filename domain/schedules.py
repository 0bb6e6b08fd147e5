"""When an audience is enrolled in a campaign again and again, and by which clock."""

import math
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from domain.limits import MAX_DURATION, MAX_SPREAD
from domain.times import cron
from domain.times.months import EVERY_DATE, EVERY_MONTH, check_dates
from domain.times.spans import EVERY_DAY
from domain.times.wall_clock import check_time

UTC_ZONE = "UTC"
MOST_TIMES = 24
"""How many times of day, or expressions, one schedule may have."""
SHORTEST_INTERVAL = timedelta(seconds=1)
SHORTEST_CATCH_UP = timedelta(seconds=10)
"""What Temporal takes at least (docs.temporal.io/schedule, "Catchup Window")."""
CATCH_UP = timedelta(days=1)
LONGEST_NOTE = 200


class Overlap(StrEnum):
    """What happens when a firing is due while an earlier one still enrolls; the words are Temporal's.

    Those of Temporal's that end the earlier one are left out: it would leave a batch half started.
    """

    SKIP = "skip"
    """It does not happen."""
    BUFFER_ONE = "buffer_one"
    """It waits for the end of the earlier one; further ones do not happen."""
    BUFFER_ALL = "buffer_all"
    """All wait for the ones before them."""
    ALLOW_ALL = "allow_all"
    """They enroll side by side."""


def _times(values: Iterable[time]) -> tuple[time, ...]:
    return tuple(sorted(set(values)))


def _numbers(values: Iterable[int]) -> frozenset[int]:
    return frozenset(values)


def _checked(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cron.check(value) for value in values))


@frozen
class Cron:
    """By cron expressions, at each time that one of them names.

    Raises:
        ValueError: there is none, there are too many, or one cannot be used.
    """

    expressions: tuple[str, ...] = field(converter=_checked)

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.expressions) <= MOST_TIMES:
            raise ValueError(f"names from 1 to {MOST_TIMES} expressions")


@frozen
class Calendar:
    """By the calendar: at times of day, on the days for which all of the rest holds.

    Args:
        times: of day, by the clocks of the schedule's zone, in whole seconds. One that a clock change leaves
            out does not come that day.
        weekdays: 0 for Monday to 6 for Sunday.
        days: of the month, from 1.
        months: from 1 for January.

    Raises:
        ValueError: one of these is empty or out of its range, or no day is left.
    """

    times: tuple[time, ...] = field(converter=_times)
    weekdays: frozenset[int] = field(default=EVERY_DAY, converter=_numbers)
    days: frozenset[int] = field(default=EVERY_DATE, converter=_numbers)
    months: frozenset[int] = field(default=EVERY_MONTH, converter=_numbers)

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.times) <= MOST_TIMES:
            raise ValueError(f"names from 1 to {MOST_TIMES} times of day")
        for each in self.times:
            check_time(each)
        for name, values, known in (
            ("weekdays", self.weekdays, EVERY_DAY),
            ("days", self.days, EVERY_DATE),
            ("months", self.months, EVERY_MONTH),
        ):
            if not values or not values <= known:
                raise ValueError(f"{name} must be some of {min(known)} to {max(known)}")
        check_dates(self.days, self.months)


@frozen
class Interval:
    """At an even pace, counted from the beginning of 1970 in UTC, whatever clocks say.

    Args:
        every: from one firing to the next.
        offset: how much later than that each one is; less than `every`.

    Raises:
        ValueError: any of these does not hold.
    """

    every: timedelta
    offset: timedelta = timedelta(0)

    def __attrs_post_init__(self) -> None:
        if not SHORTEST_INTERVAL <= self.every <= MAX_DURATION or self.every.microseconds:
            raise ValueError("an interval is from 1 second to 366 days long, in whole seconds")
        if not timedelta(0) <= self.offset < self.every or self.offset.microseconds:
            raise ValueError("the offset of an interval is shorter than the interval, in whole seconds")


When: TypeAlias = Cron | Calendar | Interval


@frozen
class Schedule:
    """An audience that is enrolled in a campaign again and again.

    Args:
        key: what it is called.
        campaign: the campaign's key.
        audience: the audience's key.
        when: the times.
        version: of the campaign; None for the one that is the latest when it fires.
        rate: runs a second that are started at most; None for no limit of its own.
        time_zone: by whose clocks, an IANA name.
        jitter: each firing comes so much later at most, by chance, so that not all schedules fire at once.
        overlap: what happens when a firing is due while an earlier one goes on.
        catch_up: firings that were missed so long ago at most happen once Temporal is back.
        starts_at: it does not fire before; None for at once.
        ends_at: it does not fire after; None for never ending.
        note: what it is for. It is kept by Temporal, so nothing personal belongs here.

    Raises:
        ValueError: any of these cannot be so.
    """

    key: str
    campaign: str
    audience: str
    when: When
    version: int | None = None
    rate: float | None = None
    time_zone: str = UTC_ZONE
    jitter: timedelta = timedelta(0)
    overlap: Overlap = Overlap.SKIP
    catch_up: timedelta = CATCH_UP
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if self.rate is not None and not (self.rate > 0 and math.isfinite(self.rate)):
            raise ValueError("the rate must be a number above 0")
        if not timedelta(0) <= self.jitter <= MAX_SPREAD:
            raise ValueError("the jitter is a day at most")
        if not SHORTEST_CATCH_UP <= self.catch_up <= MAX_DURATION:
            raise ValueError("catch_up is from 10 seconds to 366 days long")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("it must start before it ends")
