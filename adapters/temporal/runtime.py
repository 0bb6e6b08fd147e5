"""Builds the worker: workflows and activities on one task queue."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from adapters.temporal.activities.email_send import EmailSend
from adapters.temporal.activities.handoff_create import HandoffCreate
from adapters.temporal.activities.interactions_log import InteractionsLog
from adapters.temporal.activities.sms_send import SmsSend
from adapters.temporal.activities.voice_start import VoiceStart
from adapters.temporal.common import task_queues
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.create_handoff import CreateHandoff
from application.log_interactions import LogInteractions
from application.send_message import SendMessage


def build_worker(
    client: Client,
    *,
    send_message: SendMessage,
    log_interactions: LogInteractions,
    create_handoff: CreateHandoff,
    task_queue: str = task_queues.DRUMBEAT,
    drain: timedelta = timedelta(seconds=30),
    max_concurrent_activities: int = 100,
) -> Worker:
    """Wire a worker; it runs while it is entered (``async with``).

    Args:
        client: connected, not lazy.
        send_message: the use case behind the three send activities.
        log_interactions: the use case behind `interactions_log`.
        create_handoff: the use case behind `handoff_create`.
        task_queue: what it works on.
        drain: how long activities may go on after the worker was told to stop.
        max_concurrent_activities: how many sends and handoffs are under way at once.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[CampaignWorkflow],
        activities=[
            SmsSend(send_message).sms_send,
            EmailSend(send_message).email_send,
            VoiceStart(send_message).voice_start,
            InteractionsLog(log_interactions).interactions_log,
            HandoffCreate(create_handoff).handoff_create,
        ],
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=drain,
        max_concurrent_activities=max_concurrent_activities,
    )
