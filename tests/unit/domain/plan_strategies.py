"""Random plans that keep every rule."""

from datetime import time, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.campaign_rules import CONFIRMABLE, KEYPAD
from domain.limits import MAX_ATTEMPTS, MAX_DURATION, MAX_FACTOR
from domain.refusals import CHOICES
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, result_of
from domain.steps import (
    COMPLETE,
    CONCLUSIVE,
    ESCALATE,
    EXIT,
    HOLD_OUT,
    NEXT,
    WAIT,
    Fallback,
    Late,
    OnUnknown,
    Route,
    RouteKind,
    Split,
    Step,
)
from domain.times.delays import AtLocal, FromAttribute

# A loaded machine is no failure, and no file is shared between two runs at once.
thorough = settings(
    max_examples=120, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def durations(
    least: timedelta = timedelta(0), most: timedelta = MAX_DURATION
) -> st.SearchStrategy[timedelta]:
    """Any duration between two, in microseconds."""
    return st.timedeltas(min_value=least, max_value=most)


# Plans need variety, not every number: what is drawn seldom is found seldom.
_WAITS = st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(days=3), MAX_DURATION])
_DELAYS = st.sampled_from([timedelta(0), timedelta(0), timedelta(minutes=1), timedelta(days=2)])


policies = st.builds(
    Backoff,
    attempts=st.integers(1, MAX_ATTEMPTS),
    first=durations(),
    factor=st.floats(1, MAX_FACTOR),
    cap=durations(),
    jitter=st.floats(0, 1),
)
"""Any policy that a plan may have; what it is tried on aside."""

KEYS = ("first", "second", "handoff", "fourth")
"""The keys that steps of random plans have, in this order."""

_CHANNELS = {channel: st.sampled_from(sorted(results)) for channel, results in POSSIBLE.items()}
_RETRIED = {channel: st.frozensets(results, max_size=3) for channel, results in _CHANNELS.items()}
_ROUTED = {channel: st.frozensets(results, max_size=4) for channel, results in _CHANNELS.items()}
_CONFIRMED = {
    channel: st.sampled_from([status for status in CONFIRMABLE if result_of(status) in results])
    for channel, results in POSSIBLE.items()
}
_ATTEMPTS = st.integers(1, 3)
_JITTER = st.sampled_from([0.0, 0.5, 1.0])
_MOMENTS = st.sampled_from(
    [
        AtLocal(time(10)),
        AtLocal(time(9, 30), weekday=1),
        FromAttribute("appointment_at", timedelta(days=-2)),
        FromAttribute("appointment_at", timedelta(days=-1), time(9)),
    ]
)
_SELDOM = st.sampled_from([False, False, False, True])


@st.composite
def touches(draw: st.DrawFn, index: int, count: int) -> Step:
    """Any step that sends, at this place among so many."""
    channel = draw(st.sampled_from(Channel))
    onward = st.sampled_from([NEXT, COMPLETE, ESCALATE, EXIT, *_later(index, count)])
    wait = draw(_WAITS)
    return Step(
        key=KEYS[index],
        channel=channel,
        wait=wait,
        delay=draw(_MOMENTS) if draw(_SELDOM) else draw(_DELAYS),
        retry=Backoff(
            attempts=draw(_ATTEMPTS), first=draw(_DELAYS), jitter=draw(_JITTER), on=draw(_RETRIED[channel])
        ),
        routes={
            result: draw(onward if result in CONCLUSIVE else onward | st.just(WAIT))
            for result in sorted(draw(_ROUTED[channel]))
        },
        on_unknown=draw(st.sampled_from(OnUnknown)),
        pressed=draw(_pressed(onward)) if channel is Channel.VOICE else {},
        fallback=draw(_fallbacks(channel, wait, onward)) if draw(_SELDOM) else None,
        late=draw(st.sampled_from(Late)),
        conditional=draw(_SELDOM),
    )


def _later(index: int, count: int) -> list[Route]:
    return [Route(RouteKind.STEP, key) for key in KEYS[index + 1 : count]]


def _pressed(onward: st.SearchStrategy[Route]) -> st.SearchStrategy[dict[str, Route]]:
    return st.dictionaries(st.sampled_from(KEYPAD), onward | st.just(WAIT), max_size=2)


def _fallbacks(
    channel: Channel, wait: timedelta, onward: st.SearchStrategy[Route]
) -> st.SearchStrategy[Fallback]:
    return st.builds(Fallback, _CONFIRMED[channel], st.sampled_from([wait / 2, wait / 10]), onward)


def splits(index: int, count: int) -> st.SearchStrategy[Split]:
    """Any split, at this place among so many."""
    onward = st.sampled_from([NEXT, COMPLETE, ESCALATE, EXIT, HOLD_OUT, *_later(index, count)])
    branches = st.lists(onward, min_size=1, max_size=3).map(tuple)
    return st.builds(Split, key=st.just(KEYS[index]), branches=branches)


_TELLING = [status for status in DeliveryStatus if result_of(status) is not None]
_REFUSED = st.fixed_dictionaries(
    {}, optional={refusal: st.sampled_from(sorted(words)) for refusal, words in CHOICES.items()}
)


def _plans() -> st.SearchStrategy[Plan]:
    return st.one_of(
        *(
            st.builds(
                Plan,
                campaign=st.just("random"),
                version=st.just(1),
                steps=st.tuples(*(_any_step(index, count) for index in range(count))),
                at_end=st.sampled_from([EXIT, ESCALATE, COMPLETE]),
                handoff_wait=st.none() | _WAITS,
                goals=st.frozensets(st.sampled_from(["purchased", "booked"]), max_size=2),
                goal_statuses=st.frozensets(st.sampled_from(_TELLING), max_size=1),
                refused=_REFUSED,
            )
            for count in range(1, len(KEYS) + 1)
        )
    )


def _any_step(index: int, count: int) -> st.SearchStrategy[Step | Split]:
    touch = touches(index, count)
    return st.one_of(touch, touch, touch, splits(index, count))


plans = _plans()
"""Any valid plan of one to four steps, splits among them."""
