"""Transient faults are repeated by Temporal inside one attempt, for as long as the plan is patient."""

import asyncio
import time
from datetime import timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common.payloads import SendOutcome
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import build_worker
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.errors import OutcomeUnknown, TransientFault
from application.ports.runs import Run
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey, workflow_id
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, Step
from tests.integration.temporal.world import (
    DAY,
    FakeActivities,
    Handle,
    plan,
    start,
    tell,
    until,
    working,
)
from tests.unit.application.world import World

ASKED = timedelta(seconds=1.5)
"""Longer than the policy's own first back-off, so that it can be told from it."""


async def test_a_transient_fault_is_repeated_inside_the_attempt(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Two faults and a success are one activity, one attempt row and one message; Retry-After is honoured."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(task_queue)
    world.sms.answers = [TransientFault("503"), TransientFault("429", retry_after=ASKED)]
    calls: list[float] = []

    async def note() -> None:
        calls.append(time.monotonic())

    world.sms.meanwhile = note
    text = Step("text", Channel.SMS, wait=DAY, routes={Result.DELIVERED: COMPLETE})
    async with _worker(temporal, task_queue, world):
        handle = await _start(temporal, task_queue, enrollment, text)
        await until(handle, status="waiting")
        await tell(handle, "delivered", step="text")
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert outcome == "completed"
    assert len(calls) == 3
    assert calls[2] - calls[1] >= ASKED.total_seconds()
    [started] = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED]
    assert started.activity_task_started_event_attributes.attempt == 3
    attempt = await world.stored(AttemptKey(enrollment, "text", 1))
    assert attempt.state is AttemptState.ACCEPTED


async def test_patience_ends_a_send_that_never_went_out(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A provider that asks for more time than the plan has makes the attempt fail, by the plan's route."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(task_queue)
    world.sms.answers = [TransientFault("429", retry_after=timedelta(hours=1))]
    text = Step("text", Channel.SMS, wait=DAY, routes={Result.FAILED: ESCALATE})
    async with _worker(temporal, task_queue, world):
        handle = await _start(temporal, task_queue, enrollment, text)
        outcome = await handle.result()

    assert outcome == "escalated"
    assert [ticket.reason for ticket in world.desk.opened] == ["failed"]


async def test_a_send_that_is_given_up_in_doubt_is_waited_for(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """When the last failure does not prove that nothing was sent, the attempt is in doubt, not failed."""
    activities = FakeActivities()
    lost = ApplicationError("gone", type="DatabaseUnavailable", next_retry_delay=timedelta(hours=1))
    activities.answers["sms_send"] = [lost]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(patience=timedelta(seconds=1)))
        state = await until(handle, status="waiting")
        await tell(handle, "delivered")
        outcome = await handle.result()

    assert state["in_doubt"] is True
    assert outcome == "completed"


async def test_a_lasting_error_is_not_repeated(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """For an enrollment that the database does not know nothing is sent, and nothing is tried again."""
    world = World()
    await world.publish()
    text = Step("text", Channel.SMS, wait=DAY)
    async with _worker(temporal, task_queue, world):
        handle = await _start(temporal, task_queue, "nobody-" + task_queue, text)
        outcome = await handle.result()

    assert outcome == "exhausted"
    assert world.sms.sent == []


async def test_a_handoff_is_repeated_until_a_human_has_it(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A desk that is down, or that may or may not have taken the ticket, is asked again."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(task_queue, phone=None)
    soon = timedelta(milliseconds=50)
    world.desk.faults = [TransientFault("503", retry_after=soon), OutcomeUnknown("no answer")]
    text = Step("text", Channel.SMS, wait=DAY)
    async with _worker(temporal, task_queue, world):
        handle = await _start(temporal, task_queue, enrollment, text, escalate=True)
        outcome = await handle.result()

    assert outcome == "escalated"
    assert len(world.desk.opened) == 3


async def test_rows_are_written_again_until_they_are_stored(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A run does not end before its last row is in the database, however often that fails."""
    activities = FakeActivities()
    activities.answers["interactions_log"] = [ApplicationError("down"), ApplicationError("down")]
    activities.answers["sms_send"] = [SendOutcome(None, "rejected", reason="no")]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        outcome = await handle.result()

    assert outcome == "exhausted"
    assert len(activities.records) == 3
    assert len({str(payload) for payload in activities.records}) == 1


async def test_a_worker_that_drains_lets_a_call_end(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A worker that is told to stop while a provider is being called records the answer before it stops."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(task_queue)
    called, stopping = asyncio.Event(), asyncio.Event()

    async def answer_when_stopping() -> None:
        called.set()
        await stopping.wait()

    world.sms.meanwhile = answer_when_stopping
    async with _worker(temporal, task_queue, world):
        await _start(temporal, task_queue, enrollment, Step("text", Channel.SMS, wait=DAY))
        await called.wait()
        asyncio.get_running_loop().call_later(0.1, stopping.set)

    attempt = await world.stored(AttemptKey(enrollment, "text", 1))
    assert attempt.state is AttemptState.ACCEPTED


def _worker(temporal: WorkflowEnvironment, task_queue: str, world: World):
    return build_worker(
        temporal.client,
        send_message=world.send,
        log_interactions=world.log_interactions,
        create_handoff=world.create_handoff,
        task_queue=task_queue,
    )


async def _start(
    temporal: WorkflowEnvironment, task_queue: str, enrollment: str, step: Step, *, escalate: bool = False
) -> Handle:
    rest = {"at_end": ESCALATE} if escalate else {}
    followed = plan(step, patience=timedelta(minutes=2), **rest)
    await TemporalRuns(temporal.client, task_queue).start(Run(enrollment, "acme", followed))
    return temporal.client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment))
