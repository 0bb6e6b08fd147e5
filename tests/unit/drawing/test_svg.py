"""Campaigns as SVG drawings: well-formed, with everything in its place."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.drawing.layout import Box, Label, Layout, layout
from application.drawing.lettering import lines, width
from application.drawing.measures import BOX, LABEL, LABEL_LINE
from application.drawing.svg import svg
from domain.campaign import Campaign
from domain.language.graph import NodeKind, graph_of
from tests.unit.drawing.scenes import drawn, largest
from tests.unit.language.definitions import campaigns, thorough

SVG = "{http://www.w3.org/2000/svg}"

Rectangle = tuple[float, float, float, float]


def area(box: Box) -> Rectangle:
    """Left, top, right and bottom of a box."""
    return box.x, box.y, box.x + BOX, box.y + box.height


def label_area(label: Label) -> Rectangle:
    """Left, top, right and bottom of what stands beside an arrow, as wide as it is taken to be."""
    wide = max(width(line, LABEL) for line in label.lines)
    left = label.x - wide if label.ends_here else label.x
    return left, label.y - LABEL + 2, left + wide, label.y + LABEL_LINE * (len(label.lines) - 1) + 2


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles have an inner point in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def check(drawing: Layout) -> None:
    """No box or label lies over another, nothing lies outside, and arrows go from box to box around them."""
    areas = {box.node.id: area(box) for box in drawing.boxes}
    labels = [label_area(wire.label) for wire in drawing.wires if wire.label.lines]
    everything = [*areas.values(), *labels]

    assert not [pair for pair in combinations(everything, 2) if overlap(*pair)]
    assert all(left >= 0 and top >= 0 for left, top, _, _ in everything)
    assert all(right <= drawing.width and bottom <= drawing.height for _, _, right, bottom in everything)
    for wire in drawing.wires:
        source, target = areas[wire.edge.source], areas[wire.edge.target]
        assert on_edge(wire.points[0], source)
        assert on_edge(wire.points[-1], target)
        for (x, y), (next_x, next_y) in zip(wire.points, wire.points[1:], strict=False):
            stretch = (min(x, next_x), min(y, next_y), max(x, next_x), max(y, next_y))
            assert x == next_x or y == next_y
            assert stretch[0] >= 0
            assert stretch[2] <= drawing.width
            assert not [each for each in everything if crosses(stretch, each)]


def on_edge(point: tuple[float, float], box: Rectangle) -> bool:
    """Whether a point lies on the outline of a box."""
    (x, y), (left, top, right, bottom) = point, box
    return (x in (left, right) and top <= y <= bottom) or (y in (top, bottom) and left <= x <= right)


def crosses(stretch: Rectangle, other: Rectangle) -> bool:
    """Whether a line, upright or level, goes through the inside of a rectangle."""
    return stretch[0] < other[2] and other[0] < stretch[2] and stretch[1] < other[3] and other[1] < stretch[3]


@pytest.mark.parametrize("campaign", [*drawn().values(), largest(5)], ids=[*drawn(), "large"])
def test_puts_nothing_over_anything(campaign: Campaign) -> None:
    """Boxes, labels and arrows keep out of each other's way, up to as many steps as there may be."""
    check(layout(graph_of(campaign)))


@thorough
@given(campaigns)
def test_puts_nothing_over_anything_in_any_campaign(campaign: Campaign) -> None:
    """Whatever can be published can be drawn."""
    graph = graph_of(campaign)
    drawing = layout(graph)
    check(drawing)

    assert [box.node for box in drawing.boxes] == list(graph.nodes)
    assert [wire.edge for wire in drawing.wires if wire.edge in graph.edges]
    assert len(drawing.wires) == len(graph.edges)


@pytest.mark.parametrize("campaign", drawn().values(), ids=drawn())
def test_shares_a_lane_only_with_what_leads_to_the_same_place(campaign: Campaign) -> None:
    """Two arrows that lie on each other lead to the same place."""
    drawing = layout(graph_of(campaign))
    upright = [
        (wire.edge.target, x, min(y, next_y), max(y, next_y))
        for wire in drawing.wires
        for (x, y), (next_x, next_y) in zip(wire.points, wire.points[1:], strict=False)
        if x == next_x
    ]

    assert not [
        (one, other)
        for one, other in combinations(upright, 2)
        if one[0] != other[0] and one[1] == other[1] and one[2] <= other[3] and other[2] <= one[3]
    ]


@pytest.mark.parametrize("campaign", drawn().values(), ids=drawn())
def test_is_a_drawing_of_its_own(campaign: Campaign) -> None:
    """It is well-formed XML, needs no other file, and has every step's key and a description in words."""
    source = svg(campaign)
    root = ElementTree.fromstring(source)
    texts = [each.text for each in root.iter(f"{SVG}text")]
    description = root.findtext(f"{SVG}desc") or ""

    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert {each.get("id") for each in root if each.get("id")} == set(
        (root.get("aria-labelledby") or "").split()
    )
    assert "prefers-color-scheme: dark" in source
    assert not re.search(r"href|url\(|@import|<script|<image|src=", source)
    assert root.findtext(f"{SVG}title") == f"{campaign.plan.campaign}, version {campaign.plan.version}"
    for step in campaign.plan.steps:
        assert step.key in texts
        assert f" {step.key}: " in description


def test_breaks_keys_that_are_too_long() -> None:
    """A title that is wider than its box goes on in a second line."""
    graph = graph_of(drawn()["nasty"])
    boxes = layout(graph).boxes

    assert all(width(line, 12) < BOX for box in boxes for line in box.lines)
    assert lines("w" * 40, 15, 256) == ["w" * 16, "w" * 16, "w" * 8]


@given(st.text(), st.floats(20, 400))
def test_breaks_lines_without_a_loss(text: str, most: float) -> None:
    """Every line fits, and together they say what the text says."""
    broken = lines(text, 12, most)

    assert all(width(line, 12) <= most for line in broken)
    assert "".join("".join(broken).split()) == "".join(text.split())


def test_gives_marks_on_letters_no_room() -> None:
    """A combining accent stands over the letter before it."""
    assert width("e\u0301", 10) == width("e", 10) < width("\u4e2d", 10)


def test_shapes_tell_what_nodes_are() -> None:
    """Steps, splits, goals, the start and the ends are drawn differently."""
    kinds = {node.kind for node in graph_of(largest()).nodes}
    source = svg(largest())

    assert kinds == set(NodeKind)
    assert all(f'<g class="{kind}' in source for kind in kinds)
    assert '<g class="split"><polygon class="box"' in source
