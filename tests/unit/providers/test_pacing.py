"""Token buckets: never more than the rate, nobody waits for long, and who is sent away hears when to come."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.http import LONGEST_WAIT, Timeouts
from adapters.providers.common.pacing import BURST_SECONDS, LONGEST_TURN, TokenBuckets
from adapters.temporal.common import retry_policies
from application.errors import TransientFault
from application.ports.pacing import Pacing
from application.recording import RECORD_SECONDS
from domain.statuses import Channel

T = TypeVar("T")
SMS = Channel.SMS
TICK = 1e-6
"""Virtual time moves by at least this, as real time does."""


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes when nobody has anything to do."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(SkippingSelector(self))

    def time(self) -> float:
        return self.now


class SkippingSelector(selectors.SelectSelector):
    """Moves its loop's time on instead of waiting."""

    def __init__(self, loop: SkippingLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for ever"
        self.loop.now += max(timeout, TICK)
        return super().select(0)


def run(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop | None = None) -> T:
    """Run something to its end, in virtual time."""
    loop = loop or SkippingLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


async def turns(pacing: Pacing, count: int, *delays: float) -> tuple[list[float], list[TransientFault]]:
    """Ask for so many turns at once, after each delay; wait only where there is none.

    Returns:
        When each turn was given, in order, and the faults of those who got none.
    """
    given: list[float] = []
    faults: list[TransientFault] = []
    now = asyncio.get_running_loop().time

    async def ask() -> None:
        try:
            if not await pacing.at_once("twilio", SMS):
                await pacing.turn("twilio", SMS)
            given.append(now())
        except TransientFault as fault:
            faults.append(fault)

    async with asyncio.TaskGroup() as group:
        for delay in delays or (0.0,):
            await asyncio.sleep(delay)
            for _ in range(count):
                group.create_task(ask())
    return given, faults


@settings(deadline=None, database=None, max_examples=60)
@given(
    st.sampled_from([0.1, 0.5, 1, 1.5, 3, 10, 33.3, 200]),
    st.integers(1, 60),
    st.lists(st.floats(0, 3), min_size=1, max_size=4),
)
def test_no_time_sees_more_than_the_rate(rate: float, count: int, delays: list[float]) -> None:
    """Over every stretch of time: the rate times that time, and a burst of a tenth of a second or one."""
    burst = max(1.0, rate * BURST_SECONDS)
    given, _ = run(turns(TokenBuckets({("twilio", SMS): rate}), count, *delays))

    assert given == sorted(given)
    for first, start in enumerate(given):
        for more, end in enumerate(given[first:], 1):
            assert more <= burst + rate * (end - start) + 0.01


@pytest.mark.parametrize("rate", [0.5, 1, 7, 100, 1000])
def test_the_rate_is_used_up(rate: float) -> None:
    """Those who wait get the whole rate, not less."""
    count = int(rate * 4) + 1
    given, faults = run(turns(TokenBuckets({("twilio", SMS): rate}), count))

    assert (len(given), faults) == (count, [])
    assert given[-1] - given[0] <= (count - 1) / rate + 0.01


def test_a_second_sees_little_more_than_its_rate() -> None:
    """A limiter with a bucket of a whole second would let through twice as much."""
    given, _ = run(turns(TokenBuckets({("twilio", SMS): 100}), 300))

    assert sum(1 for when in given if when - given[0] < 1) <= 110


async def test_the_rate_holds_in_real_time() -> None:
    """On a real loop, whose timers are late: at most the rate, and most of it."""
    given, faults = await turns(TokenBuckets({("twilio", SMS): 200}), 81)
    took = given[-1] - given[0]

    assert faults == []
    assert 60 / 200 <= took < 5 * 80 / 200  # the first twenty may go at once


@pytest.mark.parametrize("key", [("vonage", SMS), ("twilio", Channel.VOICE)])
def test_others_are_not_held_back(key: tuple[str, Channel]) -> None:
    """A rate is for one provider on one channel; without one nobody waits."""
    given, faults = run(turns(TokenBuckets({key: 0.1}), 50))

    assert (len(given), faults) == (50, [])
    assert given[-1] - given[0] < 0.001


def test_a_turn_is_taken_at_once_where_there_is_one() -> None:
    """It counts like one that was waited for, nobody passes those who wait, and it never waits itself."""
    pacing = TokenBuckets({("twilio", SMS): 1})

    async def ask() -> list[bool]:
        first = [await pacing.at_once("twilio", SMS) for _ in range(2)]
        waiting = [asyncio.create_task(pacing.turn("twilio", SMS)) for _ in range(2)]
        await asyncio.sleep(1.5)
        passing = await pacing.at_once("twilio", SMS)
        await asyncio.wait(waiting)
        await asyncio.sleep(1)
        return [*first, passing, await pacing.at_once("twilio", SMS)]

    assert run(ask()) == [True, False, False, True]


def test_turns_come_in_the_order_of_asking() -> None:
    """Nobody passes those who have waited longer."""
    pacing, order = TokenBuckets({("twilio", SMS): 10}), []

    async def ask(number: int) -> None:
        await asyncio.sleep(number * 0.03)
        await pacing.turn("twilio", SMS)
        order.append(number)

    async def everybody() -> None:
        await asyncio.gather(*(ask(number) for number in range(20)))

    run(everybody())

    assert order == list(range(20))


@pytest.mark.parametrize("rate", [0.1, 1, 20])
def test_nobody_waits_for_longer_than_a_call_can_spare(rate: float) -> None:
    """Whoever would have to is sent away, at once where the line is too long already."""
    waits: list[float] = []
    pacing = TokenBuckets({("twilio", SMS): rate})

    async def ask() -> None:
        now = asyncio.get_running_loop().time
        began = now()
        try:
            await pacing.turn("twilio", SMS)
        except TransientFault:
            pass
        finally:
            waits.append(now() - began)

    async def everybody() -> None:
        await asyncio.gather(*(ask() for _ in range(500)))

    run(everybody())

    assert max(waits) <= LONGEST_TURN + 0.01
    assert sum(1 for wait in waits if wait < 0.01) >= 500 - LONGEST_TURN * rate - 3 - rate * BURST_SECONDS


def test_those_who_are_sent_away_come_again_one_by_one() -> None:
    """They are told times that lie one turn apart, after the end of the line, and no later than is useful."""
    _, faults = run(turns(TokenBuckets({("twilio", SMS): 10}), 10_000))
    waits = [fault.retry_after or timedelta(0) for fault in faults]
    first_round = next(n for n, (one, then) in enumerate(pairwise(waits), 1) if then < one)
    steps = {round((then - one).total_seconds(), 3) for one, then in pairwise(waits[:first_round])}

    assert timedelta(seconds=LONGEST_TURN) <= waits[0] <= timedelta(seconds=LONGEST_TURN + 0.5)
    assert steps == {0.1}
    assert waits[first_round - 1] > LONGEST_WAIT - timedelta(seconds=1)
    assert max(waits) <= LONGEST_WAIT


def test_the_fault_names_the_limit_and_nobody() -> None:
    """A person who reads it knows which setting it is."""
    _, faults = run(turns(TokenBuckets({("twilio", SMS): 2}, longest=1), 10))

    assert {str(fault) for fault in faults} == {"twilio sms: no turn within 1 s at 2 a second"}


def test_who_gives_up_waiting_takes_no_turn() -> None:
    """A worker that is shut down leaves the line as it was without it."""
    pacing = TokenBuckets({("twilio", SMS): 1})

    async def give_up() -> list[float]:
        now = asyncio.get_running_loop().time
        began = now()
        await pacing.turn("twilio", SMS)
        waiting = [asyncio.create_task(pacing.turn("twilio", SMS)) for _ in range(3)]
        await asyncio.sleep(0.5)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        await pacing.turn("twilio", SMS)
        return [now() - began]

    [waited] = run(give_up())

    assert waited == pytest.approx(1.0, abs=0.01)


def test_a_new_event_loop_gets_a_new_line() -> None:
    """Futures of a loop that is closed would wake nobody."""
    pacing = TokenBuckets({("twilio", SMS): 1})
    lines = [run(turns(pacing, 3)) for _ in range(2)]

    assert [(len(given), faults) for given, faults in lines] == [(3, [])] * 2


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_cannot_be_kept_is_refused(rate: float) -> None:
    """A channel is switched off by another setting."""
    with pytest.raises(ValueError, match="more than 0"):
        TokenBuckets({("twilio", SMS): rate})


def test_a_turn_and_a_call_and_its_record_fit_into_one_activity() -> None:
    """Whoever has waited for its turn can still be answered and recorded."""
    assert LONGEST_TURN + Timeouts().total + RECORD_SECONDS < retry_policies.CALL.total_seconds()
