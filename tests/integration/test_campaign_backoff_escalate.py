"""Backing off, escalating and waiting for weeks."""

from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.payloads import HandoffPayload
from domain.backoff import Backoff
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, Step
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    in_history,
    plan,
    retrying_plan,
    start,
    tell,
    until,
    until_true,
    working,
)


async def test_two_failures_lead_to_a_human(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A failed message is tried again after a back-off; when that fails too, the handoff is created."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan())
        await until(handle, status="waiting", attempt=1)
        await tell(handle, "failed")
        await until(handle, status="waiting", attempt=2)
        await tell(handle, "failed", attempt=2)
        outcome = await handle.result()

    assert outcome == "escalated"
    assert activities.sent == [("sms_send", "sms", 1), ("sms_send", "sms", 2)]
    assert activities.handoffs == [HandoffPayload("sms", "failed")]
    assert activities.kinds == ["backed_off", "escalated", "finished"]


async def test_silence_backs_off_and_escalates(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Without any signal, timers alone lead to the second attempt and to the human."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan(wait=SHORT))
        outcome = await handle.result()

    assert outcome == "escalated"
    assert activities.kinds == ["timed_out", "backed_off", "timed_out", "escalated", "finished"]
    assert len(activities.records) == 3, "the rows of one decision are one call"


async def test_a_handoff_that_stays_open_is_waited_for(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """With time for the human, the run waits, and a resolved handoff ends it as resolved."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan(wait=SHORT, handoff_wait=DAY))
        await until(handle, status="handed_off")
        await handle.signal(names.HANDOFF_RESOLVED)
        outcome = await handle.result()

    assert outcome == "resolved"


async def test_an_opt_out_reaches_a_run_whose_handoff_cannot_be_made(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """While the desk is down, the run still hears, and what it tried is dropped."""
    activities = FakeActivities()
    activities.answers["handoff_create"] = [
        ApplicationError("down", type="TransientFault", next_retry_delay=timedelta(hours=1))
    ]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan(wait=SHORT))
        await until_true(lambda: bool(activities.handoffs))
        await handle.signal(names.OPTED_OUT)
        outcome = await handle.result()

    assert outcome == "opted_out"
    assert len(activities.handoffs) == 1


async def test_a_signal_that_comes_with_the_timer_wins(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """An answer and the end of the wait that are found in one task: the answer is taken first."""
    activities = FakeActivities()
    followed = plan(Step("sms", Channel.SMS, wait=timedelta(seconds=3)), at_end=ESCALATE)
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, followed)
        await until(handle, status="waiting")
    # Without a worker, both wait for the next task.
    await tell(handle, "replied")
    await in_history(handle, EventType.EVENT_TYPE_TIMER_FIRED)
    async with working(temporal.client, task_queue, activities):
        outcome = await handle.result()

    assert outcome == "completed"
    assert activities.kinds == ["finished"]


@pytest.mark.parametrize("answered", [False, True])
async def test_a_campaign_that_waits_for_months(
    time_skipping: WorkflowEnvironment, task_queue: str, *, answered: bool
) -> None:
    """Three steps of thirty days each, on three channels, run to their end or to the last answer."""
    activities = FakeActivities()
    month = timedelta(days=30)
    steps = (
        Step("sms", Channel.SMS, wait=month, retry=Backoff(2, on={Result.UNANSWERED}, first=DAY)),
        Step("email", Channel.EMAIL, wait=month, delay=timedelta(days=3)),
        Step("call", Channel.VOICE, wait=month, routes={Result.ANSWERED: COMPLETE}),
    )
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, plan(*steps, at_end=ESCALATE))
        if answered:
            await time_skipping.fast_forward(handle, 2 * month + timedelta(days=2))
            await time_skipping.fast_forward(handle, month + timedelta(days=2))
            await until(handle, status="waiting", step="call")
            await tell(handle, "answered", step="call")
        else:
            await time_skipping.fast_forward(handle)
        outcome = await handle.result()

    assert outcome == ("completed" if answered else "escalated")
    assert [name for name, _, _ in activities.sent] == ["sms_send", "sms_send", "email_send", "voice_start"]
