"""What every calendar does, the fake as well as the real one."""

from datetime import date

import pytest

from adapters.calendar.world import WorldCalendar
from application.ports.calendar import Calendar
from tests.fakes.calendar import FakeCalendar

PARIS, TOLL_FREE = "+33612345678", "+18005550100"
FAKE = FakeCalendar(
    zones={PARIS: ("Europe/Paris",)},
    countries={PARIS: "FR", TOLL_FREE: "US"},
    holidays={"FR": {date(2026, 7, 14)}, "US": {date(2026, 7, 4)}},
)


@pytest.fixture(params=[FAKE, WorldCalendar()], ids=["fake", "world"])
def calendar(request: pytest.FixtureRequest) -> Calendar:
    """Each of them."""
    chosen: Calendar = request.param
    return chosen


def test_a_number_has_zones_and_a_country(calendar: Calendar) -> None:
    """A number that tells its place is placed."""
    assert calendar.zones_of(PARIS) == ("Europe/Paris",)
    assert calendar.country_of(PARIS) == "FR"


def test_a_number_may_tell_no_place(calendar: Calendar) -> None:
    """A number without a place has no zones; what is no number has nothing."""
    assert calendar.zones_of(TOLL_FREE) == ()
    assert calendar.country_of(TOLL_FREE) == "US"
    assert calendar.zones_of("") == ()
    assert calendar.country_of("") is None


def test_holidays_differ_between_calendars(calendar: Calendar) -> None:
    """A day is a holiday in the calendar that is asked, and in no other."""
    assert calendar.is_holiday("FR", date(2026, 7, 14))
    assert not calendar.is_holiday("US", date(2026, 7, 14))


def test_a_calendar_that_is_not_known_is_refused(calendar: Calendar) -> None:
    """What is not known is not taken for a place without holidays."""
    assert calendar.knows("FR")
    assert not calendar.knows("XX")
    with pytest.raises(ValueError, match="'XX'"):
        calendar.is_holiday("XX", date(2026, 7, 14))
