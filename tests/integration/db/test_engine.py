"""Opening a database: URLs as people write them, and what is said when it cannot be used."""

import asyncio
import socket
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import engine as module
from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.errors import StatementRefused
from adapters.db.statements import begin
from application.errors import DatabaseUnavailable
from tests.integration.db.rows import claimed, enrolled, webhook
from trials.postgres import PostgresServer

SECRET = "hunter2"


async def _use(url: str) -> None:
    engine = create_engine(url)
    try:
        async with SqlDatabase(engine).transaction() as tx:
            await tx.webhooks.stage(webhook())
    finally:
        await engine.dispose()


async def _scalar(engine: AsyncEngine, query: str) -> object:
    async with engine.connect() as connection:
        return await connection.scalar(text(query))


async def test_sqlite_is_set_up_for_durable_sharing(sqlite_engine: AsyncEngine) -> None:
    """Write-ahead log, normal sync, foreign keys, and patience with other processes."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")

    found = [await _scalar(sqlite_engine, f"PRAGMA {pragma}") for pragma in pragmas]

    assert found == ["wal", 1, 1, 5000]


async def test_postgres_statements_cannot_hang(postgres_engine: AsyncEngine) -> None:
    """Statements and idle transactions end by themselves, and the server sees who we are."""
    settings = ("statement_timeout", "idle_in_transaction_session_timeout", "application_name")

    found = [await _scalar(postgres_engine, f"SHOW {setting}") for setting in settings]

    assert found == ["30s", "1min", "drumbeat"]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "PostgreSQL"])
async def test_a_postgres_url_is_taken_as_libpq_takes_it(
    postgres: PostgresServer, postgres_url: str, scheme: str
) -> None:
    """Any spelling of the scheme, and the usual words of the query."""
    query = "&sslmode=disable&application_name=me&connect_timeout=3&channel_binding=prefer"
    engine = create_engine(f"{scheme}:{postgres_url.partition(':')[2]}{query}")

    name = await _scalar(engine, "SHOW application_name")
    await engine.dispose()

    assert name == "me"


WRONG_URLS = [
    "",
    "{}",
    "mysql://u:{}@h/d",
    "sqlite:{}",
    "postgresql://u:{}@[h/d",
    "postgresql://u:{}@h/d?connect_timeout=soon",
]


@pytest.mark.parametrize("url", WRONG_URLS)
def test_a_wrong_url_is_not_shown(url: str) -> None:
    """A URL that is none of ours is refused without being quoted."""
    with pytest.raises(ValueError, match="database URL") as refused:
        create_engine(url.format(SECRET))

    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_an_old_sqlite_is_named(mocker: MockerFixture) -> None:
    """Without RETURNING nothing works, so an old library is refused at once."""
    mocker.patch.object(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(ValueError, match="too old"):
        create_engine("sqlite:///x.db")


def test_a_missing_driver_is_named(mocker: MockerFixture) -> None:
    """PostgreSQL without its driver says how to install it."""
    mocker.patch("importlib.util.find_spec", return_value=None)

    with pytest.raises(ValueError, match=r"drumbeat\[postgres\]"):
        create_engine("postgresql://h/d")


@pytest.fixture
def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


async def test_an_unreachable_server_is_unavailable(closed_port: int) -> None:
    """Nobody listens: said in a sentence with host, port and what to do, and without the password."""
    with pytest.raises(DatabaseUnavailable) as refused:
        await _use(f"postgresql://u:{SECRET}@127.0.0.1:{closed_port}/d")

    assert str(refused.value) == (
        f"the database server at 127.0.0.1:{closed_port} does not answer; "
        "start it, or set DRUMBEAT_DATABASE_URL"
    )
    assert SECRET not in "".join(traceback.format_exception(refused.value))


async def test_a_server_that_does_not_speak_is_given_up(mocker: MockerFixture) -> None:
    """A server that takes the connection and says nothing is given up after the connect time-out."""
    mocker.patch.object(module, "CONNECT_SECONDS", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        url = f"postgresql://u@127.0.0.1:{server.getsockname()[1]}/d"

        with pytest.raises(DatabaseUnavailable, match="does not answer"):
            await _use(url)


async def test_a_missing_database_is_named_as_such(postgres: PostgresServer) -> None:
    """The server answers, and has no database of this name."""
    with pytest.raises(DatabaseUnavailable, match="no database of this name"):
        await _use(postgres.url("nowhere"))


async def test_another_file_is_named_as_such(tmp_path: Path) -> None:
    """A file that is not a database is not taken for one; the sentence says which file."""
    file = tmp_path / "x.db"
    file.write_text("this is not a database" * 100)

    with pytest.raises(DatabaseUnavailable) as refused:
        await _use(f"sqlite:///{file}")

    assert str(refused.value) == f"the database file {file} is not a SQLite database"


@pytest.fixture
def locked(sqlite_engine: AsyncEngine) -> Iterator[AsyncEngine]:
    """A SQLite file that another process writes to and does not let go."""
    with closing(sqlite3.connect(sqlite_engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield sqlite_engine


async def test_a_file_that_stays_locked_is_unavailable(locked: AsyncEngine, mocker: MockerFixture) -> None:
    """After the busy time-out a locked file is reported, and nothing hangs."""
    mocker.patch.object(module, "BUSY_SECONDS", 0.05)

    with pytest.raises(DatabaseUnavailable, match=r"drumbeat\.db is locked by another"):
        await _use(str(locked.url))


async def test_a_server_that_goes_away_is_unavailable_and_comes_back(postgres_engine: AsyncEngine) -> None:
    """A connection cut in a transaction is reported; the next transaction gets a new one."""
    database = SqlDatabase(postgres_engine)
    await enrolled(database, "ada")

    async def cut() -> None:
        async with database.transaction() as tx:
            own = await tx.attempts.statements.connection.scalar(text("SELECT pg_backend_pid()"))
            async with postgres_engine.connect() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})
            await tx.attempts.claim(claimed())

    with pytest.raises(DatabaseUnavailable):
        await cut()

    async with database.transaction() as tx:
        assert await tx.attempts.claim(claimed())


async def test_a_statement_that_takes_too_long_is_unavailable(postgres_engine: AsyncEngine) -> None:
    """Waiting for somebody else's row ends with the statement time-out, and says so."""
    database = SqlDatabase(postgres_engine)
    await enrolled(database, "ada")

    async def wait() -> None:
        async with database.transaction() as tx:
            await tx.attempts.statements.connection.execute(text("SET LOCAL statement_timeout = 50"))
            await tx.enrollments.mark_started(["e-ada"], claimed().claimed_at)

    async with database.transaction() as tx:
        await tx.enrollments.mark_started(["e-ada"], claimed().claimed_at)

        with pytest.raises(DatabaseUnavailable, match="too long"):
            await wait()


async def test_a_nested_transaction_on_sqlite_is_given_up(
    sqlite_engine: AsyncEngine, mocker: MockerFixture
) -> None:
    """A transaction begun inside another one on SQLite would wait for itself; it is given up."""
    mocker.patch.object(module, "QUEUE_SECONDS", 0.05)
    engine = create_engine(str(sqlite_engine.url))
    database = SqlDatabase(engine)

    async def nest() -> None:
        async with database.transaction(), database.transaction():
            pass

    try:
        with pytest.raises(DatabaseUnavailable, match="in use"):
            await asyncio.wait_for(nest(), 10)
    finally:
        await engine.dispose()


async def test_a_migration_beside_a_running_program_passes(postgres: PostgresServer) -> None:
    """A statement prepared for a table that has changed since is reported once; then all goes on."""
    url = await postgres.create_database()
    engine, other = create_engine(url), create_engine(url)
    await migrate.upgrade(other)
    database = SqlDatabase(engine)

    async def ask() -> None:
        async with database.transaction() as tx:
            await tx.contacts.get("c-ada")

    try:
        await ask()
        async with other.begin() as connection:
            await connection.execute(text("ALTER TABLE contacts ALTER timezone TYPE varchar(99)"))
        with pytest.raises(DatabaseUnavailable, match="just changed"):
            await ask()
        await ask()
    finally:
        await asyncio.gather(engine.dispose(), other.dispose())


async def test_a_commit_that_fails_leaves_nothing_behind(sqlite_engine: AsyncEngine) -> None:
    """SQLite keeps the transaction open then; the next one gets a connection on which it can begin."""
    async with begin(sqlite_engine) as connection:
        await connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text("CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
        )

    with pytest.raises(StatementRefused, match="FOREIGN KEY"):
        async with begin(sqlite_engine) as connection:
            await connection.execute(text("INSERT INTO children VALUES (1)"))
    async with begin(sqlite_engine) as connection:
        left = await connection.scalar(text("SELECT count(*) FROM children"))

    assert left == 0
