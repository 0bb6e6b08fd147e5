"""What SQLAlchemy and the drivers raise, in our words; none of their exceptions leaves this adapter.

DatabaseUnavailable   nobody's bug: not reachable, locked, full, not migrated; says what to do about it
StatementRefused      a bug: the database refused a statement that must never be refused
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.places import place_of
from application.errors import DatabaseUnavailable

NOT_MIGRATED = "the database is not migrated; run: drumbeat db upgrade"
_NO_ANSWER = "{} does not answer; start it, or set DRUMBEAT_DATABASE_URL"
_LOCKED = "{} is locked by another transaction"

_BY_SQLSTATE = {
    "08": _NO_ANSWER,
    # What asyncpg says when a migration has run beside us; SQLAlchemy then forgets the old statements.
    "0A000": "the tables have just changed",
    "25006": "{} is read-only",
    "28": "{} refused the login; check user and password",
    "3D000": "{} has no database of this name; create it first",
    "3F000": NOT_MIGRATED,
    "40": "the transaction collided with another one",
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "53": "{} has no connection, memory or disk space left",
    "55P03": _LOCKED,
    "57014": "{} took too long over a statement",
    "57P": "{} is starting or shutting down",
    "58": "{} has trouble with its disk",
}
"""The beginning of a SQLSTATE (PostgreSQL manual, appendix A) and what it means at a place, {}."""

_BY_SQLITE_CODE = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_CANTOPEN": "{} cannot be opened; check that its folder exists and may be written",
    "SQLITE_READONLY": "{} may not be written",
    "SQLITE_FULL": "the disk of {} is full",
    "SQLITE_IOERR": "{} cannot be read or written",
    "SQLITE_CORRUPT": "{} is damaged",
    "SQLITE_NOTADB": "{} is not a SQLite database",
}
"""The beginning of a result code's name (sqlite.org/rescode.html) and what it means at a place, {}."""


class StatementRefused(Exception):
    """The database refused a statement: a broken constraint or a value of the wrong kind, and so a bug.

    The message names the rule that was broken. It holds no values, and the driver's exception is not chained,
    because that one quotes rows.
    """


@contextmanager
def translating(where: AsyncEngine | AsyncConnection, *also: type[Exception]) -> Iterator[None]:
    """Translate what SQLAlchemy raises inside the block.

    Args:
        where: what the block works with; sentences name its place.
        also: further exceptions that can only mean, in this block, that the database does not answer.

    Raises:
        DatabaseUnavailable: the transaction did not happen and may be tried again.
        StatementRefused: it will never be possible.
    """
    try:
        yield
    except also as error:
        raise DatabaseUnavailable(_NO_ANSWER.format(place_of(where))) from error
    except SQLAlchemyError as error:
        sentence = _unavailable(error)
        if sentence is not None:
            raise DatabaseUnavailable(sentence.format(place_of(where))) from error
        if isinstance(error, DBAPIError):
            raise StatementRefused(_rule(error)) from None
        raise StatementRefused(type(error).__name__) from error


def _unavailable(error: SQLAlchemyError) -> str | None:
    if isinstance(error, PoolTimeout):
        return "every connection to {} is in use"
    if not isinstance(error, DBAPIError):
        return None
    driver = _driver_error(error)
    state, code = getattr(driver, "sqlstate", None), getattr(driver, "sqlite_errorname", None)
    known = _starting(_BY_SQLSTATE, state) or _starting(_BY_SQLITE_CODE, code)
    if known is not None:
        return known
    if code == "SQLITE_ERROR" and "no such " in str(driver):
        return NOT_MIGRATED
    return _NO_ANSWER if error.connection_invalidated or isinstance(error, InterfaceError) else None


def _starting(sentences: dict[str, str], code: str | None) -> str | None:
    return next((said for prefix, said in sentences.items() if code and code.startswith(prefix)), None)


def _driver_error(error: DBAPIError) -> BaseException | None:
    """The driver's own exception; for PostgreSQL, SQLAlchemy puts one of its own in between."""
    return error.orig if error.orig is None or error.orig.__cause__ is None else error.orig.__cause__


def _rule(error: DBAPIError) -> str:
    driver = _driver_error(error)
    if hasattr(driver, "sqlite_errorname"):
        return str(driver)
    constraint = getattr(driver, "constraint_name", None)
    return f"{type(driver).__name__}: {constraint}" if constraint else type(driver).__name__
