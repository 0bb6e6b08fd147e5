"""The core: a fact comes in, a new state and orders go out. Pure and total: no clock, no chance, no I/O.

Three ideas carry it.

*An enrollment only moves forward* (`domain.enrollment.turn`). So callbacks that are repeated, reordered or
late lead to one final state, and every run ends, because positions are finite.

*Orders follow from the state.* The pending order (send, ask, or wait until) is a function of the state and is
given only when it changes, so no fact can order the same attempt twice.

*Facts prove that they are current.* What belongs to an attempt names its step and attempt; what does not fit
changes nothing and gives back the same state object.
"""

from datetime import datetime
from typing import assert_never

from domain.campaign import Plan
from domain.enrollment.commands import InteractionKind
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
from domain.enrollment.state import EnrollmentState, Outcome, Status
from domain.enrollment.transitions import ACCEPTS
from domain.enrollment.turn import TIMED, Decision, Turn, later
from domain.pauses import SHORTEST_CHECK, PausePolicy
from domain.refusals import Consequence, Refusal, consequence
from domain.statuses import ENDING, DeliveryStatus, Result, result_of
from domain.steps import NEXT, OnUnknown, Split
from domain.values import evolve

MOST_DEFERRALS = 100
"""How often an attempt is put off for a window or a cap before it is skipped: campaigns that compete for a
cap must not keep one of them waiting for ever."""

CHECKS_WAITS = 2
"""The first version of the rules under which the end of a wait is checked before it counts."""

HEARS_OF_EARLIER_STEPS = 2
"""The first version of the rules under which reports count of what this plan cannot have sent."""


def decide(plan: Plan, state: EnrollmentState, event: Event) -> Decision:
    """Take a fact.

    Args:
        plan: what the enrollment follows; the same at every call for one enrollment, but for
            `domain.enrollment.migrate`.
        state: where it stands.
        event: what has happened.

    Returns:
        The new state and the orders that follow. Never raises.
    """
    if type(event) not in ACCEPTS[state.status]:
        return Decision(state)
    turn = Turn(plan, state, event.at)
    match event:
        case WaitElapsed():
            return _elapsed(turn) if turn.is_current(event.step, event.attempt) else Decision(state)
        case WaitChecked():
            return _checked(turn, event) if turn.is_current(event.step, event.attempt) else Decision(state)
        case MessageAccepted() | MessageRejected() | SendFailed() | SendUnknown() | SendRefused():
            return _sent(turn, event) if turn.is_current(event.step, event.attempt) else Decision(state)
        case StepPrepared() | StepSkipped():
            return _prepared(turn, event) if event.step == turn.step_key else Decision(state)
        case ProviderEvent():
            return _told(turn, event)
        case Started():
            return turn.enter(0, ())
        case Paused():
            return _pause(turn)
        case Resumed():
            return _resume(turn, event.policy)
        case HandoffCreated():
            return _handed_off(turn)
        case Cancelled() | OptedOut() | GoalReached() | HandoffResolved():
            return _ended(turn, event)
        case _:  # the type checker proves that no fact is forgotten
            assert_never(event)


def _sent(
    turn: Turn, event: MessageAccepted | MessageRejected | SendFailed | SendUnknown | SendRefused
) -> Decision:
    if turn.state.delivery is not None:  # a callback came first: it was sent, whatever the sender says
        return turn.wait()
    match event:
        case MessageAccepted():
            return turn.wait()
        case MessageRejected():
            return turn.follow(turn.state.step, turn.state.attempt, Result.REJECTED)
        case SendFailed():
            return turn.follow(turn.state.step, turn.state.attempt, Result.FAILED)
        case SendUnknown():
            return _doubted(turn)
        case SendRefused():
            return _refused(turn, event)
        case _:
            assert_never(event)


def _doubted(turn: Turn) -> Decision:
    step = turn.touch(turn.state.step)
    match step.on_unknown:
        case OnUnknown.WAIT:
            return turn.wait(in_doubt=True)
        case OnUnknown.RESEND if turn.state.attempt < step.retry.attempts:
            return turn.again(turn.state.step, turn.state.attempt, Result.UNKNOWN)
        case OnUnknown.RESEND:
            return turn.follow(turn.state.step, turn.state.attempt, Result.UNKNOWN)
        case OnUnknown.ESCALATE:
            return turn.escalate(turn.state.step, Result.UNKNOWN.value)
        case _:
            assert_never(step.on_unknown)


def _refused(turn: Turn, event: SendRefused) -> Decision:
    follows = consequence(turn.plan.refused, event.refusal, has_time=event.until is not None)
    if follows is Consequence.DEFER and turn.state.deferrals >= MOST_DEFERRALS:
        follows = Consequence.SKIP
    match follows:
        case Consequence.DEFER:
            return _deferred(turn, event, event.until or turn.at)
        case Consequence.SKIP:
            refused = turn.record(InteractionKind.REFUSED, event.reason)
            return turn.follow(turn.state.step, turn.state.attempt, Result.REJECTED, refused)
        case Consequence.LAPSE:
            return turn.pass_over(turn.record(InteractionKind.PASSED_OVER, event.reason))
        case Consequence.END:
            refused = turn.record(InteractionKind.REFUSED, event.reason)
            return turn.finish(Outcome.EXITED, event.refusal.value, refused)
        case _:
            assert_never(follows)


def _deferred(turn: Turn, event: SendRefused, until: datetime) -> Decision:
    """Try again at the time that was named. What a pause holds up still knows when it was due."""
    state = turn.state
    if event.refusal is Refusal.PAUSED and until <= turn.at and state.rules >= CHECKS_WAITS:
        until = turn.at + SHORTEST_CHECK  # the gate's clock is behind: it would be asked again and again
    deferred = turn.until(until, Status.SCHEDULED)
    if event.refusal is Refusal.PAUSED:
        deferred = evolve(deferred, since=state.since, owed=state.owed or state.due)
    else:
        deferred = evolve(deferred, deferrals=state.deferrals + 1)
    if deferred.owed is not None and state.owed is not None and state.rules >= CHECKS_WAITS:
        return turn.to(deferred)  # one row tells of a pause, however often it is asked whether it is over
    return turn.to(deferred, turn.record(InteractionKind.DEFERRED, event.reason))


def _prepared(turn: Turn, event: StepPrepared | StepSkipped) -> Decision:
    index = turn.state.step
    step = turn.plan.steps[index]
    if isinstance(event, StepSkipped):
        skipped = turn.record(InteractionKind.SKIPPED, event.reason)
        if event.rejected and not isinstance(step, Split):
            # No retry: nothing was tried, and a second attempt would be sent without being asked about.
            return turn.take(step.route(Result.REJECTED), index, Result.REJECTED.value, (skipped,))
        return turn.take(NEXT, index, "skipped", (skipped,))
    if isinstance(step, Split):
        chosen = len(step.branches) if event.branch is None else event.branch
        route = step.branches[chosen] if chosen in range(len(step.branches)) else NEXT
        return turn.take(route, index, "split", (turn.record(InteractionKind.BRANCHED, str(route)),))
    return turn.schedule(index, event.due or turn.at)


def _told(turn: Turn, event: ProviderEvent) -> Decision:
    index = turn.plan.index(event.step)
    was_sent = index is not None and turn.was_sent(index, event.attempt)
    # An earlier version of the campaign may have sent what this one lacks, or has further on: of that, a wish
    # to be left alone and a goal still count.
    if not was_sent and turn.state.rules < HEARS_OF_EARLIER_STEPS:
        return Decision(turn.state)
    if event.status in ENDING:
        complained = event.status is DeliveryStatus.COMPLAINED
        return turn.finish(Outcome.COMPLAINED if complained else Outcome.OPTED_OUT, f"at {event.step}")
    if event.status in turn.plan.goal_statuses:
        return turn.finish(Outcome.WON, f"{event.status.value} at {event.step}")
    if index is None or not was_sent:
        return Decision(turn.state)
    heard = turn.hear(event.status) if turn.is_current(event.step, event.attempt) else turn
    decision = _heard(heard, index, event)
    return turn.to(heard.state) if decision.state is heard.state else decision


def _heard(turn: Turn, index: int, event: ProviderEvent) -> Decision:
    pressed = turn.touch(index).pressed.get(event.pressed or "")
    if pressed is not None:
        return turn.take(pressed, index, f"pressed {event.pressed}")
    result = result_of(event.status)
    return Decision(turn.state) if result is None else turn.follow(index, event.attempt, result)


def _elapsed(turn: Turn) -> Decision:
    state = turn.state
    if state.due is None or turn.at < state.due or state.paused_at is not None:
        return Decision(state)
    if state.status is Status.SCHEDULED:
        return turn.to(evolve(state, status=Status.SENDING))
    if state.status is Status.HANDED_OFF:
        return turn.finish(Outcome.ESCALATED, "the handoff stayed open")
    if state.rules >= CHECKS_WAITS:
        return turn.to(evolve(state, status=Status.CHECKING))
    return _timed_out(turn)


def _checked(turn: Turn, event: WaitChecked) -> Decision:
    state = turn.state
    if event.until is not None and event.until > turn.at:
        owed = state.owed or state.due
        return turn.to(evolve(state, status=Status.WAITING, due=event.until, owed=owed))
    if state.paused_at is not None:  # it is asked again once it goes on
        return turn.to(evolve(state, status=Status.WAITING, due=turn.at, paused_at=turn.at))
    return _timed_out(turn)


def _timed_out(turn: Turn) -> Decision:
    state, step = turn.state, turn.touch(turn.state.step)
    if turn.awaits_a_sign and step.fallback is not None:
        why = f"not {step.fallback.status.value}"
        timed_out = turn.record(InteractionKind.TIMED_OUT, why)
        return turn.take(step.fallback.route, state.step, why, (timed_out,))
    result = Result.UNKNOWN if state.in_doubt else Result.UNANSWERED
    timed_out = turn.record(InteractionKind.TIMED_OUT, result.value)
    return turn.follow(state.step, state.attempt, result, timed_out)


def _pause(turn: Turn) -> Decision:
    if turn.state.paused_at is not None:
        return Decision(turn.state)
    return turn.to(evolve(turn.state, paused_at=turn.at), turn.record(InteractionKind.PAUSED, ""))


def _resume(turn: Turn, policy: PausePolicy) -> Decision:
    since = turn.state.paused_at
    if since is None:
        return Decision(turn.state)
    resumed = turn.record(InteractionKind.RESUMED, "" if policy is PausePolicy.FREEZE else policy.value)
    state = evolve(turn.state, paused_at=None)
    if policy is PausePolicy.FREEZE and state.status in TIMED:
        by = turn.at - since
        return turn.to(evolve(state, due=later(state.due, by), owed=later(state.owed, by)), resumed)
    overdue = state.status is Status.SCHEDULED and state.due is not None and state.due <= turn.at
    if policy is PausePolicy.EXPIRE and overdue:
        passed = turn.record(InteractionKind.PASSED_OVER, "it fell due in the pause")
        return Turn(turn.plan, state, turn.at).pass_over(resumed, passed)
    return turn.to(state, resumed)


def _ended(turn: Turn, event: Cancelled | OptedOut | GoalReached | HandoffResolved) -> Decision:
    match event:
        case Cancelled():
            return turn.finish(Outcome.CANCELLED, "on request")
        case OptedOut():
            return turn.finish(Outcome.OPTED_OUT, "on another message")
        case HandoffResolved():
            return turn.finish(Outcome.RESOLVED, "by a human")
        case GoalReached():
            wanted = event.goal in turn.plan.goals
            return turn.finish(Outcome.WON, event.goal) if wanted else Decision(turn.state)
        case _:
            assert_never(event)


def _handed_off(turn: Turn) -> Decision:
    if turn.plan.handoff_wait is None:
        return turn.finish(Outcome.ESCALATED, "handed to a human")
    return turn.to(turn.until(turn.at + turn.plan.handoff_wait, Status.HANDED_OFF))
