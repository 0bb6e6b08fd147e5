"""Times as programs read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.times.rfc3339 import rfc3339


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 3, 31, 9, tzinfo=UTC), "2026-03-31T09:00:00.000000Z"),
        (datetime(2026, 3, 31, 9, 0, 0, 5, tzinfo=UTC), "2026-03-31T09:00:00.000005Z"),
        (datetime(2026, 3, 31, 9, tzinfo=timezone(timedelta(hours=-5))), "2026-03-31T14:00:00.000000Z"),
    ],
)
def test_a_time_has_one_form(at: datetime, written: str) -> None:
    """In UTC, whatever its zone, and always as long."""
    assert rfc3339(at) == written
