"""How fast a batch is started, against a bare loop of starts: ``python -m tests.bench.start_batch [STARTS]``.

Both on one server, with the same runs, waiting in a queue that nobody works on, as many at once. Half of the
bare starts go before and half after the batch, since the server slows down as it fills.
"""

import asyncio
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.worker import Worker

from adapters.db.database import SqlDatabase
from adapters.temporal.activities.batch_start import BatchStart, even_pace
from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.common import names, priorities, task_queues
from adapters.temporal.common.mapping import enrollment_input
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.common.search_attributes import search_attributes
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import together
from adapters.temporal.workflows.enroll_batch import EnrollBatchWorkflow
from application.ports.batches import Batch
from application.ports.enrollments import Enrollment
from application.ports.runs import Run
from application.start_batch import CONCURRENCY, StartBatch
from domain.batches import BatchState, run_id
from domain.campaign import Plan
from domain.contact import Contact
from domain.idempotency import enrollment_id, workflow_id
from tests.fakes.system import TENANT, sqlite
from tests.fakes.temporal_server import start_server
from tests.unit.application.world import DEFINITION

STARTS = 3000


@frozen
class Rates:
    """Starts a second.

    Args:
        bare: of a bare loop of `start_workflow` calls.
        batch: of a batch, from the start of its own run to its end.
    """

    bare: float
    batch: float

    @property
    def ratio(self) -> float:
        """The batch's share of the bare loop's."""
        return self.batch / self.bare


async def stored(database: SqlDatabase, batch_id: str, count: int, rate: float | None = None) -> Plan:
    """Store a batch of so many enrollments; gives the plan that they follow."""
    now = datetime.now(UTC)
    contacts = [Contact(f"{batch_id}-{n}", f"{batch_id}-{n}", "+15550100001") for n in range(count)]
    enrollments = [
        Enrollment(
            enrollment_id(TENANT, "spring", each.id), TENANT, "spring", 1, each.id, now, batch=batch_id
        )
        for each in contacts
    ]
    batch = Batch(batch_id, TENANT, "spring", 1, "csv", now, BatchState.STARTING, rate, enrolled=count)
    async with database.transaction() as tx:
        await tx.campaigns.publish(TENANT, DEFINITION, now)
        await tx.contacts.upsert(TENANT, contacts)
        await tx.batches.add(batch)
        await tx.enrollments.add(enrollments)
        return (await tx.campaigns.get(TENANT, "spring", 1)).plan


async def measured(client: Client, database: SqlDatabase, starts: int) -> Rates:
    """Measure both on one server."""
    batch_id, idle = str(uuid.uuid4()), f"idle-{uuid.uuid4()}"
    plan = await stored(database, batch_id, starts)
    first = await _bare(client, idle, plan, starts // 2)
    batch = await _batch(client, database, idle, batch_id)
    second = await _bare(client, idle, plan, starts // 2)
    return Rates((starts // 2) * 2 / (first + second), starts / batch)


async def _bare(client: Client, task_queue: str, plan: Plan, starts: int) -> float:
    """Seconds that a bare loop takes."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def start() -> None:
        run = Run(str(uuid.uuid4()), TENANT, plan)
        async with limit:
            await client.start_workflow(
                names.CAMPAIGN,
                enrollment_input(run),
                id=workflow_id(run.enrollment_id),
                task_queue=task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=search_attributes(TENANT, plan.campaign),
                priority=priorities.task_priority(TENANT, plan),
            )

    began = time.perf_counter()
    await asyncio.gather(*(start() for _ in range(starts)))
    return time.perf_counter() - began


async def _batch(client: Client, database: SqlDatabase, idle: str, batch_id: str) -> float:
    """Seconds that a batch takes."""
    task_queue = f"bench-{uuid.uuid4()}"
    start_batch = StartBatch(database, TemporalRuns(client, idle), lambda: datetime.now(UTC), even_pace)
    workers = (
        Worker(
            client,
            task_queue=task_queue,
            workflows=[EnrollBatchWorkflow],
            workflow_runner=workflow_runner(),
        ),
        Worker(
            client,
            task_queue=task_queues.queue_name(task_queue, Queue.BULK),
            activities=[BatchStart(start_batch).batch_start],
        ),
    )
    async with together(*workers):
        async with database.transaction() as tx:
            batch = await tx.batches.get(batch_id)
        assert batch is not None
        began = time.perf_counter()
        await TemporalBatchRuns(client, task_queue).start(batch)
        outcome = await client.get_workflow_handle(run_id(batch_id)).result()
        seconds = time.perf_counter() - began
    assert outcome["started"] == batch.enrolled
    return seconds


async def _print(starts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with await start_server() as server, sqlite(Path(folder)) as database:
            rates = await measured(server.client, database, starts)
    sys.stdout.write(
        f"bare loop {rates.bare:.0f} starts a second, batch {rates.batch:.0f}: {rates.ratio:.0%}\n"
    )


if __name__ == "__main__":
    asyncio.run(_print(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS))
