"""The file of a SQLite database: opened only where it is, and given up once it was deleted or replaced.

By itself SQLite makes an empty file where it finds none, and goes on writing to one that was deleted under
it; what is written there is lost without a word.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from application.errors import DatabaseUnavailable

_SEEN = "drumbeat_file"


def make(file: Path) -> None:
    """Make an empty database file, for its owner alone; one that is there stays as it is.

    Raises:
        DatabaseUnavailable: it cannot be made.
    """
    # Others must not read it, nor the log beside it, which takes over its mode. One that is there is opened
    # by SQLite alone: whoever else closes it takes away the locks that this process has on it
    # (sqlite.org/howtocorrupt.html, 2.2).
    try:
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rwc", uri=True)):
            pass
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnavailable(
            f"the database file {file} cannot be made; check that its folder exists and may be written"
        ) from error


def guard(engine: Engine, file: Path) -> None:
    """Have an engine open the file only where it exists, and look at each checkout whether it still does.

    While the file is gone, a transaction raises `DatabaseUnavailable`; once another file has taken its
    place, it goes to that one. Whoever replaces a file must delete its ``-wal`` and ``-shm`` with it, as
    always with SQLite (sqlite.org/howtocorrupt.html, 1.4): nobody can tell whose they are.
    """

    def connect(dialect: Dialect, record: ConnectionPoolEntry, _: object, options: dict[str, Any]) -> Any:
        # Before the driver is called, which would start a thread only to fail in it.
        record.info[_SEEN] = _identity(file)
        return dialect.connect(f"{file.as_uri()}?mode=rw", **(options | {"uri": True}))

    def checkout(_connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if _identity(file) != record.info[_SEEN]:
            raise DisconnectionError("the database file was replaced")  # the pool connects again

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkout", checkout)


def _identity(file: Path) -> tuple[int, int]:
    """What tells the file from another one at the same path: an open file's inode is not given out again."""
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise DatabaseUnavailable(
            f"there is no database at {file}; check DRUMBEAT_DATABASE_URL, or run: drumbeat db upgrade"
        ) from None
    except OSError as error:
        raise DatabaseUnavailable(f"the database file {file} cannot be opened: {error.strerror}") from error
    return found.st_dev, found.st_ino
