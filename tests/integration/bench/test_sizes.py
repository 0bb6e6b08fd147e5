"""`drumbeat bench sizes --quick`: a life costs what it costs, however many there were before."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.report import Options
from trials.bench.sizes import measure

NOISE = 2.0
"""How much more a few lives may seem to cost while other tests take the processors."""


async def test_lives_are_measured_beside_few_and_many(tmp_path: Path) -> None:
    """Every figure is there; blocks, which nothing disturbs, are nearly the same beside few and many."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))

    assert unnamed(section) == []
    figures = {figure.name: figure.value for figure in section.figures}
    for kind in ("PostgreSQL", "SQLite"):
        assert figures[f"{kind}: CPU of a life beside 800"] > 0
        assert figures[f"{kind}: CPU of a life, 800 / 200"] < NOISE
        assert figures[f"{kind}: CPU of a relay beside 800"] > 0
    for work in ("life", "relay", "look for what is stuck"):
        few, many = (figures[f"PostgreSQL: blocks of a {work} beside {size}"] for size in (200, 800))
        assert 0 < many < few * 1.3
    assert 0 < figures["PostgreSQL: of the CPU the server's"] < 1
