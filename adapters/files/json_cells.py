"""Values as JSON and Parquet have them, as the cells that a row of a table would have."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.files.csv_table import ROW, Found, column_name

ATTRIBUTES = "attributes"
"""An object at this name holds attributes; they may as well stand beside it."""


def cells_of(values: Mapping[str, Any]) -> tuple[Mapping[str, str], list[Found]]:
    """The filled cells of a row by column, trimmed; else none, and why the row cannot be read.

    Args:
        values: name to value: text, numbers, true and false, dates; null and empty text are no value.
    """
    cells: dict[str, str] = {}
    found: list[Found] = []
    for name, value in _named(values):
        column = column_name(name)
        try:
            cell = _cell(value)
        except ValueError as error:
            found.append((column or ROW, f"{column or 'a name'} {error}"))
            continue
        if not column or not _storable(name):
            found.append((ROW, "the row has a value without a usable name"))
        elif column in cells:
            found.append((column, f"{column} is given twice"))
        elif cell:
            cells[column] = cell
    return ({}, found) if found else (cells, [])


def _named(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if name == ATTRIBUTES and isinstance(value, Mapping):
            yield from value.items()
        else:
            yield name, value


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            if not _storable(value):
                raise ValueError("has a character that cannot be stored")
            return value.strip()
        case int() | float() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            raise ValueError("is not a text, a number, true, false or null")


def _storable(text: str) -> bool:
    """No NUL, which PostgreSQL refuses, and no half of a surrogate pair, which UTF-8 cannot hold."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
