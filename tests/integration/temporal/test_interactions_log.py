"""What only a run knows reaches the real database."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from attrs import frozen
from temporalio.testing import WorkflowEnvironment

from adapters.db import migrate
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.temporal.common import names
from adapters.temporal.gateway import TemporalRuns
from application.log_interactions import LogInteractions
from application.ports.enrollments import Place
from application.ports.runs import Run
from domain.enrollment.commands import Finish, RecordInteraction
from domain.enrollment.state import Outcome
from domain.idempotency import workflow_id
from domain.statuses import Channel
from domain.steps import Step
from tests.fakes.clock import FakeClock
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import DAY, FakeActivities, plan, start, until, working
from tests.unit.application.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The use cases on a SQLite file."""
    engine = create_engine(f"sqlite:///{tmp_path / 'drumbeat.db'}")
    await migrate.upgrade(engine)
    clock = FakeClock()
    world = World(clock=clock, database=SqlDatabase(engine, clock))
    await world.publish()
    yield world
    await engine.dispose()


async def test_the_rows_of_a_run_are_in_the_database(
    temporal: WorkflowEnvironment, task_queue: str, world: World
) -> None:
    """A run that is paused and cancelled leaves its rows, its attempt and its outcome."""
    enrollment = await world.enroll(task_queue)
    async with worker_of(temporal.client, task_queue, world):
        run = Run(enrollment, "acme", plan(Step("text", Channel.SMS, wait=DAY)))
        await TemporalRuns(temporal.client, task_queue).start(run)
        handle = temporal.client.get_workflow_handle(workflow_id(enrollment))
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await handle.signal(names.CANCEL)
        await handle.result()
    async with world.database.transaction() as tx:
        rows = await tx.interactions.of_enrollment(enrollment)
        stored = await tx.enrollments.get(enrollment)

    assert {(row.kind, row.step, row.attempt, row.detail) for row in rows} == {
        ("paused", "text", 1, ""),
        ("finished", "text", 1, "cancelled: on request"),
    }
    assert stored is not None
    assert stored.outcome is Outcome.CANCELLED
    assert len(world.sms.sent) == 1


@frozen
class InterruptedLog(LogInteractions):
    """Writes, and lets something happen before the run hears that it is written."""

    interrupt: Callable[[], Awaitable[None]]

    async def __call__(
        self,
        enrollment_id: str,
        records: Sequence[RecordInteraction],
        finish: Finish | None = None,
        place: Place | None = None,
        due: datetime | None = None,
    ) -> int:
        new = await LogInteractions.__call__(self, enrollment_id, records, finish, place, due)
        await self.interrupt()
        return new


async def test_an_end_that_a_signal_interrupts_is_one_row(
    temporal: WorkflowEnvironment, task_queue: str, world: World
) -> None:
    """A task that would end the run is done again when a signal comes meanwhile, at another time."""
    enrollment = await world.enroll(task_queue)
    handle = temporal.client.get_workflow_handle(workflow_id(enrollment))
    calls = []

    async def interrupt() -> None:
        calls.append(enrollment)
        if len(calls) == 1:
            await handle.signal(names.RESUME)

    log = InterruptedLog(world.database, world.telemetry, interrupt)
    async with worker_of(temporal.client, task_queue, world, log_interactions=log):
        run = Run(enrollment, "acme", plan(Step("text", Channel.SMS, wait=DAY)))
        await TemporalRuns(temporal.client, task_queue).start(run)
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()
    async with world.database.transaction() as tx:
        rows = await tx.interactions.of_enrollment(enrollment)

    assert len(calls) == 2
    assert [row.kind for row in rows] == ["finished"]


@pytest.mark.parametrize(("signal", "ended"), [(names.CANCEL, "exhausted"), (names.PAUSE, "won")])
async def test_a_run_ends_as_the_books_have_it(
    temporal: WorkflowEnvironment, task_queue: str, signal: str, ended: str
) -> None:
    """Its worker has died after an end was written: whatever it decides then, that end counts."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(Step("text", Channel.SMS, wait=DAY)))
        await until(handle, status="waiting")
        activities.answers[names.INTERACTIONS_LOG] = [ended]
        await handle.signal(signal)

        assert await handle.result() == ended
    assert len(activities.records) == 1
