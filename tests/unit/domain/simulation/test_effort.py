"""What an enrollment asks of the engine, counted as real histories were (`test_happy_path_cost.py`)."""

from collections.abc import Iterable

import pytest

from domain.campaign import Plan
from domain.enrollment.decide import decide
from domain.enrollment.events import (
    Event,
    HandoffCreated,
    HandoffResolved,
    Paused,
    Resumed,
    StepPrepared,
    StepSkipped,
)
from domain.enrollment.state import EnrollmentState
from domain.simulation.effort import Effort
from domain.statuses import DeliveryStatus, Result
from domain.steps import COMPLETE, ESCALATE, NEXT, Split
from tests.unit.domain.scenes import DAY, accepted, checked, elapsed, hour, plan, sms, started, told

DELIVERED = plan(sms(on={Result.DELIVERED: COMPLETE}))
ASKED = plan(Split("fork", (NEXT,)), sms(conditional=True))


def spent(plan: Plan, facts: Iterable[Event]) -> Effort:
    effort, state = Effort(), EnrollmentState("one")
    for fact in facts:
        decision = decide(plan, state, fact)
        effort.note(fact, decision)
        state = decision.state
    return effort


@pytest.mark.parametrize(
    ("says", "plan", "facts", "actions"),
    [
        (
            "start, send, timer, signal, and the rows of the end",
            DELIVERED,
            [started(), accepted(at=0.1), told(DeliveryStatus.DELIVERED, at=1)],
            5,
        ),
        (
            "start, send, timer, and one task in which the wait is checked and its end is written",
            plan(sms()),
            [started(), accepted(at=0.1), elapsed(24.1), checked(24.1)],
            4,
        ),
        (
            "however much is asked before a send, it is one action more",
            ASKED,
            [
                started(),
                StepPrepared(hour(0), "fork", branch=0),
                StepPrepared(hour(0), "text"),
                accepted(at=0.1),
                told(DeliveryStatus.REPLIED, at=1),
            ],
            6,
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_an_enrollment_costs_what_its_history_does(
    says: str, plan: Plan, facts: list[Event], actions: int
) -> None:
    """The same scenes as on the real server, with the same figures."""
    assert spent(plan, facts).actions == actions, says


def test_a_signal_that_ends_no_wait_costs_another_timer() -> None:
    """The run takes the fact, and begins to wait anew; of two at one moment it takes both before that."""
    facts = [started(), accepted(at=0.1), *(told(DeliveryStatus.OPENED, at=at) for at in (1, 2, 2, 3))]
    effort = spent(plan(sms()), facts)

    assert (effort.signals, effort.timers) == (4, 3)


def test_a_case_costs_its_making_and_what_is_told_of_it() -> None:
    """Beside the timer that waits for the human."""
    human = plan(sms(on={Result.REPLIED: ESCALATE}), handoff_wait=3 * DAY)
    facts = [started(), accepted(at=0.1), told(DeliveryStatus.REPLIED, at=1)]
    effort = spent(human, [*facts, HandoffCreated(hour(1.1)), HandoffResolved(hour(5))])

    assert (effort.starts, effort.sends, effort.handoffs) == (1, 1, 1)
    assert (effort.signals, effort.timers, effort.tasks_with_rows) == (2, 2, 2)
    assert effort.actions == 9


def test_no_timer_runs_while_it_is_held() -> None:
    """It waits for facts alone then."""
    held = [started(), accepted(at=0), Paused(hour(1)), Resumed(hour(9)), elapsed(32)]

    assert spent(plan(sms()), held).timers == 2


def test_a_step_that_is_left_out_is_no_task_of_its_own() -> None:
    """The books are asked and written to within the task that has come to the step."""
    effort = spent(ASKED, [started(), StepPrepared(hour(0), "fork"), StepSkipped(hour(0), "text", "no")])

    assert effort.tasks_with_rows == 1
    assert effort.actions == 2
