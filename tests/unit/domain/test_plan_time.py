"""The time of demonstrations, in which days go by in seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times.plan_time import PlanTime

BEGAN = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
A_DAY_A_SECOND = PlanTime(BEGAN, 1 / 86_400)


@pytest.mark.parametrize(
    ("real", "planned"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(seconds=1), timedelta(days=1)),
        (timedelta(minutes=1), timedelta(days=60)),
        (timedelta(seconds=-1), timedelta(days=-1)),
    ],
)
def test_days_go_by_as_fast_as_the_plan_is_scaled(real: timedelta, planned: timedelta) -> None:
    """Both times agree at the beginning; from there on the plan's goes at its own speed, both ways."""
    assert A_DAY_A_SECOND.of(BEGAN + real) == BEGAN + planned
    assert A_DAY_A_SECOND.real(BEGAN + planned) == BEGAN + real


def test_at_scale_one_it_is_the_time_as_it_is() -> None:
    """Outside demonstrations nothing is computed, so nothing is rounded, and far times stay in range."""
    far, time = datetime.max.replace(tzinfo=UTC), PlanTime(BEGAN)

    assert time.of(far) is far
    assert time.real(far) is far


@settings(deadline=None, database=None)
@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    st.floats(min_value=1 / 86_400, max_value=10),
)
def test_there_and_back_is_the_same_time(real: timedelta, scale: float) -> None:
    """Up to the microsecond that is the smallest step of either."""
    time = PlanTime(BEGAN, scale)
    back = time.real(time.of(BEGAN + real))

    assert abs(back - (BEGAN + real)) <= timedelta(microseconds=max(1, scale))
