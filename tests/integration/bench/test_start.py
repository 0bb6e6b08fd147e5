"""`drumbeat bench start --quick`: one small batch."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.start import LEAST_SHARE, measure

BESIDE_OTHERS = 0.5
"""How much of the bound must be kept to while other tests take the processors."""


async def test_a_batch_starts_nearly_as_fast_as_a_bare_loop(tmp_path: Path) -> None:
    """At least at half of the bound, as other tests disturb one of both; alone, at nearly all of it."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))

    figures = {figure.name: figure.value for figure in section.figures}
    assert unnamed(section) == []
    assert figures["share of the bare loop"] >= LEAST_SHARE * BESIDE_OTHERS
    assert figures["starts of a batch"] > 0
