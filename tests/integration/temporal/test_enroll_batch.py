"""Batches on a real server: their runs go on until all is started, whatever becomes of the workers."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from adapters.db.database import SqlDatabase
from adapters.temporal.activities.audience_enroll import AudienceEnroll
from adapters.temporal.activities.batch_start import BatchStart, even_pace
from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.client import connect
from adapters.temporal.common import task_queues
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import together
from adapters.temporal.workflows.enroll_batch import EnrollBatchWorkflow
from application.control_batches import ControlBatches
from application.enroll_audience import EnrollAudience, OrderAudience
from application.errors import RunsUnavailable
from application.keep_audiences import KeepAudiences
from application.ports.batches import Batch
from application.start_batch import StartBatch
from domain.batches import BatchState, run_id
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.idempotency import workflow_id
from tests.fakes.sandbox import free_port
from tests.fakes.stored_batch import stored
from tests.fakes.system import TENANT, sqlite
from tests.unit.application.world import DEFINITION


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    async with sqlite(tmp_path) as database:
        yield database


@pytest.fixture
def idle() -> str:
    """A queue that nobody works on, for the runs that are started."""
    return f"idle-{uuid.uuid4()}"


def working(
    client: Client, task_queue: str, database: SqlDatabase, idle: str
) -> AbstractAsyncContextManager[None]:
    """Workers for batches."""
    start_batch = StartBatch(database, TemporalRuns(client, idle), now, even_pace)
    workflows = Worker(
        client, task_queue=task_queue, workflows=[EnrollBatchWorkflow], workflow_runner=workflow_runner()
    )
    bulk = Worker(
        client,
        task_queue=task_queues.queue_name(task_queue, Queue.BULK),
        activities=[
            BatchStart(start_batch).batch_start,
            AudienceEnroll(EnrollAudience(database, now)).audience_enroll,
        ],
        graceful_shutdown_timeout=timedelta(seconds=10),
    )
    return together(workflows, bulk)


async def begun(client: Client, task_queue: str, database: SqlDatabase, **details: Any) -> Batch:
    """Store a batch and start its run."""
    name = f"b-{uuid.uuid4()}"
    await stored(database, name, **details)
    batch = await batch_of(database, name)
    await TemporalBatchRuns(client, task_queue).start(batch)
    return batch


async def batch_of(database: SqlDatabase, name: str) -> Batch:
    """A batch as it stands."""
    async with database.transaction() as tx:
        batch = await tx.batches.get(name)
    assert batch is not None
    return batch


async def until_started(database: SqlDatabase, name: str, count: int) -> Batch:
    """Wait until so many are noted as started."""
    while (batch := await batch_of(database, name)).started < count:  # noqa: ASYNC110 - only rows tell
        await asyncio.sleep(0.05)
    return batch


async def is_there(client: Client, enrollment: str) -> bool:
    """Whether an enrollment has its run."""
    described = await client.get_workflow_handle(workflow_id(enrollment)).describe()
    return described.status is WorkflowExecutionStatus.RUNNING


async def test_all_runs_of_a_batch_are_started(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """Nothing personal is in the history; a second start of the batch's run joins the first."""
    client = temporal.client
    async with working(client, task_queue, database, idle):
        batch = await begun(client, task_queue, database, count=30)
        handle = client.get_workflow_handle(run_id(batch.id))
        outcome = await handle.result()
        await TemporalBatchRuns(client, task_queue).start(batch)
        history = (await handle.fetch_history()).to_json()
    done = await batch_of(database, batch.id)
    async with database.transaction() as tx:
        left = await tx.batches.count_unstarted(batch.id)
        contact = await tx.contacts.by_external_id(TENANT, f"{batch.id}-0")
        assert contact is not None
        [enrollment] = await tx.enrollments.open_of(contact.id)

    assert outcome == {"state": "done", "enrolled": 30, "already": 0, "started": 30, "refused": 0}
    assert (done.state, done.started, left) == (BatchState.DONE, 30, 0)
    assert await is_there(client, enrollment.id)
    assert "+1555" not in history


async def test_starts_keep_to_the_rate(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """At even distances."""
    async with working(temporal.client, task_queue, database, idle):
        began = time.monotonic()
        batch = await begun(temporal.client, task_queue, database, count=20, rate=20.0)
        await temporal.client.get_workflow_handle(run_id(batch.id)).result()

    assert time.monotonic() - began >= 0.9


async def test_another_worker_goes_on_where_one_has_stopped(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """One that is told to stop leaves off after its page; nothing is started twice or left out."""
    async with working(temporal.client, task_queue, database, idle):
        batch = await begun(temporal.client, task_queue, database, count=120, rate=20.0)
        await until_started(database, batch.id, 1)
    left = await batch_of(database, batch.id)
    async with database.transaction() as tx:
        await tx.batches.save(evolve(left, rate=None))
    async with working(temporal.client, task_queue, database, idle):
        outcome = await temporal.client.get_workflow_handle(run_id(batch.id)).result()

    assert left.state is BatchState.STARTING
    assert 20 <= left.started < 120
    assert (outcome["state"], outcome["started"]) == ("done", 120)


async def test_a_batch_is_called_off_while_it_is_started(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """What is started goes on; the rest ends as cancelled."""
    client = temporal.client
    control = ControlBatches(database, TemporalBatchRuns(client, task_queue), now)
    async with working(client, task_queue, database, idle):
        batch = await begun(client, task_queue, database, count=120, rate=20.0)
        await until_started(database, batch.id, 1)
        await control.cancel(TENANT, batch.id)
        outcome = await client.get_workflow_handle(run_id(batch.id)).result()
    ended = await batch_of(database, batch.id)
    async with database.transaction() as tx:
        outcomes = await tx.reports.outcomes(TENANT, "spring")

    assert (outcome["state"], ended.state) == ("cancelled", BatchState.CANCELLED)
    assert 20 <= ended.started < 120
    assert outcomes == {"open": ended.started, Outcome.CANCELLED: 120 - ended.started}


async def test_an_audience_is_stored_and_started(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """All by the run of the batch."""
    client = temporal.client
    runs = TemporalBatchRuns(client, task_queue)
    contacts = [
        Contact(f"contact-{n}", f"{n}", "+15550100001", attributes={"plan": "pro" if n % 2 else "free"})
        for n in range(10)
    ]
    async with database.transaction() as tx:
        await tx.campaigns.publish(TENANT, DEFINITION, now())
        await tx.contacts.upsert(TENANT, contacts)
    where = {"where": [{"attribute": "plan", "is": "pro"}]}
    await KeepAudiences(database, now).define(TENANT, "pros", where)
    async with working(client, task_queue, database, idle):
        order = OrderAudience(EnrollAudience(database, now), runs, lambda: str(uuid.uuid4()))
        batch = await order(TENANT, "spring", "pros")
        outcome = await client.get_workflow_handle(run_id(batch.id)).result()

    assert (outcome["state"], outcome["enrolled"], outcome["started"]) == ("done", 5, 5)


async def test_a_run_that_was_terminated_is_started_anew(
    temporal: WorkflowEnvironment, task_queue: str, database: SqlDatabase, idle: str
) -> None:
    """The batch would hang for ever."""
    client = temporal.client
    batch = await begun(client, task_queue, database, count=2)
    await client.get_workflow_handle(run_id(batch.id)).terminate()
    await TemporalBatchRuns(client, task_queue).start(batch)
    async with working(client, task_queue, database, idle):
        outcome = await client.get_workflow_handle(run_id(batch.id)).result()

    assert outcome["started"] == 2


async def test_temporal_that_is_away_is_told(database: SqlDatabase) -> None:
    """Within a bounded time."""
    client = await connect(address=f"127.0.0.1:{free_port()}", lazy=True)
    batch = Batch("b-1", TENANT, "spring", 1, "csv", now())

    with pytest.raises(RunsUnavailable):
        await TemporalBatchRuns(client).start(batch)
