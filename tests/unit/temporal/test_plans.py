"""Plans on the wire: complete, exact and small."""

import json
from datetime import time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.temporal.common.plans import dump_plan, load_plan
from domain.backoff import Backoff
from domain.campaign import Plan, Priority
from domain.enrollment.decide import decide
from domain.limits import MAX_VERSION, MAX_WEIGHT, MIN_WEIGHT
from domain.refusals import Consequence, Refusal
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    HOLD_OUT,
    NEXT,
    Fallback,
    Late,
    OnUnknown,
    Route,
    RouteKind,
    Split,
    Step,
)
from domain.times.delays import AtLocal, FromAttribute
from tests.unit.domain.strategies import Run, durations, moves, plans, policies, thorough

HISTORY_BYTES = 1500

_lengths = durations(timedelta(microseconds=1))
_any_plan = st.builds(
    evolve,
    plans,
    version=st.integers(1, MAX_VERSION),
    patience=_lengths,
    handoff_wait=st.none() | _lengths,
    priority=st.sampled_from(Priority),
    weight=st.just(1.0) | st.floats(MIN_WEIGHT, MAX_WEIGHT),
)
"""Any plan that the rules allow."""

OF_VERSION_1 = {
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": 86400,
            "on": {
                "clicked": "complete",
                "delivered": "wait",
                "failed": "next",
                "rejected": "next",
                "replied": "step:call",
                "unanswered": "next",
                "unknown": "next",
            },
            "on_unknown": "resend",
            "retry": {
                "attempts": 3,
                "first": 7200,
                "factor": 3,
                "cap": 172800,
                "jitter": 0.25,
                "on": ["failed", "unanswered"],
            },
        },
        {
            "key": "call",
            "channel": "voice",
            "wait": 2.5,
            "on": {
                "answered": "complete",
                "busy": "next",
                "delivered": "complete",
                "failed": "next",
                "no_answer": "next",
                "rejected": "next",
                "replied": "complete",
                "unanswered": "next",
                "unknown": "next",
                "voicemail": "escalate",
            },
            "on_unknown": "wait",
            "delay": 43200,
        },
    ],
    "at_end": "escalate",
    "handoff_wait": 259200,
    "patience": 21600,
    "priority": "urgent",
    "weight": 2.0,
}
"""As the code that had the rules of version 1 wrote a plan; runs that began with it are still waiting."""


@thorough
@given(_any_plan)
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    """Through JSON and back, a plan is the same with all its routes spelled out."""
    wire = json.loads(json.dumps(dump_plan(plan)))
    back = load_plan(plan.campaign, plan.version, wire)

    assert back == evolve(plan, steps=tuple(map(_spelled_out, plan.steps)))
    assert dump_plan(back) == wire


@thorough
@given(policies)
def test_a_retry_comes_back_as_it_was(policy: Backoff) -> None:
    """Durations to the microsecond, factor and jitter are what they were."""
    retry = evolve(policy, on={Result.FAILED})
    plan = Plan("any", 1, (Step("only", Channel.SMS, wait=timedelta(days=1), retry=retry),))
    wire = json.loads(json.dumps(dump_plan(plan)))

    assert load_plan("any", 1, wire).touches[0].retry == retry


def test_a_plan_of_an_earlier_version_is_read_in_full() -> None:
    """What was written before there were splits, goals and fallbacks means what it meant."""
    day = timedelta(days=1)
    retry = Backoff(3, day / 12, 3, 2 * day, 0.25, {Result.FAILED, Result.UNANSWERED})
    replied = {Result.REPLIED: Route(RouteKind.STEP, "call")}
    text = Step("text", Channel.SMS, wait=day, retry=retry, routes=replied, on_unknown=OnUnknown.RESEND)
    voicemail = {Result.VOICEMAIL: ESCALATE}
    call = Step("call", Channel.VOICE, timedelta(seconds=2.5), delay=day / 2, routes=voicemail)
    plan = Plan(
        "welcome",
        3,
        (text, call),
        at_end=ESCALATE,
        handoff_wait=3 * day,
        patience=day / 4,
        priority=Priority.URGENT,
        weight=2.0,
    )

    assert load_plan("welcome", 3, OF_VERSION_1) == evolve(plan, steps=tuple(map(_spelled_out, plan.steps)))
    assert dump_plan(plan) == OF_VERSION_1


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


def test_a_plan_with_all_that_can_be_said_is_small() -> None:
    """A split, a condition, local times, a fallback, keys and goals fit into 1.5 KB as well."""
    fallback = Fallback(DeliveryStatus.DELIVERED, timedelta(minutes=10), Route(RouteKind.STEP, "callback"))
    steps = (
        Split("control_group", (NEXT, HOLD_OUT)),
        Step("first_text", Channel.SMS, wait=timedelta(days=1), fallback=fallback, conditional=True),
        Step("reminder_mail", Channel.EMAIL, wait=timedelta(days=2), delay=AtLocal(time(10), weekday=1)),
        Step(
            "callback",
            Channel.VOICE,
            wait=timedelta(hours=4),
            delay=FromAttribute("appointment_at", timedelta(days=-1), time(9)),
            pressed={"1": COMPLETE, "2": ESCALATE},
            late=Late.SEND,
        ),
    )
    plan = Plan(
        "appointment_reminder",
        12,
        steps,
        at_end=ESCALATE,
        goals={"booked"},
        goal_statuses={DeliveryStatus.CLICKED},
        refused={Refusal.CONSENT: Consequence.END},
    )

    assert len(json.dumps(dump_plan(plan), separators=(",", ":"))) <= HISTORY_BYTES


def test_an_ordinary_place_in_the_queue_is_left_out() -> None:
    """A plan without a priority and a weight of its own is written as it was before there were any."""
    plan = Plan("any", 1, (Step("only", Channel.SMS, wait=timedelta(days=1)),))

    assert set(dump_plan(plan)) == {"steps", "at_end", "handoff_wait", "patience"}
    assert set(dump_plan(evolve(plan, weight=2.0))) - set(dump_plan(plan)) == {"weight"}


@thorough
@given(_any_plan, moves)
def test_a_plan_decides_the_same_after_the_journey(plan: Plan, choices: list[int]) -> None:
    """The same facts lead to the same decisions."""
    back = load_plan(plan.campaign, plan.version, dump_plan(plan))
    run = Run(plan).play(choices)
    state = run.turns[0].before
    for turn in run.turns:
        decision = decide(back, state, turn.event)
        state = decision.state

        assert decision == turn.decision


def _spelled_out(step: Step | Split) -> Step | Split:
    """A step with a route for each of its results."""
    if isinstance(step, Split):
        return step
    return evolve(step, routes={result: step.route(result) for result in POSSIBLE[step.channel]})
