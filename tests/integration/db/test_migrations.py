"""Migrations: up, down and up again, on both databases, also from two processes at once."""

import asyncio
import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.errors import StatementRefused
from adapters.db.tables import metadata
from application.errors import DatabaseUnavailable
from domain.enrollment.state import Outcome
from domain.pauses import Pause, PausePolicy
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import claimed, enrolled, enrollment, key

_AT = "'2030-01-15 12:00:00.000000'"

# One row in each table, as the first version of the program has written it: history, like the revisions.
_FIRST_ROWS = {
    "contacts": "'c-ada', 'acme', 'ada', '+15550100001', 'ada@example.com', NULL, '{}'",
    "campaigns": f"'acme', 'hello', 1, '{{}}', {_AT}",
    "campaign_holds": "'acme', 'hello'",
    "enrollments": f"'e-ada', 'acme', 'hello', 1, 'c-ada', {_AT}, 1.0, {_AT}, 'escalated', {_AT}",
    "attempts": "'e-ada:text:1', 'e-ada', 'text', 1, 'sms', 'twilio', 'accepted', 'SM1', 'delivered', NULL, "
    f"{_AT}, {_AT}",
    "interactions": f"'i-1', 'delivered', {_AT}, 'e-ada', 'text', 1, 'twilio', 'delivered', '', NULL, "
    f"'dispatched', {_AT}, 0",
    "webhooks": f"'w-1', 'twilio', '/webhooks/twilio', 'text/plain', 'abc', {_AT}, 'read'",
    "suppressions": f"'acme', 'sms', '+15550100001', 'opted_out', {_AT}",
    "handoffs": f"'e-ada:handoff', 'e-ada', 'text', 'unanswered', {_AT}, 'slack', 'C1:1.2'",
}


async def _first_version(engine: AsyncEngine) -> None:
    """Bring an empty database to where the first version of the program had it, with rows."""
    await migrate.upgrade(engine, "0001")
    async with engine.begin() as connection:
        for table, values in _FIRST_ROWS.items():
            await connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({values})")


_STILL_THERE = tuple(name for name in _FIRST_ROWS if name != "campaign_holds")
"""The first tables that are still there."""


async def _rows(
    engine: AsyncEngine, tables: Collection[str] = _FIRST_ROWS
) -> dict[str, list[dict[str, object]]]:
    """Every row of the first tables, as it is stored."""
    async with engine.connect() as connection:
        found = {name: await connection.execute(text(f"SELECT * FROM {name}")) for name in tables}
        return {name: [dict(row) for row in rows.mappings()] for name, rows in found.items()}


async def _tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return set(names) - {"alembic_version"}


async def test_up_down_and_up_again(empty_url: str) -> None:
    """The revisions make all tables as the program describes them, take them away, and make them again."""
    engine = create_engine(empty_url)
    try:
        assert await migrate.current(engine) is None
        await migrate.upgrade(engine)
        await migrate.upgrade(engine)
        assert await migrate.current(engine) == migrate.head()
        assert await migrate.check(engine) == []
        await migrate.downgrade(engine, "base")
        assert await _tables(engine) == set()
        assert await migrate.check(engine) != []
        await migrate.upgrade(engine)
        assert await _tables(engine) == set(metadata.tables)
    finally:
        await engine.dispose()


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    """Everybody who starts at the same time finds a migrated database, and nobody fails."""
    engines = [create_engine(empty_url) for _ in range(4)]
    try:
        await asyncio.gather(*(migrate.upgrade(engine) for engine in engines))
        assert await migrate.check(engines[0]) == []
    finally:
        await asyncio.gather(*(engine.dispose() for engine in engines))


async def test_a_database_of_the_first_version_keeps_its_rows(empty_url: str) -> None:
    """Upgrading adds what is new and changes no row; going back takes away the new things alone."""
    engine = create_engine(empty_url)
    try:
        await _first_version(engine)
        before = await _rows(engine)
        await migrate.upgrade(engine)
        after = await _rows(engine, _STILL_THERE)
        differences = await migrate.check(engine)
        await migrate.downgrade(engine, "0001")
        back = await _rows(engine)
    finally:
        await engine.dispose()

    new = {
        "contacts": {"erased_at": None},
        "enrollments": {"entry": 1, "step": None, "paused_at": None, "batch": None, "due_at": None},
        "attempts": {"refusal": None, "settled_at": None},
        "handoffs": {"resolved_at": None, "claimed_by": None, "claimed_at": None},
    }
    assert all(before.values())
    assert after == {
        name: [row | new.get(name, {}) for row in rows] for name, rows in before.items() if name in after
    }
    assert (back, differences) == (before, [])


async def test_a_held_campaign_stays_held(empty_url: str) -> None:
    """A hold becomes a pause that freezes and goes on, and the other way round; pauses that are over go."""
    engine = create_engine(empty_url)
    try:
        await _first_version(engine)
        begin = datetime.now(UTC)
        await migrate.upgrade(engine)
        async with SqlDatabase(engine).transaction() as tx:
            (pause,) = await tx.campaigns.pauses("acme", "hello")
            await tx.campaigns.pause("acme", "bye", Pause(begin))
            await tx.campaigns.resume("acme", "bye", begin)
        await migrate.downgrade(engine, "0002")
        held = (await _rows(engine))["campaign_holds"]
    finally:
        await engine.dispose()

    assert begin <= pause.paused_at <= datetime.now(UTC)
    assert pause == Pause(pause.paused_at, PausePolicy.FREEZE)
    assert held == [{"tenant": "acme", "key": "hello"}]


async def test_rows_that_refer_to_enrollments_still_do(empty_url: str) -> None:
    """After the way up and down, both databases refuse to take an enrollment away that others refer to."""
    engine = create_engine(empty_url)
    try:
        await _first_version(engine)
        for move in (migrate.upgrade, lambda engine: migrate.downgrade(engine, "0002")):
            await move(engine)
            with pytest.raises(IntegrityError):
                async with engine.begin() as connection:
                    await connection.execute(text("DELETE FROM enrollments"))
    finally:
        await engine.dispose()


async def test_new_outcomes_become_old_ones_on_the_way_back(empty_url: str) -> None:
    """What was won is completed, and who was held out has exited: no enrollment is lost."""
    engine = create_engine(empty_url)
    try:
        await migrate.upgrade(engine)
        database = SqlDatabase(engine)
        await enrolled(database, "ada", "bob", "eve")
        async with database.transaction() as tx:
            await tx.enrollments.finish("e-ada", Outcome.WON, NOW)
            await tx.enrollments.finish("e-bob", Outcome.HELD_OUT, NOW)
        await migrate.downgrade(engine, "0002")
        rows = (await _rows(engine, ("enrollments",)))["enrollments"]
    finally:
        await engine.dispose()

    outcomes = {row["id"]: row["outcome"] for row in rows}
    assert outcomes == {"e-ada": "completed", "e-bob": "exited", "e-eve": None}


async def test_nothing_is_thrown_away_on_the_way_back(empty_url: str) -> None:
    """Earlier tables cannot hold a second entry: then the database stays as it is, and works."""
    engine = create_engine(empty_url)
    try:
        await migrate.upgrade(engine)
        database = SqlDatabase(engine)
        await enrolled(database, "ada")
        async with database.transaction() as tx:
            await tx.enrollments.add([enrollment("again", contact_id="c-ada", entry=2)])
        with pytest.raises(DatabaseUnavailable, match="1 enrollments are second or later ones"):
            await migrate.downgrade(engine, "0002")
        await database.check()
        with pytest.raises(StatementRefused):
            async with database.transaction() as tx:
                await tx.attempts.claim(claimed(key("nobody")))
    finally:
        await engine.dispose()


async def test_a_damaged_file_is_not_migrated(tmp_path: Path) -> None:
    """Where a row refers to nothing, the upgrade says so and leaves all as it was."""
    file = tmp_path / "d.db"
    engine = create_engine(f"sqlite:///{file}")
    try:
        await _first_version(engine)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("UPDATE handoffs SET enrollment_id = 'e-nobody'")
        with pytest.raises(DatabaseUnavailable, match="a row of handoffs refers to one of enrollments"):
            await migrate.upgrade(engine)
        revision = await migrate.current(engine)
    finally:
        await engine.dispose()

    assert revision == "0001"


async def test_the_program_works_on_an_upgraded_database(empty_url: str) -> None:
    """What the first version stored is read by this one."""
    engine = create_engine(empty_url)
    try:
        await _first_version(engine)
        await migrate.upgrade(engine)
        async with SqlDatabase(engine).transaction() as tx:
            handoff = await tx.handoffs.by_ref("slack", "C1:1.2")
            attempt = await tx.attempts.latest_to(Channel.SMS, "+15550100001")
            lifted = await tx.suppressions.lift(
                "acme", Channel.SMS, "+15550100001", "opted_out", datetime.max.replace(tzinfo=UTC)
            )
    finally:
        await engine.dispose()

    assert handoff is not None
    assert handoff.resolved_at is None
    assert attempt is not None
    assert lifted


async def test_what_is_in_doubt_of_who_has_ended_is_settled(empty_url: str) -> None:
    """Nobody waits for it, whenever it was; for what is in doubt of who is under way, somebody does."""
    engine = create_engine(empty_url)
    try:
        await _first_version(engine)
        await migrate.upgrade(engine, "0004")
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE attempts SET state = 'unknown'")
            await connection.exec_driver_sql(
                "INSERT INTO enrollments (id, tenant, campaign, version, contact_id, created_at, time_scale, "
                f"entry) VALUES ('e-bob', 'acme', 'hello', 1, 'c-ada', {_AT}, 1.0, 2)"
            )
            await connection.exec_driver_sql(
                "INSERT INTO attempts (key, enrollment_id, step, attempt, channel, provider, state, "
                f"claimed_at) VALUES ('e-bob:text:1', 'e-bob', 'text', 1, 'sms', 'twilio', 'unknown', {_AT})"
            )
        await migrate.upgrade(engine)
        rows = (await _rows(engine, ("attempts",)))["attempts"]
    finally:
        await engine.dispose()

    assert {row["key"]: row["settled_at"] is not None for row in rows} == {
        "e-ada:text:1": True,
        "e-bob:text:1": False,
    }
