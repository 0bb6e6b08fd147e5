"""Names of contacts from a CSV file: one column of it."""

from collections.abc import Mapping
from pathlib import Path

from adapters.files.contact_rows import MAX_EXTERNAL_ID
from adapters.files.csv_records import read_records
from adapters.files.csv_table import filled_cells, read_header
from adapters.files.errors import Fault, FileProblem
from adapters.files.open_text import OpenText
from adapters.files.text import open_file

COLUMN = "external_id"


def load_external_ids(path: Path) -> Mapping[str, int]:
    """Read a list of contacts.

    Args:
        path: a CSV file in UTF-8 whose first line names the columns, ``external_id`` among them; others say
            nothing here.

    Returns:
        Each name with the line on which it is first.

    Raises:
        FileProblem: the file cannot be used, or some of its rows have no usable name.
    """
    names: dict[str, int] = {}
    faults: list[Fault] = []
    with open_file(path) as file:
        text = OpenText(path, file)
        text.check()
        records = read_records(path, text.lines())
        _, columns = read_header(path, records, lambda known: COLUMN in known, f": {COLUMN}")
        for record in records:
            cells, found = filled_cells(record, columns)
            name = cells.get(COLUMN, "")
            if found or not name or len(name) > MAX_EXTERNAL_ID:
                reason = (
                    found[0][1]
                    if found
                    else f"{COLUMN} is empty or has more than {MAX_EXTERNAL_ID} characters"
                )
                faults.append(Fault(reason, record.line))
            names.setdefault(name, record.line)
    if faults:
        raise FileProblem(path, faults)
    if not names:
        raise FileProblem(path, [Fault("has a header and no rows")])
    return names
