"""The rows of a file that were refused, as CSV for whoever puts them right."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from adapters.files.csv_records import first_cells
from adapters.files.csv_table import REJECTS
from adapters.files.errors import Fault, FileProblem
from application.ports.files import ContactFile, RejectedRow, RowProblem, SuppressionFile

_BEGINNING = 1000
_NO_REJECTS = f"is there already, and its columns do not begin with {', '.join(REJECTS)}"


@contextmanager
def open_rejects(path: Path, header: Sequence[str]) -> Iterator[Callable[[RejectedRow], None]]:
    """Write rejected rows as they come: line, column and reason, then the row as it was.

    Those of a CSV file can be read as the one before once they are put right.

    Args:
        path: the file to write; an older rejects file is replaced, and folders that are missing are made.
        header: the names of the columns of the file that is read.

    Raises:
        FileProblem: it cannot be written, or something else is there, such as the contact file itself.
    """
    with _writing(path):
        if path.is_file() and not _replaceable(path):
            raise FileProblem(path, [Fault(f"{_NO_REJECTS}; name another file for the rejected rows")])
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8-sig", newline="")
    writer = csv.writer(file)

    def write(row: Sequence[object]) -> None:
        with _writing(path):
            writer.writerow(row)

    try:
        write((*REJECTS, *header))
        yield lambda row: write(_reject(row.problems))
    finally:
        with _writing(path):
            file.close()


def write_rejects(path: Path, contacts: ContactFile | SuppressionFile) -> None:
    """Write all rejected rows of a file at once.

    Args:
        path: as above.
        contacts: what was read.

    Raises:
        FileProblem: as above.
    """
    with open_rejects(path, contacts.header) as write:
        for _, problems in groupby(contacts.problems, lambda each: each.line):
            write(RejectedRow(tuple(problems)))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileProblem(path, [Fault(f"cannot be written: {error.strerror}")]) from error


def _replaceable(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        beginning = file.read(_BEGINNING)
    return not beginning or tuple(first_cells(beginning)[: len(REJECTS)]) == REJECTS


def _reject(problems: Sequence[RowProblem]) -> tuple[object, ...]:
    columns = "; ".join(problem.column for problem in problems)
    reasons = "; ".join(problem.reason for problem in problems)
    return (problems[0].line, columns, reasons, *problems[0].cells)
