"""A worker that is killed while it starts a batch: the next one goes on, and every run is there once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from adapters.db.database import SqlDatabase
from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.common import names
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.enroll_batch import EnrollBatchWorkflow
from application.ports.batches import Batch
from domain.batches import BatchState, run_id
from domain.idempotency import workflow_id
from tests.fakes.stored_batch import stored
from tests.fakes.system import sqlite

COUNT, RATE = 90, 30.0
"""Three pages, each of which takes a second."""

SILENT = timedelta(seconds=1)
"""How long a worker may be silent until it is taken for dead; elsewhere `retry_policies.HEARTBEAT`."""


@asynccontextmanager
async def working(environ: Mapping[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own, for bulk work alone, which is killed at the end."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.temporal.worker", env=dict(environ), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_batch_survives_the_death_of_its_worker(
    temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> None:
    """Killed in the middle of a page, of which nothing is noted: starts are done again and join the first."""
    client, environ = temporal.client, _environ(temporal, task_queue, tmp_path)
    async with sqlite(tmp_path) as database:
        await stored(database, "b-1", COUNT, RATE)
        async with working(environ, tmp_path / "killed.log"):
            await _begin(client, task_queue, await _batch(database))
            while await _runs(client, task_queue) < COUNT // 2:  # noqa: ASYNC110 - only the server tells
                await asyncio.sleep(0.05)
        left = await _batch(database)
        before = await _ids(client, task_queue)
        await _silent_for(client, SILENT)
        async with working(environ, tmp_path / "next.log"):
            while (done := await _batch(database)).state is not BatchState.DONE:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
        while await _runs(client, task_queue) < COUNT:  # noqa: ASYNC110 - lists of runs come late
            await asyncio.sleep(0.05)
        after = await _ids(client, task_queue)
        async with database.transaction() as tx:
            unstarted = await tx.batches.count_unstarted("b-1")

    assert left.state is BatchState.STARTING
    assert left.started < len(before) < COUNT
    assert (done.started, done.refused, unstarted) == (COUNT, 0, 0)
    assert set(before.items()) <= set(after.items())
    assert len(after) == COUNT


async def _begin(client: Client, task_queue: str, batch: Batch) -> None:
    """Have the work on a batch ordered; the workflow needs nobody from then on."""
    workflows = Worker(
        client, task_queue=task_queue, workflows=[EnrollBatchWorkflow], workflow_runner=workflow_runner()
    )
    async with workflows:
        await TemporalBatchRuns(client, task_queue).start(batch)
        handle = client.get_workflow_handle(run_id(batch.id))
        while not (await handle.describe()).raw_description.pending_activities:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def _batch(database: SqlDatabase) -> Batch:
    async with database.transaction() as tx:
        batch = await tx.batches.get("b-1")
    assert batch is not None
    return batch


def _query(task_queue: str) -> str:
    return f"WorkflowType = '{names.CAMPAIGN}' AND TaskQueue = '{task_queue}'"


async def _runs(client: Client, task_queue: str) -> int:
    return (await client.count_workflows(_query(task_queue))).count


async def _ids(client: Client, task_queue: str) -> dict[str, str]:
    """The run of each enrollment, by its workflow id; two runs of one id would be one too many."""
    found = [each async for each in client.list_workflows(_query(task_queue))]
    assert len({each.id for each in found}) == len(found)
    assert all(each.id.startswith(workflow_id("")) for each in found)
    return {each.id: each.run_id for each in found}


async def _silent_for(client: Client, time: timedelta) -> None:
    """Have the server wait no longer than this for a sign of life, as operators can."""
    request = UpdateActivityOptionsRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run_id("b-1")),
        type=names.BATCH_START,
        activity_options=ActivityOptions(heartbeat_timeout=Duration(seconds=int(time.total_seconds()))),
        update_mask=FieldMask(paths=["heartbeat_timeout"]),
    )
    answer = await client.workflow_service.update_activity_options(request)
    assert answer.activity_options.heartbeat_timeout.ToTimedelta() == time


def _environ(temporal: WorkflowEnvironment, task_queue: str, folder: Path) -> dict[str, str]:
    ours = ("DRUMBEAT_", "TEMPORAL_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": temporal.client.namespace,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
        "DRUMBEAT_WORKER_TASK_QUEUE": task_queue,
        "DRUMBEAT_WORKER_QUEUES": "bulk",
    }
