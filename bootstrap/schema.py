"""The database's schema, by settings.

Migrations are imported where they are needed: Alembic takes a third of a second, and few commands migrate.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.places import place_of
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
    """Bring the database up to date; a SQLite file is made where it is not there, with its folder.

    Folders above that one are not: a path that is missing as a whole is mistyped, or not mounted yet.

    Raises:
        DatabaseUnavailable: it does not answer, was migrated by a newer program, or cannot be made.
    """
    from adapters.db import migrate

    async with engine(settings) as made:
        if file := place_of(made).file:
            _make_folder(file.parent)
        await migrate.upgrade(made)


async def losses(settings: Settings, revision: str) -> list[str]:
    """What going back to a revision would lose, a clause for each migration that is undone.

    Raises:
        ApplicationError: the database does not answer, or there is no such revision below its own.
    """
    from adapters.db import migrate

    async with engine(settings) as made:
        return await migrate.losses(made, revision)


async def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to a revision.

    Raises:
        DatabaseUnavailable: it does not answer, or holds what the earlier tables cannot hold.
    """
    from adapters.db import migrate

    async with engine(settings) as made:
        await migrate.downgrade(made, revision)


async def check(settings: Settings) -> None:
    """Say whether the database answers and is up to date.

    Raises:
        DatabaseUnavailable: it is not; the message says what to do.
    """
    async with engine(settings) as made:
        await SqlDatabase(made).check()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        raise DatabaseUnavailable(
            f"there is no folder {folder} for the database; check DRUMBEAT_DATABASE_URL, or make the folder"
        ) from None
    except OSError as error:
        raise DatabaseUnavailable(
            f"the folder {folder} for the database cannot be made: {error.strerror}"
        ) from error
