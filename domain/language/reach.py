"""Which steps a run can come to at all."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from domain.errors import InvalidCampaign
from domain.statuses import POSSIBLE
from domain.steps import NEXT, Late, Route, RouteKind, Split, Step
from domain.times.delays import FromAttribute
from domain.wording import listed


def destinations(step: Step | Split) -> frozenset[Route]:
    """Everywhere that a step may lead, by its own routes and by default."""
    if isinstance(step, Split):
        return frozenset(step.branches)
    found = {step.route(result) for result in POSSIBLE[step.channel]} | set(step.pressed.values())
    if step.fallback is not None:
        found.add(step.fallback.route)
    if step.conditional or (isinstance(step.delay, FromAttribute) and step.late is Late.SKIP):
        found.add(NEXT)
    return frozenset(found)


def unreachable(
    steps: Sequence[Step | Split], anywhere: Collection[int], led: Collection[str] = ()
) -> Iterator[InvalidCampaign]:
    """Every step that no run can come to.

    Args:
        steps: the steps of a plan, in order.
        anywhere: the indexes of steps that may lead to any later one, since a route could not be read.
        led: the keys of steps that events lead to, from anywhere before them.
    """
    places = {step.key: index for index, step in reversed(list(enumerate(steps)))}
    led_from: dict[int, list[int]] = {index: [] for index in range(len(steps))}
    reached = {0, *(places[key] for key in led)}
    for index, step in enumerate(steps):
        targets = _targets(index, step, places, len(steps), everywhere=index in anywhere)
        for target in targets:
            led_from[target].append(index)
        if index in reached:
            reached |= targets
    for index, step in enumerate(steps):
        if index not in reached and places[step.key] == index:
            yield InvalidCampaign(("steps", index), _problem([steps[each].key for each in led_from[index]]))


def _targets(
    index: int, step: Step | Split, places: Mapping[str, int], count: int, *, everywhere: bool
) -> set[int]:
    later = set(range(index + 1, count))
    found = set[int]()
    for route in destinations(step):
        match route.kind:
            case RouteKind.NEXT:
                found.add(index + 1)
            case RouteKind.STEP:
                target = places.get(route.step or "", index)
                # A route that is wrong in itself is told elsewhere, and may be meant for any step.
                found |= {target} if target > index else later
            case _:
                pass
    return later if everywhere else found & later


def _problem(leading: Sequence[str]) -> str:
    if not leading:
        return "can never be reached: no earlier step leads to it; lead one to it, or take it out"
    return f"can never be reached: only {listed(leading)} leads to it, which can never be reached either"
