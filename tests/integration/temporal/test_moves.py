"""A run that goes to another step of its plan, and what its rows say of when it is due; on a real server."""

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.payloads import HandoffOutcome, MoveSignal, SendOutcome
from adapters.temporal.gateway import TemporalRuns
from application.ports.runs import Run
from domain.idempotency import AttemptKey, workflow_id
from domain.statuses import Channel
from domain.steps import ESCALATE, Step
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import (
    DAY,
    FakeActivities,
    Handle,
    migrate,
    move,
    plan,
    start,
    tell,
    until,
    until_true,
    when,
    working,
)
from tests.unit.application.world import World

SMS, MAIL, CALL = (
    Step("sms", Channel.SMS, wait=DAY),
    Step("mail", Channel.EMAIL, wait=DAY),
    Step("call", Channel.VOICE, wait=DAY),
)
THREE = plan(SMS, MAIL, CALL)


async def test_it_waits_until_nothing_is_under_way(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A message that is being sent is sent; of several orders the last one counts."""
    activities, released = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        await until_true(lambda: bool(activities.sent))
        await move(handle, "mail", "order-1")
        await move(handle, "call", "order-2")
        still = await until(handle, status="sending")
        released.set()
        await until(handle, status="waiting", step="call")
        await _end(handle)

    assert still["step"] == "sms"
    assert [step for _, step, _ in activities.sent] == ["sms", "call"]
    assert activities.places == [("call", 1)]


@pytest.mark.parametrize("first", [None, "bought"])
async def test_an_event_takes_back_no_order_that_leads_further(
    temporal: WorkflowEnvironment, task_queue: str, first: str | None
) -> None:
    """Both come while a message is under way: the one that would lead back from there is dropped."""
    activities, released = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        await until_true(lambda: bool(activities.sent))
        await move(handle, "call", "order-1", first)
        await move(handle, "mail", "order-2", "upgraded")
        await until(handle, status="sending")
        released.set()
        await until(handle, status="waiting", step="call")
        await _end(handle)

    assert [step for _, step, _ in activities.sent] == ["sms", "call"]


async def test_of_orders_that_are_told_together_one_is_followed(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Nothing is sent at a step that the next order leaves at once."""
    activities = FakeActivities()
    told = [MoveSignal("mail", "order-1", "upgraded"), MoveSignal("call", "order-2", "bought")]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        await until(handle, status="waiting")
        await handle.signal(names.MOVE, args=told)
        await until(handle, status="waiting", step="call")
        await handle.signal(names.MOVE, args=told)
        after = await until(handle, status="waiting")
        await _end(handle)

    assert after["step"] == "call"
    assert [step for _, step, _ in activities.sent] == ["sms", "call"]
    assert activities.kinds == ["moved", "finished"]


async def test_the_same_order_is_followed_once(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A repeat that comes when the run has gone on does not take it back."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        await until(handle, status="waiting")
        await move(handle, "mail", "order-1")
        await until(handle, status="waiting", step="mail")
        await tell(handle, "bounced", step="mail")
        await until(handle, status="waiting", step="call")
        await move(handle, "mail", "order-1")
        after = await until(handle, status="waiting")
        await _end(handle)

    assert after["step"] == "call"
    assert [step for _, step, _ in activities.sent] == ["sms", "mail", "call"]


@pytest.mark.parametrize("told", [None, 5, "mail", {}, {"step": "mail"}, {"step": 1, "order": "x"}])
async def test_what_cannot_be_read_moves_nothing(
    temporal: WorkflowEnvironment, task_queue: str, told: object
) -> None:
    """Anybody can send a signal by hand: the run goes on."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        before = await until(handle, status="waiting")
        await handle.signal(names.MOVE, told)
        after = await until(handle, status="waiting")
        await _end(handle)

    assert after == before


async def test_a_move_goes_before_a_migration(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Both wanted while a message is under way: what was chosen for the new step is done."""
    activities, released = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        await until_true(lambda: bool(activities.sent))
        await migrate(handle, plan(CALL, version=2), {"mail": "call"})
        await move(handle, "mail", "order-1")
        released.set()
        await until(handle, status="waiting", step="call", version=2)
        await _end(handle)

    assert [step for _, step, _ in activities.sent] == ["sms", "mail", "call"]
    assert activities.kinds == ["moved", "migrated", "finished"]


async def test_the_order_is_remembered_by_a_run_that_goes_on_as_a_new_one(task_queue: str) -> None:
    """The history of a run is never too long, and a repeat is known all the same."""
    activities = FakeActivities()
    async with (
        await start_server("limit.historyCount.suggestContinueAsNew=30") as server,
        working(server.client, task_queue, activities),
    ):
        handle = await start(server.client, task_queue, THREE)
        await until(handle, status="waiting")
        await move(handle, "mail", "order-1")
        await until(handle, status="waiting", step="mail")
        await tell(handle, "bounced", step="mail")
        await until(handle, status="waiting", step="call")
        first = (await handle.describe()).run_id
        while (await handle.describe()).run_id == first:
            await handle.signal(names.GOAL_REACHED, "browsed")
        await move(handle, "mail", "order-1")
        after = await until(handle, status="waiting")
        await _end(handle)

    assert after["step"] == "call"


async def test_rows_say_what_is_waited_for(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Along with each of them: a send is due now, nothing is while it is paused, and at its end."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, THREE)
        waiting = await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await handle.signal(names.RESUME, "catch_up")
        await until_true(lambda: len(activities.records) == 2)
        await move(handle, "mail", "order-1")
        await until(handle, status="waiting", step="mail")
        await _end(handle)
    paused, resumed, moved, finished = activities.records

    assert [paused.due, resumed.due, finished.due] == [None, waiting["due"], None]
    assert moved.due == moved.records[0].at


async def test_a_case_is_due_until_a_human_has_it(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A desk that is down makes it overdue."""
    activities, taken = FakeActivities(), asyncio.Event()
    activities.answers[names.HANDOFF_CREATE] = [when(taken, HandoffOutcome("ticket-1"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(SMS, at_end=ESCALATE, handoff_wait=DAY))
        await until(handle, status="waiting")
        await tell(handle, "failed")
        await until_true(lambda: bool(activities.handoffs))
        taken.set()
        await until(handle, status="handed_off")
        await _end(handle)
    escalated, finished = activities.records

    assert escalated.due == escalated.records[0].at
    assert finished.due is None


async def test_a_step_that_was_sent_is_not_sent_again(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """The run hears what became of it, and waits anew; the books say until when, as they always do."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(task_queue)
    text, mail = Step("text", Channel.SMS, wait=DAY), Step("mail", Channel.EMAIL, wait=DAY)

    def due() -> datetime | None:
        return world.database.state.enrollments[enrollment].due_at

    async with worker_of(temporal.client, task_queue, world):
        await TemporalRuns(temporal.client, task_queue).start(Run(enrollment, "acme", plan(text, mail)))
        handle = temporal.client.get_workflow_handle(workflow_id(enrollment))
        await until(handle, status="waiting")
        first = due()
        await move(handle, "mail", "order-1")
        await until(handle, status="waiting", step="mail")
        world.clock.advance(hours=5)
        await move(handle, "text", "order-2")
        await until(handle, status="waiting", step="text")
        again = due()
        await _end(handle)

    assert [message.key for message in world.sms.sent] == [AttemptKey(enrollment, "text", 1)]
    assert first is not None
    assert again == first + timedelta(hours=5)
    assert due() is None
    assert [row.kind for row in await world.timeline(enrollment)] == ["moved", "moved", "finished"]


async def _end(handle: Handle) -> None:
    await handle.signal(names.CANCEL)
    await handle.result()
