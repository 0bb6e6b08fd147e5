"""The partitions and deletions of docs/performance.md: nothing comes twice there, and everything goes on."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate, tables
from adapters.db.engine import create_engine
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from tests.integration.db import hot_ways
from trials.bench.copies import multiply
from trials.bench.lived import HAPPY
from trials.bench.lives import TENANT, Lives, Passing
from trials.bench.mix import a_mix
from trials.postgres import PostgresServer

DOCUMENT = Path("docs/performance.md")
PARTITIONS = 2
"""How many of the document's blocks partition a table; the one after them deletes."""
NOVEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


def blocks() -> list[str]:
    """The SQL in the document."""
    return re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


async def run(engine: AsyncEngine, block: str) -> None:
    """Run one block, a transaction of its own."""
    async with engine.connect() as connection:
        bare = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in filter(str.strip, block.split(";")):
            await bare.execute(text(statement))


@pytest.fixture
async def engine(postgres: PostgresServer) -> AsyncIterator[AsyncEngine]:
    """A database of its own, with rows, partitioned as the document says."""
    made = create_engine(await postgres.create_database())
    await migrate.upgrade(made)
    await a_mix(made, 0.05)
    await multiply(made, 40)
    for block in blocks()[:PARTITIONS]:
        await run(made, block)
    yield made
    await made.dispose()


async def test_everything_goes_on_on_partitions(engine: AsyncEngine) -> None:
    """Whatever happens all day happens, rows that were there are there, and the partitions are in use."""
    await hot_ways.go(Lives(engine), 1_000)

    async with engine.connect() as connection:
        parts = await connection.execute(
            text(
                "SELECT count(*) FROM pg_inherits "
                "WHERE inhparent IN ('webhooks'::regclass, 'interactions'::regclass)"
            )
        )
        used = [
            (await connection.execute(text(f"SELECT count(*) FROM interactions_{n}"))).scalar_one()
            for n in range(4)
        ]
        enrollments = await connection.execute(select(func.count()).select_from(tables.enrollments))
    assert parts.scalar_one() == 6
    assert all(used)
    assert enrollments.scalar_one() > 40


async def test_a_callback_that_is_repeated_in_the_next_month_is_one_event(engine: AsyncEngine) -> None:
    """It is staged in each month, and its event is known: that is what keeps it from counting twice."""
    lives = Lives(engine, Passing(NOVEMBER))
    enrollment = await lives.live(HAPPY, 9_000, to_its_end=False)
    key = AttemptKey(enrollment, "text", 1)
    before = await _counts(engine)
    for _ in range(2):
        await lives.call_back(key, Channel.SMS, DeliveryStatus.SENT)
        lives.clock.now += timedelta(days=1)

    after = await _counts(engine)
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1]


async def test_old_enrollments_go_with_all_that_is_theirs(engine: AsyncEngine) -> None:
    """And nothing else does; once more finds nobody."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE enrollments SET created_at = now() - interval '2 years', "
                "finished_at = now() - interval '2 years' WHERE outcome = 'completed'"
            )
        )
        ended = await connection.execute(text("SELECT count(*) FROM enrollments WHERE outcome = 'completed'"))
        left = await connection.execute(
            text("SELECT count(*) FROM enrollments WHERE outcome IS DISTINCT FROM 'completed'")
        )
        counts = ended.scalar_one(), left.scalar_one()
    for _ in range(2):
        await run(engine, blocks()[PARTITIONS].replace("'default'", f"'{TENANT}'"))

    async with engine.connect() as connection:
        now = (await connection.execute(select(func.count()).select_from(tables.enrollments))).scalar_one()
        orphans = await connection.execute(
            text(
                "SELECT count(*) FROM interactions i LEFT JOIN enrollments e ON e.id = i.enrollment_id "
                "WHERE e.id IS NULL AND i.enrollment_id IS NOT NULL"
            )
        )
    assert counts[0] > 0
    assert now == counts[1]
    assert orphans.scalar_one() == 0


async def _counts(engine: AsyncEngine) -> tuple[int, int]:
    """How many webhooks and interactions there are."""
    async with engine.connect() as connection:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (tables.webhooks, tables.interactions)
        ]
    return counts[0], counts[1]
