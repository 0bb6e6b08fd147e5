"""`drumbeat bench memory --quick`: two workers in processes of their own, with few runs."""

from pathlib import Path

import pytest

from tests.integration.bench.page import unnamed
from trials.bench.memory import MOST_KILOBYTES, measure
from trials.bench.report import Options

ROUGH = 2
"""By how much so few runs may miss the bound: two processes differ by as much as these runs take."""


@pytest.mark.timeout(300)
async def test_the_memory_is_measured(tmp_path: Path) -> None:
    """Both workers let all enrollments come to where they wait; what more one takes is within the bound."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))

    figures = {figure.name: figure.value for figure in section.figures}
    assert unnamed(section) == []
    assert figures["a worker that keeps 20 runs"] > 20
    assert figures["a worker that keeps 100 runs"] > 20
    assert figures["an open enrollment"] < ROUGH * MOST_KILOBYTES
