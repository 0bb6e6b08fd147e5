"""Builds what a worker process runs: a worker for the runs, and one for the sends of each channel."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from adapters.temporal.activities.books import StepPrepare, WaitCheck
from adapters.temporal.activities.email_send import EmailSend
from adapters.temporal.activities.handoff_create import HandoffCreate
from adapters.temporal.activities.interactions_log import InteractionsLog
from adapters.temporal.activities.sms_send import SmsSend
from adapters.temporal.activities.voice_start import VoiceStart
from adapters.temporal.common import task_queues
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.check_wait import CheckWait
from application.create_handoff import CreateHandoff
from application.log_interactions import LogInteractions
from application.prepare_step import PrepareStep
from application.send_message import SendMessage
from domain.statuses import Channel

NO_LIMITS: Mapping[Channel, float] = {}


def build_worker(
    client: Client,
    *,
    send_message: SendMessage,
    log_interactions: LogInteractions,
    create_handoff: CreateHandoff,
    prepare_step: PrepareStep,
    check_wait: CheckWait,
    task_queue: str = task_queues.DRUMBEAT,
    channels: Collection[Channel] = tuple(Channel),
    rates: Mapping[Channel, float] = NO_LIMITS,
    drain: timedelta = timedelta(seconds=30),
    max_concurrent_activities: int = 100,
) -> AbstractAsyncContextManager[None]:
    """Wire the workers of one process; they run while they are entered (``async with``), once.

    Args:
        client: connected, not lazy.
        send_message: the use case behind the three send activities.
        log_interactions: the use case behind `interactions_log`.
        create_handoff: the use case behind `handoff_create`.
        prepare_step: the use case behind `step_prepare`.
        check_wait: the use case behind `wait_check`.
        task_queue: where runs and handoffs are; `task_queues.of_channel` names those of the channels.
        channels: the channels whose sends it takes; others must be taken by another process.
        rates: how many sends a second may begin on a channel, each more than 0; a channel without one has no
            limit. Temporal holds the average over all workers of the queue, and counts sends that are tried
            again too; in the first second it may let through twice as many. It holds what the last worker
            asked for, so that all must ask for the same.
        drain: how long activities may go on after the workers were told to stop.
        max_concurrent_activities: how many activities are under way at once, on each queue.
    """
    activities: Mapping[Channel, Callable[..., Any]] = {
        Channel.SMS: SmsSend(send_message).sms_send,
        Channel.EMAIL: EmailSend(send_message).email_send,
        Channel.VOICE: VoiceStart(send_message).voice_start,
    }
    runs = Worker(
        client,
        task_queue=task_queue,
        workflows=[CampaignWorkflow],
        activities=[
            InteractionsLog(log_interactions).interactions_log,
            HandoffCreate(create_handoff).handoff_create,
            StepPrepare(prepare_step).step_prepare,
            WaitCheck(check_wait).wait_check,
            # Sends that were ordered before each channel had a queue of its own.
            *(activities[channel] for channel in channels),
        ],
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=drain,
        max_concurrent_activities=max_concurrent_activities,
    )
    sends = [
        Worker(
            client,
            task_queue=task_queues.of_channel(task_queue, channel),
            activities=[activities[channel]],
            graceful_shutdown_timeout=drain,
            max_concurrent_activities=max_concurrent_activities,
            max_task_queue_activities_per_second=rates.get(channel),
        )
        for channel in channels
    ]
    return together(runs, *sends)


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
