"""What stands in docs/performance.md, compared with what benchmarks print."""

import re
from collections.abc import Iterable
from pathlib import Path

from trials.bench.report import Section

_PAGE = Path("docs/performance.md")


def unnamed(section: Section) -> list[str]:
    """The figures whose names are not on the page; how many of something there were may differ."""
    lines = {_bare(cell) for line in _PAGE.read_text("utf-8").splitlines() for cell in _cells(line)}
    return [figure.name for figure in section.figures if _bare(figure.name) not in lines]


def _cells(line: str) -> Iterable[str]:
    return (cell.strip() for cell in line.split("|")) if line.startswith("|") else ()


def _bare(name: str) -> str:
    """Without its numbers: a quick round has fewer of everything."""
    return re.sub(r"[\d.,]*\d", "#", name)
