"""Every run ends, carried out in memory: in a silent world and in one that misbehaves."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.commands import CreateHandoff, Finish, SendMessage
from domain.enrollment.state import Outcome, Status
from domain.statuses import Result
from domain.steps import ESCALATE, EXIT, HOLD_OUT, NEXT, Split
from tests.unit.domain.interpreter import MINUTE, MOST_DEFERRALS, Interpreter
from tests.unit.domain.scenes import DAY, email, plan, sms
from tests.unit.domain.strategies import T0, plans, thorough

EVERY_END = plan(
    Split("fork", (NEXT, NEXT, HOLD_OUT)),
    sms(retry=Backoff(attempts=2, on={Result.FAILED}), on={Result.REPLIED: ESCALATE}),
    email(on={Result.BOUNCED: EXIT}),
    handoff_wait=DAY,
    goals=frozenset({"purchased"}),
)


def _most_attempts(plan: Plan) -> int:
    return sum(step.retry.attempts for step in plan.touches)


def _longest(plan: Plan) -> timedelta:
    """The longest that a run may take if nobody pauses it and each answer takes a minute."""
    steps = MINUTE * len(plan.steps)  # asking about a step takes no longer
    for step in plan.touches:
        steps += step.delay if isinstance(step.delay, timedelta) else timedelta(0)
        steps += step.retry.attempts * (MINUTE + step.wait + step.retry.cap)
    return steps + MINUTE + (plan.handoff_wait or timedelta(0))


@thorough
@given(plans)
def test_timers_alone_end_a_run(plan: Plan) -> None:
    """If nobody ever answers, a run ends within the time and the number of turns that its plan allows."""
    interpreter = Interpreter(plan)
    run = interpreter.carry_out()

    assert run.state.status is Status.FINISHED
    assert run.now - T0 <= _longest(plan)
    assert len(run.turns) <= 4 * _most_attempts(plan) + len(plan.steps) + 3


@thorough
@given(plans, st.integers(0, 2**32))
def test_accidents_do_not_keep_a_run_from_ending(plan: Plan, seed: int) -> None:
    """With refusals, doubts, pauses and wild callbacks a run ends as well, once, after so many sends."""
    interpreter = Interpreter(plan, Random(seed))
    run = interpreter.carry_out()
    sends = [order for order in interpreter.orders if isinstance(order, SendMessage)]
    handoffs = [order for order in interpreter.orders if isinstance(order, CreateHandoff)]
    ends = [order for order in interpreter.orders if isinstance(order, Finish)]

    assert run.state.status is Status.FINISHED
    assert len(sends) <= _most_attempts(plan) * (1 + MOST_DEFERRALS)
    assert len(handoffs) <= 1
    assert [end.outcome for end in ends] == [run.state.outcome]


def test_every_outcome_that_needs_no_request_is_reached() -> None:
    """The world of accidents is wild enough: it brings about every end but a cancellation."""
    outcomes = {Interpreter(EVERY_END, Random(seed)).carry_out().state.outcome for seed in range(300)}

    assert outcomes == set(Outcome) - {Outcome.CANCELLED}
