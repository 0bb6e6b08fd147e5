"""A CSV file whose first line names the columns: each row by the names of its columns."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from adapters.files.csv_records import Record
from adapters.files.errors import Fault, FileProblem

ROW = "row"
"""The column named for a problem of a whole row."""

Found = tuple[str, str]
"""A problem of a row: the column, and a reason that names it and shows no cell."""

REJECTS = ("line", "column", "reason")
"""The first columns of a rejects file; behind them are those of the file itself."""

_ALIASES = {"e_mail": "email", "time_zone": "timezone"}


def read_header(
    path: Path, records: Iterator[Record], fits: Callable[[Collection[str]], bool], needed: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the first line.

    Args:
        path: the file, for messages.
        records: all records of the file; one is taken.
        fits: whether these columns are enough.
        needed: what is said where they are not, after "the first line must name the columns".

    Returns:
        The column names as written, and in one form: lower case, with _ for spaces and hyphens. Those that a
        rejects file has before its own are called rejected_line, rejected_column and rejected_reason.

    Raises:
        FileProblem: there is no header, or it cannot be used.
    """
    header = next(records, None)
    if header is None:
        raise FileProblem(path, [Fault("is empty")])
    if header.fault:
        raise FileProblem(path, [Fault(f"the header {header.fault}", header.line)])
    columns = tuple(map(column_name, header.cells))
    if columns[: len(REJECTS)] == REJECTS:  # the file itself may have such a column, too
        columns = (*(f"rejected_{name}" for name in REJECTS), *columns[len(REJECTS) :])
    # The first line may be a person's data where the header is missing, so it is not quoted in a message.
    if not fits(columns):
        reason = f"the first line must name the columns{needed}"
        raise FileProblem(path, [Fault(reason, header.line)])
    for index, column in enumerate(columns):
        if column and column in columns[:index]:
            reason = f"the columns {columns.index(column) + 1} and {index + 1} have the same name"
            raise FileProblem(path, [Fault(reason, header.line)])
    return header.cells, columns


def filled_cells(record: Record, columns: Sequence[str]) -> tuple[Mapping[str, str], list[Found]]:
    """The filled cells of a row by column, trimmed; else none, and why the row cannot be read."""
    if record.fault:
        return {}, [(ROW, f"the row {record.fault}")]
    cells = [cell.strip() for cell in record.cells]
    filled = [(column, cell) for column, cell in zip_longest(columns, cells, fillvalue="") if cell]
    if not all(column for column, _ in filled):
        names = sum(map(bool, columns))
        return {}, [(ROW, f"the row has cells without a column: {len(cells)} cells, {names} column names")]
    return dict(filled), []


def column_name(cell: str) -> str:
    """The name of a column in one form: lower case, with _ for spaces and hyphens."""
    name = re.sub(r"[\s-]+", "_", cell.strip().lower())
    return _ALIASES.get(name, name)
