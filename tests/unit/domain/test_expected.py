"""By when something is expected of an enrollment."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given

from domain.campaign import Plan
from domain.enrollment.commands import WaitUntil
from domain.enrollment.events import Event, HandoffCreated, Paused
from domain.enrollment.expected import expected
from domain.enrollment.turn import pending_order
from domain.statuses import DeliveryStatus
from domain.steps import NEXT, Fallback, Split
from tests.unit.domain.scenes import (
    DELAYED,
    HOUR,
    REPLY_TO_HUMAN,
    THREE,
    accepted,
    deferred,
    elapsed,
    email,
    hour,
    plan,
    rejected,
    replay,
    sms,
    started,
    told,
)
from tests.unit.domain.strategies import Run, moves, plans, thorough

FALLING_BACK = plan(sms(fallback=Fallback(DeliveryStatus.DELIVERED, HOUR, NEXT)), email())
REPLIED = (started(), accepted(), told(DeliveryStatus.REPLIED))
NOW = hour(20)


@pytest.mark.parametrize(
    ("followed", "facts", "due"),
    [
        pytest.param(THREE, [started()], NOW, id="it is being sent"),
        pytest.param(THREE, [started(), accepted()], hour(24), id="an answer is waited for"),
        pytest.param(THREE, [started(), deferred(9)], hour(9), id="the window opens"),
        pytest.param(DELAYED, [started(), rejected()], hour(12), id="a delay"),
        pytest.param(plan(Split("fork", (NEXT,)), sms()), [started()], NOW, id="data is asked"),
        pytest.param(FALLING_BACK, [started(), accepted()], hour(24), id="a fallback counts in full"),
        pytest.param(
            FALLING_BACK,
            [started(), accepted(), told(DeliveryStatus.DELIVERED)],
            hour(24),
            id="the sign that it awaits has come",
        ),
        pytest.param(THREE, [started(), accepted(), Paused(hour(3))], None, id="it stands still"),
        pytest.param(REPLY_TO_HUMAN, REPLIED, NOW, id="a human is to get the case"),
        pytest.param(REPLY_TO_HUMAN, [*REPLIED, HandoffCreated(hour(2))], None, id="a human has it"),
        pytest.param(THREE, [*REPLIED, elapsed(24)], None, id="it has ended"),
    ],
)
def test_it_is_when_the_next_thing_falls_due(
    followed: Plan, facts: Sequence[Event], due: datetime | None
) -> None:
    """What is under way is due now; where a human has the case, or nothing comes, there is no such time."""
    state, _ = replay(followed, facts)

    assert expected(followed, state, NOW) == due


@thorough
@given(plans, moves)
def test_no_timer_goes_off_later(plan: Plan, choices: list[int]) -> None:
    """Wherever a run stands, what it waits for comes by then, and it is silent where nothing is pending."""
    run = Run(plan).play(choices)
    order, due = pending_order(plan, run.state), expected(plan, run.state, run.now)

    assert due is None or not isinstance(order, WaitUntil) or order.at <= due
    assert order is None or due is not None or run.state.status == "handed_off"
