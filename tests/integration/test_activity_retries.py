"""Transient faults are repeated by Temporal inside one attempt, for as long as the plan is patient."""

import asyncio
import time
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names, retry_policies, task_queues
from adapters.temporal.common.payloads import HandoffPayload, SendOutcome
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.errors import OutcomeUnknown, TransientFault
from application.ports.runs import Run
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey, workflow_id
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, Step
from tests.integration.temporal.earlier import TimeLimited
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    Handle,
    in_history,
    plan,
    queued,
    retrying_plan,
    sending,
    start,
    tell,
    until,
    until_true,
    when,
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
    async with worker_of(temporal.client, task_queue, world):
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
    async with worker_of(temporal.client, task_queue, world):
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


async def test_a_call_under_way_when_patience_ends_may_end(
    time_skipping: WorkflowEnvironment, task_queue: str
) -> None:
    """The first call was refused; the second answers only when time is up, and its answer counts."""
    activities, answer = FakeActivities(), asyncio.Event()
    late = retry_policies.CALL - timedelta(seconds=2)
    activities.answers["sms_send"] = [
        ApplicationError("429", type="TransientFault", next_retry_delay=late),
        when(answer, SendOutcome("late", "accepted")),
    ]
    followed = retrying_plan(patience=retry_policies.CALL)
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, followed)
        await _until_pending(handle, attempt=2)
        await time_skipping.fast_forward(handle, late)
        await until_true(lambda: len(activities.sent) == 2)
        await time_skipping.fast_forward(handle, timedelta(seconds=3))  # in real time: a call is under way
        answer.set()
        state = await until(handle, status="waiting")
        await tell(handle, "replied")
        outcome = await handle.result()

    assert (state["attempt"], state["in_doubt"]) == (1, False)
    assert [attempt for _, _, attempt in activities.sent] == [1, 1]
    assert outcome == "completed"


async def test_patience_counts_from_the_first_call(
    time_skipping: WorkflowEnvironment, task_queue: str
) -> None:
    """Each call knows when the first one began: a provider that stays down is given up when time is up."""
    activities = FakeActivities()
    later = timedelta(minutes=25)
    down = [ApplicationError("503", type="TransientFault", next_retry_delay=later) for _ in range(4)]
    activities.answers["sms_send"] = list(down)
    followed = plan(Step("sms", Channel.SMS, wait=DAY), patience=timedelta(hours=1))
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, followed)
        await time_skipping.fast_forward(handle)
        outcome = await handle.result()

    assert outcome == "exhausted"
    assert len(activities.sent) == 3, "at 0, 25 and 50 minutes; the next one would be at 75"
    assert [bool(info.heartbeat_details) for info in activities.infos] == [False, True, True]


async def test_a_send_waits_for_its_turn_without_an_end(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Nothing drops a send that no worker takes; when a worker comes it is made, once."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities, sends=False):
        handle = await start(temporal.client, task_queue, plan(patience=SHORT))
        await queued(temporal.client, task_queues.of_channel(task_queue, Channel.SMS), 1)
        async with sending(temporal.client, task_queue, activities, Channel.SMS):
            await until(handle, status="waiting")
            await tell(handle, "delivered")
            outcome = await handle.result()
        history = await handle.fetch_history()
    [ordered] = [e for e in history.events if e.HasField("activity_task_scheduled_event_attributes")]
    limits = ordered.activity_task_scheduled_event_attributes

    assert not limits.schedule_to_close_timeout.ToTimedelta()
    assert not limits.schedule_to_start_timeout.ToTimedelta()
    assert limits.start_to_close_timeout.ToTimedelta() == retry_policies.CALL
    assert activities.sent == [("sms_send", "sms", 1)]
    assert outcome == "completed"


async def test_a_send_that_an_earlier_version_ordered_is_ordered_again(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Its time was up before any worker took it: the same attempt waits on, and is made when one comes."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities, sends=False, interceptors=[TimeLimited()]):
        handle = await start(temporal.client, task_queue, plan())
        await in_history(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, count=1)
        await in_history(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, count=2)
        async with sending(temporal.client, task_queue, activities, Channel.SMS):
            state = await until(handle, status="waiting")
            await handle.signal(names.CANCEL)
            await handle.result()

    assert (state["attempt"], state["in_doubt"]) == (1, False)
    assert activities.sent == [("sms_send", "sms", 1)]


async def test_a_send_that_waits_for_its_turn_can_be_stopped(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """An opt-out ends a run whose send no worker has taken; it is not sent by a worker that comes later."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities, sends=False):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="sending")
        await handle.signal(names.OPTED_OUT)
        outcome = await handle.result()
        async with sending(temporal.client, task_queue, activities, Channel.SMS):
            other = await start(temporal.client, task_queue, plan())
            await until(other, status="waiting")

    assert outcome == "opted_out"
    assert [info.workflow_id for info in activities.infos] == [other.id]


async def test_a_lasting_error_is_not_repeated(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """For an enrollment that the database does not know nothing is sent, and nothing is tried again."""
    world = World()
    await world.publish()
    text = Step("text", Channel.SMS, wait=DAY)
    async with worker_of(temporal.client, task_queue, world):
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
    async with worker_of(temporal.client, task_queue, world):
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


async def test_a_cancellation_in_temporal_waits_for_the_rows(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A run that Temporal cancels while its rows cannot be stored ends only when its outcome is stored."""
    activities = FakeActivities()
    later = timedelta(seconds=3.5)  # over the local retry threshold: a back-off that is a timer
    activities.answers["interactions_log"] = [ApplicationError("down", next_retry_delay=later)]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await in_history(handle, EventType.EVENT_TYPE_TIMER_STARTED, count=2)
        await handle.cancel()
        await handle.query(names.STATE)  # heard now: a worker that is closing could take it and not answer
    async with working(temporal.client, task_queue, activities):  # the next worker finds it as it was left
        outcome = await handle.result()
        description = await handle.describe()

    assert outcome == "cancelled"
    assert description.status is WorkflowExecutionStatus.COMPLETED
    assert activities.kinds == ["paused", "paused", "finished"]


async def test_a_cancellation_in_temporal_does_not_change_an_outcome(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A run that has its outcome and waits for a call under way ends with that outcome."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("late", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until_true(lambda: bool(activities.sent))
        await tell(handle, "delivered")
        await until(handle, status="finished")
        await handle.cancel()
        await until(handle, status="finished")
        answer.set()
        outcome = await handle.result()

    assert outcome == "completed"
    assert activities.kinds == ["finished"]


@pytest.mark.parametrize("unknown", ["UnknownEnrollment", "UnknownCampaign"])
async def test_a_handoff_that_can_never_be_made_ends_the_run(
    temporal: WorkflowEnvironment, task_queue: str, unknown: str
) -> None:
    """A case that the books do not know any more is not called handed over; its run does not stay open."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [SendOutcome(None, "rejected", reason="no")]
    activities.answers["handoff_create"] = [ApplicationError("none", type=unknown, non_retryable=True)]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(at_end=ESCALATE))
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.handoffs == [HandoffPayload("sms", "rejected")]
    assert activities.kinds == ["escalated", "finished"]
    assert activities.records[-1].finish is not None


async def test_a_handoff_that_is_dropped_is_not_reported(
    temporal: WorkflowEnvironment, task_queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that is ended while the desk is down drops its handoff without calling it impossible."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [SendOutcome(None, "rejected", reason="no")]
    down = ApplicationError("down", type="TransientFault", next_retry_delay=timedelta(hours=1))
    activities.answers["handoff_create"] = [down]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(at_end=ESCALATE))
        await until_true(lambda: bool(activities.handoffs))
        await handle.signal(names.OPTED_OUT)
        outcome = await handle.result()

    assert outcome == "opted_out"
    assert not [record for record in caplog.records if record.name == "temporalio.workflow"]
    assert "never retrieved" not in caplog.text


async def test_rows_that_can_never_be_written_end_the_run(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A run whose enrollment is not in the database any more has nothing to tell, and ends."""
    activities = FakeActivities()
    gone = ApplicationError("none", type="UnknownEnrollment", non_retryable=True)
    activities.answers["interactions_log"] = [gone, gone]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.kinds == ["paused", "finished"]


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
    async with worker_of(temporal.client, task_queue, world):
        await _start(temporal, task_queue, enrollment, Step("text", Channel.SMS, wait=DAY))
        await called.wait()
        asyncio.get_running_loop().call_later(0.1, stopping.set)

    attempt = await world.stored(AttemptKey(enrollment, "text", 1))
    assert attempt.state is AttemptState.ACCEPTED


async def _until_pending(handle: Handle, attempt: int) -> None:
    """Wait until an activity of the run waits for its call of this number."""
    while True:
        pending = (await handle.describe()).raw_description.pending_activities
        if any(each.attempt == attempt for each in pending):
            return
        await asyncio.sleep(0.02)


async def _start(
    temporal: WorkflowEnvironment, task_queue: str, enrollment: str, step: Step, *, escalate: bool = False
) -> Handle:
    rest = {"at_end": ESCALATE} if escalate else {}
    followed = plan(step, patience=timedelta(minutes=2), **rest)
    await TemporalRuns(temporal.client, task_queue).start(Run(enrollment, "acme", followed))
    return temporal.client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment))
