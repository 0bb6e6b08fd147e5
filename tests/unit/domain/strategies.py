"""Random facts, and runs that random facts have led somewhere; beside the random plans themselves."""

from datetime import UTC, datetime, timedelta

from attrs import define, field, frozen
from hypothesis import strategies as st

from domain.campaign import Plan
from domain.enrollment.commands import SendMessage
from domain.enrollment.decide import decide
from domain.enrollment.events import (
    Cancelled,
    Event,
    GoalReached,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    OptedOut,
    Paused,
    ProviderEvent,
    Resumed,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
    WaitChecked,
    WaitElapsed,
)
from domain.enrollment.state import EnrollmentState
from domain.enrollment.turn import HANDOFF, Decision
from domain.refusals import Refusal
from domain.statuses import DeliveryStatus
from tests.unit.domain.plan_strategies import KEYS
from tests.unit.domain.plan_strategies import durations as durations
from tests.unit.domain.plan_strategies import plans as plans
from tests.unit.domain.plan_strategies import policies as policies
from tests.unit.domain.plan_strategies import thorough as thorough

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_AT = st.timedeltas(timedelta(0), timedelta(days=10)).map(T0.__add__)
_STEP = st.sampled_from([*KEYS, HANDOFF, "", "nowhere"])
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
    st.builds(SendRefused, _AT, _STEP, _ATTEMPT, st.sampled_from(Refusal), st.none() | _AT, _WORDS),
    st.builds(ProviderEvent, _AT, _STEP, _ATTEMPT, st.sampled_from(DeliveryStatus)),
    st.builds(StepPrepared, _AT, _STEP, st.none() | _AT, st.none() | st.integers(-1, 3)),
    st.builds(StepSkipped, _AT, _STEP, _WORDS, st.booleans()),
    st.builds(WaitChecked, _AT, _STEP, _ATTEMPT, st.none() | _AT),
    st.builds(GoalReached, _AT, st.sampled_from(["purchased", "nothing"])),
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
        self.note(event, decision)
        return decision

    def note(self, event: Event, decision: Decision) -> None:
        """Take over what a fact has led to."""
        self.turns.append(Turn(self.state, event, decision))
        if isinstance(event, SendRefused) and decision.state is not self.state:
            self.sent.discard((event.step, event.attempt))
        self.sent |= {
            (order.step, order.attempt) for order in decision.commands if isinstance(order, SendMessage)
        }
        self.state, self.now = decision.state, max(self.now, event.at)

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
        often: list[Event] = [
            timer,
            MessageAccepted(at, *here),
            StepPrepared(at, current, at + timedelta(hours=3), self.state.attempt % 2),
            WaitChecked(at, *here),
        ]
        sometimes: list[Event] = [
            SendFailed(at, *here),
            SendUnknown(at, *here),
            MessageRejected(at, *here, "refused"),
            SendRefused(at, *here, Refusal.WINDOW, at + timedelta(hours=2), "quiet hours"),
            *(SendRefused(at, *here, refusal, None, "no") for refusal in (Refusal.CONSENT, Refusal.EXPIRED)),
            SendRefused(at, *here, Refusal.PAUSED, at + timedelta(hours=1), "paused"),
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
            StepSkipped(at, current, "no"),
            StepSkipped(at, current, "no", rejected=True),
            WaitChecked(at, *here, at + timedelta(hours=5)),
            GoalReached(at, "purchased"),
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
