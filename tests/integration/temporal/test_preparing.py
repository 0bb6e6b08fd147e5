"""Steps that depend on the contact, on a real server: the books are asked first, in the run's own task."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.payloads import Prepared
from adapters.temporal.gateway import TemporalRuns
from application.ports.runs import Run
from domain.idempotency import workflow_id
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, HOLD_OUT, NEXT, Route, RouteKind, Split, Step
from domain.times.delays import AtLocal, FromAttribute
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import (
    DAY,
    MANY,
    FakeActivities,
    down,
    from_now,
    gone,
    in_history,
    plan,
    start,
    until,
    until_true,
    working,
)
from tests.unit.application.world import World

EMAIL = Step("email", Channel.EMAIL, wait=DAY)
MOMENT = Step("sms", Channel.SMS, wait=DAY, delay=AtLocal(time(10)))
CONDITIONAL = Step("sms", Channel.SMS, wait=DAY, conditional=True)
_TIMER = "timer_started_event_attributes"


@pytest.mark.parametrize(
    "step", [MOMENT, CONDITIONAL, Step("sms", Channel.SMS, wait=DAY, delay=FromAttribute("appointment_at"))]
)
async def test_a_step_waits_for_the_time_that_is_told(
    temporal: WorkflowEnvironment, task_queue: str, step: Step
) -> None:
    """It asks when it is entered, and sends when the contact's data says so, not before."""
    activities, due = FakeActivities(), list[str]()

    async def told() -> Prepared:
        due.append(from_now(timedelta(seconds=0.5)))
        return Prepared(due=due[0])

    activities.answers[names.STEP_PREPARE] = [told]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(step))
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()
    [asked], [sent] = activities.prepared, activities.infos

    assert asked.step == "sms"
    assert sent.scheduled_time >= datetime.fromisoformat(due[0])
    assert activities.payloads[0].due == due[0]


async def test_a_time_that_is_over_is_now(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A step whose time the books let pass is sent at once, without any timer but that of its wait."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [Prepared(due=from_now(-DAY))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(MOMENT))
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()
        history = await handle.fetch_history()

    assert sum(event.HasField(_TIMER) for event in history.events) == 1


@pytest.mark.parametrize(
    ("told", "sent", "kinds"),
    [
        (Prepared(skip="only where plan is gold"), "email_send", ["skipped", "moved_on"]),
        (Prepared(skip="no such time", rejected=True), "voice_start", ["skipped", "moved_on"]),
    ],
    ids=["left out", "something is wrong"],
)
async def test_a_step_is_skipped(
    temporal: WorkflowEnvironment, task_queue: str, told: Prepared, sent: str, kinds: list[str]
) -> None:
    """What is left out leads to the next step; where something is wrong, the step's own route is taken."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [told]
    first = Step(
        "sms",
        Channel.SMS,
        wait=DAY,
        conditional=True,
        routes={Result.REJECTED: Route(RouteKind.STEP, "call")},
    )
    followed = plan(first, EMAIL, Step("call", Channel.VOICE, wait=DAY))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, followed)
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert [name for name, _, _ in activities.sent] == [sent]
    assert activities.kinds == [*kinds, "finished"]
    assert activities.records[0].records[0].detail == told.skip
    assert activities.places == [("email" if sent == "email_send" else "call", 1)]


@pytest.mark.parametrize(
    ("branch", "sent", "outcome"),
    [
        (0, ["email"], "cancelled"),
        (1, ["call"], "cancelled"),
        (2, [], "held_out"),
        (3, [], "completed"),
        (None, ["email"], "cancelled"),
        (99, ["email"], "cancelled"),
        (-1, ["email"], "cancelled"),
    ],
)
async def test_a_split_leads_where_its_branch_does(
    temporal: WorkflowEnvironment, task_queue: str, branch: int | None, sent: list[str], outcome: str
) -> None:
    """Where no branch is told, or one that the plan does not have, the next step follows."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [Prepared(branch=branch)]
    fork = Split("fork", (NEXT, Route(RouteKind.STEP, "call"), HOLD_OUT, COMPLETE))
    async with working(temporal.client, task_queue, activities):
        handle = await start(
            temporal.client, task_queue, plan(fork, EMAIL, Step("call", Channel.VOICE, wait=DAY))
        )
        if sent:
            await until(handle, status="waiting")
            await handle.signal(names.CANCEL)
        ended = await handle.result()

    assert ended == outcome
    assert [step for _, step, _ in activities.sent] == sent
    assert [asked.step for asked in activities.prepared] == ["fork"]
    assert activities.kinds[0] == "branched"


async def test_steps_that_ask_one_after_the_other(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A split, a step that is left out and one that is sent: all that is asked is one task of the run."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [Prepared(branch=0), Prepared(skip="only where"), Prepared()]
    steps = (Split("fork", (NEXT,)), CONDITIONAL, Step("mail", Channel.EMAIL, wait=DAY, conditional=True))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps))
        await until_true(lambda: bool(activities.sent))  # a query would make a task of its own
        history = await handle.fetch_history()
        await handle.signal(names.CANCEL)
        await handle.result()
    markers = [event for event in history.events if event.HasField("marker_recorded_event_attributes")]
    tasks = {each.marker_recorded_event_attributes.workflow_task_completed_event_id for each in markers}

    assert [asked.step for asked in activities.prepared] == ["fork", "sms", "mail"]
    assert [step for _, step, _ in activities.sent] == ["mail"]
    assert len(markers) == 5, "three questions, and the rows of two decisions"
    assert len(tasks) == 1
    assert activities.places == [("sms", 1), ("mail", 1)]


async def test_a_paused_run_asks_and_does_not_send(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A step that is entered in a pause is prepared, and waits until the pause is over."""
    activities = FakeActivities()
    followed = plan(
        Step("first", Channel.SMS, wait=DAY), Step("then", Channel.EMAIL, wait=DAY, conditional=True)
    )
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, followed)
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await handle.signal(names.PROVIDER_EVENT, {"step": "first", "attempt": 1, "status": "failed"})
        held = await until(handle, status="scheduled", step="then")
        sent = len(activities.sent)
        await handle.signal(names.RESUME)
        await until(handle, status="waiting", step="then")

    assert held["paused_at"] is not None
    assert [asked.step for asked in activities.prepared] == ["then"]
    assert sent == 1


@pytest.mark.parametrize("rows_are_lost", [False, True])
async def test_books_that_can_never_answer_end_the_run(
    temporal: WorkflowEnvironment, task_queue: str, *, rows_are_lost: bool
) -> None:
    """Of an enrollment that the books do not know nothing is sent: its run ends as cancelled."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [gone()]
    activities.answers[names.INTERACTIONS_LOG] = [gone()] if rows_are_lost else []
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(CONDITIONAL, EMAIL))
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.sent == []
    assert activities.kinds == ["finished"]


async def test_the_use_case_that_does_not_know_the_enrollment(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """With the real use cases over a database without the enrollment, the run ends, and nobody is called."""
    world, enrollment = World(), f"nobody-{task_queue}"
    await world.publish()
    async with worker_of(temporal.client, task_queue, world):
        run = Run(enrollment, "acme", plan(CONDITIONAL, at_end=ESCALATE))
        await TemporalRuns(temporal.client, task_queue).start(run)
        outcome = await temporal.client.get_workflow_handle(workflow_id(enrollment)).result()

    assert outcome == "cancelled"
    assert world.sms.sent == []
    assert world.desk.opened == []


@pytest.mark.parametrize("ends", ["cancel", "opted_out", "temporal"])
async def test_a_run_that_keeps_asking_can_be_ended(
    temporal: WorkflowEnvironment, task_queue: str, ends: str
) -> None:
    """While the books do not answer, an end is heard, and the question is dropped."""
    activities = FakeActivities()
    # More than once: a workflow task that is done again asks again.
    activities.answers[names.STEP_PREPARE] = [down(timedelta(hours=1))] * MANY
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(CONDITIONAL, EMAIL))
        await in_history(handle, EventType.EVENT_TYPE_TIMER_STARTED)
        asked = len(activities.prepared)
        await (handle.cancel() if ends == "temporal" else handle.signal(ends))
        outcome = await handle.result()

    assert outcome == ("opted_out" if ends == "opted_out" else "cancelled")
    assert len(activities.prepared) == asked
    assert activities.sent == []
    assert activities.kinds == ["finished"]


async def test_books_that_are_back_are_asked_again(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A database that is away for a while holds a run up and changes nothing else."""
    activities = FakeActivities()
    answers: list[Any] = [down(timedelta(milliseconds=50)), down(timedelta(milliseconds=50)), Prepared()]
    activities.answers[names.STEP_PREPARE] = answers
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(CONDITIONAL, EMAIL))
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert len(activities.prepared) == 3
    assert len(set(activities.prepared)) == 1, "the same question"
    assert [step for _, step, _ in activities.sent] == ["sms"]
