"""Local times that clocks skip or show twice, in every zone, at every change of three years."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.times.delays import AtLocal, FromAttribute, due
from domain.times.local_time import instant, wall
from tests.unit.domain.clocks import BEGIN, END, MINUTE, ZONES, Change, changes, thorough

DAY = timedelta(days=1)
QUARTER = 15 * MINUTE


def around(change: Change) -> list[datetime]:
    """Wall times at each quarter of an hour around a change: those it skips or repeats, and others."""
    before, after = (change.at.replace(tzinfo=None) + offset for offset in (change.before, change.after))
    start, end = min(before, after) - 2 * QUARTER, max(before, after) + 2 * QUARTER
    return [start + QUARTER * number for number in range((end - start) // QUARTER + 1)]


def expected(change: Change, shown: datetime) -> datetime:
    """When clocks show a wall time near a change, told from the two offsets alone."""
    early, late = (shown.replace(tzinfo=UTC) - offset for offset in (change.before, change.after))
    if early < change.at:
        return early
    return late if late >= change.at else change.at


def test_skipped_and_repeated_times() -> None:
    """A repeated wall time is its first, a skipped one the end of the gap, any other itself."""
    cases = [(change, shown) for change in changes() for shown in around(change)]
    wrong = [case for case in cases if instant(case[1], ZoneInfo(case[0].zone)) != expected(*case)]

    assert wrong == []
    assert len(cases) > 5000


def test_the_next_local_time_around_each_change() -> None:
    """A step that waits for a local time near a change begins then, whatever the clocks do."""
    cases = [(change, shown) for change in changes() for shown in around(change)]
    wrong = [
        (change, shown)
        for change, shown in cases
        for at in [change.at - DAY / 2]
        for delay in [AtLocal(shown.time(), shown.weekday())]
        if due(delay, at, ZoneInfo(change.zone), {}) != expected(change, shown)
    ]

    assert wrong == []


def test_days_before_an_appointment_around_each_change() -> None:
    """Two days before, and the day after at a time, keep to the wall clock across each change."""
    wrong = []
    for change in changes():
        due_there = partial(due, now=change.at, zone=ZoneInfo(change.zone))
        for shown in around(change):
            stated = {"visit": (shown + 2 * DAY).isoformat(" ")}
            before = due_there(FromAttribute("visit", -2 * DAY), attributes=stated)
            at = due_there(FromAttribute("visit", -2 * DAY, shown.time()), attributes=stated)
            if {before, at} != {expected(change, shown)}:
                wrong.append((change, shown))

    assert wrong == []


@thorough
@given(
    st.sampled_from(ZONES),
    st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC)),
    st.integers(0, 287),
    st.none() | st.integers(0, 6),
)
def test_never_early_and_never_skipped(zone: str, now: datetime, number: int, weekday: int | None) -> None:
    """The next local time lies after now, and no earlier minute shows it, but for a second showing."""
    there = ZoneInfo(zone)
    at = time(number // 12, number % 12 * 5)
    begins = due(AtLocal(at, weekday), now, there, {})
    edge = now - (now - BEGIN) % (5 * MINUTE) + 5 * MINUTE
    passed = (edge + 5 * MINUTE * count for count in range((begins - edge) // (5 * MINUTE)))
    shown = [wall(instant_, there) for instant_ in passed]
    earlier: list[date] = [
        local.date() for local in shown if local.time() == at and weekday in (None, local.weekday())
    ]

    assert begins > now
    # Only a time that was shown before now, too, is passed over.
    assert all(instant(datetime.combine(day, at), there) <= now for day in earlier)
