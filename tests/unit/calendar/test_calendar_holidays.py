"""Public holidays by country and by part of a country."""

import re
from datetime import date

import pytest

from adapters.calendar.holidays import is_holiday, knows


@pytest.mark.parametrize(
    ("calendar", "day", "holiday"),
    [
        ("US", "2026-12-25", True),
        ("US", "2026-12-24", False),
        ("US", "2026-11-26", True),  # the fourth Thursday
        # a Saturday, and the Friday before on which it is observed, in another year too
        ("US", "2026-07-04", True),
        ("US", "2026-07-03", True),
        ("US", "2027-12-31", True),
        ("US", "2026-03-31", False),
        ("US-CA", "2026-03-31", True),
        ("DE", "2026-01-06", False),
        ("DE-BY", "2026-01-06", True),
        ("DE-BE", "2026-01-06", False),
        ("FR", "2026-07-14", True),
        ("FR-57", "2026-12-26", True),
        ("FR", "2026-12-26", False),
        ("JP", "2026-05-06", True),
        ("GB-SCT", "2026-11-30", True),
    ],
)
def test_holidays(calendar: str, day: str, holiday: bool) -> None:
    """Movable, observed and regional holidays are holidays where they are kept."""
    assert is_holiday(calendar, date.fromisoformat(day)) is holiday


@pytest.mark.parametrize(
    ("calendar", "known"),
    [
        ("US", True),
        ("US-CA", True),
        ("DE-BY", True),
        ("FR-57", True),
        ("us", False),
        ("US-", False),
        ("US-XX", False),
        ("USA", False),
        ("XX", False),
        ("NYSE", False),
        ("local", False),
        ("", False),
    ],
)
def test_known_calendars(calendar: str, known: bool) -> None:
    """A calendar is a country of ISO 3166 or one of its parts, in capitals."""
    assert knows(calendar) is known
    if not known:
        with pytest.raises(ValueError, match=re.escape(f"no holiday calendar {calendar!r}; name a country")):
            is_holiday(calendar, date(2026, 1, 1))
