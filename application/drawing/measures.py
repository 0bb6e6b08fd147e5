"""How much room the boxes of a drawing and what stands beside them need."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import frozen

from application.drawing.lettering import lines
from domain.language.graph import Edge, Graph, Node, NodeKind

BOX = 280
"""The width of every box, in pixels, as all lengths here."""

ASIDE = 200
"""The room beside the boxes for what stands on arrows."""

TITLE, TEXT, LABEL = 15, 12, 11
"""Letter sizes: the first line of a box, its other lines, what stands beside an arrow."""

TITLE_LINE, TEXT_LINE, LABEL_LINE = 20, 17, 14
"""From one line to the next."""

PAD = 12
"""Between the edge of a box and what stands in it."""

ENTRY = 14
"""From the top of a box to where arrows come in from the side."""

_FIRST_WAY = 22
_BELOW_LABEL = 5
_BETWEEN_WAYS = 8
_GAP = 32


@frozen
class Way:
    """An edge where it leaves its box.

    Args:
        edge: the edge.
        lines: its label, broken into lines that fit.
        at: how far below the top of the box it leaves.
    """

    edge: Edge
    lines: tuple[str, ...]
    at: float


@frozen
class Measures:
    """A node and what leaves it.

    Args:
        node: the node.
        title: its first line, broken into lines that fit.
        lines: its other lines, likewise.
        height: what all of this needs.
        down: the way to the node below.
        right: the ways to later steps.
        left: the ways to ends.
        gap: the room below it.
    """

    node: Node
    title: tuple[str, ...]
    lines: tuple[str, ...]
    height: float
    down: tuple[Way, ...]
    right: tuple[Way, ...]
    left: tuple[Way, ...]
    gap: float


def measured(graph: Graph) -> list[Measures]:
    """The nodes from top to bottom."""
    below = {node.id: other.id for node, other in pairwise(graph.nodes)}
    ends = {node.id for node in graph.nodes if node.kind is NodeKind.END}
    return [_measured(node, graph.edges, below.get(node.id), ends) for node in graph.nodes]


def _measured(node: Node, edges: Iterable[Edge], below: str | None, ends: set[str]) -> Measures:
    leaving = [edge for edge in edges if edge.source == node.id]
    left = [edge for edge in leaving if edge.target in ends]
    down = [edge for edge in leaving if edge not in left and edge.target == below]
    right = [edge for edge in leaving if edge not in left and edge not in down]
    title = tuple(lines(node.title, TITLE, BOX - 2 * PAD))
    text = tuple(part for line in node.lines for part in lines(line, TEXT, BOX - 2 * PAD))
    ways = {side: tuple(_ways(edges)) for side, edges in (("right", right), ("left", left))}
    sides = max((way.at + _BETWEEN_WAYS for each in ways.values() for way in each), default=0)
    height = max(2 * PAD + len(title) * TITLE_LINE + len(text) * TEXT_LINE, sides + PAD)
    below_box = tuple(Way(edge, tuple(lines(edge.label, LABEL, ASIDE)), height) for edge in down)
    gap = _GAP + sum(LABEL_LINE * len(way.lines) for way in below_box)
    return Measures(node, title, text, height, below_box, ways["right"], ways["left"], gap)


def _ways(edges: Iterable[Edge]) -> Iterator[Way]:
    at: float = _FIRST_WAY
    for edge in edges:
        label = tuple(lines(edge.label, LABEL, ASIDE - 2 * PAD))
        at += LABEL_LINE * len(label) + _BELOW_LABEL
        yield Way(edge, label, at)
        at += _BETWEEN_WAYS
