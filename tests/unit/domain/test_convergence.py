"""Callbacks in any order, and as often as they like, lead to one end."""

from datetime import timedelta
from functools import reduce
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaign import Plan
from domain.enrollment.decide import decide
from domain.enrollment.events import ProviderEvent
from domain.enrollment.state import EnrollmentState
from domain.statuses import ENDING, DeliveryStatus, result_of
from domain.steps import RouteKind
from tests.unit.domain.strategies import Run, moves, plans, thorough


def _points_to(plan: Plan, event: ProviderEvent) -> str | None:
    """The end, or the human, that a callback leads to; None where it leads to a step or nowhere."""
    index = plan.index(event.step)
    result = result_of(event.status)
    assert index is not None
    if event.status in ENDING:
        return event.status.value
    if result is None or plan.steps[index].retry.again(result, event.attempt):
        return None
    route = plan.steps[index].route(result)
    if route.kind is RouteKind.NEXT and index + 1 == len(plan.steps):
        return f"{plan.at_end} at the end"
    return None if route.kind in (RouteKind.WAIT, RouteKind.NEXT, RouteKind.STEP) else str(route)


def _final(plan: Plan, state: EnrollmentState, events: tuple[ProviderEvent, ...]) -> EnrollmentState:
    return reduce(lambda before, event: decide(plan, before, event).state, events, state)


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
    ends = {_points_to(plan, event) for event in once} - {None}

    if len(ends) < 2:
        assert len(finals) == 1
    else:
        assert len(finals) == 1 or {final.step for final in finals} == {len(plan.steps)}


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
