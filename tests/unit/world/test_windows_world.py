"""No touch leaves its window, and none waits longer than the window makes it, in the whole world.

That is every zone at every clock change of three years, against an oracle that counts minutes.
"""

from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times.spans import Span
from domain.times.windows import SendWindow, allows, deferred_until, next_allowed, parse_window
from tests.unit.domain.clocks import (
    BEGIN,
    END,
    MINUTE,
    ZONES,
    Change,
    changes,
    open_minutes,
    shown_minutes,
    thorough,
)

BEFORE = timedelta(hours=4)
SCANNED = 34 * 60
"""So many minutes, from `BEFORE` a change on."""

SPREAD = timedelta(minutes=15)
WINDOWS = (
    "us-tcpa",
    "02:15-02:45",
    "01:30-03:30",
    "22:00-00:30, 02:00-02:10, 03:00-03:01",
    "mon-fri 09:00-12:00, 14:00-18:00; sat 10:00-14:00; sun 02:00-24:00",
)
STARTS = tuple(
    timedelta(seconds=seconds)
    for seconds in (-10800, -5400.5, -1799, -60, -0.000001, 0, 1800.25, 3600, 43200)
)
"""From the change on, in seconds."""


@cache
def scanned(change: Change) -> "array[int]":
    """The minutes of the week around a change."""
    return array("H", shown_minutes(change.zone, change.at - BEFORE, SCANNED))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """What was scanned is let go when all are through."""
    yield
    scanned.cache_clear()


def test_the_world_is_all_there() -> None:
    """The tests below see hundreds of zones, changes both ways, by a whole hour and by other amounts."""
    sizes = {(change.after - change.before) / MINUTE for change in changes()}

    assert len(ZONES) >= 590
    assert len(changes()) >= 1000
    assert {-60, -30, 30, 60} <= sizes


@pytest.mark.parametrize("hours", WINDOWS)
def test_every_clock_change(hours: str) -> None:
    """Around each change of each zone the next opening is the first that minute-counting finds, exactly."""
    window = SendWindow(parse_window(hours), spread=SPREAD)
    table = open_minutes(window.spans)
    wrong = [
        (change, start)
        for change in changes()
        for bits in [bytes(map(table.__getitem__, scanned(change)))]
        for start in STARTS
        if not right(window, bits, change, change.at + start)
    ]

    assert wrong == []


def right(window: SendWindow, bits: bytes, change: Change, at: datetime) -> bool:
    """Whether the domain says of one instant what the minutes say, 1 for each that is open."""
    zones, origin = [ZoneInfo(change.zone)], change.at - BEFORE
    minute = (at - origin) // MINUTE
    found = next_allowed(window, at, zones, never)
    deferred = deferred_until(window, at, zones, never, change.zone)
    first = bits.find(1, minute)
    if found is None or deferred is None or allows(window, at, zones, never) != bool(bits[minute]):
        return False
    if first < 0:
        return found >= origin + MINUTE * len(bits)
    last = bits.find(0, first)
    closes = origin + MINUTE * (last if last > 0 else len(bits))
    opens = max(at, origin + MINUTE * first)
    end = opens if opens == at else min(opens + SPREAD, closes)
    return found == opens and opens <= deferred <= end and (deferred < end or opens == at)


def never(day: date) -> bool:
    """No day is a holiday."""
    return False


def _time(number: int) -> time:
    return time(number // 12, number % 12 * 5)


@st.composite
def _spans(draw: st.DrawFn) -> Span:
    # In steps of five minutes, like the changes of these years: the oracle then need not look at each one.
    opens = draw(st.integers(0, 287))
    closes = draw(st.integers(opens + 1, 288))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Span(days, _time(opens), None if closes == 288 else _time(closes))


windows = st.builds(
    SendWindow,
    st.lists(_spans(), min_size=1, max_size=4).map(tuple),
    spread=st.timedeltas(timedelta(0), timedelta(hours=30)),
)
_anytime = st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC))
_near = st.builds(
    lambda change, offset: (change.zone, change.at + offset),
    st.deferred(lambda: st.sampled_from(changes())),
    st.timedeltas(-timedelta(hours=30), timedelta(hours=6)),
)
moments = st.tuples(st.sampled_from(ZONES), _anytime) | _near
"""A zone and an instant; often a change of its clocks is near."""

STEP = timedelta(minutes=5)
LOOKED_AT = 8 * 288


@settings(thorough, max_examples=200)
@given(windows, moments, st.lists(st.sampled_from(ZONES), max_size=2), st.frozensets(st.integers(0, 9)))
def test_never_outside_and_never_longer(
    window: SendWindow, moment: tuple[str, datetime], others: list[str], holidays: frozenset[int]
) -> None:
    """Whatever the hours, zones and holidays: the result is open in all zones, and nothing before it is."""
    names, at = {moment[0], *others}, moment[1]
    zones = [ZoneInfo(name) for name in names]
    closed = {(at + timedelta(days=number)).date() for number in holidays}.__contains__
    table = open_minutes(window.spans)

    def is_open(instant: datetime) -> bool:
        shown = [instant.astimezone(zone) for zone in zones]
        return all(
            table[local.weekday() * 1440 + local.hour * 60 + local.minute] and not closed(local.date())
            for local in shown
        )

    found = next_allowed(window, at, zones, closed)
    deferred = deferred_until(window, at, zones, closed, moment[0])
    edge = at - (at - datetime.min.replace(tzinfo=UTC)) % STEP + STEP
    edges = [at, *(edge + STEP * number for number in range(LOOKED_AT))]
    first = next((instant for instant in edges if is_open(instant)), None)

    assert allows(window, at, zones, closed) == is_open(at)
    if first is None:
        assert found is None or found > edges[-1]
    else:
        assert found == first
    if found is None or deferred is None:
        assert found is deferred
        return
    assert is_open(found)
    assert is_open(deferred)
    assert deferred == found == at or found <= deferred < found + max(window.spread, timedelta.resolution)
    between = (found + STEP * number for number in range((deferred - found) // STEP))
    assert all(map(is_open, between))
