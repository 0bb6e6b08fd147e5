"""What follows from the pauses of a campaign: waits that stand still, and when to ask again."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pauses import LONGEST_CHECK, SHORTEST_CHECK, Pause, PausePolicy, frozen_due, next_check

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

quick = settings(deadline=None, database=None)


def at(minute: float) -> datetime:
    return T0 + timedelta(minutes=minute)


def pause(begin: float, end: float | None, policy: PausePolicy = PausePolicy.FREEZE) -> Pause:
    return Pause(at(begin), policy, resumed_at=None if end is None else at(end))


@pytest.mark.parametrize(
    ("minute", "held"), [(9.99, False), (10, True), (19.99, True), (20, False), (1000, False)]
)
def test_a_pause_holds_from_its_beginning_until_its_end(minute: float, held: bool) -> None:
    """Its first moment belongs to it, the moment of its end does not."""
    assert pause(10, 20).holds(at(minute)) is held


@pytest.mark.parametrize(("minute", "held"), [(9.99, False), (10, True), (1e6, True)])
def test_a_pause_without_an_end_holds_for_ever(minute: float, held: bool) -> None:
    """Until somebody ends it."""
    assert pause(10, None).holds(at(minute)) is held


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        pytest.param([], 60, id="no pause"),
        pytest.param([pause(-20, -10)], 60, id="over before the wait"),
        pytest.param([pause(-20, 0)], 60, id="over when the wait begins"),
        pytest.param([pause(-20, 10)], 70, id="begun before the wait"),
        pytest.param([pause(10, 30)], 80, id="inside the wait"),
        pytest.param([pause(60, 90)], 90, id="begun when the wait ends"),
        pytest.param([pause(61, 90)], 60, id="after the wait"),
        pytest.param([pause(10, 10)], 60, id="no length"),
        pytest.param([pause(10, 5)], 60, id="ended before it began, by two clocks"),
        pytest.param([pause(10, 20), pause(30, 50)], 90, id="two"),
        pytest.param([pause(10, 20), pause(65, 75)], 80, id="reached because of another one"),
        pytest.param([pause(10, 20), pause(70, 75)], 75, id="reached at its first moment"),
        pytest.param([pause(10, 20), pause(71, 75)], 70, id="just not reached"),
        pytest.param([pause(10, 20), pause(19, 30)], 80, id="two that overlap, by two clocks"),
        pytest.param([pause(10, 30), pause(15, 20)], 80, id="one inside another, by two clocks"),
        pytest.param([pause(10, None)], None, id="goes on"),
        pytest.param([pause(-10, None)], None, id="goes on since before the wait"),
        pytest.param([pause(60, None)], None, id="goes on from the end of the wait"),
        pytest.param([pause(61, None)], 60, id="goes on, begun after the wait"),
        pytest.param([pause(10, 20), pause(65, None)], None, id="goes on, reached because of another one"),
        pytest.param([pause(10, 20, PausePolicy.EXPIRE)], 60, id="expires"),
        pytest.param([pause(10, None, PausePolicy.EXPIRE)], 60, id="expires and goes on"),
        pytest.param([pause(10, None, PausePolicy.CATCH_UP)], 60, id="catches up and goes on"),
        pytest.param([pause(10, 20, PausePolicy.CATCH_UP), pause(30, 35)], 65, id="of two sorts"),
    ],
)
def test_a_wait_stands_still_in_pauses_that_freeze(pauses: list[Pause], due: float | None) -> None:
    """A wait of an hour takes an hour of the time in which the campaign runs."""
    assert frozen_due(at(0), at(60), pauses) == (None if due is None else at(due))


@st.composite
def histories(draw: st.DrawFn) -> list[Pause]:
    """Pauses of a campaign, one after the other; the last one may go on."""
    lengths = draw(st.lists(st.integers(0, 90), max_size=12))
    times = list(accumulate(lengths, initial=draw(st.integers(-200, 50))))
    policies = st.sampled_from(PausePolicy)
    pairs = zip(times[::2], times[1::2], strict=False)
    told = [pause(begin, end, draw(policies)) for begin, end in pairs]
    if told and draw(st.booleans()):
        told[-1] = evolve(told[-1], resumed_at=None)
    return told


def running(begin: datetime, end: datetime, pauses: list[Pause]) -> timedelta:
    """How much of a span the campaign was not frozen: minute by minute, as slow as it is plain."""
    minutes = (begin + timedelta(minutes=n) for n in range(int((end - begin) / timedelta(minutes=1))))
    frozen = [each for each in pauses if each.policy is PausePolicy.FREEZE]
    return timedelta(minutes=sum(not any(each.holds(minute) for each in frozen) for minute in minutes))


@quick
@given(histories(), st.integers(0, 120))
def test_exactly_the_time_that_ran_is_counted(pauses: list[Pause], length: int) -> None:
    """A wait has run for as long as it was meant to when it ends, and it ends in no pause."""
    due = frozen_due(at(0), at(length), pauses)

    if due is None:
        last = pauses[-1]
        assert (last.policy, last.resumed_at) == (PausePolicy.FREEZE, None)
        assert running(at(0), max(last.paused_at, at(0)), pauses) <= timedelta(minutes=length)
    else:
        assert running(at(0), due, pauses) == timedelta(minutes=length)
        assert not any(each.holds(due) for each in pauses if each.policy is PausePolicy.FREEZE)


@quick
@given(histories(), st.integers(0, 120), st.integers(0, 60))
def test_a_longer_wait_ends_later(pauses: list[Pause], length: int, more: int) -> None:
    """Pauses never turn the order of two waits around, and never make one shorter."""
    shorter, longer = (frozen_due(at(0), at(minutes), pauses) for minutes in (length, length + more))

    assert shorter is None or shorter >= at(length)
    assert longer is None or (shorter is not None and shorter <= longer)


@pytest.mark.parametrize(
    ("minutes", "wait"),
    [
        (-5, SHORTEST_CHECK),
        (0, SHORTEST_CHECK),
        (4, SHORTEST_CHECK),
        (20, timedelta(minutes=5)),
        (240, LONGEST_CHECK),
        (100_000, LONGEST_CHECK),
    ],
)
def test_a_pause_is_asked_about_more_and_more_rarely(minutes: int, wait: timedelta) -> None:
    """After a quarter of its length so far, within a minute and an hour."""
    assert next_check(Pause(T0), at(minutes)) == at(minutes) + wait
