"""The end of a wait, on a real server: it counts only where the books say that it did not stand still."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.mapping import enrollment_input
from adapters.temporal.common.payloads import WaitVerdict
from adapters.temporal.gateway import TemporalRuns
from application.ports.runs import Run
from domain.backoff import Backoff
from domain.enrollment.decide import CHECKS_WAITS
from domain.idempotency import workflow_id
from domain.pauses import SHORTEST_CHECK, PausePolicy
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, ESCALATE, WAIT, Fallback, Route, RouteKind, Step
from tests.fakes.clock import FakeClock
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import (
    DAY,
    MANY,
    SHORT,
    FakeActivities,
    down,
    down_until,
    from_now,
    gone,
    in_history,
    plan,
    start,
    tell,
    until,
    until_true,
    working,
)
from tests.unit.application.world import World

WAITING = Step("sms", Channel.SMS, wait=SHORT)
CALL = Step("call", Channel.VOICE, wait=DAY)
FALLING_BACK = Step(
    "sms",
    Channel.SMS,
    wait=DAY,
    fallback=Fallback(DeliveryStatus.DELIVERED, timedelta(seconds=1), Route(RouteKind.STEP, "call")),
    routes={Result.DELIVERED: WAIT, Result.REPLIED: COMPLETE},
)


async def test_the_end_of_a_wait_is_checked(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """The books are asked whose wait, since when and until when; if it is over, the next step follows."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(WAITING, CALL))
        await until(handle, status="waiting", step="call")
        await handle.signal(names.CANCEL)
        await handle.result()
    [asked] = activities.checked

    assert (asked.step, asked.attempt) == ("sms", 1)
    assert asked.since is not None
    assert datetime.fromisoformat(asked.due) - datetime.fromisoformat(asked.since) == SHORT
    assert activities.kinds == ["timed_out", "moved_on", "finished"]


async def test_a_wait_that_stood_still_goes_on(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """It waits for as long as it is told, asks the same again at that end, and leaves no row on the way."""
    activities, due = FakeActivities(), list[str]()

    async def prolonged() -> WaitVerdict:
        due.append(from_now(timedelta(seconds=0.5)))
        return WaitVerdict(until=due[-1])

    activities.answers[names.WAIT_CHECK] = [prolonged, prolonged]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(WAITING))
        outcome = await handle.result()
    [first, second, third] = (replace(asked, at=None) for asked in activities.checked)
    times = [asked.at or "" for asked in activities.checked]

    assert outcome == "exhausted"
    assert first == second == third, "what is asked is when it was to end at first"
    assert times == sorted(set(times)), "it is told what time it is by now"
    assert activities.kinds == ["timed_out", "finished"]
    assert activities.records[0].records[0].at >= due[-1]


async def test_what_is_told_in_a_prolonged_wait_counts(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A pause holds up the clock, not the person."""
    activities = FakeActivities()
    activities.answers[names.WAIT_CHECK] = [WaitVerdict(until=from_now(DAY))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(WAITING))
        await until_true(lambda: bool(activities.checked))
        await tell(handle, "replied")
        outcome = await handle.result()

    assert outcome == "completed"


async def test_a_pause_of_the_campaign_stretches_the_wait(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """With the real use cases: nobody has told the run of the pause, and it does not end within it."""
    world = World(clock=FakeClock(datetime.now(UTC)))
    await world.publish()
    enrollment = await world.enroll(task_queue)
    run = Run(enrollment, "acme", plan(Step("text", Channel.SMS, wait=timedelta(seconds=1))))
    async with worker_of(temporal.client, task_queue, world):
        await TemporalRuns(temporal.client, task_queue).start(run)
        handle = temporal.client.get_workflow_handle(workflow_id(enrollment))
        first = await until(handle, status="waiting")
        await world.pause()
        await in_history(handle, EventType.EVENT_TYPE_TIMER_STARTED, count=2)
        then = await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()

    ended, goes_on = (datetime.fromisoformat(state["due"]) for state in (first, then))
    assert world.clock() < ended, "the books' clock is behind the run's"
    assert SHORTEST_CHECK <= goes_on - ended < 2 * SHORTEST_CHECK
    assert [row.kind for row in await world.timeline(enrollment)] == ["finished"]


@pytest.mark.parametrize("rules", [CHECKS_WAITS - 1, CHECKS_WAITS])
async def test_runs_of_earlier_rules_are_not_checked(
    temporal: WorkflowEnvironment, task_queue: str, rules: int
) -> None:
    """A run keeps the rules that it began with: those of version 1 ask nobody at the end of a wait."""
    activities, run = FakeActivities(), Run(task_queue, "acme", plan(WAITING))
    async with working(temporal.client, task_queue, activities):
        handle = await temporal.client.start_workflow(
            names.CAMPAIGN,
            replace(enrollment_input(run), rules=rules),
            id=workflow_id(run.enrollment_id),
            task_queue=task_queue,
            result_type=str,
        )
        outcome = await handle.result()

    assert outcome == "exhausted"
    assert len(activities.checked) == (rules >= CHECKS_WAITS)
    assert activities.kinds == ["timed_out", "finished"]


async def test_a_wait_that_can_never_be_checked_ends_the_run(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """An enrollment that the books do not know any more is not called unanswered: its run is cancelled."""
    activities = FakeActivities()
    activities.answers[names.WAIT_CHECK] = [gone()]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(WAITING, CALL, at_end=ESCALATE))
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.kinds == ["finished"]
    assert activities.handoffs == []


@pytest.mark.parametrize(
    ("told", "outcome"), [(names.CANCEL, "cancelled"), (names.OPTED_OUT, "opted_out"), (None, "completed")]
)
async def test_a_run_hears_while_a_wait_cannot_be_checked(
    temporal: WorkflowEnvironment, task_queue: str, told: str | None, outcome: str
) -> None:
    """While the books are away at the end of a wait, an end and a late answer are still taken."""
    activities = FakeActivities()
    activities.answers[names.WAIT_CHECK] = [down(timedelta(hours=1))] * MANY
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(WAITING, CALL))
        await in_history(handle, EventType.EVENT_TYPE_TIMER_STARTED, count=2)
        await (tell(handle, "replied") if told is None else handle.signal(told))
        ended = await handle.result()

    assert ended == outcome
    assert activities.kinds == ["finished"]
    assert len(activities.sent) == 1


async def test_a_run_that_is_paused_while_its_wait_is_checked(
    time_skipping: WorkflowEnvironment, task_queue: str
) -> None:
    """The end does not count while it is paused; when it goes on, the books are asked once more."""
    activities = FakeActivities()
    back = asyncio.Event()
    activities.answers[names.WAIT_CHECK] = [down_until(back, timedelta(hours=1), WaitVerdict())] * MANY
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, plan(Step("sms", Channel.SMS, wait=DAY)))
        await until(handle, status="waiting")
        await time_skipping.fast_forward(handle, DAY)
        await until(handle, status="checking")
        await handle.signal(names.PAUSE)
        await until_true(lambda: "paused" in activities.kinds)
        back.set()
        await time_skipping.fast_forward(handle, timedelta(hours=2))
        held = await until(handle, status="waiting")
        asked = len(activities.checked)
        await handle.signal(names.RESUME)
        outcome = await handle.result()

    assert held["paused_at"] is not None
    assert outcome == "exhausted"
    assert len(activities.checked) > asked
    assert activities.kinds == ["paused", "resumed", "timed_out", "finished"]


@pytest.mark.parametrize("policy", [*PausePolicy])
async def test_a_run_that_goes_on_by_its_policy(
    time_skipping: WorkflowEnvironment, task_queue: str, policy: PausePolicy
) -> None:
    """What fell due in a pause of a day is sent a day later, passed over, or sent at once."""
    activities = FakeActivities()
    delayed = Step("sms", Channel.SMS, wait=DAY, delay=timedelta(hours=6))
    runs = TemporalRuns(time_skipping.client, task_queue)
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, plan(delayed))
        before = await until(handle, status="scheduled")
        await handle.signal(names.PAUSE)
        await until_true(lambda: "paused" in activities.kinds)
        await time_skipping.fast_forward(handle, DAY)
        await runs.resume(handle.id.removeprefix(workflow_id("")), policy)
        await until_true(lambda: "resumed" in activities.kinds)
        if policy is PausePolicy.FREEZE:
            after = await until(handle, status="scheduled")
        else:
            after = await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert after["paused_at"] is None
    assert len(activities.sent) == (policy is PausePolicy.CATCH_UP)
    assert ("passed_over" in activities.kinds) is (policy is PausePolicy.EXPIRE)
    if policy is PausePolicy.FREEZE:
        assert datetime.fromisoformat(after["due"]) - datetime.fromisoformat(before["due"]) >= DAY


async def test_what_is_not_delivered_in_time_falls_back(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Without a sign that it has arrived, the fallback's route is taken long before the wait is over."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(FALLING_BACK, CALL))
        await until(handle, status="waiting", step="call")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert [step for _, step, _ in activities.sent] == ["sms", "call"]
    assert len(activities.checked) == 1
    assert [row.detail for row in activities.records[0].records] == [
        "not delivered",
        "not delivered -> call",
    ]


async def test_what_is_delivered_in_time_is_waited_for(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A sign that it has arrived lets the wait for an answer go on in full."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(FALLING_BACK, CALL))
        first = await until(handle, status="waiting")
        await tell(handle, "delivered")
        then = await until(handle, status="waiting", delivery="delivered")
        await tell(handle, "replied")
        outcome = await handle.result()

    assert datetime.fromisoformat(then["due"]) - datetime.fromisoformat(first["due"]) == DAY - timedelta(
        seconds=1
    )
    assert outcome == "completed"
    assert [step for _, step, _ in activities.sent] == ["sms"]


async def test_what_is_checked_is_tried_again(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Each attempt has a wait of its own, each checked once."""
    activities = FakeActivities()
    retry = Backoff(attempts=2, first=SHORT, on={Result.UNANSWERED})
    async with working(temporal.client, task_queue, activities):
        step = Step("sms", Channel.SMS, wait=SHORT, retry=retry)
        handle = await start(temporal.client, task_queue, plan(step))
        outcome = await handle.result()

    assert outcome == "exhausted"
    assert [(asked.step, asked.attempt) for asked in activities.checked] == [("sms", 1), ("sms", 2)]
