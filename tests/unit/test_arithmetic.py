"""How much of everything so many enrollments need."""

from typing import Any

import pytest
from attrs import evolve

from trials.bench.arithmetic import Habits, Life, needs

# Ten a second in the hours of sending, and no more at the peak.
EVEN = Habits(days=1, hours=1, peak=1, busy=0.5, spare=2, kept_months=3, fewest_shards=4, growth=1)
TEN_A_SECOND = 36_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lives_at_peak", 10),
        ("sends_at_peak", 20),
        ("webhooks_at_peak", 50),
        ("transactions_at_peak", 160),
        ("workers", 4),  # 10 a second of 100 + 2 * 50 ms each, of cores half of which may be used
        ("apps", 2),  # never one alone
        ("open_runs", 3_600),
        ("rows_a_month", 36_000 * 19),
        ("gb_a_month", 0.72),
        ("gb_kept", 2.16),
        ("actions_a_month", 36_000 * 8),
        ("dollars_a_month", 14.4),
        ("shards", 16),  # 210 writes a second at 20 each are 10.5
        ("partitions", 1),
    ],
)
def test_needs_follow_from_what_a_life_takes(field: str, value: float) -> None:
    """By hand, from round figures."""
    life = Life(worker_ms=100, replay_ms=50, wakes=2, row_kb=10)
    found: Any = needs(TEN_A_SECOND, life, EVEN)

    assert getattr(found, field) == pytest.approx(value)


def test_a_peak_raises_what_must_stand_ready_and_nothing_that_is_kept() -> None:
    """Machines are for the worst minutes; disks and bills for the whole month."""
    even, peaked = needs(1e7, habits=EVEN), needs(1e7, habits=evolve(EVEN, peak=4))

    assert peaked.sends_at_peak == 4 * even.sends_at_peak
    assert peaked.workers > even.workers
    assert (peaked.lives, peaked.gb_kept, peaked.dollars_a_month) == (
        even.lives,
        even.gb_kept,
        even.dollars_a_month,
    )
