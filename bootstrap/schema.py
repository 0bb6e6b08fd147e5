"""The database's schema, by settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from application.errors import DatabaseUnavailable
from bootstrap.settings import Settings, WrongSetting


@asynccontextmanager
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The engine for the database that the settings name, disposed of at the end.

    Raises:
        WrongSetting: the address cannot be read; it is not shown, since it may hold a password.
    """
    try:
        made = create_engine(settings.database_url)
    except ValueError as error:
        raise WrongSetting(f"DRUMBEAT_DATABASE_URL: {error}") from None
    try:
        yield made
    finally:
        await made.dispose()


async def upgrade(settings: Settings) -> None:
    """Bring the database up to date; a SQLite file and its folder are made where they are not there.

    Raises:
        DatabaseUnavailable: it does not answer, or was migrated by a newer program.
    """
    if path := _file(settings):
        path.parent.mkdir(parents=True, exist_ok=True)
    async with engine(settings) as made:
        await migrate.upgrade(made)


async def check(settings: Settings) -> None:
    """Say whether the database answers and is up to date.

    Raises:
        DatabaseUnavailable: it is not; the message says what to do.
    """
    if (path := _file(settings)) and not path.exists():
        raise DatabaseUnavailable(f"there is no database at {path} yet; run: drumbeat db upgrade")
    async with engine(settings) as made:
        await SqlDatabase(made).check()


def _file(settings: Settings) -> Path | None:
    """The file of a SQLite database."""
    scheme, _, path = settings.database_url.partition("sqlite:///")
    return Path(path) if path and not scheme else None
