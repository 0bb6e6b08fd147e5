"""Suppressions from a CSV file: the good rows, and what is wrong with the others."""

import re
from collections.abc import Mapping
from pathlib import Path

from adapters.files.contact_rows import email_address
from adapters.files.csv_records import Record, read_records
from adapters.files.csv_table import Found, filled_cells, read_header
from adapters.files.errors import Fault, FileProblem
from adapters.files.phones import e164
from adapters.files.text import lines_of, read_text
from application.ports.files import RowProblem, SuppressionFile, SuppressionRow
from domain.statuses import Channel

MAX_BYTES = 256 * 1024 * 1024
"""The file is read into memory; about a million rows fit."""

IMPORTED = "imported"
"""The reason of a suppression whose row does not say one."""

_CHANNELS: Mapping[str, tuple[Channel, ...]] = {channel.value: (channel,) for channel in Channel}
_OF_PHONES = tuple(channel for channel in Channel if channel is not Channel.EMAIL)
_REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


def load_suppressions(path: Path, *, default_region: str | None = None) -> SuppressionFile:
    """Read a file of addresses that must not be contacted.

    Args:
        path: a CSV file in UTF-8. The first line names the columns, in any order and case: channel (sms,
            email, voice, or all: every channel that the address is good for), address, and, if wanted,
            reason: one word. Other columns say nothing here.
        default_region: the country of national phone numbers.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    records = read_records(path, lines_of(read_text(path, most=MAX_BYTES)))
    header, columns = read_header(
        path, records, lambda columns: {"channel", "address"} <= set(columns), ": channel, address, reason"
    )
    rows: list[SuppressionRow] = []
    problems: list[RowProblem] = []
    read = 0
    for record in records:
        read += 1
        row, found = _row(record, columns, default_region)
        if row is not None:
            rows.append(row)
        problems += (RowProblem(record.line, column, reason, record.cells) for column, reason in found)
    if not read:
        raise FileProblem(path, [Fault("has a header and no rows")])
    return SuppressionFile(tuple(rows), tuple(problems), read, header)


def _row(
    record: Record, columns: tuple[str, ...], default_region: str | None
) -> tuple[SuppressionRow | None, list[Found]]:
    cells, found = filled_cells(record, columns)
    return (None, found) if found else read_suppression(cells, record.line, default_region)


def read_suppression(
    cells: Mapping[str, str], line: int, default_region: str | None
) -> tuple[SuppressionRow | None, list[Found]]:
    """Read one row.

    Args:
        cells: the filled cells by column, trimmed.
        line: where it begins.
        default_region: the country of a national phone number.

    Returns:
        The row, or None and everything that is wrong.
    """
    found: list[Found] = []
    address, word = cells.get("address", ""), cells.get("channel", "").casefold()
    channels = _CHANNELS.get(word)
    if word == "all":
        channels = (Channel.EMAIL,) if "@" in address else _OF_PHONES
    if channels is None:
        known = ", ".join((*_CHANNELS, "all"))
        found.append(("channel", f"channel is {'not one of' if word else 'empty; write one of'} {known}"))
    reason = cells.get("reason", IMPORTED).casefold()
    if not _REASON.fullmatch(reason):
        found.append(("reason", "reason is not one word of a-z, 0-9 and _, such as opted_out"))
    normal = None
    try:
        normal = _address(address, channels, default_region)
    except ValueError as error:
        found.append(("address", f"address {error}"))
    if channels is None or normal is None or found:
        return None, found
    return SuppressionRow(line, channels, normal, reason), []


def _address(text: str, channels: tuple[Channel, ...] | None, default_region: str | None) -> str | None:
    """The address as contacts have it; None where nobody can say of which sort it is."""
    if not text:
        raise ValueError("is empty")
    if channels is None:
        return None
    return email_address(text) if Channel.EMAIL in channels else e164(text, default_region)
