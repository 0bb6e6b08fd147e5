"""Builds what a worker process runs: a worker for each queue that it takes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from attrs import frozen
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from adapters.temporal.activities.audience_enroll import AudienceEnroll
from adapters.temporal.activities.batch_start import BatchStart
from adapters.temporal.activities.books import StepPrepare, WaitCheck
from adapters.temporal.activities.email_send import EmailSend
from adapters.temporal.activities.handoff_create import HandoffCreate
from adapters.temporal.activities.interactions_log import InteractionsLog
from adapters.temporal.activities.sms_send import SmsSend
from adapters.temporal.activities.voice_start import VoiceStart
from adapters.temporal.common import task_queues
from adapters.temporal.common.cache import CACHED_RUNS
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.registered import workflow_settings
from application.check_wait import CheckWait
from application.create_handoff import CreateHandoff
from application.enroll_audience import EnrollAudience
from application.log_interactions import LogInteractions
from application.prepare_step import PrepareStep
from application.send_message import SendMessage
from application.start_batch import StartBatch
from domain.statuses import Channel

NO_LIMITS: Mapping[Channel, float] = {}

BATCHES_AT_ONCE = 5
"""How many batches one process works on: each has many calls under way at the same time."""
_Activity = Callable[..., Any]


@frozen
class Deployment:
    """Which version of which Worker Deployment a process is (docs.temporal.io/worker-versioning).

    All processes of one release have the same version, whichever queues they take. Tasks come to them once
    that version is the current one, or ramps: ``temporal worker deployment set-current-version``.

    Every workflow is AUTO_UPGRADE: it goes on with the current version at its next task. A campaign's run
    waits for weeks; PINNED, it would need workers of the release that began it for as long, and would never
    see a repair. New code must therefore be able to follow old histories: the build replays recorded ones,
    and `workflow.patched` is there where code must differ. What enrolls a batch or is started by a schedule
    lives for minutes or hours and could be pinned, but a rolling release ends the old workers at once, and a
    pinned run without a worker stands still.

    Args:
        name: of the deployment, e.g. "drumbeat".
        build_id: of the release, e.g. its version or image tag.
    """

    name: str
    build_id: str

    def config(self) -> WorkerDeploymentConfig:
        """The same for the SDK."""
        return WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(self.name, self.build_id),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        )


def build_worker(
    client: Client,
    *,
    send_message: SendMessage,
    log_interactions: LogInteractions,
    create_handoff: CreateHandoff | None,
    prepare_step: PrepareStep,
    check_wait: CheckWait,
    start_batch: StartBatch | None = None,
    enroll_audience: EnrollAudience | None = None,
    task_queue: str = task_queues.DRUMBEAT,
    queues: Collection[Queue] = tuple(Queue),
    rates: Mapping[Channel, float] = NO_LIMITS,
    drain: timedelta = timedelta(seconds=30),
    max_concurrent_activities: int = 100,
    cached_runs: int = CACHED_RUNS,
    deployment: Deployment | None = None,
) -> AbstractAsyncContextManager[None]:
    """Wire the workers of one process; they run while they are entered (``async with``), once.

    Args:
        client: connected, not lazy.
        send_message: the use case behind the three send activities.
        log_interactions: the use case behind `interactions_log`.
        create_handoff: the use case behind `handoff_create`; None only where the campaigns are not taken.
        prepare_step: the use case behind `step_prepare`.
        check_wait: the use case behind `wait_check`.
        start_batch: the use case behind `batch_start`; None only where the bulk work is not taken.
        enroll_audience: the use case behind `audience_enroll`; None as above.
        task_queue: where runs and handoffs are; the names of the other queues begin with it.
        queues: what it takes; the rest must be taken by other processes.
        rates: how many sends a second may begin on a channel, each more than 0; a channel without one has no
            limit. Temporal holds the average over all workers of the queue, and counts sends that are tried
            again too; in the first second it may let through twice as many. It holds what the last worker
            asked for, so that all must ask for the same.
        drain: how long activities may go on after the workers were told to stop.
        max_concurrent_activities: how many activities are under way at once, on each queue.
        cached_runs: how many runs are kept in memory.
        deployment: which version of the program this is; None where versions play no part.
    """
    all_sends: Mapping[Channel, _Activity] = {
        Channel.SMS: SmsSend(send_message).sms_send,
        Channel.EMAIL: EmailSend(send_message).email_send,
        Channel.VOICE: VoiceStart(send_message).voice_start,
    }
    sends = {channel: all_sends[channel] for channel in task_queues.channels(queues)}
    common: dict[str, Any] = {
        "graceful_shutdown_timeout": drain,
        "max_concurrent_activities": max_concurrent_activities,
        "deployment_config": None if deployment is None else deployment.config(),
    }
    workers = [
        Worker(
            client,
            task_queue=task_queues.of_channel(task_queue, channel),
            activities=[activity],
            max_task_queue_activities_per_second=rates.get(channel),
            **common,
        )
        for channel, activity in sends.items()
    ]
    if Queue.CAMPAIGNS in queues:
        books: list[_Activity] = [
            InteractionsLog(log_interactions).interactions_log,
            StepPrepare(prepare_step).step_prepare,
            WaitCheck(check_wait).wait_check,
        ]
        if create_handoff is not None:
            books.append(HandoffCreate(create_handoff).handoff_create)
        runs = Worker(
            client,
            task_queue=task_queue,
            # With sends that were ordered before each channel had a queue of its own.
            activities=[*books, *sends.values()],
            **workflow_settings(),
            max_cached_workflows=cached_runs,
            **common,
        )
        workers.insert(0, runs)
    if Queue.BULK in queues and start_batch is not None and enroll_audience is not None:
        bulk = Worker(
            client,
            task_queue=task_queues.queue_name(task_queue, Queue.BULK),
            activities=[BatchStart(start_batch).batch_start, AudienceEnroll(enroll_audience).audience_enroll],
            **common | {"max_concurrent_activities": BATCHES_AT_ONCE},
        )
        workers.append(bulk)
    return together(*workers)


@asynccontextmanager
async def together(*workers: Worker) -> AsyncIterator[None]:
    """Run workers side by side for the length of the block; one that fails for good ends it.

    At the end all are told to stop at once, and each lets what it has under way end: it takes as long as the
    slowest, not as long as all of them in turn.
    """
    try:
        async with asyncio.TaskGroup() as running:
            for worker in workers:
                running.create_task(worker.run())
            try:
                yield
            finally:
                await asyncio.gather(*(worker.shutdown() for worker in workers))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None  # one namespace, one server: what fails one fails them all
