"""Migrations: up, down and up again, on both databases, also from two processes at once."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.db.tables import metadata
from domain.statuses import Channel

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


async def _rows(engine: AsyncEngine) -> dict[str, list[dict[str, object]]]:
    """Every row of the first tables, as it is stored."""
    async with engine.connect() as connection:
        found = {name: await connection.execute(text(f"SELECT * FROM {name}")) for name in _FIRST_ROWS}
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
        after = await _rows(engine)
        differences = await migrate.check(engine)
        handoff = [row.pop("resolved_at") for row in after["handoffs"]]
        await migrate.downgrade(engine, "0001")
        back = await _rows(engine)
    finally:
        await engine.dispose()

    assert all(before.values())
    assert (after, handoff, differences) == (before, [None], [])
    assert back == before


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
