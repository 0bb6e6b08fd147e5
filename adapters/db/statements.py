"""Running statements on one connection, with the few words that SQLite and PostgreSQL spell alike."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import Column, CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.errors import translating

Row = Mapping[str, Any]
Rows = CursorResult[*tuple[Any, ...]]
_Around = Callable[[AsyncConnection], AbstractAsyncContextManager[object]]


_CHUNK = 1000
"""How many ids go into one statement; both databases allow about 32,000 parameters."""


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, in parts that each fit into one statement."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


@asynccontextmanager
async def begin(engine: AsyncEngine, around: _Around = nullcontext) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end of the block, rolled back when it raises or is cancelled.

    Args:
        engine: where.
        around: what goes on around the transaction on its connection.

    Raises:
        DatabaseUnavailable: it could not begin or commit.
    """
    with translating(engine):
        async with AsyncExitStack() as stack:
            with translating(engine, OSError):
                connection = await stack.enter_async_context(engine.connect())
                await stack.enter_async_context(around(connection))
                await connection.begin()
            yield connection
            with translating(engine, OSError):
                await _commit(connection)


async def _commit(connection: AsyncConnection) -> None:
    """Commit; a commit that failed can leave the transaction open (sqlite.org/lang_transaction.html, 2.3).

    SQLAlchemy takes it for ended all the same, and would give the connection to the next one as it is.
    """
    try:
        await connection.commit()
    except BaseException:
        await connection.rollback()  # now the pool rolls back where the connection is given back
        raise


@frozen
class Statements:
    """Runs statements inside a transaction; `adapters.db.errors` translates what the database raises."""

    connection: AsyncConnection

    async def run(self, statement: Executable, rows: Row | Sequence[Row] | None = None) -> Rows:
        """Run a statement, once or for many rows.

        Args:
            statement: one that is made once and run often is best kept, with parameters for what differs: to
                make it costs SQLAlchemy about as much as to run it.
            rows: the parameters, or those of each time.
        """
        with translating(self.connection, OSError):
            return await self.connection.execute(statement, rows)

    async def add(self, table: Table, rows: Sequence[Row], key: Column[str]) -> frozenset[str]:
        """Insert the rows that break no UNIQUE constraint, and leave out the others.

        Args:
            table: where to.
            rows: column name to value; in one order everywhere, or two transactions wait for each other.
            key: the column that tells which ones went in.
        """
        return frozenset(row[0] for row in await self._added(table, rows, key))

    async def count_added(self, table: Table, rows: Sequence[Row]) -> int:
        """Insert as `add` does, where no column alone tells the rows apart; returns how many went in."""
        return len(await self._added(table, rows, *table.primary_key))

    async def put(
        self,
        table: Table,
        rows: Sequence[Row],
        unique: Collection[Column[Any]],
        wanted: Collection[Column[Any]],
    ) -> Sequence[Any]:
        """Insert rows, or change the ones that are there by their unique columns; a primary key stays.

        Args:
            table: where to.
            rows: column name to value, as for `add`.
            unique: the columns by which a row is known.
            wanted: the columns to give back.

        Returns:
            These columns of the rows as they now are, in any order.
        """
        if not rows:
            return []
        insert = self._insert(table)
        kept = {*unique, *table.primary_key}
        changes = {c.name: insert.excluded[c.name] for c in table.columns if c not in kept}
        statement = insert.on_conflict_do_update(index_elements=list(unique), set_=changes).returning(*wanted)
        return (await self.run(statement, rows)).all()

    async def _added(self, table: Table, rows: Sequence[Row], *key: Column[Any]) -> Sequence[Any]:
        if not rows:
            return []
        statement = _new_alone(self.connection.dialect.name, table, key)
        # One row needs none of what SQLAlchemy does to tell many apart.
        return (await self.run(statement, rows[0] if len(rows) == 1 else rows)).all()

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        return _insert(self.connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _new_alone(dialect: str, table: Table, key: tuple[Column[Any], ...]) -> Executable:
    """Inserts what breaks no UNIQUE constraint."""
    return _insert(dialect, table).on_conflict_do_nothing().returning(*key)
