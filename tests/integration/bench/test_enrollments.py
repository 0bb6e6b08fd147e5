"""`drumbeat bench enrollments --quick`: real lives on a real server, few of them."""

from pathlib import Path

import pytest

from tests.integration.bench.page import unnamed
from trials.bench.enrollments import LEAST_SHARE, SHARE, SHARE_OF_ALL, measure
from trials.bench.report import Options

BESIDE_OTHERS = 0.4
"""How much of the bound must be kept to with few lives, while other tests take the processors."""


@pytest.mark.timeout(300)
async def test_the_enrollments_are_measured(tmp_path: Path) -> None:
    """Both sides live to their ends, with as many workflow tasks; speeds are told as far as noise allows."""
    said: list[str] = []
    section = await measure(Options(tmp_path, is_quick=True, say=said.append))

    figures = {figure.name: figure.value for figure in section.figures}
    assert unnamed(section) == []
    assert said[-1] == "2 rounds with all cores for both"
    assert figures["workflow tasks of an enrollment"] == 3
    assert figures["workflow tasks of a bare workflow"] == 3
    assert figures[SHARE_OF_ALL] > LEAST_SHARE * BESIDE_OTHERS
    assert (SHARE in figures) == (len(said) == 2)  # where there is a core for each
    assert figures["Temporal CPU of an enrollment"] > 0
    assert figures["our CPU of an enrollment"] > figures["our CPU of a bare workflow"] > 0
