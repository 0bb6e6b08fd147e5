"""What the driver of SQLite is asked for, and that nothing is left open by whoever stops waiting for it."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import sqlite_driver
from adapters.db.statements import Statements, begin
from adapters.db.tables import salts
from application.errors import DatabaseUnavailable


async def test_each_statement_is_one_trip(sqlite_engine: AsyncEngine, mocker: MockerFixture) -> None:
    """A transaction asks the driver's thread once to begin, once a statement, and once to commit."""
    async with begin(sqlite_engine) as connection:  # a connection asks once for its settings
        await connection.execute(select(salts))
    trips = mocker.spy(sqlite_driver.Connection, "_execute")

    async with begin(sqlite_engine) as connection:
        await connection.execute(insert(salts).values(name="a", value=b"1"))
        found = (await connection.execute(select(salts.c.name, salts.c.value))).all()

    assert ("a", b"1") in [tuple(row) for row in found]
    assert trips.call_count == 4


async def test_many_rows_are_one_trip(sqlite_engine: AsyncEngine, mocker: MockerFixture) -> None:
    """A statement that is run for many rows goes to the thread once, and tells how many it has changed."""
    rows = [{"name": str(number), "value": b"1"} for number in range(50)]
    trips = mocker.spy(sqlite_driver.Connection, "_execute")

    async with begin(sqlite_engine) as connection:
        trips.reset_mock()
        added = await connection.execute(insert(salts), rows)

    assert added.rowcount == 50
    assert trips.call_count == 2  # and the commit


@pytest.mark.parametrize("names", ["", "b"])
async def test_what_is_not_committed_is_undone(sqlite_engine: AsyncEngine, names: str) -> None:
    """A block that raises leaves nothing behind, and the next transaction can begin."""
    with pytest.raises(KeyError):
        await _add(sqlite_engine, names, then=KeyError())

    assert await _names(sqlite_engine) == []


async def test_a_statement_that_nobody_waits_for_any_more_is_undone(sqlite_engine: AsyncEngine) -> None:
    """Whoever stops waiting for a locked file leaves no transaction open, though SQLite begins it later."""
    await _add(sqlite_engine, "a")  # the connection is open, and clean
    with closing(sqlite3.connect(sqlite_engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_let_go(other, _add(sqlite_engine, "c")), 0.2)

    await _add(sqlite_engine, "d")
    assert await _names(sqlite_engine) == ["a", "d"]


async def test_a_connection_that_was_closed_says_so(sqlite_engine: AsyncEngine) -> None:
    """It is no bug of the statement: the database is not there."""
    with pytest.raises(DatabaseUnavailable):
        await _use_closed(sqlite_engine)


async def _add(engine: AsyncEngine, names: str, then: Exception | None = None) -> None:
    async with begin(engine) as connection:
        for name in names:
            await connection.execute(insert(salts).values(name=name, value=b"1"))
        if then is not None:
            raise then


async def _let_go(other: sqlite3.Connection, waits: Coroutine[Any, Any, None]) -> None:
    """Wait for something; once that is given up, let go of the file for which it has waited."""
    waiting = asyncio.ensure_future(waits)
    try:
        await asyncio.shield(waiting)
    except asyncio.CancelledError:
        waiting.cancel()
        other.execute("ROLLBACK")
        await asyncio.wait([waiting])
        raise


async def _names(engine: AsyncEngine) -> list[str]:
    async with begin(engine) as connection:
        ours = select(salts.c.name).where(salts.c.name.in_(["a", "b", "c", "d"]))  # the migration draws one
        return list((await connection.execute(ours)).scalars())


async def _use_closed(engine: AsyncEngine) -> None:
    async with begin(engine) as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.close()
        await Statements(connection).run(select(salts))
