"""One fact being taken: where it leads the enrollment, and the orders that follow.

An enrollment only moves forward. Its position is (step, attempt), then past all steps: with a human, or
ended. Every result of every attempt points to a position; it is followed only if that lies ahead.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never, cast

from attrs import define, frozen

from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    Finish,
    InteractionKind,
    PrepareStep,
    RecordInteraction,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus, Result, join
from domain.steps import HANDOFF as HANDOFF
from domain.steps import Route, RouteKind, Split, Step
from domain.values import evolve

_Position = tuple[int, int]
_Records = tuple[RecordInteraction, ...]


@frozen(slots=False)  # made faster so, as orders are
class Decision:
    """What a fact led to.

    Args:
        state: the new state; the same object as before where the fact changed nothing.
        commands: what is to be done now, in this order.
    """

    state: EnrollmentState
    commands: tuple[Command, ...] = ()


@define  # not frozen, as one is made for each fact: nobody keeps it, and nobody changes it
class Turn:
    """One fact being taken: the plan, the state it meets and the time."""

    plan: Plan
    state: EnrollmentState
    at: datetime

    # Where a result leads ----------------------------------------------------------------------------

    def follow(self, index: int, attempt: int, result: Result, *records: RecordInteraction) -> Decision:
        """Go where the result of an attempt points, if that is ahead."""
        step = self.touch(index)
        if step.retry.again(result, attempt):
            return self.again(index, attempt, result, *records)
        return self.take(step.route(result), index, result.value, records)

    def take(self, route: Route, index: int, why: str, records: _Records = ()) -> Decision:
        """Go where a route points, if that is ahead.

        Args:
            route: where to.
            index: from which step; it may lie behind the current one.
            why: the result, in a word.
            records: what is written along with it.
        """
        match route.kind:
            case RouteKind.NEXT:
                target: int | None = index + 1
            case RouteKind.STEP:
                target = self.plan.index(route.step or "")
            case RouteKind.WAIT:
                return Decision(self.state)
            case RouteKind.COMPLETE:
                return self.finish(Outcome.COMPLETED, why, *records)
            case RouteKind.HOLD_OUT:
                return self.finish(Outcome.HELD_OUT, why, *records)
            case RouteKind.EXIT:
                if self.past_steps <= self.position:  # a late failure does not close what a human has open
                    return Decision(self.state)
                last = index == len(self.plan.steps)
                return self.finish(Outcome.EXHAUSTED if last else Outcome.EXITED, why, *records)
            case RouteKind.ESCALATE:
                return self.escalate(index, why, *records)
            case _:
                assert_never(route.kind)
        if target is None or target >= len(self.plan.steps):
            return self.take(self.plan.at_end, len(self.plan.steps), why, records)
        if (target, 1) <= self.position:
            return Decision(self.state)
        detail = f"{why} -> {self.plan.steps[target].key}"
        return self.enter(target, (*records, self.record(InteractionKind.MOVED_ON, detail)))

    def again(self, index: int, attempt: int, result: Result, *records: RecordInteraction) -> Decision:
        """Back off, then try the step once more."""
        if (index, attempt + 1) <= self.position:
            return Decision(self.state)
        step = self.touch(index)
        delay = step.retry.delay(attempt, str(AttemptKey(self.state.enrollment_id, step.key, attempt)))
        state = self.begun(index, attempt + 1, Status.SCHEDULED, self.at + delay)
        return self.to(state, *records, self.record(InteractionKind.BACKED_OFF, result.value))

    def enter(self, index: int, records: _Records) -> Decision:
        """Begin a step; what depends on the contact is asked first."""
        step = self.plan.steps[index]
        if isinstance(step, Split) or not isinstance(step.delay, timedelta) or step.conditional:
            return self.to(self.begun(index, 1, Status.PREPARING), *records)
        return self.schedule(index, self.at + step.delay, *records)

    def schedule(self, index: int, due: datetime, *records: RecordInteraction) -> Decision:
        """Send a step's first attempt when it is due, now if that is past; a pause holds it back."""
        is_held = due > self.at or self.state.paused_at is not None
        status = Status.SCHEDULED if is_held else Status.SENDING
        return self.to(self.begun(index, 1, status, max(due, self.at)), *records)

    def wait(self, *records: RecordInteraction, in_doubt: bool = False) -> Decision:
        """Wait for what the attempt comes to; with a fallback, first for a sign that it has arrived."""
        step, known = self.touch(self.state.step), self.state.delivery
        confirmed = step.fallback is None or (known is not None and step.confirms(known))
        length = step.wait if confirmed or step.fallback is None else step.fallback.within
        return self.to(self.until(self.at + length, Status.WAITING, in_doubt=in_doubt), *records)

    def pass_over(self, *records: RecordInteraction) -> Decision:
        """Send nothing, and let the wait go by as if it had been sent: what follows keeps its time."""
        due = self.at + self.touch(self.state.step).wait
        return self.to(self.until(due, Status.WAITING, passed=True), *records)

    def escalate(self, index: int, why: str, *records: RecordInteraction) -> Decision:
        """Hand over, naming the step that led there: it may lie behind the current one."""
        if self.past_steps <= self.position:
            return Decision(self.state)
        state = self.begun(*self.past_steps, Status.HANDING_OFF)
        step = self.plan.steps[index].key if index < len(self.plan.steps) else self.step_key
        order = CreateHandoff(step, why)
        return Decision(state, (*records, self.record(InteractionKind.ESCALATED, why), order))

    def finish(self, outcome: Outcome, detail: str, *records: RecordInteraction) -> Decision:
        """End."""
        state = evolve(self.begun(*self.past_steps, Status.FINISHED), outcome=outcome, paused_at=None)
        last = self.record(InteractionKind.FINISHED, f"{outcome.value}: {detail}")
        return Decision(state, (*records, last, Finish(outcome, self.at)))

    # The small parts ---------------------------------------------------------------------------------

    @property
    def position(self) -> _Position:
        """Where the enrollment is."""
        return (self.state.step, self.state.attempt)

    @property
    def past_steps(self) -> _Position:
        """Where it is with a human, or ended."""
        return (len(self.plan.steps), 0)

    @property
    def step_key(self) -> str:
        """The key of the current step."""
        return step_key(self.plan, self.state)

    def touch(self, index: int) -> Step:
        """A step that sends: a split has no attempts, so nobody asks for one of its."""
        return cast("Step", self.plan.steps[index])

    def is_current(self, step: str, attempt: int) -> bool:
        """Whether a fact is about the current attempt."""
        return attempt == self.state.attempt and step == self.plan.keys[self.state.step]

    def was_sent(self, index: int, attempt: int) -> bool:
        """Whether this attempt can have been ordered: nobody can tell us anything about one that was not."""
        if isinstance(self.plan.steps[index], Split):
            return False
        if (index, attempt) == self.position:
            return self.state.status not in _NOT_SENT
        return attempt >= 1 and (index, attempt) < self.position

    def hear(self, status: DeliveryStatus) -> "Turn":
        """Raise the status of the current attempt; a sign that it has arrived ends the wait for one."""
        joined = join(self.state.delivery, status)
        if joined is self.state.delivery:
            return self
        state, step = evolve(self.state, delivery=joined, in_doubt=False), self.touch(self.state.step)
        if self.awaits_a_sign and step.confirms(joined):
            more = self.after_a_sign
            due, owed = later(state.due, more), later(state.owed, more)
            state = evolve(state, status=Status.WAITING, due=due, owed=owed)
        return Turn(self.plan, state, self.at)

    @property
    def awaits_a_sign(self) -> bool:
        """Whether the wait that goes on is a fallback's: for a sign that the message has arrived."""
        state, step = self.state, self.touch(self.state.step)
        if step.fallback is None or state.passed or state.status not in _AFTER_SENDING:
            return False
        return state.delivery is None or not step.confirms(state.delivery)

    @property
    def after_a_sign(self) -> timedelta:
        """By how much a sign of arrival prolongs the wait for one; by nothing where there is no fallback."""
        step = self.touch(self.state.step)
        return timedelta(0) if step.fallback is None else step.wait - step.fallback.within

    @property
    def paused_anew(self) -> datetime | None:
        """Since when a pause counts for a wait that begins now."""
        return None if self.state.paused_at is None else self.at

    def begun(self, index: int, attempt: int, status: Status, due: datetime | None = None) -> EnrollmentState:
        """The state at the beginning of an attempt; if it is paused, the pause counts from now for it.

        Args:
            index: of which step.
            attempt: which attempt of it.
            status: what is done first.
            due: when the wait ends that begins now; None where none does.
        """
        return EnrollmentState(
            self.state.enrollment_id,
            status,
            index,
            attempt,
            due=due,
            since=None if due is None else self.at,
            paused_at=self.paused_anew,
            moved_by=self.state.moved_by,
            rules=self.state.rules,
        )

    def until(
        self, due: datetime, status: Status, *, in_doubt: bool = False, passed: bool = False
    ) -> EnrollmentState:
        """The state with a new wait; if it is paused, the pause counts from now for it."""
        return evolve(
            self.state,
            status=status,
            in_doubt=in_doubt,
            passed=passed,
            due=due,
            since=self.at,
            owed=None,
            paused_at=self.paused_anew,
        )

    def record(self, kind: InteractionKind, detail: str) -> RecordInteraction:
        """A row of the timeline, at the place where the fact has met the enrollment."""
        state = self.state
        here = self.plan.keys[state.step]
        return RecordInteraction(kind, self.at, here, state.attempt, detail, state.moved_by)

    def to(self, state: EnrollmentState, *records: RecordInteraction) -> Decision:
        """The new state, with the order that it calls for if the old one did not call for it already."""
        order = pending_order(self.plan, state)
        is_given = state.status is self.state.status and order == pending_order(self.plan, self.state)
        return Decision(state, records if order is None or is_given else (*records, order))


_NOT_SENT = frozenset({Status.PREPARING, Status.SCHEDULED})
_AFTER_SENDING = frozenset({Status.WAITING, Status.CHECKING})

TIMED = frozenset({Status.SCHEDULED, Status.WAITING, Status.HANDED_OFF})
"""Where a timer runs, which a pause holds up."""

Pending = SendMessage | PrepareStep | CheckWait | WaitUntil


def pending_order(plan: Plan, state: EnrollmentState) -> Pending | None:
    """The order that a state calls for: the last one given and not answered yet; None where there is none."""
    order = _ORDERS.get(state.status)
    return None if order is None else order(plan, state)


def _prepare(plan: Plan, state: EnrollmentState) -> Pending:
    return PrepareStep(plan.keys[state.step])


def _send(plan: Plan, state: EnrollmentState) -> Pending:
    step = cast("Step", plan.steps[state.step])  # a split is never sent
    return SendMessage(step.key, state.attempt, step.channel, state.since, state.owed or state.due)


def _wait(plan: Plan, state: EnrollmentState) -> Pending | None:
    if state.due is None or state.paused_at is not None:
        return None
    return WaitUntil(state.due, plan.keys[state.step], state.attempt)


def _check(plan: Plan, state: EnrollmentState) -> Pending:
    return CheckWait(plan.keys[state.step], state.attempt, state.since, state.owed or state.due)


_ORDERS: Mapping[Status, Callable[[Plan, EnrollmentState], Pending | None]] = {
    Status.PREPARING: _prepare,
    Status.SENDING: _send,
    Status.CHECKING: _check,
    **dict.fromkeys(TIMED, _wait),
}


def step_key(plan: Plan, state: EnrollmentState) -> str:
    """The key of the step at which an enrollment is; `HANDOFF` once the steps are behind."""
    return plan.keys[state.step]


def later(time: datetime | None, by: timedelta) -> datetime | None:
    """A time that may not be set, moved."""
    return None if time is None else time + by
