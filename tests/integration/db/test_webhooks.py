"""The staging table: each delivery once, byte for byte; and nonces, each for one delivery."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db.database import SqlDatabase
from adapters.db.tables import webhooks
from application.ports.database import Database
from application.ports.webhooks import Verdict
from tests.fakes.clock import NOW
from tests.integration.db.rows import webhook


async def test_a_delivery_is_staged_once(database: Database) -> None:
    """The same delivery ten times at once is one row; another one is another."""

    async def stage() -> int:
        async with database.transaction() as tx:
            return await tx.webhooks.stage(webhook())

    news = await asyncio.gather(*(stage() for _ in range(10)))
    async with database.transaction() as tx:
        other = await tx.webhooks.stage(webhook("two"))

    assert sum(news) == 1
    assert other


async def test_several_deliveries_are_staged_at_once(database: Database) -> None:
    """How many are new is told; one that is among them twice, or there already, is one row."""
    async with database.transaction() as tx:
        counts = [
            await tx.webhooks.stage(webhook("one")),
            await tx.webhooks.stage(webhook("two"), webhook("one"), webhook("three"), webhook("two")),
            await tx.webhooks.stage(),
        ]

    assert counts == [1, 2, 0]


@pytest.mark.parametrize("verdict", Verdict)
async def test_the_body_is_kept_byte_for_byte(sql_database: SqlDatabase, verdict: Verdict) -> None:
    """What came in is stored as it came, whatever could be made of it."""
    given = webhook(body=bytes(range(256)), verdict=verdict)

    async with sql_database.transaction() as tx:
        await tx.webhooks.stage(given)

    async with sql_database.engine.connect() as connection:
        row = (await connection.execute(select(webhooks))).one()
    assert (row.body, row.verdict, row.received_at) == (given.body, verdict, given.received_at)


async def test_a_nonce_is_good_for_one_delivery(database: Database) -> None:
    """The same delivery may come again; another one with its nonce is refused, another vendor's is not."""

    async def use(key: str, provider: str = "mailgun", nonce: str = "n-1") -> bool:
        async with database.transaction() as tx:
            return await tx.webhooks.use_nonce(provider, nonce, key, NOW)

    used = [await use("w-1"), await use("w-2"), await use("w-1")]
    others = [await use("w-2", nonce="n-2"), await use("w-3", provider="other")]

    assert used == [True, False, True]
    assert others == [True, True]


async def test_of_many_deliveries_with_one_nonce_one_is_taken(database: Database) -> None:
    """A body that is replayed under ten other names at once does not slip through."""

    async def use(number: int) -> bool:
        async with database.transaction() as tx:
            return await tx.webhooks.use_nonce("mailgun", "n-1", f"w-{number}", NOW)

    used = await asyncio.gather(*(use(number) for number in range(10)))

    assert sum(used) == 1


async def test_old_nonces_are_forgotten(database: Database) -> None:
    """The table does not grow without an end."""
    async with database.transaction() as tx:
        await tx.webhooks.use_nonce("mailgun", "old", "w-1", NOW)
        await tx.webhooks.use_nonce("mailgun", "kept", "w-1", NOW + timedelta(seconds=1))
        await tx.webhooks.forget_nonces(NOW + timedelta(seconds=1))
        again = [await tx.webhooks.use_nonce("mailgun", name, "w-2", NOW) for name in ("old", "kept")]

    assert again == [True, False]
