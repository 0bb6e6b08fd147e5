"""`drumbeat bench`: which benchmarks run, what is shown of them, and when it says no."""

import pytest

from adapters.cli.running import UNUSABLE
from adapters.cli.shell import NEGATIVE
from tests.unit.cli.command_line import CommandLine
from trials.bench import command
from trials.bench.report import Bound, Figure, Options, Section, at_least, at_most, shown

HERE = __name__


async def good(options: Options) -> Section:
    """A benchmark whose figures hold."""
    options.say("half done")
    return Section(
        "What it costs",
        [Figure("share of the bare one", 0.91, "ratio", at_least(0.8)), Figure("lives", 1234.5, "/s")],
        ["On one machine."],
    )


async def bad(options: Options) -> Section:
    """A benchmark one of whose figures does not hold."""
    assert options.folder.is_dir()
    return Section("Too slow", [Figure("seconds", 61, "s", at_most(60)), Figure("quick", options.is_quick)])


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these two."""
    monkeypatch.setattr(command, "SECTIONS", {"good": f"{HERE}:good", "bad": f"{HERE}:bad"})


@pytest.mark.usefixtures("sections")
def test_figures_are_shown_with_what_they_must_be(cli: CommandLine) -> None:
    """A bound and whether it holds stand beside a figure; where all hold, the exit status is 0."""
    said = cli("bench", "good")

    assert said.status == 0
    assert "0.91  at least 0.8 ok" in said.out
    assert "1,234/s" in said.out
    assert "On one machine." in said.out
    assert "half done" in said.err


@pytest.mark.usefixtures("sections")
def test_a_figure_that_misses_its_bound_is_the_answer_no(cli: CommandLine) -> None:
    """Also where the others hold."""
    said = cli("bench")

    assert said.status == NEGATIVE
    assert "at most 60 s MISSED" in said.out
    assert "A figure misses its bound." in said.err


@pytest.mark.usefixtures("sections")
def test_scripts_get_the_figures_as_data(cli: CommandLine) -> None:
    """Each section once, however often it is named."""
    said = cli("bench", "bad", "bad", "--quick", "--json")

    (found,) = said.data
    assert found["section"] == "bad"
    assert found["figures"][0] == {
        "name": "seconds",
        "value": 61,
        "unit": "s",
        "bound": "at most 60 s",
        "holds": False,
    }
    assert found["figures"][1]["value"] == 1


@pytest.mark.usefixtures("sections")
def test_what_there_is_not_is_told_before_anything_is_measured(cli: CommandLine) -> None:
    """With the names that there are."""
    said = cli("bench", "good", "nope")

    assert said.status == UNUSABLE
    assert "There is no benchmark 'nope'; there are good, bad." in said.err
    assert "half done" not in said.err


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        (at_least(0.8), 0.8, True),
        (at_least(0.8), 0.79, False),
        (at_most(150), 150, True),
        (at_most(150), 151, False),
    ],
)
def test_a_bound_includes_itself(bound: Bound, value: float, *, holds: bool) -> None:
    """At least and at most."""
    assert Figure("x", value, "", bound).holds is holds


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(123456.7, "/s", "123,457/s"), (0.5, "ratio", "0.5"), (2, "", "2"), (0.126, "ms", "0.13 ms")],
)
def test_a_figure_is_shown_as_people_read_it(value: float, unit: str, text: str) -> None:
    """With no more digits than mean something."""
    assert shown(value, unit) == text
