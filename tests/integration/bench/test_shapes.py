"""`drumbeat bench shapes --quick`: each shape once."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.campaigns import STORIES
from trials.bench.report import Options
from trials.bench.shapes import measure


async def test_the_shapes_are_measured(tmp_path: Path) -> None:
    """Each story comes to its end; the cheapest keeps to its bounds, and the others cost what they did."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))

    assert unnamed(section) == []
    figures = {figure.name: figure for figure in section.figures}
    actions = {story.name: figures[f"{story.name}: billable actions"].value for story in STORIES}
    assert section.holds
    assert actions == {"one SMS": 5, "reminder": 8, "escalation": 12, "back-off": 20, "nurture": 26}
    assert figures["one SMS: events"].value == 18
    assert figures["one SMS: actions of a million"].value == 250
    assert 1 < figures["one SMS: history"].value < 10
