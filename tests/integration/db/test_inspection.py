"""The database as the doctor sees it."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.inspection import SqlInspection
from adapters.db.migrate import UnknownRevision, losses
from application.errors import DatabaseUnavailable


async def test_a_database_that_answers(sql_database: SqlDatabase) -> None:
    """How fast, and whether its clock is ours."""
    inspection = SqlInspection(sql_database)
    seen = await inspection.look()
    await inspection.check()

    assert timedelta(0) < seen.round_trip < timedelta(seconds=5)
    assert seen.place.startswith("the database")
    if sql_database.engine.dialect.name == "sqlite":
        assert seen.clock is None
    else:
        assert seen.clock is not None
        assert seen.clock.skew < timedelta(seconds=1), "it runs on this machine"


async def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    """It says so in a sentence, without the password."""
    engine = create_engine("postgresql://ada:hush@127.0.0.1:1/drumbeat")
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1 does not answer") as caught:
        await SqlInspection(SqlDatabase(engine)).look()
    await engine.dispose()

    assert "hush" not in str(caught.value)


async def test_what_going_back_loses_is_told_of_each_migration(sql_database: SqlDatabase) -> None:
    """The latest first, down to the revision that is asked for."""
    some, all_of_it = (
        await losses(sql_database.engine, "0002"),
        await losses(sql_database.engine, "base"),
    )

    assert all_of_it[: len(some)] == some
    assert all_of_it[-1].startswith("everything")
    assert len(all_of_it) == len(some) + 2
    with pytest.raises(UnknownRevision, match="it can go back to"):
        await losses(sql_database.engine, "0009")
