"""Rows of any form as contacts, one after the other."""

from collections.abc import Mapping, Sequence

from attrs import Factory, define

from adapters.files.contact_rows import read_row
from adapters.files.csv_table import Found
from adapters.files.duplicates import Duplicates
from application.ports.files import ContactRow, RejectedRow, RowProblem


@define
class RowReader:
    """Reads the rows of one file: each contact is taken once.

    Args:
        default_region: the country of national phone numbers where a row does not say.
    """

    default_region: str | None = None
    _duplicates: Duplicates = Factory(Duplicates)

    def read(
        self, line: int, cells: Mapping[str, str], found: Sequence[Found], raw: tuple[str, ...]
    ) -> ContactRow | RejectedRow:
        """Read one row.

        Args:
            line: the line that it begins on.
            cells: the filled cells by column, trimmed.
            found: why the cells cannot be used, where that is so.
            raw: the row as it is, for the file of rejected ones.
        """
        contact = None
        if not found:
            contact, found = read_row(cells, self.default_region)
        if contact is not None:
            found = self._duplicates(contact, line)
        if contact is None or found:
            return RejectedRow(tuple(RowProblem(line, column, reason, raw) for column, reason in found))
        return ContactRow(line, contact)
