"""Contacts from CSV: the good rows, and what is wrong with the others."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from adapters.files.csv_records import Record, read_records
from adapters.files.csv_table import filled_cells, read_header
from adapters.files.errors import Fault, FileProblem
from adapters.files.open_text import OpenText
from adapters.files.row_reader import RowReader
from adapters.files.text import open_file
from application.ports.files import (
    ContactFile,
    ContactForm,
    ContactRow,
    ContactStream,
    RejectedRow,
    RowProblem,
)


def load_contacts(path: Path, *, default_region: str | None = None) -> ContactFile:
    """Read a whole contact file.

    Args:
        path: a CSV file in UTF-8. The first line names the columns, in any order and case: phone and email,
            of which there must be one; external_id, timezone (IANA); all others become attributes. A
            column country (ISO 3166) says where a national phone number is. Columns consent_sms,
            consent_email and consent_voice hold the date (ISO 8601) on which a person has agreed to be
            reached so, or yes, or no where that was taken back, and consent_source where it was said.
        default_region: the country of national numbers where a row does not say.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    rows: list[ContactRow] = []
    problems: list[RowProblem] = []
    with open_file(path) as file:
        stream = stream_csv(OpenText(path, file), default_region)
        for row in stream.rows:
            if isinstance(row, ContactRow):
                rows.append(row)
            else:
                problems += row.problems
    return ContactFile(tuple(rows), tuple(problems), stream.total, stream.header)


def stream_csv(text: OpenText, default_region: str | None = None) -> ContactStream:
    """Read a CSV file row by row, as `load_contacts` does.

    It is looked through to its end first: nothing that cannot be read stands behind rows that were taken.

    Args:
        text: the file.
        default_region: as above.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    text.check()
    total = sum(1 for _ in _records(text)) - 1
    records = _records(text)
    header, columns = read_header(text.path, records, _reachable, ", one of them phone or email")
    if not total:
        raise FileProblem(text.path, [Fault("has a header and no rows")])
    rows = _rows(records, columns, RowReader(default_region))
    return ContactStream(ContactForm.CSV, header, total, rows)


def _records(text: OpenText) -> Iterator[Record]:
    return read_records(text.path, text.lines())


def _rows(
    records: Iterator[Record], columns: Sequence[str], reader: RowReader
) -> Iterator[ContactRow | RejectedRow]:
    for record in records:
        cells, found = filled_cells(record, columns)
        yield reader.read(record.line, cells, found, record.cells)


def _reachable(columns: Collection[str]) -> bool:
    return "phone" in columns or "email" in columns
