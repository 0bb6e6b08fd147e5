"""The core: a fact comes in, a new state and orders go out. Pure and total: no clock, no chance, no I/O.

Three ideas carry it.

*An enrollment only moves forward.* Its position is (step, attempt), then past all steps: with a human, or
ended. Every result of every attempt points to a position; it is followed only if that lies ahead. So
callbacks that are repeated, reordered or late lead to one final state, and every run ends, because positions
are finite.

*Orders follow from the state.* The pending order (send, or wait until) is a function of the state and is
given only when it changes, so no fact can order the same attempt twice.

*Facts prove that they are current.* What belongs to an attempt names its step and attempt; what does not fit
changes nothing and gives back the same state object.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from attrs import evolve, frozen

from domain.campaign import Plan
from domain.enrollment.commands import (
    Command,
    CreateHandoff,
    Finish,
    InteractionKind,
    RecordInteraction,
    SendMessage,
    WaitUntil,
)
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
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.idempotency import AttemptKey
from domain.statuses import ENDING, DeliveryStatus, Result, join, result_of
from domain.steps import OnUnknown, Route, RouteKind

_ALWAYS: frozenset[type[Event]] = frozenset({ProviderEvent, Paused, Resumed, Cancelled, OptedOut})

ACCEPTS: Mapping[Status, frozenset[type[Event]]] = {
    Status.NEW: frozenset({Started}),
    Status.SCHEDULED: _ALWAYS | {WaitElapsed},
    Status.SENDING: _ALWAYS | {MessageAccepted, MessageRejected, SendFailed, SendUnknown, SendDeferred},
    Status.WAITING: _ALWAYS | {WaitElapsed},
    Status.HANDING_OFF: _ALWAYS | {HandoffCreated, HandoffResolved},
    Status.HANDED_OFF: _ALWAYS | {HandoffResolved, WaitElapsed},
    Status.FINISHED: frozenset(),
}
"""Which facts a status takes notice of. Any other fact changes nothing."""

_FORWARD = frozenset(Status) - {Status.NEW}

LEADS_TO: Mapping[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.NEW, Status.SCHEDULED, Status.SENDING}),
    Status.SCHEDULED: _FORWARD - {Status.WAITING, Status.HANDED_OFF},
    Status.SENDING: _FORWARD - {Status.HANDED_OFF},
    Status.WAITING: _FORWARD - {Status.HANDED_OFF},
    Status.HANDING_OFF: frozenset({Status.HANDING_OFF, Status.HANDED_OFF, Status.FINISHED}),
    Status.HANDED_OFF: frozenset({Status.HANDED_OFF, Status.FINISHED}),
    Status.FINISHED: frozenset({Status.FINISHED}),
}
"""Where a status may lead with one fact, itself included."""


@frozen
class Decision:
    """What a fact led to.

    Args:
        state: the new state; the same object as before where the fact changed nothing.
        commands: what is to be done now, in this order.
    """

    state: EnrollmentState
    commands: tuple[Command, ...] = ()


def decide(plan: Plan, state: EnrollmentState, event: Event) -> Decision:
    """Take a fact.

    Args:
        plan: what the enrollment follows; the same at every call for one enrollment.
        state: where it stands.
        event: what has happened.

    Returns:
        The new state and the orders that follow. Never raises.
    """
    if type(event) not in ACCEPTS[state.status]:
        return Decision(state)
    turn = _Turn(plan, state, event.at)
    match event:
        case Started():
            return turn.enter(0, ())
        case MessageAccepted() | MessageRejected() | SendFailed() | SendUnknown() | SendDeferred():
            return turn.sent(event) if turn.is_current(event.step, event.attempt) else Decision(state)
        case ProviderEvent():
            return turn.told(event)
        case WaitElapsed():
            return turn.elapsed(event)
        case Paused():
            return turn.pause()
        case Resumed():
            return turn.resume()
        case Cancelled():
            return turn.finish(Outcome.CANCELLED, "on request")
        case OptedOut():
            return turn.finish(Outcome.OPTED_OUT, "on another message")
        case HandoffCreated():
            return turn.handed_off()
        case HandoffResolved():
            return turn.finish(Outcome.RESOLVED, "by a human")
        case _:  # the type checker proves that no fact is forgotten
            assert_never(event)


HANDOFF = "handoff"
"""What stands for a step key once the steps are behind; attempt 0 keeps it apart from a step of that name."""

_Position = tuple[int, int]


@frozen
class _Turn:
    """One fact being taken: the plan, the state it meets and the time."""

    plan: Plan
    state: EnrollmentState
    at: datetime

    # What each fact leads to -------------------------------------------------------------------------

    def sent(
        self, event: MessageAccepted | MessageRejected | SendFailed | SendUnknown | SendDeferred
    ) -> Decision:
        if self.state.delivery is not None:  # a callback came first: it was sent, whatever the sender says
            return self.wait(in_doubt=False)
        match event:
            case MessageAccepted():
                return self.wait(in_doubt=False)
            case MessageRejected():
                return self.follow(self.state.step, self.state.attempt, Result.REJECTED)
            case SendFailed():
                return self.follow(self.state.step, self.state.attempt, Result.FAILED)
            case SendUnknown():
                return self.doubt()
            case SendDeferred():
                state = self.until(event.until, evolve(self.state, status=Status.SCHEDULED))
                return self.to(state, self.record(InteractionKind.DEFERRED, event.reason))
            case _:
                assert_never(event)

    def doubt(self) -> Decision:
        step = self.plan.steps[self.state.step]
        match step.on_unknown:
            case OnUnknown.WAIT:
                return self.wait(in_doubt=True)
            case OnUnknown.RESEND if self.state.attempt < step.retry.attempts:
                return self.again(self.state.step, self.state.attempt, Result.UNKNOWN)
            case OnUnknown.RESEND:
                return self.follow(self.state.step, self.state.attempt, Result.UNKNOWN)
            case OnUnknown.ESCALATE:
                return self.escalate(self.state.step, Result.UNKNOWN)
            case _:
                assert_never(step.on_unknown)

    def told(self, event: ProviderEvent) -> Decision:
        index = self.plan.index(event.step)
        if index is None or not self.was_sent(index, event.attempt):
            return Decision(self.state)
        if event.status in ENDING:
            complained = event.status is DeliveryStatus.COMPLAINED
            return self.finish(Outcome.COMPLAINED if complained else Outcome.OPTED_OUT, f"at {event.step}")
        heard = self.hear(event.status) if self.is_current(event.step, event.attempt) else self
        result = result_of(event.status)
        return Decision(heard.state) if result is None else heard.follow(index, event.attempt, result)

    def elapsed(self, event: WaitElapsed) -> Decision:
        state = self.state
        early = state.due is None or event.at < state.due
        if early or state.paused_at is not None or not self.is_current(event.step, event.attempt):
            return Decision(state)
        if state.status is Status.SCHEDULED:
            return self.to(evolve(state, status=Status.SENDING, due=None))
        if state.status is Status.HANDED_OFF:
            return self.finish(Outcome.ESCALATED, "the handoff stayed open")
        result = Result.UNKNOWN if state.in_doubt else Result.UNANSWERED
        return self.follow(
            state.step, state.attempt, result, self.record(InteractionKind.TIMED_OUT, result.value)
        )

    def pause(self) -> Decision:
        if self.state.paused_at is not None:
            return Decision(self.state)
        return self.to(evolve(self.state, paused_at=self.at), self.record(InteractionKind.PAUSED, ""))

    def resume(self) -> Decision:
        since = self.state.paused_at
        if since is None:
            return Decision(self.state)
        due = None if self.state.due is None else self.state.due + (self.at - since)
        state = evolve(self.state, paused_at=None, due=due)
        return self.to(state, self.record(InteractionKind.RESUMED, ""))

    def handed_off(self) -> Decision:
        if self.plan.handoff_wait is None:
            return self.finish(Outcome.ESCALATED, "handed to a human")
        handed_off = evolve(self.state, status=Status.HANDED_OFF)
        return self.to(self.until(self.at + self.plan.handoff_wait, handed_off))

    # Where a result leads ----------------------------------------------------------------------------

    def follow(self, index: int, attempt: int, result: Result, *records: RecordInteraction) -> Decision:
        """Go where the result of an attempt points, if that is ahead."""
        step = self.plan.steps[index]
        if step.retry.again(result, attempt):
            return self.again(index, attempt, result, *records)
        return self.take(step.route(result), index, result, records)

    def take(
        self, route: Route, index: int, result: Result, records: tuple[RecordInteraction, ...]
    ) -> Decision:
        match route.kind:
            case RouteKind.WAIT:
                return Decision(self.state)
            case RouteKind.COMPLETE:
                return self.finish(Outcome.COMPLETED, result.value, *records)
            case RouteKind.EXIT:
                if self.past_steps <= self.position:  # a late failure does not close what a human has open
                    return Decision(self.state)
                last = index == len(self.plan.steps)
                return self.finish(Outcome.EXHAUSTED if last else Outcome.EXITED, result.value, *records)
            case RouteKind.ESCALATE:
                return self.escalate(index, result, *records)
            case RouteKind.STEP:
                target = self.plan.index(route.step or "")
            case RouteKind.NEXT:
                target = index + 1
            case _:
                assert_never(route.kind)
        if target is None or target >= len(self.plan.steps):
            return self.take(self.plan.at_end, len(self.plan.steps), result, records)
        if (target, 1) <= self.position:
            return Decision(self.state)
        detail = f"{result.value} -> {self.plan.steps[target].key}"
        return self.enter(target, (*records, self.record(InteractionKind.MOVED_ON, detail)))

    def again(self, index: int, attempt: int, result: Result, *records: RecordInteraction) -> Decision:
        """Back off, then try the step once more."""
        if (index, attempt + 1) <= self.position:
            return Decision(self.state)
        step = self.plan.steps[index]
        delay = step.retry.delay(attempt, str(AttemptKey(self.state.enrollment_id, step.key, attempt)))
        state = self.until(self.at + delay, self.begun(index, attempt + 1, Status.SCHEDULED))
        return self.to(state, *records, self.record(InteractionKind.BACKED_OFF, result.value))

    def enter(self, index: int, records: tuple[RecordInteraction, ...]) -> Decision:
        """Begin a step: send now, or after its delay; a paused enrollment holds it back."""
        delay = self.plan.steps[index].delay
        if delay or self.state.paused_at is not None:
            state = self.until(self.at + delay, self.begun(index, 1, Status.SCHEDULED))
        else:
            state = self.begun(index, 1, Status.SENDING)
        return self.to(state, *records)

    def wait(self, *, in_doubt: bool) -> Decision:
        due = self.at + self.plan.steps[self.state.step].wait
        return self.to(self.until(due, evolve(self.state, status=Status.WAITING, in_doubt=in_doubt)))

    def escalate(self, index: int, result: Result, *records: RecordInteraction) -> Decision:
        """Hand over, naming the step that led there: it may lie behind the current one."""
        if self.past_steps <= self.position:
            return Decision(self.state)
        state = self.begun(*self.past_steps, Status.HANDING_OFF)
        step = self.plan.steps[index].key if index < len(self.plan.steps) else self.step_key
        order = CreateHandoff(step, result.value)
        return Decision(state, (*records, self.record(InteractionKind.ESCALATED, result.value), order))

    def finish(self, outcome: Outcome, detail: str, *records: RecordInteraction) -> Decision:
        state = evolve(self.begun(*self.past_steps, Status.FINISHED), outcome=outcome, paused_at=None)
        last = self.record(InteractionKind.FINISHED, f"{outcome.value}: {detail}")
        return Decision(state, (*records, last, Finish(outcome, self.at)))

    # The small parts ---------------------------------------------------------------------------------

    @property
    def position(self) -> _Position:
        return (self.state.step, self.state.attempt)

    @property
    def past_steps(self) -> _Position:
        return (len(self.plan.steps), 0)

    @property
    def step_key(self) -> str:
        return _step_key(self.plan, self.state)

    @property
    def paused_anew(self) -> datetime | None:
        return None if self.state.paused_at is None else self.at

    def is_current(self, step: str, attempt: int) -> bool:
        return attempt == self.state.attempt and step == self.step_key

    def was_sent(self, index: int, attempt: int) -> bool:
        """Whether this attempt can have been ordered: nobody can tell us anything about one that was not."""
        if (index, attempt) == self.position:
            return self.state.status is not Status.SCHEDULED
        return attempt >= 1 and (index, attempt) < self.position

    def hear(self, status: DeliveryStatus) -> "_Turn":
        joined = join(self.state.delivery, status)
        if joined is self.state.delivery:
            return self
        return evolve(self, state=evolve(self.state, delivery=joined, in_doubt=False))

    def begun(self, index: int, attempt: int, status: Status) -> EnrollmentState:
        """The state at the beginning of an attempt; if it is paused, the pause counts from now for it."""
        return evolve(
            self.state,
            status=status,
            step=index,
            attempt=attempt,
            delivery=None,
            in_doubt=False,
            due=None,
            paused_at=self.paused_anew,
        )

    def until(self, due: datetime, state: EnrollmentState) -> EnrollmentState:
        """A state with a new end of waiting; if it is paused, the pause counts from now for it."""
        return evolve(state, due=due, paused_at=self.paused_anew)

    def record(self, kind: InteractionKind, detail: str) -> RecordInteraction:
        return RecordInteraction(kind, self.at, self.step_key, self.state.attempt, detail)

    def to(self, state: EnrollmentState, *records: RecordInteraction) -> Decision:
        """The new state, with the order that it calls for if the old one did not call for it already."""
        order = pending_order(self.plan, state)
        if order is None or order == pending_order(self.plan, self.state):
            return Decision(state, records)
        return Decision(state, (*records, order))


def pending_order(plan: Plan, state: EnrollmentState) -> SendMessage | WaitUntil | None:
    """The order that a state calls for: the last one given and not answered yet; None where there is none."""
    if state.status is Status.SENDING:
        step = plan.steps[state.step]
        return SendMessage(step.key, state.attempt, step.channel)
    if state.due is not None and state.paused_at is None:
        return WaitUntil(state.due, _step_key(plan, state), state.attempt)
    return None


def _step_key(plan: Plan, state: EnrollmentState) -> str:
    return plan.steps[state.step].key if state.step < len(plan.steps) else HANDOFF
