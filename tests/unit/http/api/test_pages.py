"""Cursors of lists."""

import base64
from datetime import UTC, datetime

import pytest

from adapters.http.api.pages import page_of, place_after, time_after
from adapters.http.api.problems import ApiProblem

AT = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def test_a_cursor_is_the_place_of_the_last_row() -> None:
    """Where there are more rows; at the end there is none."""
    page = page_of([1, 2, 3], 2, str, lambda row: [AT.isoformat(), str(row)])

    assert page.items == ["1", "2"]
    assert time_after(page.next) == (AT, "2")
    assert page_of([3], 2, str, lambda row: [str(row)]).next is None
    assert time_after(None) is None


@pytest.mark.parametrize(
    "place",
    [
        "",
        "7",
        '["2030-01-02T03:04:00+00:00"]',
        '["2030-01-02T03:04:00+00:00", 7]',
        '["soon", "a"]',
        '["2030-01-02T03:04:00", "a"]',
        '["0001-01-01T00:00:00+23:59", "a"]',
        '["9999-12-31T23:59:59-23:59", "a"]',
    ],
)
def test_a_time_that_nobody_has_given_is_refused(place: str) -> None:
    """Also one that no database can hold."""
    with pytest.raises(ApiProblem) as raised:
        time_after(_cursor(place))

    assert [path for path, _ in raised.value.errors] == ["query.cursor"]


@pytest.mark.parametrize("cursor", ["x", "\u00e9", _cursor("\ud7ff"), _cursor("[" * 700)])
def test_a_place_that_nobody_has_given_is_refused(cursor: str) -> None:
    """However it cannot be read."""
    with pytest.raises(ApiProblem):
        place_after(cursor, 1)
