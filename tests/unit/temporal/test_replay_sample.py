"""Which runs are looked at where there are too many: some of every age."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from adapters.temporal.replay.sample import Span, shares, spans

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_spans_are_all_of_time() -> None:
    """Each begins where the younger one ends; the first and the last have no end."""
    ages = spans(NOW)

    assert ages[0] == Span(NOW - timedelta(hours=1), None)
    assert ages[1] == Span(NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    assert [each.before for each in ages[1:]] == [each.after for each in ages[:-1]]
    assert ages[-1] == Span(None, NOW - timedelta(hours=8192))


@pytest.mark.parametrize(
    ("there", "limit", "taken"),
    [
        ([], 5, []),
        ([0, 0], 5, [0, 0]),
        ([100, 100], 10, [5, 5]),
        ([100, 3, 0, 1], 10, [6, 3, 0, 1]),
        ([100, 100, 100], 10, [3, 3, 4]),
        ([2, 1], 10, [2, 1]),
        ([5, 5, 5], 2, [0, 1, 1]),
    ],
)
def test_every_age_has_its_share(there: Sequence[int], limit: int, taken: Sequence[int]) -> None:
    """What one lacks goes to the others; what does not go round goes to the oldest."""
    assert shares(there, limit) == taken


def test_a_share_of_a_million_is_found_at_once() -> None:
    """It takes as long as what is taken, not as what is there."""
    assert sum(shares([1_000_000] * 15, 200)) == 200
