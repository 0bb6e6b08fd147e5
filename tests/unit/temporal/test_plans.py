"""Plans on the wire: complete, exact and small."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.temporal.common.plans import dump_plan, load_plan
from domain.backoff import Backoff
from domain.campaign import MAX_DURATION, MAX_WEIGHT, MIN_WEIGHT, Plan, Priority
from domain.enrollment.decide import decide
from domain.enrollment.events import MessageAccepted, ProviderEvent, Started
from domain.enrollment.state import EnrollmentState
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, CONCLUSIVE, ESCALATE, EXIT, NEXT, WAIT, OnUnknown, Route, RouteKind, Step

HISTORY_BYTES = 1500

_durations = st.timedeltas(min_value=timedelta(milliseconds=1), max_value=MAX_DURATION)


@st.composite
def _retries(draw: st.DrawFn, channel: Channel) -> Backoff:
    return Backoff(
        attempts=draw(st.integers(1, 20)),
        first=draw(_durations),
        factor=draw(st.floats(1, 10)),
        cap=draw(_durations),
        jitter=draw(st.floats(0, 1)),
        on=draw(st.frozensets(st.sampled_from(sorted(POSSIBLE[channel])))),
    )


@st.composite
def _routes(draw: st.DrawFn, channel: Channel, later: list[str]) -> Mapping[Result, Route]:
    known = [NEXT, COMPLETE, ESCALATE, EXIT, *(Route(RouteKind.STEP, key) for key in later)]
    results = draw(st.sets(st.sampled_from(sorted(POSSIBLE[channel]))))
    return {
        result: draw(st.sampled_from(known if result in CONCLUSIVE else [WAIT, *known])) for result in results
    }


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan that the rules allow."""
    keys = [f"step-{index}" for index in range(draw(st.integers(1, 4)))]
    steps = []
    for index, key in enumerate(keys):
        channel = draw(st.sampled_from(Channel))
        steps.append(
            Step(
                key=key,
                channel=channel,
                wait=draw(_durations),
                delay=draw(st.just(timedelta(0)) | _durations),
                retry=draw(st.just(Backoff()) | _retries(channel)),
                routes=draw(_routes(channel, keys[index + 1 :])),
                on_unknown=draw(st.sampled_from(OnUnknown)),
            )
        )
    return Plan(
        campaign="any",
        version=draw(st.integers(1, 99)),
        steps=tuple(steps),
        at_end=draw(st.sampled_from([EXIT, ESCALATE, COMPLETE])),
        handoff_wait=draw(st.none() | _durations),
        patience=draw(_durations),
        priority=draw(st.sampled_from(Priority)),
        weight=draw(st.just(1.0) | st.floats(MIN_WEIGHT, MAX_WEIGHT)),
    )


@given(plans())
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    """Through JSON and back, a plan is the same with all its routes spelled out."""
    wire = json.loads(json.dumps(dump_plan(plan)))
    back = load_plan(plan.campaign, plan.version, wire)

    spelled_out = [
        evolve(step, routes={result: step.route(result) for result in POSSIBLE[step.channel]})
        for step in plan.steps
    ]
    assert back == evolve(plan, steps=tuple(spelled_out))
    assert dump_plan(back) == wire


@pytest.mark.parametrize("channel", Channel)
def test_every_result_has_its_route_on_the_wire(channel: Channel) -> None:
    """Nothing is left to a default that may be another one when the result comes."""
    plan = Plan("any", 1, (Step("only", channel, wait=timedelta(days=1)),))

    assert set(dump_plan(plan)["steps"][0]["on"]) == set(POSSIBLE[channel])


def test_a_plan_is_small() -> None:
    """A plan of three steps with retries stays below 1.5 KB: it is stored for weeks."""
    steps = tuple(
        Step(
            key=f"{channel.value}_reminder",
            channel=channel,
            wait=timedelta(days=3),
            delay=timedelta(hours=12),
            retry=Backoff(attempts=3, jitter=0.25, on={Result.FAILED, Result.UNANSWERED}),
        )
        for channel in Channel
    )
    wire = json.dumps(dump_plan(Plan("welcome_back", 12, steps, at_end=ESCALATE)), separators=(",", ":"))

    assert len(wire) <= HISTORY_BYTES


def test_an_ordinary_place_in_the_queue_is_left_out() -> None:
    """A plan without a priority and a weight of its own is written as it was before there were any."""
    plan = Plan("any", 1, (Step("only", Channel.SMS, wait=timedelta(days=1)),))

    assert set(dump_plan(plan)) == {"steps", "at_end", "handoff_wait", "patience"}
    assert set(dump_plan(evolve(plan, weight=2.0))) - set(dump_plan(plan)) == {"weight"}


@given(plans())
def test_a_plan_decides_the_same_after_the_journey(plan: Plan) -> None:
    """The same facts lead to the same decisions."""
    back = load_plan(plan.campaign, plan.version, dump_plan(plan))
    states = [EnrollmentState("e"), EnrollmentState("e")]
    step = plan.steps[0]
    at = datetime(2030, 1, 15, tzinfo=UTC)
    for event in (
        Started(at),
        MessageAccepted(at, step.key, 1),
        ProviderEvent(at, step.key, 1, DeliveryStatus.FAILED),
    ):
        decisions = [decide(p, s, event) for p, s in zip((plan, back), states, strict=True)]
        states = [decision.state for decision in decisions]

        assert decisions[0] == decisions[1]
