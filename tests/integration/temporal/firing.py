"""What the tests of schedules and batches share: activities that do as they are told, and workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from adapters.temporal.common import names, task_queues
from adapters.temporal.common.payloads import AudiencePayload, BatchOutcome, BatchPayload
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.runtime import together
from adapters.temporal.workflows.enroll_batch import EnrollBatchWorkflow
from adapters.temporal.workflows.schedules import ScheduledEnrollmentWorkflow


class Enrolling:
    """The activities of firings, which do as they are told and keep what they were asked.

    Attributes:
        asked: what was to be enrolled, once for each call.
        begun: the batches that were to be started.
        failure: what the next enrolling comes to instead.
        goes_on: until it is set, nothing that was begun ends.
    """

    def __init__(self) -> None:
        self.asked: list[AudiencePayload] = []
        self.begun: list[str] = []
        self.failure: Exception | None = None
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    @activity.defn(name=names.AUDIENCE_ENROLL)
    async def enroll(self, payload: AudiencePayload) -> BatchOutcome:
        self.asked.append(payload)
        if self.failure is not None:
            raise self.failure
        return BatchOutcome("starting", enrolled=2)

    @activity.defn(name=names.BATCH_START)
    async def start(self, payload: BatchPayload) -> BatchOutcome:
        self.begun.append(payload.batch_id)
        await self.goes_on.wait()
        return BatchOutcome("done", enrolled=2, started=2)


@asynccontextmanager
async def firing(client: Client, task_queue: str, enrolling: Enrolling) -> AsyncIterator[None]:
    """Workers with the real workflow and these activities."""
    workflows = Worker(
        client,
        task_queue=task_queue,
        workflows=[EnrollBatchWorkflow, ScheduledEnrollmentWorkflow],
        workflow_runner=workflow_runner(),
    )
    bulk = Worker(
        client,
        task_queue=task_queues.queue_name(task_queue, Queue.BULK),
        activities=[enrolling.enroll, enrolling.start],
    )
    async with together(workflows, bulk):
        yield
