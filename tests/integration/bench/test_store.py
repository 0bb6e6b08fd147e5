"""`drumbeat bench store --quick`: a large file is accepted quickly, in little memory."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.store import ROWS, measure

SECONDS = 60
"""In which a file of `ROWS` must be stored."""
BESIDE_OTHERS = 3
"""How much longer it may take while other tests take the processors."""


async def test_a_large_file_is_read_as_it_is_stored(tmp_path: Path) -> None:
    """All its rows are stored, fast enough, and never are all of them in memory."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))

    assert unnamed(section) == []
    figures = {figure.name: figure for figure in section.figures}
    assert figures["rows"].value == 2_000
    assert figures["rows stored"].value > ROWS / SECONDS / BESIDE_OTHERS
    assert figures["memory more than before"].holds
