"""The staging table: each delivery once, byte for byte."""

import asyncio

import pytest
from sqlalchemy import select

from adapters.db.database import SqlDatabase
from adapters.db.tables import webhooks
from application.ports.database import Database
from application.ports.webhooks import Verdict
from tests.integration.db.rows import webhook


async def test_a_delivery_is_staged_once(database: Database) -> None:
    """The same delivery ten times at once is one row; another one is another."""

    async def stage() -> bool:
        async with database.transaction() as tx:
            return await tx.webhooks.stage(webhook())

    news = await asyncio.gather(*(stage() for _ in range(10)))
    async with database.transaction() as tx:
        other = await tx.webhooks.stage(webhook("two"))

    assert sum(news) == 1
    assert other


@pytest.mark.parametrize("verdict", Verdict)
async def test_the_body_is_kept_byte_for_byte(sql_database: SqlDatabase, verdict: Verdict) -> None:
    """What came in is stored as it came, whatever could be made of it."""
    given = webhook(body=bytes(range(256)), verdict=verdict)

    async with sql_database.transaction() as tx:
        await tx.webhooks.stage(given)

    async with sql_database.engine.connect() as connection:
        row = (await connection.execute(select(webhooks))).one()
    assert (row.body, row.verdict, row.received_at) == (given.body, verdict, given.received_at)
