"""`drumbeat bench rows --quick`: what an enrollment leaves in the database."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.rows import measure


async def test_rows_and_bytes_are_counted(tmp_path: Path) -> None:
    """A happy life leaves seven rows on both databases, a long one no more than its touches and callbacks."""
    said: list[str] = []
    section = await measure(Options(tmp_path, is_quick=True, say=said.append))

    assert unnamed(section) == []
    figures = {figure.name: figure.value for figure in section.figures}
    assert len(said) == 6
    for kind in ("PostgreSQL", "SQLite"):
        # The contact with its consent, the enrollment, the attempt, the callback, its event, and the end.
        assert round(figures[f"{kind}, happy: rows"]) == 7
        # These, with another attempt, three callbacks with their events, two time-outs and a step further on.
        assert round(figures[f"{kind}, reminder: rows"]) == 17
        # Four attempts with two callbacks each, what was decided, and the case.
        assert round(figures[f"{kind}, three steps: rows"]) == 31
        for name in ("happy", "reminder", "three steps"):
            assert 0 < figures[f"{kind}, {name}: of these in indexes"] < figures[f"{kind}, {name}: bytes"]
        assert 2_000 < figures[f"{kind}, happy: bytes"] < 8_000
    assert figures["PostgreSQL, happy: log"] > figures["PostgreSQL, happy: bytes"]
    assert figures["PostgreSQL, three steps: updates"] > figures["PostgreSQL, three steps: of these HOT"]
