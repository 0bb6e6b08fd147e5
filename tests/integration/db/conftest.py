"""The three databases that the contract is held to: the fake, SQLite, and PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.tables import metadata, salts
from application.ports.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.database import FakeDatabase
from trials.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
async def postgres_url(postgres: PostgresServer) -> str:
    """A migrated database, shared by the tests."""
    return await _migrated(await postgres.create_database())


@pytest.fixture(scope="session")
async def shared_postgres_engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(postgres_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file for tests to copy."""
    file = tmp_path_factory.mktemp("db") / "template.db"
    await _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
async def postgres_engine(shared_postgres_engine: AsyncEngine) -> AsyncEngine:
    """The shared database, emptied."""
    async with shared_postgres_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is salts:  # drawn once, by the migration
                continue
            await connection.execute(delete(table))
    return shared_postgres_engine


@pytest.fixture
async def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'drumbeat.db')}")
    yield engine
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> AsyncEngine:
    """A migrated, empty database of each kind."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_url(request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path) -> str:
    """A database without tables, of each kind."""
    if request.param == "postgres":
        return await postgres.create_database()
    (tmp_path / "e.db").touch()
    return f"sqlite:///{tmp_path}/e.db"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sql_database(engine: AsyncEngine, clock: FakeClock) -> SqlDatabase:
    return SqlDatabase(engine, clock)


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def database(request: pytest.FixtureRequest, clock: FakeClock) -> Database:
    """What the contract is about."""
    if request.param == "fake":
        return FakeDatabase(clock=clock)
    return SqlDatabase(request.getfixturevalue(f"{request.param}_engine"), clock)


async def _migrated(url: str) -> str:
    engine = create_engine(url)
    await migrate.upgrade(engine)
    await engine.dispose()
    return url
