"""Two who end an enrollment at the same moment agree on how it has ended."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db.database import SqlDatabase
from application.log_interactions import LogInteractions
from application.ports.telemetry import NoTelemetry
from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction
from domain.enrollment.state import Outcome
from tests.fakes.clock import NOW
from tests.integration.db.rows import enrolled

_FINISHED = RecordInteraction(InteractionKind.FINISHED, NOW, "text", 1, "no answer")


async def test_the_end_that_is_committed_first_is_the_end_for_both(postgres_engine: AsyncEngine) -> None:
    """A run that ends while its contact is erased ends as the books have it, and writes nothing more."""
    database = SqlDatabase(postgres_engine)
    await enrolled(database, "ada")
    write = LogInteractions(database, NoTelemetry())

    async with database.transaction() as tx:
        await tx.enrollments.finish("e-ada", Outcome.CANCELLED, NOW)
        told = asyncio.create_task(write("e-ada", [_FINISHED], Finish(Outcome.EXHAUSTED, NOW)))
        await _somebody_waits(postgres_engine)

    assert await told is Outcome.CANCELLED
    async with database.transaction() as tx:
        assert await tx.interactions.of_enrollments(["e-ada"], [_FINISHED.kind.value]) == []


async def _somebody_waits(engine: AsyncEngine) -> None:
    """Wait until a transaction waits for another one."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10), engine.connect() as connection:
        while not await connection.scalar(waiting):
            await connection.rollback()
