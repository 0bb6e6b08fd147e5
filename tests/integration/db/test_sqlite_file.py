"""The file of a SQLite database: never made by using it, and never written to once it is gone."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate, sqlite_driver
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from application.errors import DatabaseUnavailable
from tests.integration.db.rows import webhook


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlDatabase]:
    """A database by its URL; disposed of at the end."""
    engine = create_engine(url)
    try:
        yield SqlDatabase(engine)
    finally:
        await engine.dispose()


async def stage(database: SqlDatabase, name: str = "w-1") -> bool:
    """Store a webhook; whether it was new there."""
    async with database.transaction() as tx:
        return await tx.webhooks.stage(webhook(name))


def staged(file: Path) -> list[str]:
    """The keys of the webhooks in a file, as another program sees them."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM webhooks ORDER BY key")]


def files_in(folder: Path) -> list[str]:
    """The names of what is in a folder."""
    return [each.name for each in folder.iterdir()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drumbeat.db"


@pytest.fixture
def delete(file: Path) -> Callable[[], None]:
    """Delete the database, as ``rm drumbeat.db*`` does."""

    def run() -> None:
        for each in file.parent.glob("drumbeat.db*"):
            each.unlink()

    return run


@pytest.fixture
async def live(sqlite_engine: AsyncEngine) -> SqlDatabase:
    """A database in `file` whose connection is open and in the pool."""
    database = SqlDatabase(sqlite_engine)
    await stage(database, "before")
    return database


async def test_a_deleted_file_is_unavailable(
    live: SqlDatabase, file: Path, delete: Callable[[], None]
) -> None:
    """Nothing is stored in a file that nobody can find any more, and no new one appears."""
    delete()

    for use in (stage(live), live.check(), migrate.check(live.engine), stage(live)):
        with pytest.raises(DatabaseUnavailable, match=f"there is no database at {file}; .*db upgrade"):
            await use
    assert files_in(file.parent) == []


async def test_a_database_that_is_back_is_used(
    live: SqlDatabase, file: Path, delete: Callable[[], None]
) -> None:
    """A running program goes on with the file that a migration has made anew."""
    delete()
    with pytest.raises(DatabaseUnavailable):
        await stage(live)
    async with opened(f"sqlite:///{file}") as other:
        await migrate.upgrade(other.engine)
    await live.check()
    await stage(live, "after")

    assert staged(file) == ["after"]


@pytest.fixture
def replace(file: Path, sqlite_template: Path, delete: Callable[[], None]) -> Callable[[], None]:
    """Put another migrated database into the place of the deleted one."""

    def run() -> None:
        delete()
        shutil.copy(sqlite_template, file)

    return run


async def test_a_replaced_file_is_used(live: SqlDatabase, file: Path, replace: Callable[[], None]) -> None:
    """The first transaction after a replacement goes to the new file, and harms nobody who uses that."""
    replace()
    async with opened(f"sqlite:///{file}") as other:
        news = [
            await stage(other, "new"),
            await stage(live, "new"),
            await stage(live, "after"),
            await stage(other, "last"),
        ]

    assert news == [True, False, True, True]
    assert staged(file) == ["after", "last", "new"]


async def test_many_wait_for_a_replaced_file(
    live: SqlDatabase, file: Path, replace: Callable[[], None]
) -> None:
    """Everybody who queues for the one connection gets the new file."""
    replace()
    names = [f"w-{number:02}" for number in range(20)]
    await asyncio.gather(*(stage(live, name) for name in names))

    assert staged(file) == names


USES: list[Callable[[SqlDatabase], Awaitable[object]]] = [
    stage,
    SqlDatabase.check,
    lambda database: migrate.current(database.engine),
    lambda database: migrate.check(database.engine),
    lambda database: migrate.downgrade(database.engine, "base"),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("folder", [".", "missing"])
async def test_a_missing_file_is_not_made(
    tmp_path: Path, mocker: MockerFixture, folder: str, use: Callable[[SqlDatabase], Awaitable[object]]
) -> None:
    """Whoever uses a database that is not there is told so; no file is made and no driver's thread starts."""
    connect = mocker.spy(sqlite_driver, "connect")
    async with opened(f"sqlite:///{tmp_path / folder / 'x.db'}") as database:
        with pytest.raises(DatabaseUnavailable, match="there is no database at .*x.db"):
            await use(database)

    assert connect.call_count == 0
    assert files_in(tmp_path) == []


async def test_a_path_through_a_file_is_unavailable(tmp_path: Path) -> None:
    """A path whose folder is a file is no database either."""
    (tmp_path / "file").touch()

    async with opened(f"sqlite:///{tmp_path}/file/x.db") as database:
        with pytest.raises(DatabaseUnavailable, match="there is no database at"):
            await database.check()


async def test_a_path_that_cannot_be_looked_at_is_unavailable(tmp_path: Path) -> None:
    """What the system says against a path is passed on."""
    async with opened(f"sqlite:///{tmp_path}/{'x' * 300}.db") as database:
        with pytest.raises(DatabaseUnavailable, match="cannot be opened: File name too long"):
            await database.check()


async def test_a_folder_is_unavailable(tmp_path: Path) -> None:
    """A folder is not opened as a database."""
    async with opened(f"sqlite:///{tmp_path}") as database:
        with pytest.raises(DatabaseUnavailable, match=f"the database file {tmp_path} cannot be opened"):
            await database.check()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, made the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["x.db", "a b.db", "5% #1 ü.db", "./../{}/x.db"])
async def test_an_upgrade_makes_the_file(here: Path, name: str) -> None:
    """Migrating makes the file at its path, whatever that looks like, also for several at once."""
    path = name.format(here.name)
    engines = [create_engine(f"sqlite:///{path}") for _ in range(3)]
    try:
        await asyncio.gather(*(migrate.upgrade(engine) for engine in engines))
        await stage(SqlDatabase(engines[0]))
    finally:
        await asyncio.gather(*(engine.dispose() for engine in engines))

    assert {each.removesuffix("-wal").removesuffix("-shm") for each in files_in(here)} == {Path(path).name}
    assert staged(here / path) == ["w-1"]
    modes = {(here / each).stat().st_mode & 0o777 for each in files_in(here)}
    assert modes == {0o600}, "nobody but its owner may read it"


@pytest.fixture
def without_log(file: Path) -> Iterator[sqlite3.Connection]:
    """A transaction of another process in a file that has no write-ahead log yet, as a restored one."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE restored (id)")
        yield connection


async def test_the_switch_to_a_log_waits_for_its_turn(file: Path, without_log: sqlite3.Connection) -> None:
    """Whoever opens a file that somebody else is just writing to waits for them, and is not refused."""
    async with opened(f"sqlite:///{file}") as database:
        asking = asyncio.create_task(migrate.current(database.engine))
        done, _ = await asyncio.wait({asking}, timeout=0.3)
        without_log.execute("COMMIT")

        assert await asking is None
    assert done == set()


async def test_an_upgrade_says_why_it_makes_no_file(tmp_path: Path) -> None:
    """A file in a folder that is not there cannot be made."""
    async with opened(f"sqlite:///{tmp_path}/missing/x.db") as database:
        with pytest.raises(DatabaseUnavailable, match=r"missing/x\.db cannot be made; .*folder exists"):
            await migrate.upgrade(database.engine)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
async def test_a_database_in_memory_has_no_file(here: Path, url: str) -> None:
    """A database in memory works, and nothing is looked for or made on the disk."""
    async with opened(url) as database:
        await migrate.upgrade(database.engine)
        await database.check()
        news = [await stage(database), await stage(database)]

    assert news == [True, False]
    assert files_in(here) == []
