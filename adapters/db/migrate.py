"""Migrations from code: no alembic.ini, one transaction each, and one process at a time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db import sqlite_file
from adapters.db.places import place_of
from adapters.db.statements import begin
from adapters.db.tables import metadata
from application.errors import ApplicationError, DatabaseUnavailable

_FOLDER = Path(__file__).parent / "migrations"

BASE = "base"
"""How an empty database is named as a revision."""

_LOCK = 0x6472756D62656174
"""The advisory lock that migrating PostgreSQL processes queue for: "drumbeat" in ASCII."""


class UnknownRevision(ApplicationError):
    """There is no such revision to go to."""


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the database up to a revision; where it is there already, do nothing. Makes a SQLite file.

    Raises:
        DatabaseUnavailable: it does not answer, cannot be made, or is at a revision that is not known here.
    """
    if file := place_of(engine).file:
        sqlite_file.make(file)
    await _migrate(engine, lambda config: command.upgrade(config, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the database back to a revision, or to ``base``: empty.

    Raises:
        DatabaseUnavailable: it does not answer, or is at a revision that is not known here.
    """
    await _migrate(engine, lambda config: command.downgrade(config, revision))


async def losses(engine: AsyncEngine, revision: str) -> list[str]:
    """What going back to a revision would lose, a clause for each migration that is undone, the latest first.

    Args:
        engine: of the database.
        revision: an earlier one than the database's, or ``base``.

    Raises:
        DatabaseUnavailable: it does not answer, or is at a revision that is not known here.
        UnknownRevision: there is no such revision below the database's.
    """
    at = await current(engine)
    if at is not None and not knows(at):
        raise DatabaseUnavailable(f"the database is at revision {at}, which this version does not know")
    undone = [] if at is None else list(_scripts().iterate_revisions(at, "base"))
    below = [*(script.revision for script in undone[1:]), BASE] if undone else [BASE]
    if revision not in below:
        raise UnknownRevision(
            f"the database is at {at or BASE}: it can go back to {', '.join(below)}, and not to {revision}"
        )
    return [str(script.module.LOSES) for script in undone[: below.index(revision) + 1]]


async def current(engine: AsyncEngine) -> str | None:
    """The revision that the database is at; None where it was never migrated.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    async with begin(engine) as connection:
        return await connection.run_sync(_revision)


async def check(engine: AsyncEngine) -> list[str]:
    """How the database differs from `adapters.db.tables`, as far as Alembic sees; empty where it does not.

    Raises:
        DatabaseUnavailable: it does not answer.
    """
    async with begin(engine) as connection:
        return await connection.run_sync(_differences)


@cache
def head() -> str | None:
    """The revision that this program needs."""
    return _scripts().get_current_head()


def knows(revision: str) -> bool:
    """Whether a revision is one of this program's."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


async def _migrate(engine: AsyncEngine, order: Callable[[Config], None]) -> None:
    async with begin(engine, _without_foreign_keys) as connection:
        try:
            await connection.run_sync(_locked, order)
        except CommandError as error:
            raise DatabaseUnavailable(f"the database cannot be migrated: {error}") from error


@asynccontextmanager
async def _without_foreign_keys(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let a table of SQLite be copied and dropped though others refer to it; whoever does so checks it then.

    That can only be said outside of transactions (https://sqlite.org/pragma.html#pragma_foreign_keys), and so
    past SQLAlchemy, which would begin one.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    await connection.run_sync(_foreign_keys, "OFF")
    try:
        yield
    finally:
        await connection.rollback()
        await connection.run_sync(_foreign_keys, "ON")


def _foreign_keys(connection: Connection, switch: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={switch}")
    cursor.close()


def _locked(connection: Connection, order: Callable[[Config], None]) -> None:
    # SQLite locks when the transaction begins.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    config = _config()
    config.attributes["connection"] = connection
    order(config)
    if connection.dialect.name == "sqlite":
        _check_foreign_keys(connection)


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise CommandError(f"a row of {broken[0]} refers to one of {broken[2]} that is not there")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return [str(difference) for difference in compare_metadata(context, metadata)]
