"""Contacts from a CSV file: the good rows, and what is wrong with the others."""

import csv
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path

from adapters.files.contact_rows import read_row
from adapters.files.csv_records import Record, first_cells, read_records
from adapters.files.csv_table import REJECTS, Found, filled_cells, read_header
from adapters.files.errors import Fault, FileProblem
from adapters.files.text import read_text
from application.ports.files import ContactFile, ContactRow, RowProblem, SuppressionFile
from domain.contact import NewContact

MAX_BYTES = 256 * 1024 * 1024
"""The file is read into memory; about a million rows fit."""

_BEGINNING = 1000
_NO_REJECTS = f"is there already, and its columns do not begin with {', '.join(REJECTS)}"


def load_contacts(path: Path, *, default_region: str | None = None) -> ContactFile:
    """Read a contact file.

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
    records = read_records(path, read_text(path, most=MAX_BYTES))
    header, columns = read_header(path, records, _reachable, ", one of them phone or email")
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


def write_rejects(path: Path, contacts: ContactFile | SuppressionFile) -> None:
    """Write the rejected rows as CSV: line, column and reason, then the cells as they were.

    Once put right, the file can be read as the one before.

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
            csv.writer(file).writerows([(*REJECTS, *contacts.header), *rows])
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


def _reachable(columns: Collection[str]) -> bool:
    return "phone" in columns or "email" in columns


def _row(
    record: Record, columns: Sequence[str], default_region: str | None
) -> tuple[NewContact | None, list[Found]]:
    cells, found = filled_cells(record, columns)
    return (None, found) if found else read_row(cells, default_region)


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
