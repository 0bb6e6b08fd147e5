"""``drumbeat bench start``: how fast a batch is started, against a bare loop of starts.

Both on one server, with the same runs, waiting in a queue that nobody works on, as many at once. Half of the
bare starts go before and half after the batch, since the server slows down as it fills.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import uuid4

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
from trials.bench.lived import HAPPY
from trials.bench.product import TENANT, product
from trials.bench.report import Figure, Options, Section, at_least
from trials.bench.server import embedded_server
from trials.bench.side_by_side import in_order

LEAST_SHARE = 0.7
"""Of the speed of a bare loop."""

NOTES = (
    "Both start the same runs, in a queue that nobody works on; a batch also reads and notes who they are.",
    f"{CONCURRENCY} starts are under way at once.",
)


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


async def measure(options: Options) -> Section:
    """Measure.

    Args:
        options: how.
    """
    rounds, starts = (1, 200) if options.is_quick else (3, 1000)
    found: list[Rates] = []
    async with (
        embedded_server(options.folder) as server,
        product(options.folder, server.client, lambda _: None) as wired,
    ):
        for number in range(rounds):
            found.append(await _measured(server.client, wired.database(), starts))
            options.say(f"round {number + 1} of {rounds}")
    return Section(
        "Starting a batch, against a bare loop of starts",
        [
            Figure("starts of a batch", median(each.batch for each in found), "/s"),
            Figure("starts of a bare loop", median(each.bare for each in found), "/s"),
            Figure(
                "share of the bare loop", median(each.ratio for each in found), "ratio", at_least(LEAST_SHARE)
            ),
        ],
        NOTES,
    )


async def stored(
    database: SqlDatabase,
    batch_id: str,
    count: int,
    rate: float | None = None,
    *,
    tenant: str = TENANT,
    definition: Mapping[str, Any] = HAPPY.definition,
) -> Plan:
    """Store a batch of so many enrollments, and publish what they follow where it is not.

    Args:
        database: where.
        batch_id: its id.
        count: how many.
        rate: starts a second; None for no limit.
        tenant: whose batch.
        definition: of the campaign, at version 1.

    Returns:
        The plan that they follow.
    """
    now, campaign = datetime.now(UTC), str(definition["campaign"])
    contacts = [Contact(f"{batch_id}-{n}", f"{batch_id}-{n}", "+15550100001") for n in range(count)]
    enrollments = [
        Enrollment(
            enrollment_id(tenant, campaign, each.id), tenant, campaign, 1, each.id, now, batch=batch_id
        )
        for each in contacts
    ]
    batch = Batch(batch_id, tenant, campaign, 1, "csv", now, BatchState.STARTING, rate, enrolled=count)
    async with database.transaction() as tx:
        await tx.campaigns.publish(tenant, definition, now)
        await tx.contacts.upsert(tenant, contacts)
        await tx.batches.add(batch)
        await tx.enrollments.add(enrollments)
        return (await tx.campaigns.get(tenant, campaign, 1)).plan


async def _measured(client: Client, database: SqlDatabase, starts: int) -> Rates:
    """Measure both on one server."""
    batch_id, idle = str(uuid4()), f"idle-{uuid4()}"
    plan = await stored(database, batch_id, starts)
    first = await _bare(client, idle, plan, starts // 2)
    batch = await _batch(client, database, idle, batch_id)
    second = await _bare(client, idle, plan, starts // 2)
    return Rates((starts // 2) * 2 / (first + second), starts / batch)


async def _bare(client: Client, task_queue: str, plan: Plan, starts: int) -> float:
    """Seconds that a bare loop takes."""

    async def start(run: Run) -> None:
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
    await in_order(start, [Run(str(uuid4()), TENANT, plan) for _ in range(starts)], CONCURRENCY)
    return time.perf_counter() - began


async def _batch(client: Client, database: SqlDatabase, idle: str, batch_id: str) -> float:
    """Seconds that a batch takes.

    Raises:
        RuntimeError: it has not started all.
    """
    task_queue = f"bench-{uuid4()}"
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
        if batch is None:
            raise RuntimeError("the batch was not stored")
        began = time.perf_counter()
        await TemporalBatchRuns(client, task_queue).start(batch)
        outcome = await client.get_workflow_handle(run_id(batch_id)).result()
        seconds = time.perf_counter() - began
    if outcome["started"] != batch.enrolled:
        raise RuntimeError(f"of {batch.enrolled} runs {outcome['started']} were started")
    return seconds
