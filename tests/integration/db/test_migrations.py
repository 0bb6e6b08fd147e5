"""Migrations: up, down and up again, on both databases, also from two processes at once."""

import asyncio

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.engine import create_engine
from adapters.db.tables import metadata


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
