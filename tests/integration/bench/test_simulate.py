"""`drumbeat bench simulate --quick`: a thousand people instead of a hundred thousand."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.simulate import MOST_SECONDS, measure


async def test_the_simulation_is_measured(tmp_path: Path) -> None:
    """What is counted is the same each time; a hundredth of the work takes no tenth of the time."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))
    figures = {figure.name: figure.value for figure in section.figures}

    assert unnamed(section) == []
    assert figures["all of them"] < MOST_SECONDS / 10
    assert 10 < figures["facts of an enrollment"] < 25
    assert 2 < figures["messages of an enrollment"] < 6
    assert figures["ended within the month"] > 99
