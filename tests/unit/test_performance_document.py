"""What docs/performance.md says of capacity is what the command prints, by names that exist."""

import re
from pathlib import Path

import pytest
from attrs import asdict

from bootstrap import settings
from trials.bench.arithmetic import Habits, Life
from trials.bench.capacity import LINES, MILLIONS, measure, named
from trials.bench.report import Options, shown

PAGE = Path("docs/performance.md").read_text("utf-8")
OPERATIONS = Path("docs/operations.md").read_text("utf-8")


async def test_the_table_of_capacity_is_what_the_command_prints(tmp_path: Path) -> None:
    """Cell by cell, so that no figure of the page is worked out by hand."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))
    printed = {figure.name: shown(figure.value, figure.unit) for figure in section.figures}

    expected = [[line.name, *(printed[named(line, size)] for size in MILLIONS)] for line in LINES]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in PAGE.splitlines()]
    assert [row for row in rows if row[0] in {line.name for line in LINES}] == expected


def test_the_life_that_is_told_is_the_one_that_is_counted_with() -> None:
    """Every figure of it, as it stands in the text."""
    said = PAGE[PAGE.index("### The arithmetic") : PAGE.index("`drumbeat bench capacity` prints")]
    words = {2: "two", 5: "five"}
    missing = {
        name: value
        for name, value in asdict(Life()).items()
        if not re.search(rf"\b({value:g}|{words.get(value, value)})\b", said)
        and name not in {"updates", "tasks"}
    }
    habits = Habits()
    assert missing == {}
    assert f"{habits.hours:g} hours on {habits.days:g} days" in said
    assert f"{habits.peak:g} times the average" in said


@pytest.mark.parametrize("metric", sorted(set(re.findall(r"\bdrumbeat_\w+|\btemporal_\w+", PAGE))))
def test_what_is_to_be_watched_is_there(metric: str) -> None:
    """By the names under which operators find it."""
    assert f"`{metric}`" in OPERATIONS


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"\bDRUMBEAT_\w+", PAGE))))
def test_what_is_to_be_set_can_be_set(variable: str) -> None:
    """By the names that the program reads."""
    assert variable in settings.variables()
