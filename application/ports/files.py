"""What files of contacts and of suppressions turn into, whichever form they have."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import BinaryIO

from attrs import field, frozen

from domain.contact import NewContact
from domain.statuses import Channel


@frozen
class ContactRow:
    """A row that can be enrolled.

    Args:
        line: the physical line, from 1, that it begins on.
        contact: who it is.
    """

    line: int
    contact: NewContact


@frozen
class RowProblem:
    """Why a row is rejected; a row may have several.

    Args:
        line: the physical line, from 1, that the row begins on.
        column: the column at fault, or "row" for a problem of the whole row.
        reason: what is wrong, in words that name the column and show no cell.
        cells: the row as it was.
    """

    line: int
    column: str
    reason: str
    cells: tuple[str, ...] = field(default=(), repr=False, eq=False)


@frozen
class ContactFile:
    """What a contact file came to.

    Args:
        rows: the rows to enroll, in the order of the file.
        problems: what is wrong with the others, in the same order.
        read: how many rows there are, without header and blank lines.
        header: the column names as written.
    """

    rows: tuple[ContactRow, ...]
    problems: tuple[RowProblem, ...]
    read: int
    header: tuple[str, ...] = ()

    @property
    def contacts(self) -> tuple[NewContact, ...]:
        """The contacts to enroll."""
        return tuple(row.contact for row in self.rows)

    @property
    def rejected(self) -> int:
        """How many rows are rejected."""
        return self.read - len(self.rows)


class ContactForm(StrEnum):
    """In which form contacts come."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


@frozen
class RejectedRow:
    """A row that cannot be enrolled.

    Args:
        problems: why, at least one.
    """

    problems: tuple[RowProblem, ...]

    @property
    def line(self) -> int:
        """The line that it begins on."""
        return self.problems[0].line


@frozen
class ContactStream:
    """Contacts that are read one after the other, so that none is kept.

    Args:
        form: the form that they come in.
        header: the names of the columns as written; ``row`` alone where each row has its own.
        total: how many rows there are.
        rows: the rows, in their order; once, and not by two threads at the same time.
    """

    form: ContactForm
    header: tuple[str, ...]
    total: int
    rows: Iterator[ContactRow | RejectedRow] = field(repr=False, eq=False)


ReadContacts = Callable[[BinaryIO, ContactForm], ContactStream]
"""Begins to read contacts from an open file, which was looked through before it gives a row.

Raises `application.errors.UnusableFile` where the file cannot be read to its end.
"""


@frozen
class SuppressionRow:
    """A row that can be imported.

    Args:
        line: the physical line, from 1, that it begins on.
        channels: on which channels the address must not be contacted.
        address: a phone number in E.164 form, or an e-mail address, normalised.
        reason: a word: opted_out, complained, bounced, imported, ...
    """

    line: int
    channels: tuple[Channel, ...]
    address: str = field(repr=False)
    reason: str = "imported"


@frozen
class SuppressionFile:
    """What a file of suppressions came to.

    Args:
        rows: the rows to import, in the order of the file.
        problems: what is wrong with the others, in the same order.
        read: how many rows there are, without header and blank lines.
        header: the column names as written.
    """

    rows: tuple[SuppressionRow, ...]
    problems: tuple[RowProblem, ...]
    read: int
    header: tuple[str, ...] = ()
