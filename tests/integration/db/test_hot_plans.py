"""Whatever runs all day is answered from an index on both databases, whichever statements that takes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db import migrate, tables
from adapters.db.engine import create_engine
from tests.integration.db import hot_ways
from tests.integration.db.plans import (
    Noted,
    generic_plan,
    noted,
    postgres_plan,
    sequential,
    sqlite_scans,
)
from trials.bench.copies import multiply
from trials.bench.lives import Lives
from trials.bench.mix import a_mix
from trials.postgres import PostgresServer

MANY = 3_000


@frozen
class Worked:
    """A database with many enrollments, on which everything has happened once more."""

    engine: AsyncEngine
    statements: Noted


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def worked(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Worked]:
    """A database of its own, of each kind."""
    folder: Path = tmp_path_factory.mktemp("worked")
    url = await postgres.create_database() if request.param == "postgres" else f"sqlite:///{folder}/w.db"
    engine = create_engine(url)
    await migrate.upgrade(engine)
    await a_mix(engine, 0.5)
    await multiply(engine, MANY)
    with noted(engine) as statements:
        await hot_ways.go(Lives(engine), 1_000)
    yield Worked(engine, statements)
    await engine.dispose()


async def test_no_table_of_many_rows_is_read_as_a_whole(worked: Worked) -> None:
    """For the values at hand, and for any values, which a server that has run a statement often plans for."""
    found = {}
    async with worked.engine.connect() as connection:
        many = await _of_many_rows(connection)
        for statement, parameters in worked.statements.items():
            scanned = await _scanned(connection, statement, parameters)
            if connection.dialect.name == "postgresql":
                scanned |= sequential(await generic_plan(connection, statement))
            if scanned & many:
                found[statement] = scanned & many
    assert found == {}


async def test_a_table_of_few_rows_has_an_index_for_when_they_are_many(worked: Worked) -> None:
    """PostgreSQL reads a page of rows rather than an index; without that choice, each statement has one."""
    found = {}
    async with worked.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in worked.statements.items():
            if scanned := await _scanned(connection, statement, parameters):
                found[statement] = scanned
    assert found == {}


async def test_what_happens_all_day_meets_every_table(worked: Worked) -> None:
    """So that these tests look at the statements that there are."""
    said = " ".join(worked.statements)
    apart = {"audiences", "audience_members"}  # asked by schedules and people, a few times a day

    assert {name for name in tables.metadata.tables if name not in said} == apart
    assert len(worked.statements) > 60


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM interactions WHERE detail = 'x'", "DELETE FROM attempts WHERE reason = 'x'"]
)
async def test_a_statement_without_an_index_is_found_out(worked: Worked, statement: str) -> None:
    """What would be refused if it were among them."""
    async with worked.engine.connect() as connection:
        scanned = await _scanned(connection, statement, ())
    assert scanned & {"interactions", "attempts"}


async def _scanned(connection: AsyncConnection, statement: str, parameters: Any) -> set[str]:
    if connection.dialect.name == "sqlite":
        return await sqlite_scans(connection, statement, parameters)
    return sequential(await postgres_plan(connection, statement, parameters))


async def _of_many_rows(connection: AsyncConnection) -> set[str]:
    found = set()
    for table in tables.metadata.sorted_tables:
        count = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        if count >= MANY / 10:
            found.add(table.name)
    assert found >= {"contacts", "consents", "enrollments", "attempts", "interactions", "webhooks"}
    return found
