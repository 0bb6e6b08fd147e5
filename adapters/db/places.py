"""Where a database is, in words that may be shown: never its user or password."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

OPTION = "drumbeat_place"
"""The execution option under which an engine carries its `Place`."""


@frozen
class Place:
    """Where a database is.

    Args:
        name: how sentences name it, with the path of the file or the host and port of the server.
        file: the file of a SQLite database; None for a server, for memory, and for a ``file:`` URI, whose
            author says how it is opened.
    """

    name: str = "the database"
    file: Path | None = None

    def __str__(self) -> str:
        return self.name


def place_of(where: AsyncEngine | AsyncConnection) -> Place:
    """The place of the database behind an engine or a connection."""
    place = where.sync_engine.get_execution_options().get(OPTION)
    return place if isinstance(place, Place) else Place()


def sqlite_place(url: URL) -> Place:
    """The place of a SQLite database."""
    path = url.database
    if not path or path == ":memory:" or path.startswith("file:"):
        return Place()
    # The folder that is current now counts, as it does for the driver.
    file = Path(path).absolute()
    return Place(f"the database file {file}", file)


def postgres_place(url: str) -> Place:
    """The place of a PostgreSQL database; without host and port where a password may be among them."""
    parts = urlsplit(url)
    # A slash, ? or # in a password that nobody has quoted ends the address too early: then its @ comes later.
    if "@" in parts._replace(scheme="", netloc="").geturl():
        return Place("the database server")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    hosts = parts.netloc.rpartition("@")[2] or query.get("host") or "localhost"
    port = "" if re.search(r":\d+$", hosts) else f":{query.get('port', '5432')}"
    return Place(f"the database server at {hosts}{port}")
