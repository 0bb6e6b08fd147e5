"""The status x event table, cell by cell, and the two tables that it is held against."""

from collections.abc import Iterator
from datetime import datetime, time
from itertools import product
from typing import get_args

import pytest
from attrs import evolve

from domain.backoff import Backoff
from domain.campaign import Plan
from domain.enrollment.commands import SendMessage
from domain.enrollment.decide import decide
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
from domain.enrollment.transitions import ACCEPTS, LEADS_TO
from domain.enrollment.turn import HANDOFF, Decision
from domain.pauses import PausePolicy
from domain.refusals import Consequence, Refusal
from domain.statuses import DeliveryStatus, Result
from domain.steps import (
    ESCALATE,
    EXIT,
    HOLD_OUT,
    NEXT,
    Fallback,
    OnUnknown,
    Route,
    RouteKind,
    Split,
    Step,
)
from domain.times.delays import AtLocal
from tests.unit.domain.scenes import DAY, ENROLLMENT, HOUR, email, hour, plan, sms

EVENTS: tuple[type[Event], ...] = get_args(Event)
NOW, EARLIER, DUE = hour(30), hour(20), hour(25)

RETRY = Backoff(attempts=2, first=HOUR, on={Result.FAILED})
PLANS = [
    plan(sms(retry=RETRY), email(delay=HOUR), handoff_wait=DAY),
    plan(sms(on={Result.FAILED: ESCALATE, Result.UNANSWERED: ESCALATE}), email()),
    plan(sms(on_unknown=OnUnknown.ESCALATE, retry=RETRY), at_end=ESCALATE),
    plan(sms(on={Result.FAILED: EXIT}), sms("last"), handoff_wait=DAY),
    plan(sms(delay=HOUR)),
    plan(
        Split("fork", (Route(RouteKind.STEP, "last"), EXIT, ESCALATE)), sms("last", delay=AtLocal(time(10)))
    ),
    plan(
        evolve(sms(), fallback=Fallback(DeliveryStatus.DELIVERED, HOUR, NEXT), conditional=True),
        Split("fork", (NEXT, HOLD_OUT)),
        sms("last", on={Result.REJECTED: EXIT}),
    ),
    plan(sms(retry=RETRY), Split("fork", (EXIT,))),
    evolve(
        plan(sms(delay=AtLocal(time(10)))),
        goals=frozenset({"won"}),
        refused={Refusal.CONSENT: Consequence.END},
    ),
]


def states(status: Status, plan: Plan) -> Iterator[EnrollmentState]:
    """Every kind of state with this status that a run of the plan may come to, paused and not."""
    past = len(plan.steps)
    match status:
        case Status.NEW:
            yield EnrollmentState(ENROLLMENT)
            return
        case Status.FINISHED:
            yield from (
                EnrollmentState(ENROLLMENT, status, step=past, outcome=outcome) for outcome in Outcome
            )
            return
        case Status.HANDING_OFF | Status.HANDED_OFF:
            found = [EnrollmentState(ENROLLMENT, status, step=past)]
        case _:
            found = [
                EnrollmentState(ENROLLMENT, status, step=index, attempt=attempt)
                for index, step in enumerate(plan.steps)
                if (status is Status.PREPARING and step.asks)
                or (status is not Status.PREPARING and isinstance(step, Step))
                for attempt in range(1, 2 if isinstance(step, Split) else step.retry.attempts + 1)
            ]
    if status is Status.WAITING:
        found += [evolve(state, in_doubt=True) for state in found]
    if status in (Status.SENDING, Status.WAITING):
        found += [evolve(state, delivery=DeliveryStatus.DELIVERED) for state in found if not state.in_doubt]
    if status is Status.WAITING:
        found += [evolve(state, passed=True) for state in found if not state.in_doubt]
        found += [evolve(state, rules=1) for state in found]
    due = DUE if status not in (Status.PREPARING, Status.HANDING_OFF) else None
    for state, paused_at in product(found, (None, EARLIER)):
        yield evolve(state, due=due, paused_at=paused_at)


def events(kind: type[Event], plan: Plan, at: datetime = NOW) -> Iterator[Event]:
    """Facts of one class: of every attempt there is, of ones there are not, and with every status."""
    places = [(step.key, attempt) for step in plan.steps for attempt in (0, 1, 2, 9)]
    places += [(HANDOFF, 0), ("nowhere", 1)]
    if kind is Resumed:
        yield from (Resumed(at, policy) for policy in PausePolicy)
    elif kind in (Started, Paused, Cancelled, OptedOut, HandoffCreated, HandoffResolved):
        yield kind(at)
    elif kind in (MessageAccepted, SendFailed, SendUnknown):
        yield from (kind(at, *place) for place in places)
    elif kind is WaitElapsed:
        yield from (WaitElapsed(when, *place) for place in places for when in (EARLIER, DUE, at))
    elif kind is MessageRejected:
        yield from (MessageRejected(at, *place, "refused") for place in places)
    elif kind is SendRefused:
        yield from (
            SendRefused(at, *place, refusal, until, "no")
            for place, refusal, until in product(places, Refusal, (None, hour(40)))
        )
    elif kind is GoalReached:
        yield from (GoalReached(at, goal) for goal in ("won", "nothing"))
    elif kind is StepPrepared:
        keys = [step.key for step in plan.steps]
        outcomes = product(keys, (None, EARLIER, hour(40)), (None, 0, 1, 2, 7))
        yield from (StepPrepared(at, *outcome) for outcome in outcomes)
    elif kind is StepSkipped:
        keys = [step.key for step in plan.steps]
        yield from (StepSkipped(at, key, "no", rejected) for key, rejected in product(keys, (True, False)))
    elif kind is WaitChecked:
        yield from (WaitChecked(at, *place, until) for place in places for until in (None, EARLIER, hour(40)))
    else:
        yield from (ProviderEvent(at, *place, status) for place, status in product(places, DeliveryStatus))


def cell(status: Status, kind: type[Event]) -> list[tuple[EnrollmentState, Decision]]:
    """Every decision in one cell of the table."""
    return [
        (state, decide(plan, state, event))
        for plan in PLANS
        for state in states(status, plan)
        for event in events(kind, plan)
    ]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("status", Status)
def test_table(status: Status, kind: type[Event]) -> None:
    """A fact that is accepted leads where its status may lead; any other changes nothing at all."""
    decisions = cell(status, kind)

    if kind in ACCEPTS[status]:
        assert {decision.state.status for _, decision in decisions} <= LEADS_TO[status]
        assert any(decision.state != state for state, decision in decisions)
    else:
        assert all(decision.state is state and not decision.commands for state, decision in decisions)


@pytest.mark.parametrize("status", Status)
def test_every_way_is_taken(status: Status) -> None:
    """Where a status may lead is where it does lead: no entry of the table is idle."""
    reached = {decision.state.status for kind in EVENTS for _, decision in cell(status, kind)}

    assert reached == LEADS_TO[status]


@pytest.mark.parametrize("status", Status)
def test_commands_come_with_a_change(status: Status) -> None:
    """Who is given back the same state is given no commands either."""
    idle = [taken for kind in EVENTS for state, taken in cell(status, kind) if taken.state is state]

    assert not any(taken.commands for taken in idle)


@pytest.mark.parametrize("status", Status)
def test_nothing_is_sent_in_a_pause(status: Status) -> None:
    """A paused enrollment orders no message, whatever it hears."""
    decisions = [
        decision for kind in EVENTS for state, decision in cell(status, kind) if state.paused_at is not None
    ]

    assert not any(isinstance(order, SendMessage) for decision in decisions for order in decision.commands)


def test_tables_are_total() -> None:
    """Every status has its entries, and every class of fact is accepted somewhere."""
    accepted = frozenset[type[Event]]().union(*ACCEPTS.values())

    assert set(ACCEPTS) == set(LEADS_TO) == set(Status)
    assert accepted == set(EVENTS)


def test_the_end_is_the_end() -> None:
    """A finished enrollment takes no notice of anything and leads nowhere."""
    assert ACCEPTS[Status.FINISHED] == frozenset()
    assert LEADS_TO[Status.FINISHED] == {Status.FINISHED}
