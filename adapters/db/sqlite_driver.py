"""The driver of SQLite, aiosqlite, with one trip to its thread for each statement.

By itself it makes four: for the cursor, for the statement, for its rows and for the end of the cursor. And a
transaction makes one more after its commit, for a rollback of nothing. A trip costs about as much as a
statement does, so that a touch spent more on trips than on SQLite: ADR 13.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite

_CHUNK = 64


class _Found(NamedTuple):
    """What a statement has come to."""

    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


_NOTHING = _Found([], None, -1, None)


class Connection(aiosqlite.Connection):
    """A connection whose cursors run a statement and fetch its rows at once."""

    _is_clean = False

    def cursor(self) -> "Cursor":  # type: ignore[override]  # SQLAlchemy asks of it what is here
        """A cursor; nothing is done for it yet."""
        return Cursor(self)

    async def run(self, statement: str, parameters: Any, *, many: bool) -> _Found:
        """Run a statement and fetch its rows.

        Args:
            statement: the SQL.
            parameters: of the statement; a sequence of them for many.
            many: run it for each of them.
        """
        self._is_clean = False
        trip: Any = self._execute(_run, self._conn, statement, parameters, many)  # type: ignore[no-untyped-call]
        found: _Found = await trip
        return found

    async def commit(self) -> None:
        """Commit."""
        await super().commit()
        self._is_clean = True

    async def rollback(self) -> None:
        """Roll back; nothing where nothing was run since the last commit or rollback.

        That is known by what was asked for, not by looking at SQLite: a statement whose caller was cancelled
        may still wait in the thread.
        """
        if not self._is_clean:
            await super().rollback()
            self._is_clean = True


class Cursor:
    """What SQLAlchemy needs of a cursor."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found = _NOTHING

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """The columns of the rows; None where the statement gives none."""
        return self._found.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._found.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The last row's own number."""
        return self._found.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement."""
        self._found = await self._connection.run(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Run a statement for many rows."""
        self._found = await self._connection.run(statement, parameters, many=True)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows, which are there."""
        return self._found.rows

    async def close(self) -> None:
        """End; it holds nothing open."""


def connect(database: str, **options: Any) -> Connection:
    """A connection to a database, to be awaited.

    Args:
        database: its file, or a ``file:`` URI.
        options: as for `sqlite3.connect`.
    """
    connection = Connection(partial(sqlite3.connect, database, **options), _CHUNK)
    # As SQLAlchemy has it: a process that ends does not wait for the thread of a connection left open.
    connection._thread.daemon = True  # noqa: SLF001 - there is no other way
    return connection


def _run(connection: sqlite3.Connection, statement: str, parameters: Any, many: bool) -> _Found:  # noqa: FBT001 - through the thread's queue
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(statement, parameters)
        rows = [] if cursor.description is None else cursor.fetchall()
        return _Found(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()
