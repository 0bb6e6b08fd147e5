"""Transactions: all or nothing, however a block ends."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from application.errors import DatabaseUnavailable
from application.ports.consents import Consent
from application.ports.database import Database
from domain.attempts import AttemptState
from domain.circuit import Circuit
from domain.pauses import Pause
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import claimed, contact, enrolled, handoff, interaction, key, webhook


async def _write_everywhere(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("bob")])
        await tx.campaigns.pause("acme", "hello", Pause(NOW))
        await tx.consents.add("c-ada", [Consent(Channel.SMS, True, "import", NOW)])
        await tx.attempts.claim(claimed())
        await tx.attempts.record(key(), AttemptState.ACCEPTED, NOW)
        await tx.enrollments.mark_started(["e-ada"], NOW)
        await tx.handoffs.add(handoff())
        await tx.interactions.add([interaction(enrollment_id="e-ada")])
        await tx.suppressions.add("acme", Channel.SMS, "+15550100001", "opted_out", NOW)
        await tx.webhooks.stage(webhook())
        await tx.webhooks.use_nonce("mailgun", "n-1", "w-1", NOW)
        await tx.circuits.note(Channel.SMS, "twilio", Circuit(), Circuit(faults=1, last_fault_at=NOW))
        raise ZeroDivisionError


async def test_a_block_that_raises_stores_nothing(database: Database) -> None:
    """After an exception every table is as it was, and the next transaction goes on."""
    await enrolled(database, "ada")

    with pytest.raises(ZeroDivisionError):
        await _write_everywhere(database)

    async with database.transaction() as tx:
        enrollment = await tx.enrollments.get("e-ada")
        assert enrollment is not None
        assert enrollment.started_at is None
        assert await tx.contacts.get("c-bob") is None
        assert await tx.campaigns.pauses("acme", "hello") == []
        assert await tx.consents.of_contact("c-ada") == []
        assert await tx.attempts.get(key()) is None
        assert await tx.reports.handoffs("acme", "hello") == []
        assert await tx.interactions.of_enrollment("e-ada") == []
        assert not await tx.suppressions.holds("acme", Channel.SMS, "+15550100001")
        assert await tx.webhooks.stage(webhook())
        assert await tx.webhooks.use_nonce("mailgun", "n-1", "w-2", NOW)
        assert await tx.circuits.all() == {}


async def test_a_cancelled_block_stores_nothing(database: Database) -> None:
    """A transaction whose task is cancelled is rolled back, and does not hold up the next one."""
    entered = asyncio.Event()

    async def hang() -> None:
        async with database.transaction() as tx:
            await tx.webhooks.stage(webhook())
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with database.transaction() as tx:
        assert await tx.webhooks.stage(webhook())


async def test_a_transaction_cancelled_at_any_moment_leaves_the_database_usable(
    sql_database: SqlDatabase,
) -> None:
    """Wherever in a statement the cancellation hits, all or nothing is stored and the next one goes on."""

    async def store(name: str) -> None:
        async with sql_database.transaction() as tx:
            await tx.webhooks.stage(webhook(f"{name}-1"))
            await tx.webhooks.stage(webhook(f"{name}-2"))

    for turns in range(60):
        task = asyncio.create_task(store(str(turns)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with sql_database.transaction() as tx:
        news = [
            (await tx.webhooks.stage(webhook(f"{turns}-1")), await tx.webhooks.stage(webhook(f"{turns}-2")))
            for turns in range(60)
        ]
    assert all(first == second for first, second in news)


async def test_what_is_not_committed_is_not_seen(database: Database) -> None:
    """A reader that comes while a block is open sees the state before or after it, never half of it."""
    await enrolled(database, "ada")

    async def write() -> None:
        for name in ("one", "two", "three"):
            async with database.transaction() as tx:
                await tx.interactions.add([interaction(f"{name}-1", enrollment_id="e-ada")])
                await asyncio.sleep(0)
                await tx.interactions.add([interaction(f"{name}-2", enrollment_id="e-ada")])

    async def read() -> int:
        async with database.transaction() as tx:
            return len(await tx.interactions.of_enrollment("e-ada"))

    _, *counts = await asyncio.gather(write(), *(read() for _ in range(20)))

    assert all(count % 2 == 0 for count in counts)


async def test_two_processes_on_one_file_claim_once(sqlite_engine: AsyncEngine) -> None:
    """Two engines on one SQLite file, as of a worker and an HTTP app: each claim is won once, none fails."""
    engines = [create_engine(str(sqlite_engine.url)) for _ in range(3)]
    databases = [SqlDatabase(engine) for engine in engines]
    await enrolled(databases[0], "ada")

    async def claim(database: SqlDatabase, number: int) -> bool:
        async with database.transaction() as tx:
            if await tx.attempts.get(key(attempt=number)) is not None:
                return False
            return await tx.attempts.claim(claimed(key(attempt=number)))

    try:
        wins = await asyncio.gather(*(claim(db, n) for n in range(1, 31) for db in databases))
    finally:
        await asyncio.gather(*(engine.dispose() for engine in engines))

    assert sum(wins) == 30


async def test_a_migrated_database_is_ready(sql_database: SqlDatabase) -> None:
    """The check passes where the database is at the revision of the program."""
    await sql_database.check()


async def test_an_empty_database_is_not_ready(empty_url: str) -> None:
    """Where the tables are missing, the check and a use say how to make them."""
    engine = create_engine(empty_url)
    database = SqlDatabase(engine)

    async def use() -> None:
        async with database.transaction() as tx:
            await tx.enrollments.get("e-ada")

    try:
        for attempt in (database.check, use):
            with pytest.raises(DatabaseUnavailable, match="drumbeat db upgrade"):
                await attempt()
    finally:
        await engine.dispose()


async def test_a_database_of_a_newer_program_is_not_ready(empty_url: str) -> None:
    """A revision that this program does not know is named, and no upgrade is suggested."""
    engine = create_engine(empty_url)
    await migrate.upgrade(engine)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    try:
        with pytest.raises(DatabaseUnavailable, match="revision 9999, which this version"):
            await SqlDatabase(engine).check()
        with pytest.raises(DatabaseUnavailable, match="cannot be migrated"):
            await migrate.upgrade(engine)
    finally:
        await engine.dispose()
