"""Random plans that keep every rule, random facts, and runs that random facts have led somewhere."""

from datetime import UTC, datetime, timedelta

from attrs import define, field, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.campaign import MAX_ATTEMPTS, MAX_DURATION, MAX_FACTOR, Plan
from domain.enrollment.commands import SendMessage
from domain.enrollment.decide import HANDOFF, Decision, decide
from domain.enrollment.events import (
    Cancelled,
    Event,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    OptedOut,
    Paused,
    ProviderEvent,
    Resumed,
    SendDeferred,
    SendFailed,
    SendUnknown,
    Started,
    WaitElapsed,
)
from domain.enrollment.state import EnrollmentState
from domain.statuses import POSSIBLE, Channel, DeliveryStatus
from domain.steps import COMPLETE, CONCLUSIVE, ESCALATE, EXIT, NEXT, WAIT, OnUnknown, Route, RouteKind, Step

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

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

_KEYS = ("first", "second", "handoff", "fourth")
_CHANNELS = {channel: st.sampled_from(sorted(results)) for channel, results in POSSIBLE.items()}
_RETRIED = {channel: st.frozensets(results, max_size=3) for channel, results in _CHANNELS.items()}
_ROUTED = {channel: st.frozensets(results, max_size=4) for channel, results in _CHANNELS.items()}
_ATTEMPTS = st.integers(1, 3)
_JITTER = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def _steps(draw: st.DrawFn, index: int, count: int) -> Step:
    channel = draw(st.sampled_from(Channel))
    onward = [
        NEXT,
        COMPLETE,
        ESCALATE,
        EXIT,
        *(Route(RouteKind.STEP, key) for key in _KEYS[index + 1 : count]),
    ]
    return Step(
        key=_KEYS[index],
        channel=channel,
        wait=draw(_WAITS),
        delay=draw(_DELAYS),
        retry=Backoff(
            attempts=draw(_ATTEMPTS), first=draw(_DELAYS), jitter=draw(_JITTER), on=draw(_RETRIED[channel])
        ),
        routes={
            result: draw(st.sampled_from(onward if result in CONCLUSIVE else [*onward, WAIT]))
            for result in sorted(draw(_ROUTED[channel]))
        },
        on_unknown=draw(st.sampled_from(OnUnknown)),
    )


plans = st.one_of(
    *(
        st.builds(
            Plan,
            campaign=st.just("random"),
            version=st.just(1),
            steps=st.tuples(*(_steps(index, count) for index in range(count))),
            at_end=st.sampled_from([EXIT, ESCALATE, COMPLETE]),
            handoff_wait=st.none() | _WAITS,
        )
        for count in range(1, len(_KEYS) + 1)
    )
)
"""Any valid plan of one to four steps."""

_AT = st.timedeltas(timedelta(0), timedelta(days=10)).map(T0.__add__)
_STEP = st.sampled_from([*_KEYS, HANDOFF, "", "nowhere"])
_ATTEMPT = st.integers(-1, 4)
_WORDS = st.just("quiet hours")

facts: st.SearchStrategy[Event] = st.one_of(
    *(
        st.builds(plain, _AT)
        for plain in (Started, Paused, Resumed, Cancelled, OptedOut, HandoffCreated, HandoffResolved)
    ),
    *(
        st.builds(named, _AT, _STEP, _ATTEMPT)
        for named in (MessageAccepted, SendFailed, SendUnknown, WaitElapsed)
    ),
    st.builds(MessageRejected, _AT, _STEP, _ATTEMPT, _WORDS),
    st.builds(SendDeferred, _AT, _STEP, _ATTEMPT, _AT, _WORDS),
    st.builds(ProviderEvent, _AT, _STEP, _ATTEMPT, st.sampled_from(DeliveryStatus)),
)
"""Any fact at all, whether it makes sense or not."""

moves = st.lists(st.integers(0, 10_000), max_size=25)
"""What happens in a run, as choices among the facts that are likely at each point."""


@frozen
class Turn:
    """One fact that was taken: the state it met and what it led to."""

    before: EnrollmentState
    event: Event
    decision: Decision


@define
class Run:
    """An enrollment that is played through, with what was really sent."""

    plan: Plan
    state: EnrollmentState = field(factory=lambda: EnrollmentState("11111111-2222-3333-4444-555555555555"))
    now: datetime = T0
    sent: set[tuple[str, int]] = field(factory=set)
    turns: list[Turn] = field(factory=list)

    def take(self, event: Event) -> Decision:
        """Let one fact happen."""
        decision = decide(self.plan, self.state, event)
        self.turns.append(Turn(self.state, event, decision))
        if isinstance(event, SendDeferred) and decision.state is not self.state:
            self.sent.discard((event.step, event.attempt))
        self.sent |= {
            (order.step, order.attempt) for order in decision.commands if isinstance(order, SendMessage)
        }
        self.state, self.now = decision.state, max(self.now, event.at)
        return decision

    def likely(self) -> list[Event]:
        """Facts that may well come next; what is listed more often comes more often."""
        at = self.now + timedelta(minutes=7)
        current = self.plan.steps[self.state.step].key if self.state.step < len(self.plan.steps) else HANDOFF
        here = (current, self.state.attempt)
        timer = WaitElapsed(max(at, self.state.due or at), *here)
        told = [
            ProviderEvent(at, step, attempt, status)
            for step, attempt in sorted(self.sent)
            for status in DeliveryStatus
        ]
        often: list[Event] = [timer, MessageAccepted(at, *here)]
        sometimes: list[Event] = [
            SendFailed(at, *here),
            SendUnknown(at, *here),
            MessageRejected(at, *here, "refused"),
            SendDeferred(at, *here, at + timedelta(hours=2), "quiet hours"),
            Paused(at),
            Resumed(at),
            HandoffCreated(at),
        ]
        rarely: list[Event] = [
            Started(at),
            WaitElapsed(at, *here),
            WaitElapsed(at, current, self.state.attempt - 1),
            MessageAccepted(at, "nowhere", 1),
            HandoffResolved(at),
            Cancelled(at),
            OptedOut(at),
        ]
        return [*often * 8, *sometimes * 3, *told, *rarely]

    def play(self, choices: list[int]) -> "Run":
        """Start, then let likely facts happen, one per choice."""
        self.take(Started(self.now))
        for choice in choices:
            likely = self.likely()
            self.take(likely[choice % len(likely)])
        return self


def _played(plan: Plan, choices: list[int], tail: list[Event]) -> Run:
    run = Run(plan).play(choices)
    for event in tail:
        run.take(event)
    return run


runs = st.builds(_played, plans, moves, st.lists(facts, max_size=8))
"""Runs of likely facts with a tail of facts that need not make sense."""
