"""What is wrong with a file that a person gave us: every fault with its place."""

from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from application.errors import UnusableFile


@frozen
class Fault:
    """One fault of a file.

    Args:
        reason: what is wrong and what would be right, one sentence without personal data.
        line: the line, from 1; None where the fault is the whole file's.
        column: the character on that line, from 1; None where the fault is the whole line's.
    """

    reason: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(number) for number in (self.line, self.column) if number is not None)
        return f"{place}: {self.reason}" if place else self.reason


class FileProblem(UnusableFile):
    """A file that cannot be used; the message has one line per fault, as ``FILE:LINE:COLUMN: REASON``.

    Args:
        path: the file.
        faults: every fault found, at least one; kept in the order of their places.
    """

    def __init__(self, path: Path, faults: Iterable[Fault]) -> None:
        self.path = path
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
        super().__init__("\n".join(_line(path, fault) for fault in self.faults))


def _line(path: Path, fault: Fault) -> str:
    return f"{path}:{fault}" if fault.line else f"{path}: {fault}"
