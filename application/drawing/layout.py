"""Where everything of a drawing stands: the steps down the middle, ways on to the right, ends to the left.

A way to the next step is an arrow between the boxes. A way to another step leaves to the right and follows a
lane of that step's own to it; a way to an end does the same to the left. What leads to one place shares
its lane, so that the drawing stays readable however many results lead there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from attrs import frozen

from application.drawing.measures import ASIDE, BOX, ENTRY, LABEL_LINE, PAD, Measures, Way, measured
from domain.language.graph import Edge, Graph, Node, NodeKind

_LANE = 16
_MARGIN = 24

Point = tuple[float, float]


@frozen
class Box:
    """A node at its place.

    Args:
        node: what it stands for.
        title: its first line, broken into lines that fit.
        lines: its other lines, likewise.
        x: its left edge, in pixels, as all lengths here.
        y: its upper edge.
        height: its height; its width is `application.drawing.measures.BOX`.
    """

    node: Node
    title: tuple[str, ...]
    lines: tuple[str, ...]
    x: float
    y: float
    height: float


@frozen
class Label:
    """What stands beside an arrow.

    Args:
        lines: the text, broken into lines that fit; there may be none.
        x: where the lines begin, or where they end.
        y: the baseline of the first.
        ends_here: whether they end at `x`.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    ends_here: bool


@frozen
class Wire:
    """An edge at its place.

    Args:
        edge: what it stands for.
        points: its corners, from the source to the point of the arrow.
        label: what stands beside it.
    """

    edge: Edge
    points: tuple[Point, ...]
    label: Label


@frozen
class Layout:
    """A whole drawing.

    Args:
        width: of all of it.
        height: of all of it.
        boxes: the nodes, from top to bottom.
        wires: the edges.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def layout(graph: Graph) -> Layout:
    """Find a place for everything."""
    nodes = measured(graph)
    tops = list(accumulate((each.height + each.gap for each in nodes), initial=_MARGIN))
    ends = [each.node.id for each in nodes if each.node.kind is NodeKind.END]
    right_lanes = _lanes(nodes, tops)
    x = _MARGIN + ASIDE + _LANE * len(ends)
    boxes = tuple(
        Box(each.node, each.title, each.lines, x, top, each.height)
        for each, top in zip(nodes, tops, strict=False)
    )
    places = {box.node.id: box for box in boxes}
    lanes = {
        **{end: x - ASIDE - _LANE * lane for lane, end in enumerate(ends)},
        **{step: x + BOX + ASIDE + _LANE * lane for step, lane in right_lanes.items()},
    }
    wires = (wire for each in nodes for wire in _wires(each, places, lanes))
    # What stands beside the arrows down the middle reaches further than the boxes.
    aside = ASIDE + _LANE * max(right_lanes.values()) if right_lanes else PAD + ASIDE - BOX / 2
    return Layout(x + BOX + aside + _MARGIN, tops[-1], boxes, tuple(wires))


def _lanes(nodes: Sequence[Measures], tops: Sequence[float]) -> Mapping[str, int]:
    """The lane of every step that is led to from elsewhere, counted from the boxes outward.

    No two that stand beside each other share one; the short ones are inside.
    """
    top_of = {each.node.id: top for each, top in zip(nodes, tops, strict=False)}
    spans: dict[str, tuple[float, float]] = {}
    for each in nodes:
        for way in each.right:
            target = way.edge.target
            start, arrives = top_of[each.node.id] + way.at, top_of[target] + ENTRY
            upper, lower = spans.get(target, (start, arrives))
            spans[target] = (min(start, arrives, upper), max(start, arrives, lower))
    taken: list[list[tuple[float, float]]] = []
    lanes = {}
    for target, span in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[1])):
        free = (lane for lane, others in enumerate(taken) if not any(_touch(span, other) for other in others))
        lanes[target] = next(free, len(taken))
        taken += [[]] if lanes[target] == len(taken) else []
        taken[lanes[target]].append(span)
    return lanes


def _touch(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _wires(each: Measures, places: Mapping[str, Box], lanes: Mapping[str, float]) -> Iterator[Wire]:
    here = places[each.node.id]
    yield from (_down(way, here, places[way.edge.target]) for way in each.down)
    for way in each.right:
        there = places[way.edge.target]
        yield _aside(way, (here.x + BOX, here.y + way.at), lanes[way.edge.target], there.y + ENTRY)
    for way in each.left:
        there = places[way.edge.target]
        yield _aside(way, (here.x, here.y + way.at), lanes[way.edge.target], there.y + there.height / 2)


def _down(way: Way, here: Box, there: Box) -> Wire:
    x, bottom = here.x + BOX / 2, here.y + here.height
    label = Label(way.lines, x + PAD, bottom + LABEL_LINE + PAD / 2, ends_here=False)
    return Wire(way.edge, ((x, bottom), (x, there.y)), label)


def _aside(way: Way, start: Point, lane: float, arrives: float) -> Wire:
    x, y = start
    to_left = lane < x
    first = y - LABEL_LINE * len(way.lines) + LABEL_LINE - PAD / 2
    label = Label(way.lines, x - PAD if to_left else x + PAD, first, ends_here=to_left)
    return Wire(way.edge, (start, (lane, y), (lane, arrives), (x, arrives)), label)
