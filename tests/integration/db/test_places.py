"""Where a database is, as sentences say it."""

import pytest

from adapters.db.engine import create_engine
from adapters.db.places import place_of

POSTGRES = [
    ("postgresql://u:hunter2@db.example.com:6543/d", "the database server at db.example.com:6543"),
    ("postgresql://hunter2@db/d", "the database server at db:5432"),
    ("postgres://db/d?password=hunter2&port=7", "the database server at db:7"),
    ("postgresql://u:hunter2@[::1]/d", "the database server at [::1]:5432"),
    ("postgresql://u:hunter2@[::1]:1/d", "the database server at [::1]:1"),
    ("postgresql://u:p@hunter2@db/d", "the database server at db:5432"),
    ("postgresql://u:hunter2@a:1,b:2/d", "the database server at a:1,b:2"),
    ("postgresql:///d?host=/run/postgresql&user=hunter2", "the database server at /run/postgresql:5432"),
    ("postgresql:///d", "the database server at localhost:5432"),
    # A password that is not quoted, which ends the address too early.
    ("postgresql://hunter2/2@db/d", "the database server"),
    ("postgresql://hunter2:12#2@db/d", "the database server"),
    ("postgresql://hunter2:12?2@db/d", "the database server"),
]


@pytest.mark.parametrize(("url", "name"), POSTGRES)
def test_a_server_is_named_by_host_and_port(url: str, name: str) -> None:
    """Host and port as the URL has them, or the usual ones; never the user, never the password."""
    place = place_of(create_engine(url))

    assert (str(place), place.file) == (name, None)
