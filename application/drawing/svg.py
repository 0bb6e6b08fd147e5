"""A campaign as an SVG drawing (https://www.w3.org/TR/SVG2/): one file that needs nothing else."""

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from application.drawing.layout import Box, Layout, Point, Wire, layout
from application.drawing.measures import BOX, LABEL, LABEL_LINE, PAD, TEXT, TEXT_LINE, TITLE, TITLE_LINE
from domain.campaign import Campaign
from domain.language.graph import Graph, NodeKind, graph_of

_STYLE = f"""
svg {{ --paper: #ffffff; --ink: #1c2430; --soft: #55606f; --line: #7a8594; --step: #f3f6fa; --split: #fdf3dc;
  --done: #1a7f4b; --person: #b4540a; --out: #6b7280; --held: #7c3aed; --won: #0b6e99; }}
@media (prefers-color-scheme: dark) {{
  svg {{ --paper: #12161c; --ink: #e8edf3; --soft: #a9b4c2; --line: #8592a3; --step: #1f2731;
    --split: #372c14; --done: #4cc38a; --person: #f0a35e; --out: #a3acb9; --held: #b69cff; --won: #5cc2ee; }}
}}
text {{ fill: var(--ink); font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
.paper {{ fill: var(--paper); }}
.title {{ font-size: {TITLE}px; font-weight: 600; }}
.line {{ font-size: {TEXT}px; fill: var(--soft); }}
.label {{ font-size: {LABEL}px; }}
.box {{ fill: var(--step); stroke: var(--line); stroke-width: 1.25; }}
.split .box {{ fill: var(--split); }}
.goals .box {{ fill: var(--paper); stroke: var(--won); stroke-dasharray: 5 4; }}
.start .box {{ fill: var(--paper); }}
.wire {{ --tone: var(--line); }}
.to-complete {{ --tone: var(--done); }}
.to-escalate {{ --tone: var(--person); }}
.to-exit {{ --tone: var(--out); }}
.to-hold_out {{ --tone: var(--held); }}
.to-won {{ --tone: var(--won); }}
.wire path {{ fill: none; stroke: var(--tone); stroke-width: 1.5; }}
.wire polygon {{ fill: var(--tone); }}
.end .box {{ fill: var(--paper); stroke: var(--tone); stroke-width: 2; }}
"""

# What XML has no way to write (https://www.w3.org/TR/xml/#charsets).
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ROUND = 7
_ARROW = 7


def svg(campaign: Campaign) -> str:
    """Draw a campaign.

    It is dark where the reader's screen is, and says in words what it shows to those who cannot see it.
    """
    graph = graph_of(campaign)
    return "\n".join(_elements(graph, layout(graph))) + "\n"


def _elements(graph: Graph, drawing: Layout) -> Iterator[str]:
    width, height = _number(drawing.width), _number(drawing.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">'
    )
    yield f'<title id="title">{_text(graph.title)}</title>'
    yield f'<desc id="description">{_text(" ".join(_sentences(graph)))}</desc>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{width}" height="{height}"/>'
    yield from map(_wire, drawing.wires)
    yield from map(_box, drawing.boxes)
    yield "</svg>"


def _sentences(graph: Graph) -> Iterator[str]:
    titles = {node.id: node.title for node in graph.nodes}
    for node in graph.nodes:
        yield f"{': '.join((node.title, '; '.join(node.lines))) if node.lines else node.title}."
        for edge in graph.edges:
            if edge.source == node.id:
                yield f"{f'On {edge.label}' if edge.labels else 'Then'}: {titles[edge.target]}."


def _box(box: Box) -> str:
    kind = box.node.kind
    tone = f" to-{box.node.id.removeprefix('end:')}" if kind is NodeKind.END else ""
    x, title, first = box.x + BOX / 2, box.y + PAD + TITLE, box.y + PAD + TITLE_LINE * len(box.title) + TEXT
    return "".join(
        (
            f'<g class="{kind}{tone}">',
            _outline(box),
            *_rows("title", box.title, x, title, TITLE_LINE, "middle"),
            *_rows("line", box.lines, x, first, TEXT_LINE, "middle"),
            "</g>",
        )
    )


def _outline(box: Box) -> str:
    if box.node.kind is NodeKind.SPLIT:
        return f'<polygon class="box" points="{_points(_cut_corners(box))}"/>'
    place = f'x="{_number(box.x)}" y="{_number(box.y)}" width="{BOX}" height="{_number(box.height)}"'
    round_ends = box.node.kind in (NodeKind.START, NodeKind.END)
    return f'<rect class="box" {place} rx="{_number(min(box.height / 2, 24)) if round_ends else 6}"/>'


def _cut_corners(box: Box) -> Sequence[Point]:
    left, top, right, bottom, cut = box.x, box.y, box.x + BOX, box.y + box.height, PAD
    upper = ((left, top + cut), (left + cut, top), (right - cut, top), (right, top + cut))
    return (*upper, (right, bottom - cut), (right - cut, bottom), (left + cut, bottom), (left, bottom - cut))


def _wire(wire: Wire) -> str:
    target, label = wire.edge.target, wire.label
    tone = f" to-{target.removeprefix('end:')}" if target.startswith("end:") else ""
    *_, before, tip = wire.points
    return "".join(
        (
            f'<g class="wire{tone}"><path d="{_rounded(wire.points)}"/>',
            f'<polygon points="{_points(_arrow(before, tip))}"/>',
            *_rows("label", label.lines, label.x, label.y, LABEL_LINE, "end" if label.ends_here else "start"),
            "</g>",
        )
    )


def _rows(kind: str, rows: Iterable[str], x: float, y: float, step: float, anchor: str) -> Iterator[str]:
    for number, row in enumerate(rows):
        place = f'x="{_number(x)}" y="{_number(y + number * step)}" text-anchor="{anchor}"'
        yield f'<text class="{kind}" {place}>{_text(row)}</text>'


def _rounded(points: Sequence[Point]) -> str:
    """A path along points, each corner rounded off."""
    first, *rest = points
    drawn = [f"M{_point(first)}"]
    for before, corner, after in zip(points, rest, rest[1:], strict=False):
        drawn.append(f"L{_point(_toward(corner, before, _ROUND))}")
        drawn.append(f"Q{_point(corner)} {_point(_toward(corner, after, _ROUND))}")
    return " ".join([*drawn, f"L{_point(rest[-1])}"])


def _toward(start: Point, end: Point, most: float) -> Point:
    """A point on the way from one point to another, never past its middle."""
    (x, y), (there_x, there_y) = start, end
    length = abs(there_x - x) + abs(there_y - y)
    share = min(most / length, 0.5) if length else 0
    return x + (there_x - x) * share, y + (there_y - y) * share


def _arrow(before: Point, tip: Point) -> Sequence[Point]:
    """The head of an arrow; lines are upright or level."""
    x, y = _toward(tip, before, _ARROW)
    across = _ARROW / 2
    if x == tip[0]:
        return tip, (x - across, y), (x + across, y)
    return tip, (x, y - across), (x, y + across)


def _points(points: Iterable[Point]) -> str:
    return " ".join(map(_point, points))


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))
