"""Contacts from Parquet, with the library of its makers, which is an extra."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from adapters.files.errors import Fault, FileProblem
from adapters.files.json_cells import cells_of
from adapters.files.row_reader import RowReader
from application.ports.files import ContactForm, ContactRow, ContactStream, RejectedRow

_AT_ONCE = 1000
"""Rows that are read at once."""


def stream_parquet(path: Path, file: BinaryIO, default_region: str | None = None) -> ContactStream:
    """Read a Parquet file row by row.

    Args:
        path: what it is called in messages.
        file: the file. Its columns have the names of those of `contacts_csv.load_contacts`.
        default_region: the country of national phone numbers where a row does not say.

    Raises:
        FileProblem: the file cannot be used at all, or the library is not installed.
    """
    try:
        from pyarrow import ArrowException  # type: ignore[import-untyped] # it has no types of its own
        from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped] # nor has this
    except ImportError:
        reason = "is Parquet, which needs its library: pip install 'drumbeat[parquet]'; or give it as CSV"
        raise FileProblem(path, [Fault(reason)]) from None
    try:
        table = ParquetFile(file, pre_buffer=False)
    except (ArrowException, OSError):
        raise FileProblem(path, [Fault("is not a Parquet file")]) from None
    if not table.metadata.num_rows:
        raise FileProblem(path, [Fault("has no rows")])

    def rows() -> Iterator[dict[str, Any]]:
        try:
            for batch in table.iter_batches(batch_size=_AT_ONCE, use_threads=False):
                yield from batch.to_pylist()
        except (ArrowException, OSError):
            raise FileProblem(path, [Fault("is damaged: not all of its rows can be read")]) from None

    total: int = table.metadata.num_rows
    return ContactStream(ContactForm.PARQUET, ("row",), total, _rows(rows(), RowReader(default_region)))


def _rows(rows: Iterator[dict[str, Any]], reader: RowReader) -> Iterator[ContactRow | RejectedRow]:
    for number, values in enumerate(rows, 1):
        cells, found = cells_of(values)
        yield reader.read(number, cells, found, (json.dumps(values, default=str),))
