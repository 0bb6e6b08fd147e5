"""Delays grow, stay under their cap, and follow from their seed alone."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.limits import MAX_ATTEMPTS
from domain.statuses import Result
from tests.unit.domain.strategies import policies, thorough

attempts = st.integers(1, MAX_ATTEMPTS)
TICK = timedelta.resolution
HOUR = timedelta(hours=1)


@thorough
@given(policies, attempts, st.text(max_size=20).filter(str.isprintable))
def test_delay_keeps_its_bounds(policy: Backoff, attempt: int, seed: str) -> None:
    """A delay is the grown and capped one, less no more than its jitter."""
    grown = policy.first.total_seconds() * policy.factor ** (attempt - 1)
    full = timedelta(seconds=min(grown, policy.cap.total_seconds()))
    delay = policy.delay(attempt, seed)

    assert full * (1 - policy.jitter) - TICK <= delay <= full
    assert timedelta(0) <= delay <= policy.cap


@thorough
@given(policies, attempts, st.text(alphabet="abc:123", max_size=20))
def test_delay_follows_from_its_seed(policy: Backoff, attempt: int, seed: str) -> None:
    """A replay waits as long as the first time."""
    assert policy.delay(attempt, seed) == policy.delay(attempt, seed)


@thorough
@given(policies, st.integers(1, MAX_ATTEMPTS - 1))
def test_delay_grows_without_jitter(policy: Backoff, attempt: int) -> None:
    """No later delay is shorter, unless by chance."""
    steady = evolve(policy, jitter=0)

    assert steady.delay(attempt, "a") <= steady.delay(attempt + 1, "b")


@given(st.integers(1, 10**6))
def test_any_attempt_has_a_delay(attempt: int) -> None:
    """Not even an absurd attempt overflows."""
    policy = Backoff(first=timedelta(days=366), factor=10, cap=timedelta(days=366))

    assert policy.delay(attempt, "") == policy.cap


@pytest.mark.parametrize(("attempt", "hours"), [(1, 1), (2, 3), (3, 9), (4, 20), (9, 20)])
def test_delay_by_attempt(attempt: int, hours: int) -> None:
    """Each delay is the last one times the factor, up to the cap."""
    policy = Backoff(attempts=9, first=HOUR, factor=3, cap=20 * HOUR)

    assert policy.delay(attempt, "seed") == hours * HOUR


def test_jitter_differs_by_seed() -> None:
    """Two seeds rarely share a delay: that is what jitter is for."""
    policy = Backoff(first=HOUR, jitter=1)
    delays = {policy.delay(1, f"enrollment-{n}") for n in range(100)}

    assert len(delays) == 100
    assert max(delays) - min(delays) > 0.9 * HOUR


def test_one_delay_is_pinned() -> None:
    """The jitter of a seed must not change between releases, or running enrollments would not replay."""
    assert Backoff(first=HOUR, jitter=0.5).delay(1, "e:text:1") == timedelta(seconds=2583.086666)


@pytest.mark.parametrize(
    ("result", "attempt", "again"),
    [
        (Result.FAILED, 1, True),
        (Result.FAILED, 2, True),
        (Result.FAILED, 3, False),
        (Result.FAILED, 4, False),
        (Result.BUSY, 1, False),
    ],
)
def test_again(result: Result, attempt: int, *, again: bool) -> None:
    """A result is tried again if the policy names it and attempts are left."""
    assert Backoff(attempts=3, on={Result.FAILED}).again(result, attempt) is again
