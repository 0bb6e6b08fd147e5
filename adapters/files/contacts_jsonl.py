"""Contacts from JSON lines: one object on each line, its members named as the columns of a CSV file."""

import json
from collections.abc import Iterator
from typing import Any

from adapters.files.csv_table import ROW
from adapters.files.errors import Fault, FileProblem
from adapters.files.json_cells import cells_of
from adapters.files.open_text import OpenText
from adapters.files.row_reader import RowReader
from application.ports.files import ContactForm, ContactRow, ContactStream, RejectedRow, RowProblem


def stream_jsonl(text: OpenText, default_region: str | None = None) -> ContactStream:
    """Read JSON lines (jsonlines.org) row by row.

    Args:
        text: UTF-8 text. Members have the names of the columns of `contacts_csv.load_contacts`; attributes
            stand beside them, or in an object ``attributes``. Numbers count as they are written.
        default_region: the country of national phone numbers where a row does not say.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    text.check()
    total = sum(1 for _ in _filled(text))
    if not total:
        raise FileProblem(text.path, [Fault("has no rows")])
    return ContactStream(ContactForm.JSON_LINES, (ROW,), total, _rows(text, RowReader(default_region)))


def _rows(text: OpenText, reader: RowReader) -> Iterator[ContactRow | RejectedRow]:
    for number, line in _filled(text):
        try:
            values = _object(line)
        except ValueError as error:
            yield RejectedRow((RowProblem(number, ROW, f"the row {error}", (line,)),))
        else:
            cells, found = cells_of(values)
            yield reader.read(number, cells, found, (line,))


def _filled(text: OpenText) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    for number, line in enumerate(text.lines(), 1):
        if stripped := line.strip():
            yield number, stripped


def _object(line: str) -> dict[str, Any]:
    try:
        # Numbers as they are written: 1.10 and 10000000000000000001 are no other text here than there.
        values = json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: see its character {error.colno}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - the value is wrong, not a caller's type
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("has a name twice")
    return values
