"""Callbacks in any order, and as often as they like, lead to one end."""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.decide import decide
from domain.enrollment.events import Event, HandoffCreated, Paused, ProviderEvent
from domain.enrollment.state import EnrollmentState
from domain.statuses import ENDING, DeliveryStatus, Result, result_of
from domain.steps import COMPLETE, ESCALATE, EXIT, WAIT, Route, RouteKind, Step
from tests.unit.domain.scenes import (
    DAY,
    HOUR,
    accepted,
    elapsed,
    email,
    hour,
    plan,
    rejected,
    send_failed,
    send_unknown,
    sms,
    started,
    told,
    voice,
)
from tests.unit.domain.strategies import Run, moves, plans, thorough


def _points_to(plan: Plan, event: ProviderEvent) -> str | None:
    """The end, or the human, that a callback leads to; None where it leads to a step or nowhere."""
    index = plan.index(event.step)
    result = result_of(event.status)
    assert index is not None
    step = plan.steps[index]
    if event.status in ENDING:
        return event.status.value
    if event.status in plan.goal_statuses:
        return "won"
    if result is None or not isinstance(step, Step) or step.retry.again(result, event.attempt):
        return None
    route = step.route(result)
    if route.kind is RouteKind.NEXT and index + 1 == len(plan.steps):
        return f"{plan.at_end} at the end"
    return None if route.kind in (RouteKind.WAIT, RouteKind.NEXT, RouteKind.STEP) else str(route)


def _final(plan: Plan, state: EnrollmentState, events: tuple[ProviderEvent, ...]) -> EnrollmentState:
    return reduce(lambda before, event: decide(plan, before, event).state, events, state)


def _converge(plan: Plan, once: Sequence[ProviderEvent], finals: set[EnrollmentState]) -> bool:
    """Whether the final states of all orders are one; where ends compete, whether all of them are at one."""
    ends = {_points_to(plan, event) for event in once} - {None}
    at_an_end = {final.step for final in finals} == {len(plan.steps)}
    return len(finals) == 1 or (len(ends) > 1 and at_an_end)


BUSY = plan(
    sms(
        retry=Backoff(attempts=2, first=HOUR, on={Result.FAILED}),
        on={Result.DELIVERED: Route(RouteKind.STEP, "call"), Result.REPLIED: ESCALATE, Result.CLICKED: EXIT},
    ),
    email(delay=HOUR, on={Result.OPENED: COMPLETE}),
    voice(on={Result.ANSWERED: ESCALATE, Result.BUSY: WAIT}),
    handoff_wait=DAY,
)
TO_MAIL = (rejected(), elapsed(1, "mail"), accepted("mail", at=1))
TO_HUMAN = (told(DeliveryStatus.REPLIED),)


STANDS: dict[str, tuple[Event, ...]] = {
    "sending": (),
    "waiting": (accepted(),),
    "in doubt": (send_unknown(),),
    "backing off": (send_failed(),),
    "sending again": (send_failed(), elapsed(1, attempt=2)),
    "before a delay": (rejected(),),
    "waiting further on": TO_MAIL,
    "at the last step": (*TO_MAIL, told(DeliveryStatus.BOUNCED, "mail", at=2), accepted("call", at=3)),
    "handing over": TO_HUMAN,
    "with a human": (*TO_HUMAN, HandoffCreated(hour(2))),
}


@pytest.mark.parametrize("pause", [(), (Paused(hour(5)),)], ids=["running", "paused"])
@pytest.mark.parametrize("facts", STANDS.values(), ids=STANDS)
def test_two_callbacks_commute(facts: tuple[Event, ...], pause: tuple[Event, ...]) -> None:
    """Wherever an enrollment stands, any two callbacks lead to the same state in both orders."""
    run = Run(BUSY)
    for event in (started(), *facts, *pause):
        run.take(event)
    callbacks = [
        ProviderEvent(hour(9), *sent, status) for sent in sorted(run.sent) for status in DeliveryStatus
    ]

    for pair in combinations(callbacks, 2):
        assert _converge(BUSY, pair, {_final(BUSY, run.state, order) for order in permutations(pair)})


@settings(thorough, max_examples=300)
@given(plans, moves, st.data())
def test_order_and_repetition_do_not_matter(plan: Plan, choices: list[int], data: st.DataObject) -> None:
    """All orders of some callbacks, with repeats and without, give one state.

    Only where they lead to different ends does the first one win; then every order ends or is with a human.
    """
    run = Run(plan).play(choices)
    at = run.now + timedelta(minutes=1)
    attempts = st.sampled_from(sorted(run.sent) or [(plan.steps[0].key, 1)])
    told = data.draw(st.lists(st.tuples(attempts, st.sampled_from(DeliveryStatus)), min_size=1, max_size=3))
    once = [ProviderEvent(at, *attempt, status) for attempt, status in told]
    repeated = [*once, data.draw(st.sampled_from(once))]
    finals = {_final(plan, run.state, order) for events in (once, repeated) for order in permutations(events)}

    assert _converge(plan, once, finals)


@thorough
@given(plans, moves)
def test_a_repeated_callback_changes_nothing(plan: Plan, choices: list[int]) -> None:
    """Whatever a run has heard of its attempts may come again: the state stays the same object."""
    run = Run(plan).play(choices)
    heard = [
        turn.event
        for turn in run.turns
        if isinstance(turn.event, ProviderEvent) and turn.decision.state is not turn.before
    ]

    for event in heard:
        assert decide(plan, run.state, event).state is run.state
