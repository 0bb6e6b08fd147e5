"""When a touch may be sent: cases told one by one, those at clock changes above all."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from domain.times.windows import (
    ALWAYS,
    Closed,
    SendWindow,
    allows,
    deferred_until,
    next_allowed,
    parse_window,
)

BERLIN, NEW_YORK, LOS_ANGELES = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "America/Los_Angeles"))
SYDNEY, PERTH, APIA = map(ZoneInfo, ("Australia/Sydney", "Australia/Perth", "Pacific/Apia"))
MINUTES = timedelta(minutes=1)


def never(day: date) -> bool:
    """No day is a holiday."""
    return False


def always(day: date) -> bool:
    """Every day is."""
    return True


def on(*days: str) -> Closed:
    """These days are."""
    closed = set(map(date.fromisoformat, days))
    return lambda day: day in closed


def utc(text: str) -> datetime:
    """An instant of 2026 or later, e.g. 2026-03-29 01:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(hours: str, spread: timedelta = 15 * MINUTES) -> SendWindow:
    """A window of these hours."""
    return SendWindow(parse_window(hours), spread=spread)


@pytest.mark.parametrize(
    ("hours", "at", "zone", "opens"),
    [
        # plain days
        ("08:00-21:00", "2026-01-07 12:00", "Europe/Berlin", "2026-01-07 12:00"),
        ("08:00-21:00", "2026-01-07 19:59:59.999999", "Europe/Berlin", "2026-01-07 19:59:59.999999"),
        ("08:00-21:00", "2026-01-07 20:00", "Europe/Berlin", "2026-01-08 07:00"),
        ("08:00-21:00", "2026-01-07 06:59:59.999999", "Europe/Berlin", "2026-01-07 07:00"),
        ("mon-fri 09:00-18:00", "2026-01-09 17:00", "Europe/Berlin", "2026-01-12 08:00"),
        ("tue 09:00-09:30:30", "2026-01-06 08:30:30", "Europe/Berlin", "2026-01-13 08:00"),
        # exactly a day later: no instant is lost where the look at one day ends and at the next begins
        ("sat 09:00-09:00:01", "2026-01-09 08:00", "Europe/Berlin", "2026-01-10 08:00"),
        ("22:00-02:00", "2026-01-07 00:59:30", "Europe/Berlin", "2026-01-07 00:59:30"),
        ("22:00-02:00", "2026-01-07 01:00", "Europe/Berlin", "2026-01-07 21:00"),
        # the date is the contact's, not ours
        ("mon 00:00-24:00", "2026-01-04 10:30", "Pacific/Kiritimati", "2026-01-04 10:30"),
        ("sun 23:00-24:00", "2026-01-05 07:15", "America/Los_Angeles", "2026-01-05 07:15"),
        # clocks go forward from 02:00 to 03:00 on 29 March at 01:00 UTC
        ("02:15-02:45", "2026-03-28 12:00", "Europe/Berlin", "2026-03-30 00:15"),
        ("02:30-03:30", "2026-03-29 00:00", "Europe/Berlin", "2026-03-29 01:00"),
        ("02:30-03:30", "2026-03-29 01:30", "Europe/Berlin", "2026-03-30 00:30"),
        ("01:00-02:30", "2026-03-29 00:59:59", "Europe/Berlin", "2026-03-29 00:59:59"),
        ("01:00-02:30", "2026-03-29 01:00", "Europe/Berlin", "2026-03-29 23:00"),
        # clocks go back from 03:00 to 02:00 on 25 October at 01:00 UTC
        ("02:15-02:45", "2026-10-25 00:10", "Europe/Berlin", "2026-10-25 00:15"),
        ("02:15-02:45", "2026-10-25 00:45", "Europe/Berlin", "2026-10-25 01:15"),
        ("02:15-02:45", "2026-10-25 01:44:59", "Europe/Berlin", "2026-10-25 01:44:59"),
        ("02:15-02:45", "2026-10-25 01:45", "Europe/Berlin", "2026-10-26 01:15"),
        # half an hour, and a whole day that never was
        ("02:00-02:30", "2026-10-03 15:29", "Australia/Lord_Howe", "2026-10-04 15:00"),
        ("fri 10:00-11:00", "2011-12-29 00:00", "Pacific/Apia", "2012-01-05 20:00"),
        # fixed offsets are zones too
        ("09:00-10:00", "2026-01-07 05:00", "+05:30", "2026-01-08 03:30"),
    ],
)
def test_next_allowed(hours: str, at: str, zone: str, opens: str) -> None:
    """The earliest instant whose wall time lies in the hours, whichever way the clocks were moved."""
    there = timezone(timedelta(hours=5, minutes=30)) if zone == "+05:30" else ZoneInfo(zone)
    found = next_allowed(window(hours), utc(at), [there], never)

    assert found == utc(opens)
    assert found.tzinfo is UTC
    assert allows(window(hours), utc(at), [there], never) == (at == opens)
    assert allows(window(hours), found, [there], never)


def test_another_offset_is_the_same_instant() -> None:
    """What counts is the instant, not the zone that it is written in."""
    at = utc("2026-01-07 12:00")
    found = next_allowed(window("08:00-21:00"), at.astimezone(SYDNEY), [BERLIN], never)

    assert found == at
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("hours", "zones", "at", "opens"),
    [
        ("08:00-21:00", [NEW_YORK, LOS_ANGELES], "2026-01-07 13:00", "2026-01-07 16:00"),
        ("08:00-21:00", [NEW_YORK, LOS_ANGELES], "2026-01-08 02:00", "2026-01-08 16:00"),
        ("08:00-21:00", [BERLIN, SYDNEY], "2026-01-07 00:00", "2026-01-07 07:00"),
        # in winter they are 2 hours apart, in summer 3
        ("09:00-12:00", [SYDNEY, PERTH], "2026-03-01 00:00", "2026-04-05 01:00"),
        ("10:00-11:00", [BERLIN, SYDNEY], "2026-01-07 00:00", None),
    ],
)
def test_all_zones_of_a_number_must_allow(
    hours: str, zones: list[ZoneInfo], at: str, opens: str | None
) -> None:
    """Who may be in several places is reached when it is allowed in all of them."""
    found = next_allowed(window(hours), utc(at), zones, never)

    assert found == (opens and utc(opens))
    assert found is None or all(allows(window(hours), found, [zone], never) for zone in zones)
    assert not allows(window(hours), utc(at), zones, never)


def test_holidays_are_local_dates() -> None:
    """On a holiday of the contact's calendar nothing is sent, from local midnight to local midnight."""
    closed = on("2026-12-25", "2026-12-26")
    eve, over = utc("2026-12-25 04:59:59"), utc("2026-12-27 05:00")

    assert allows(SendWindow(ALWAYS), eve, [NEW_YORK], closed)
    assert not allows(SendWindow(ALWAYS), utc("2026-12-25 05:00"), [NEW_YORK], closed)
    assert next_allowed(SendWindow(ALWAYS), utc("2026-12-25 05:00"), [NEW_YORK], closed) == over
    assert deferred_until(SendWindow(ALWAYS, spread=0 * MINUTES), eve, [NEW_YORK], closed, "a") == eve


def test_a_holiday_cuts_the_night_before_it() -> None:
    """Hours past midnight belong to the date they fall on."""
    night = window("22:00-02:00", spread=timedelta(days=1))
    at, closed = utc("2026-12-24 20:00"), on("2026-12-25")
    times = [deferred_until(night, at, [BERLIN], closed, str(seed)) for seed in range(50)]

    assert not allows(night, utc("2026-12-24 23:00"), [BERLIN], closed)
    assert all(
        time is not None and utc("2026-12-24 21:00") <= time < utc("2026-12-24 23:00") for time in times
    )


@pytest.mark.parametrize(
    ("horizon", "found"),
    [
        (timedelta(days=9), "2026-01-10 08:00"),
        (timedelta(days=9, hours=8, minutes=1), "2026-01-10 08:00"),
        (timedelta(days=2, hours=6), None),
        (timedelta(0), None),
    ],
)
def test_nothing_is_looked_for_past_the_horizon(horizon: timedelta, found: str | None) -> None:
    """An opening at or after the horizon is not found."""
    at = utc("2026-01-08 02:00")
    opens = next_allowed(window("sat 08:00-09:00"), at, [UTC], never, horizon)

    assert opens == (found and utc(found))


def test_no_opening_is_none() -> None:
    """A window that never opens for a contact says so, rather than for ever looking."""
    at = utc("2026-01-07 12:00")

    assert next_allowed(SendWindow(ALWAYS), at, [BERLIN], always) is None
    assert deferred_until(SendWindow(ALWAYS), at, [BERLIN], always, "a") is None


def test_what_is_allowed_now_is_not_deferred() -> None:
    """Within the window nothing waits."""
    at = utc("2026-01-07 12:00:00.000001")

    assert deferred_until(window("08:00-21:00"), at.astimezone(SYDNEY), [BERLIN], never, "a") == at


@pytest.mark.parametrize("at", ["2026-10-25 00:30", "2026-10-25 01:30"])
def test_a_repeated_wall_time_is_now_all_the_same(at: str) -> None:
    """An instant given as a wall time that comes twice is compared as the instant it is."""
    shown = utc(at).astimezone(BERLIN)

    assert deferred_until(window("02:00-03:00"), shown, [BERLIN], never, "a") == utc(at)
    assert next_allowed(window("02:00-03:00"), shown, [BERLIN], never) == utc(at)


def test_deferred_touches_are_spread_evenly() -> None:
    """A morning's touches do not burst: they fill the spread, and follow from their seeds alone."""
    at, opens = utc("2026-01-07 23:00"), utc("2026-01-08 07:00")
    seeds = [f"enrollment-{number}:sms:1" for number in range(3000)]
    hours = window("08:00-21:00")
    times = [deferred_until(hours, at, [BERLIN], never, seed) for seed in seeds]
    minutes = [(time - opens) // MINUTES for time in times if time is not None]

    assert len(minutes) == len(seeds)
    assert all(140 < minutes.count(minute) < 260 for minute in range(15))
    assert times == [deferred_until(hours, at - 60 * MINUTES, [BERLIN], never, seed) for seed in seeds]


@pytest.mark.parametrize(
    ("hours", "spread", "at", "opens", "closes"),
    [
        ("09:00-09:05", 15, "2026-01-07 12:00", "2026-01-08 08:00", "2026-01-08 08:05"),
        ("09:00-09:05, 09:05-09:10", 15, "2026-01-07 12:00", "2026-01-08 08:00", "2026-01-08 08:10"),
        ("09:00-09:05, 09:06-09:30", 15, "2026-01-07 12:00", "2026-01-08 08:00", "2026-01-08 08:05"),
        ("22:00-02:00", 2880, "2026-01-07 12:00", "2026-01-07 21:00", "2026-01-08 01:00"),
        # what is left of an opening at a gap, and an opening that a change of clocks makes longer
        ("02:30-03:10", 15, "2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:10"),
        ("01:00-02:30", 600, "2026-10-24 22:00", "2026-10-24 23:00", "2026-10-25 00:30"),
        ("01:00-03:30", 600, "2026-10-24 22:00", "2026-10-24 23:00", "2026-10-25 02:30"),
        ("09:00-18:00", 0, "2026-01-07 20:00", "2026-01-08 08:00", "2026-01-08 08:00:00.000001"),
    ],
)
def test_the_spread_ends_with_the_opening(hours: str, spread: int, at: str, opens: str, closes: str) -> None:
    """Touches are spread over the first of the spread and of what is left of the opening."""
    hours_of = window(hours, spread=spread * MINUTES)
    times = [deferred_until(hours_of, utc(at), [BERLIN], never, str(seed)) for seed in range(200)]
    known = [time for time in times if time is not None and allows(hours_of, time, [BERLIN], never)]

    assert len(known) == 200
    assert utc(opens) <= min(known)
    assert max(known) < utc(closes)
    assert max(known) - min(known) >= (utc(closes) - utc(opens)) * 0.9 - MINUTES / 60


def test_what_no_window_can_be_is_refused() -> None:
    """A window without hours would never open, and time does not run backwards."""
    with pytest.raises(ValueError, match="a window needs hours"):
        SendWindow(())
    with pytest.raises(ValueError, match="cannot be negative"):
        SendWindow(ALWAYS, spread=-MINUTES)


def test_a_place_and_an_instant_must_be_known() -> None:
    """No zone at all does not mean that everything is allowed, and a naive time means nothing."""
    hours, at = window("08:00-21:00"), utc("2026-01-07 12:00")
    with pytest.raises(ValueError, match="at least one zone"):
        allows(hours, at, [], never)
    with pytest.raises(ValueError, match="at least one zone"):
        next_allowed(hours, at, [], never)
    with pytest.raises(ValueError, match="at least one zone"):
        deferred_until(hours, at, [], never, "a")
    with pytest.raises(ValueError, match="needs a zone or an offset"):
        allows(hours, at.replace(tzinfo=None), [BERLIN], never)
    with pytest.raises(ValueError, match="needs a zone or an offset"):
        next_allowed(hours, at.replace(tzinfo=None), [BERLIN], never)
