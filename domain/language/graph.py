"""A campaign as a graph: what can follow what, in words. How it is drawn is not its business."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from attrs import field, frozen

from domain.campaign import Campaign
from domain.language.in_words import (
    CHANNELS,
    beginning,
    channels,
    clipped,
    fallback_test,
    hours,
    results,
    shares,
    spaced,
)
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import ESCALATE, NEXT, Late, OnUnknown, Route, RouteKind, Split, Step
from domain.times import durations
from domain.times.delays import FromAttribute

START = "start"
GOALS = "goals"

_WON = "won"
_ENDS: Mapping[str, str] = {
    RouteKind.COMPLETE: "completed",
    RouteKind.ESCALATE: "handed over to a person",
    RouteKind.EXIT: "exited",
    RouteKind.HOLD_OUT: "held out",
    _WON: "won",
}

_OURS = (Result.REJECTED, Result.UNKNOWN, Result.UNANSWERED)
# A person's act first, what went wrong last.
_RESULTS = (*(result for result in reversed(Result) if result not in _OURS), *_OURS)


class NodeKind(StrEnum):
    """What a node stands for, and so how it is drawn."""

    START = "start"
    GOALS = "goals"
    STEP = "step"
    SPLIT = "split"
    END = "end"


@frozen
class Node:
    """One box.

    Args:
        id: unique in the graph: ``start``, ``goals``, ``step:KEY`` or ``end:ROUTE``.
        kind: what it stands for.
        title: the first line: the step's key, or what the end is called.
        lines: what else there is to say, a line each.
    """

    id: str
    kind: NodeKind
    title: str
    lines: tuple[str, ...] = ()


@frozen
class Edge:
    """One way from a node to another.

    Args:
        source: the id of a node.
        target: the id of another one.
        labels: what leads there, any of them; none where nothing else can follow.
    """

    source: str
    target: str
    labels: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """All labels as one text."""
        return ", ".join(self.labels)


@frozen
class Graph:
    """What can follow what.

    Args:
        title: the campaign and its version.
        nodes: the start, the steps in their order, the goals where there are any, then the ends that can be
            reached.
        edges: at most one between two nodes, in the order of the nodes they leave.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = field(repr=False)


def graph_of(campaign: Campaign) -> Graph:
    """What can follow what in a campaign, defaults included."""
    plan = campaign.plan
    places = _Places(tuple(f"step:{step.key}" for step in plan.steps), f"end:{plan.at_end.kind}")
    nodes = [Node(START, NodeKind.START, plan.campaign, tuple(_rules(campaign)))]
    edges = [Edge(START, places.after(-1))]
    for index, step in enumerate(plan.steps):
        here = places.steps[index]
        if isinstance(step, Split):
            splitter = campaign.splits[step.key]
            by = "splits by chance" if splitter.weights else "splits by the contact's data"
            nodes.append(Node(here, NodeKind.SPLIT, step.key, (by,)))
            branches = zip(map(clipped, shares(splitter)), step.branches, strict=True)
            edges += _merged(here, index, branches, places)
        else:
            nodes.append(Node(here, NodeKind.STEP, step.key, tuple(_said(campaign, step))))
            edges += _merged(here, index, _ways(step), places)
    goals = [*sorted(plan.goals), *sorted(status.value for status in plan.goal_statuses)]
    if named := tuple(map(spaced, (*goals, *sorted(campaign.events)))):
        nodes.append(Node(GOALS, NodeKind.GOALS, "at any time", named))
        edges += _upon_events(campaign, named[: len(goals)])
    reached = {edge.target for edge in edges}
    ends = (Node(f"end:{end}", NodeKind.END, words) for end, words in _ENDS.items())
    nodes += [end for end in ends if end.id in reached]
    return Graph(f"{plan.campaign}, version {plan.version}", tuple(nodes), tuple(edges))


def _upon_events(campaign: Campaign, wins: tuple[str, ...]) -> Iterator[Edge]:
    """Where events lead; what wins is named at the arrow only where there is another one."""
    for step in campaign.plan.steps:
        labels = tuple(spaced(event) for event, to in sorted(campaign.events.items()) if to == step.key)
        if labels:
            yield Edge(GOALS, f"step:{step.key}", labels)
    if wins:
        yield Edge(GOALS, f"end:{_WON}", wins if campaign.events else ())


@frozen
class _Places:
    steps: tuple[str, ...]
    last: str

    def after(self, index: int) -> str:
        return self.steps[index + 1] if index + 1 < len(self.steps) else self.last

    def of(self, index: int, route: Route) -> str | None:
        match route.kind:
            case RouteKind.WAIT:
                return None
            case RouteKind.NEXT:
                return self.after(index)
            case RouteKind.STEP:
                return f"step:{route.step}"
            case kind:
                return f"end:{kind}"


_Way = tuple[str, Route]


def _merged(here: str, index: int, ways: Iterable[_Way], places: _Places) -> Iterator[Edge]:
    labels: dict[str, list[str]] = {}
    for label, route in ways:
        if target := places.of(index, route):
            labels.setdefault(target, []).append(label)
    yield from (Edge(here, target, tuple(said)) for target, said in labels.items())


def _ways(step: Step) -> Iterator[_Way]:
    yield from ((f"pressed {digit}", route) for digit, route in sorted(step.pressed.items()))
    if step.fallback is not None:
        yield fallback_test(step.fallback), step.fallback.route
    for result in _RESULTS:
        if result in POSSIBLE[step.channel]:
            yield from _of_result(step, result)
    if step.conditional:
        yield "does not apply", NEXT
    if isinstance(step.delay, FromAttribute) and step.late is Late.SKIP:
        yield "too late", NEXT


def _of_result(step: Step, result: Result) -> Iterator[_Way]:
    route = step.route(result)
    if result is Result.UNKNOWN and step.on_unknown is OnUnknown.ESCALATE:
        route = ESCALATE
    answered_again = step.channel is Channel.VOICE and result is Result.DELIVERED
    if not (answered_again and route == step.route(Result.ANSWERED)):
        yield spaced(result.value), route


def _said(campaign: Campaign, step: Step) -> Iterator[str]:
    if (condition := campaign.conditions.get(step.key)) is not None:
        yield clipped(f"only if {condition}")
    late = isinstance(step.delay, FromAttribute) and step.late is Late.SEND
    yield f"{CHANNELS[step.channel]} {beginning(step.delay)}{', or at once if late' if late else ''}"
    if (window := campaign.rules.windows.get(step.key)) is not None:
        yield f"hours: {hours(window)}"
    if step.retry.attempts > 1 and step.retry.on:
        yield f"up to {step.retry.attempts} attempts on {results(step.retry.on)}"
    yield f"waits {durations.words(step.wait)}"


def _rules(campaign: Campaign) -> Iterator[str]:
    rules = campaign.rules
    yield f"version {campaign.plan.version}"
    if rules.window is not None:
        yield f"hours: {hours(rules.window)}"
    if rules.caps:
        yield f"at most {', '.join(map(str, rules.caps))}"
    if rules.consent:
        yield f"with consent to {channels(rules.consent)}"
