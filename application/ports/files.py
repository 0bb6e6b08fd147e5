"""What a contact file turns into, whichever form it has."""

from attrs import field, frozen

from domain.contact import NewContact


@frozen
class RowProblem:
    """A row that cannot be used.

    Args:
        line: the line of the file where the row begins, from 1.
        column: the column at fault.
        reason: what is wrong, without the value: it may be personal data.
        cells: the row as it was.
    """

    line: int
    column: str
    reason: str
    cells: tuple[str, ...] = field(repr=False)


@frozen
class ContactFile:
    """A contact file as read.

    Args:
        contacts: the rows that can be used, in order.
        problems: the rows that cannot.
        header: the names of the columns as written.
    """

    contacts: tuple[NewContact, ...]
    problems: tuple[RowProblem, ...]
    header: tuple[str, ...]

    @property
    def read(self) -> int:
        """How many rows there were."""
        return len(self.contacts) + len(self.problems)
