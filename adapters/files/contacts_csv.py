"""Contacts from a CSV file: the good rows, and what is wrong with the others."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from pathlib import Path

from adapters.files.contact_rows import Found, read_row
from adapters.files.csv_records import Record, first_cells, read_records
from adapters.files.errors import Fault, FileProblem
from adapters.files.text import read_text
from application.ports.files import ContactFile, ContactRow, RowProblem
from domain.contact import NewContact

MAX_BYTES = 256 * 1024 * 1024
"""The file is read into memory; about a million rows fit."""

ROW = "row"
"""The column named for a problem of a whole row."""

_REJECTS = ("line", "column", "reason")
_BEGINNING = 1000
_NO_REJECTS = f"is there already, and its columns do not begin with {', '.join(_REJECTS)}"

_ALIASES = {"e_mail": "email", "time_zone": "timezone"}


def load_contacts(path: Path, *, default_region: str | None = None) -> ContactFile:
    """Read a contact file.

    Args:
        path: a CSV file in UTF-8. The first line names the columns, in any order and case: phone and email,
            of which there must be one; external_id, timezone (IANA); all others become attributes. A
            column country (ISO 3166) says where a national phone number is.
        default_region: the country of national numbers where a row does not say.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    records = read_records(path, read_text(path, most=MAX_BYTES))
    header, columns = _header(path, records)
    seen: dict[tuple[str, str], int] = {}
    rows: list[ContactRow] = []
    problems: list[RowProblem] = []
    read = 0
    for record in records:
        read += 1
        contact, found = _row(record, columns, default_region)
        if contact is not None:
            found = _duplicates(contact, record.line, seen)
        if contact is not None and not found:
            rows.append(ContactRow(record.line, contact))
        problems += (RowProblem(record.line, column, reason, record.cells) for column, reason in found)
    if not read:
        raise FileProblem(path, [Fault("has a header and no rows")])
    return ContactFile(tuple(rows), tuple(problems), read, header)


def write_rejects(path: Path, contacts: ContactFile) -> None:
    """Write the rejected rows as CSV: line, column and reason, then the cells as they were.

    Once put right, the file can be read as a contact file.

    Args:
        path: the file to write; an older rejects file is replaced, and folders that are missing are made.
        contacts: what was read.

    Raises:
        FileProblem: it cannot be written, or something else is there, such as the contact file itself.
    """
    rows = [_reject(list(problems)) for _, problems in groupby(contacts.problems, lambda each: each.line)]
    try:
        if path.is_file() and not _replaceable(path):
            raise FileProblem(path, [Fault(f"{_NO_REJECTS}; name another file for the rejected rows")])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([(*_REJECTS, *contacts.header), *rows])
    except OSError as error:
        raise FileProblem(path, [Fault(f"cannot be written: {error.strerror}")]) from error


def _replaceable(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        beginning = file.read(_BEGINNING)
    return not beginning or tuple(first_cells(beginning)[: len(_REJECTS)]) == _REJECTS


def _reject(problems: Sequence[RowProblem]) -> tuple[object, ...]:
    columns = "; ".join(problem.column for problem in problems)
    reasons = "; ".join(problem.reason for problem in problems)
    return (problems[0].line, columns, reasons, *problems[0].cells)


def _header(path: Path, records: Iterator[Record]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    header = next(records, None)
    if header is None:
        raise FileProblem(path, [Fault("is empty")])
    if header.fault:
        raise FileProblem(path, [Fault(f"the header {header.fault}", header.line)])
    columns = tuple(map(_column, header.cells))
    # The first line may be a person's data where the header is missing, so it is not quoted in a message.
    if not {"phone", "email"} & set(columns):
        reason = "the first line must name the columns, one of them phone or email"
        raise FileProblem(path, [Fault(reason, header.line)])
    for index, column in enumerate(columns):
        if column and column in columns[:index]:
            reason = f"the columns {columns.index(column) + 1} and {index + 1} have the same name"
            raise FileProblem(path, [Fault(reason, header.line)])
    return header.cells, columns


def _column(cell: str) -> str:
    name = re.sub(r"[\s-]+", "_", cell.strip().lower())
    return _ALIASES.get(name, name)


def _row(
    record: Record, columns: Sequence[str], default_region: str | None
) -> tuple[NewContact | None, list[Found]]:
    if record.fault:
        return None, [(ROW, f"the row {record.fault}")]
    cells = [cell.strip() for cell in record.cells]
    filled = [(column, cell) for column, cell in zip_longest(columns, cells, fillvalue="") if cell]
    if not all(column for column, _ in filled):
        names = sum(map(bool, columns))
        return None, [(ROW, f"the row has cells without a column: {len(cells)} cells, {names} column names")]
    return read_row(dict(filled), default_region)


def _duplicates(contact: NewContact, line: int, seen: dict[tuple[str, str], int]) -> list[Found]:
    names = {"phone": contact.phone, "email": contact.email, "external_id": contact.external_id}
    keys = [
        (column, name.casefold() if column == "email" else name) for column, name in names.items() if name
    ]
    for key in keys:
        if key in seen:
            return [(key[0], f"{key[0]}: duplicate of line {seen[key]}")]
    seen.update(dict.fromkeys(keys, line))
    return []
