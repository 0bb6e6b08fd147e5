"""CSV (RFC 4180) as records with the line each begins on."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from attrs import field, frozen

from adapters.files.errors import Fault, FileProblem

_DELIMITERS = ",;\t"

_QUOTES = 'is badly quoted; a quote inside a quoted cell is written ""'
_TOO_LONG = "has a cell of more than {} characters"
_OPEN = "a quoted cell that begins here is not closed, or is closed in the wrong place"
_ENDLESS = "a quoted cell that begins here goes on for more than {} characters; perhaps it is not closed"


@frozen
class Record:
    """One record.

    Args:
        line: the physical line, from 1, that it begins on; a quoted cell may hold further lines.
        cells: its cells, as they are; empty where it cannot be read.
        fault: why it cannot be read; None where it can.
    """

    line: int
    cells: tuple[str, ...] = field(repr=False)
    fault: str | None = None


def read_records(path: Path, lines: Iterable[str]) -> Iterator[Record]:
    """Every record that is not blank, the header first.

    Args:
        path: the file, for messages.
        lines: its lines with their ends. Commas separate cells, or what the first line that is not blank has
            more of: semicolons or tabs.

    Raises:
        FileProblem: a quote is not closed, so that nobody can say where its record ends.
    """
    remaining = iter(lines)
    beginning = list(_until_filled(remaining))
    delimiter = _delimiter("".join(beginning[-1:]))
    reader = csv.reader(chain(beginning, remaining), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            too_long = str(error).startswith("field larger than field limit")
            if reader.line_num > line:
                reason = _ENDLESS.format(csv.field_size_limit()) if too_long else _OPEN
                raise FileProblem(path, [Fault(reason, line)]) from None
            yield Record(line, (), _TOO_LONG.format(csv.field_size_limit()) if too_long else _QUOTES)
            continue
        if any(cell.strip() for cell in cells):
            yield Record(line, tuple(cells))


def first_cells(text: str) -> list[str]:
    """The cells of the first line, as far as they can be made out in the beginning of a file."""
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), [])


def _until_filled(lines: Iterator[str]) -> Iterator[str]:
    """The blank lines at the beginning, and the first one that is not."""
    for line in lines:
        yield line
        if line.strip():
            return


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
