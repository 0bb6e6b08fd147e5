"""Connections: one way to open SQLite and one to open PostgreSQL, from URLs as people write them."""

import importlib.util
import sqlite3
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from adapters.db import sqlite_driver, sqlite_file
from adapters.db.places import OPTION, postgres_place, sqlite_place

BUSY_SECONDS = 5
"""How long one process waits for another one's transaction on a SQLite file."""

CACHE_KIBIBYTES = 32_000
"""Memory for pages of a SQLite file. With its own 2 MB, storing very many contacts takes twice as long: their
ids are in no order, so that each row changes another page of each index."""

QUEUE_SECONDS = 30
"""How long a transaction waits for a connection of the pool."""

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
IDLE_SECONDS = 60
"""How long a PostgreSQL transaction may stand still: whoever holds it has hung or gone."""

OLDEST_SQLITE = (3, 35, 0)
"""The first SQLite with RETURNING."""

_SQLITE = frozenset({"sqlite", "sqlite+aiosqlite"})
_POSTGRES = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})


def create_engine(url: str) -> AsyncEngine:
    """An engine for a database URL; nothing is opened before it is used. Whoever makes it disposes of it.

    A SQLite file is never made by using it: `adapters.db.migrate.upgrade` does that, and nobody else.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path``, or a ``postgresql://`` URL as libpq
            takes it, with its query (``sslmode``, ``application_name``, ``connect_timeout`` and so on).

    Raises:
        ValueError: the URL is none of these, or its driver is missing or too old. It does not show the URL,
            which may hold a password.
    """
    scheme = url.partition(":")[0].lower()
    if scheme in _SQLITE:
        return _sqlite(url.partition(":")[2])
    if scheme in _POSTGRES:
        return _postgres(url.partition(":")[2])
    raise ValueError("the database URL must begin with sqlite:/// or postgresql://")


def _sqlite(rest: str) -> AsyncEngine:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise ValueError(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed")
    try:
        url = make_url(f"sqlite+aiosqlite:{rest}")
        place = sqlite_place(url)
        engine = create_async_engine(
            url,
            execution_options={OPTION: place},
            hide_parameters=True,
            # SQLite has one writer at a time. Inside the process the pool queues for it, first come, first
            # served; several connections would poll for the file's lock and starve each other.
            poolclass=AsyncAdaptedQueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=QUEUE_SECONDS,
            connect_args={"timeout": BUSY_SECONDS, "async_creator_fn": sqlite_driver.connect},
        )
    except (ArgumentError, ValueError):
        raise ValueError("the database URL cannot be read; write sqlite:///path/to/file.db") from None
    if place.file is not None:
        sqlite_file.guard(engine.sync_engine, place.file)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # SQLAlchemy's documented recipe: the driver must not begin transactions on its own.
    connection.isolation_level = None
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", f"cache_size=-{CACHE_KIBIBYTES}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Keep a write-ahead log; the file remembers that it has one, so only the first connection switches."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        else:
            return
        # This one statement is refused at once while somebody else writes; to begin waits until they have.
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("ROLLBACK")


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and writes later fails when somebody wrote in between; this one waits
    # for its turn at the start instead, and then cannot fail for that reason.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(rest: str) -> AsyncEngine:
    if importlib.util.find_spec("asyncpg") is None:
        raise ValueError("PostgreSQL needs its driver: pip install 'drumbeat[postgres]'")
    url = f"postgresql:{rest}"
    try:
        connect_args = _postgres_arguments(url)
        place = postgres_place(url)
    except ValueError:
        raise ValueError(
            "the database URL cannot be read; write postgresql://user:password@host:5432/database"
        ) from None
    return create_async_engine(
        "postgresql+asyncpg://",
        connect_args=connect_args,
        execution_options={OPTION: place},
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=QUEUE_SECONDS,
        pool_recycle=1800,
        pool_pre_ping=True,
    )


def _postgres_arguments(url: str) -> dict[str, Any]:
    """Leave the URL to the driver, which reads it as libpq does, but for two words that it does not know."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("channel_binding", None)
    timeout = float(query.pop("connect_timeout", CONNECT_SECONDS))
    settings = {
        "application_name": query.pop("application_name", "drumbeat"),
        "statement_timeout": query.pop("statement_timeout", f"{STATEMENT_SECONDS}s"),
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    }
    dsn = parts._replace(query=urlencode(query)).geturl()
    return {"dsn": dsn, "timeout": timeout, "server_settings": settings}
