"""What a benchmark has found: figures, some of which must hold."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from rich.table import Table

RATIO = "ratio"
"""The unit of what has none: one figure of a run divided by another one."""


@frozen
class Bound:
    """What a figure must keep to.

    Args:
        value: the least, or the most, that it may be.
        is_least: it is the least.
    """

    value: float
    is_least: bool

    def holds(self, measured: float) -> bool:
        """Whether a figure keeps to it."""
        return measured >= self.value if self.is_least else measured <= self.value

    def words(self, unit: str) -> str:
        """The same in a few words."""
        return f"{'at least' if self.is_least else 'at most'} {shown(self.value, unit)}"


def at_least(value: float) -> Bound:
    """A figure must be so high."""
    return Bound(value, is_least=True)


def at_most(value: float) -> Bound:
    """A figure must not be higher."""
    return Bound(value, is_least=False)


@frozen
class Figure:
    """One figure.

    Args:
        name: what was measured, in a few words.
        value: how much it is.
        unit: of what, e.g. "/s", "ms", "KB", "ratio", "%"; empty for a plain number.
        bound: what it must keep to; None for one that is shown and not promised, as it is the machine's.
    """

    name: str
    value: float
    unit: str = ""
    bound: Bound | None = None

    @property
    def holds(self) -> bool:
        """Whether it keeps to its bound."""
        return self.bound is None or self.bound.holds(self.value)


@frozen
class Section:
    """What one benchmark has found.

    Args:
        title: what it is about, a sentence.
        figures: in the order in which they are shown.
        notes: what one must know to read them, a sentence each.
    """

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether all its figures keep to their bounds."""
        return all(figure.holds for figure in self.figures)


@frozen
class Options:
    """How a benchmark is run.

    Args:
        folder: empty, and gone afterwards.
        is_quick: with a tenth of the work or so: to see that it works, not to believe its figures.
        say: tells whoever waits how far it is, a line at a time.
    """

    folder: Path
    is_quick: bool
    say: Callable[[str], None]


Bench = Callable[[Options], Awaitable[Section]]
"""One benchmark."""


def shown(value: float, unit: str) -> str:
    """A figure as people read it."""
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    if unit in {"", RATIO}:
        return number
    return number + unit if unit.startswith("/") else f"{number} {unit}"


def tables(sections: Iterable[Section]) -> Iterable[Table]:
    """A table for each section."""
    for section in sections:
        table = Table(title=section.title, title_justify="left", box=None, pad_edge=False)
        table.add_column("figure")
        table.add_column("measured", justify="right")
        table.add_column("must be")
        for figure in section.figures:
            bound = "" if figure.bound is None else figure.bound.words(figure.unit)
            verdict = "" if figure.bound is None else (" ok" if figure.holds else " MISSED")
            table.add_row(figure.name, shown(figure.value, figure.unit), bound + verdict)
        yield table


def as_data(sections: Iterable[tuple[str, Section]]) -> list[dict[str, Any]]:
    """The same for scripts."""
    return [
        {
            "section": name,
            "title": section.title,
            "figures": [
                {
                    "name": figure.name,
                    "value": figure.value,
                    "unit": figure.unit,
                    "bound": None if figure.bound is None else figure.bound.words(figure.unit),
                    "holds": figure.holds,
                }
                for figure in section.figures
            ],
            "notes": list(section.notes),
        }
        for name, section in sections
    ]
