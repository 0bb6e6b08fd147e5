"""A campaign as a graph: every way on, defaults included."""

from datetime import time, timedelta

import attrs
import pytest
from hypothesis import given

from domain.backoff import Backoff
from domain.campaign import Campaign, Message, Plan
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.contact_rules import Cap, ContactRules
from domain.language.graph import Edge, Graph, Node, NodeKind, graph_of
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    EXIT,
    HOLD_OUT,
    NEXT,
    WAIT,
    Fallback,
    Late,
    OnUnknown,
    Route,
    RouteKind,
    Split,
    Step,
)
from domain.times.delays import AtLocal, Delay, FromAttribute
from domain.times.windows import SendWindow, parse_window
from tests.unit.language.definitions import campaigns, thorough

DAY = timedelta(days=1)
SMS = Step("text", Channel.SMS, 3 * DAY)
CALL = Step("call", Channel.VOICE, DAY)
GERMAN = Condition((Comparison("language", Operator.IS, ("de",)),))


def campaign(*steps: Step | Split, **plan: object) -> Campaign:
    """A campaign of some steps."""
    messages = {step.key: Message("Hi") for step in steps if isinstance(step, Step)}
    splits = {
        step.key: Splitter(weights=(1.0,) * len(step.branches)) for step in steps if isinstance(step, Split)
    }
    conditions = {step.key: GERMAN for step in steps if isinstance(step, Step) and step.conditional}
    whole = attrs.evolve(Plan("hello", 2, (SMS,)), steps=steps, **plan)
    return Campaign(whole, messages, "Call", splits=splits, conditions=conditions)


def ways(graph: Graph, source: str) -> dict[str, tuple[str, ...]]:
    """Where a node leads, and what leads there."""
    return {edge.target: edge.labels for edge in graph.edges if edge.source == source}


def node(graph: Graph, key: str) -> Node:
    """The node of an id."""
    return next(each for each in graph.nodes if each.id == key)


def test_draws_the_smallest_campaign() -> None:
    """What leads to the same place is one edge; a result that is waited on has none."""
    graph = graph_of(campaign(SMS))

    assert graph == Graph(
        "hello, version 2",
        (
            Node("start", NodeKind.START, "hello", ("version 2",)),
            Node("step:text", NodeKind.STEP, "text", ("SMS at once", "waits 3 days")),
            Node("end:complete", NodeKind.END, "completed"),
            Node("end:exit", NodeKind.END, "exited"),
        ),
        (
            Edge("start", "step:text"),
            Edge("step:text", "end:complete", ("replied", "clicked")),
            Edge("step:text", "end:exit", ("failed", "rejected", "unknown", "unanswered")),
        ),
    )
    assert graph.edges[1].label == "replied, clicked"


def test_draws_every_sort_of_way() -> None:
    """Routes, pressed keys, a fallback, a condition and a time that is over lead where the plan says."""
    step = attrs.evolve(
        CALL,
        routes={Result.REPLIED: ESCALATE, Result.BUSY: Route(RouteKind.STEP, "last"), Result.ANSWERED: WAIT},
        pressed={"2": EXIT, "1": COMPLETE},
        fallback=Fallback(DeliveryStatus.ANSWERED, timedelta(minutes=10), Route(RouteKind.STEP, "last")),
        delay=FromAttribute("appointment_at", -DAY),
        conditional=True,
    )
    graph = graph_of(campaign(step, SMS, attrs.evolve(SMS, key="last")))

    assert ways(graph, "step:call") == {
        "end:complete": ("pressed 1", "delivered"),
        "end:exit": ("pressed 2",),
        "step:last": ("not answered within 10 minutes", "busy"),
        "end:escalate": ("replied",),
        "step:text": (
            "voicemail",
            "no answer",
            "failed",
            "rejected",
            "unknown",
            "unanswered",
            "does not apply",
            "too late",
        ),
    }


def test_says_of_a_call_only_once_that_it_was_answered() -> None:
    """A completed call was answered, so that it is not listed beside it."""
    assert ways(graph_of(campaign(CALL)), "step:call")["end:complete"] == ("replied", "answered")


def test_draws_doubt_where_it_escalates() -> None:
    """A send in doubt goes to a person where the step says so."""
    step = attrs.evolve(SMS, on_unknown=OnUnknown.ESCALATE)

    assert ways(graph_of(campaign(step)), "step:text")["end:escalate"] == ("unknown",)


def test_draws_splits() -> None:
    """The branches of a split are named by their share of the contacts, or by their condition."""
    split = Split("test", (NEXT, HOLD_OUT, Route(RouteKind.STEP, "call")))
    by_chance = campaign(split, SMS, CALL)
    conditions = (GERMAN, attrs.evolve(GERMAN, tests=(Comparison("amount", Operator.OVER, ("5",)),)))
    by_data = attrs.evolve(by_chance, splits={"test": Splitter(conditions)})

    assert node(graph_of(by_chance), "step:test").kind is NodeKind.SPLIT
    assert ways(graph_of(by_chance), "step:test") == {
        "step:text": ("33.33%",),
        "end:hold_out": ("33.33%",),
        "step:call": ("33.33%",),
    }
    assert ways(graph_of(by_data), "step:test") == {
        "step:text": ("language is de",),
        "end:hold_out": ("amount is over 5",),
        "step:call": ("otherwise",),
    }


def test_cuts_what_nobody_would_read() -> None:
    """A condition of very many values is shown as far as it fits."""
    many = Condition((Comparison("country", Operator.ANY_OF, tuple(map(str, range(1000)))),))
    split = Split("test", (COMPLETE, NEXT))
    graph = graph_of(attrs.evolve(campaign(split, SMS), splits={"test": Splitter((many,))}))
    (label,) = ways(graph, "step:test")["end:complete"]

    assert label.startswith("country is any of 0, 1, 2,")
    assert label.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(label) == 200


def test_draws_goals() -> None:
    """What wins an enrollment wherever it stands is a node of its own."""
    graph = graph_of(
        campaign(SMS, goals=frozenset({"paid"}), goal_statuses=frozenset({DeliveryStatus.NO_ANSWER}))
    )

    assert node(graph, "goals").lines == ("paid", "no answer")
    assert ways(graph, "goals") == {"end:won": ()}
    assert graph.nodes[-1].title == "won"


def test_draws_where_events_lead() -> None:
    """Beside what wins, which is named at its arrow then; events that lead to one step share an arrow."""
    one, other = campaign(SMS, CALL, goals=frozenset({"paid"})), campaign(SMS, CALL)
    events = {"signed_up": "call", "upgraded": "call", "moved": "text"}
    graph = graph_of(attrs.evolve(one, events=events))

    assert node(graph, "goals").lines == ("paid", "moved", "signed up", "upgraded")
    assert ways(graph, "goals") == {
        "step:text": ("moved",),
        "step:call": ("signed up", "upgraded"),
        "end:won": ("paid",),
    }
    assert ways(graph_of(attrs.evolve(other, events=events)), "goals").keys() == {"step:text", "step:call"}


@pytest.mark.parametrize(
    ("delay", "late", "said"),
    [
        (timedelta(0), Late.SKIP, "SMS at once"),
        (timedelta(hours=2), Late.SKIP, "SMS after 2 hours"),
        (AtLocal(time(10), 1), Late.SKIP, "SMS at tue 10:00"),
        (FromAttribute("due_at", -DAY), Late.SKIP, "SMS at due_at - 1 day"),
        (FromAttribute("due_at", -DAY), Late.SEND, "SMS at due_at - 1 day, or at once if late"),
    ],
)
def test_says_when_a_step_begins(delay: Delay, late: Late, said: str) -> None:
    """Each sort of delay has its words."""
    graph = graph_of(campaign(attrs.evolve(SMS, delay=delay, late=late)))

    assert node(graph, "step:text").lines == (said, "waits 3 days")


def test_says_what_a_step_does() -> None:
    """A condition, a window of its own and a retry stand in the box."""
    step = attrs.evolve(
        SMS, conditional=True, retry=Backoff(attempts=3, on=frozenset({Result.REJECTED, Result.FAILED}))
    )
    rules = ContactRules(windows={"text": SendWindow(parse_window("09:00-18:00"))})
    graph = graph_of(attrs.evolve(campaign(step), rules=rules))

    assert node(graph, "step:text").lines == (
        "only if language is de",
        "SMS at once",
        "hours: 09:00-18:00",
        "up to 3 attempts on failed, rejected",
        "waits 3 days",
    )


def test_says_the_rules_of_the_campaign() -> None:
    """What holds for all steps stands at the start."""
    window = SendWindow(parse_window("mon-fri 09:00-18:00"), ("US", "local"))
    caps = (Cap(2, DAY), Cap(3, timedelta(weeks=1), Channel.SMS))
    rules = ContactRules(window, caps=caps, consent=frozenset({Channel.VOICE, Channel.SMS}))

    assert node(graph_of(attrs.evolve(campaign(SMS), rules=rules)), "start").lines == (
        "version 2",
        "hours: mon-fri 09:00-18:00, not on holidays of US, local",
        "at most 2 messages per day, 3 sms per week",
        "with consent to SMS, call",
    )


@thorough
@given(campaigns)
def test_keeps_every_way(campaign: Campaign) -> None:
    """Each result that leads somewhere is on an edge; edges join nodes, and no two the same ones."""
    graph = graph_of(campaign)
    ids = [each.id for each in graph.nodes]
    pairs = [(edge.source, edge.target) for edge in graph.edges]

    assert len(ids) == len(set(ids))
    assert len(pairs) == len(set(pairs))
    assert {end for pair in pairs for end in pair} == set(ids)
    for step in campaign.plan.steps:
        if isinstance(step, Step) and step.on_unknown is not OnUnknown.ESCALATE:
            labels = {label for said in ways(graph, f"step:{step.key}").values() for label in said}
            leading = {result for result in POSSIBLE[step.channel] if step.route(result) != WAIT}
            assert {each.value.replace("_", " ") for each in leading - {Result.DELIVERED}} <= labels
