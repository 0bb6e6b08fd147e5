"""The campaign workflow on a real server: it hears what it must and ends as the plan says."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.payloads import ProviderEventSignal, SendOutcome
from adapters.temporal.common.plans import dump_plan
from domain.backoff import Backoff
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, ESCALATE, EXIT, NEXT, Route, RouteKind, Step
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    plan,
    retrying_plan,
    start,
    tell,
    until,
    until_true,
    when,
    working,
)


async def test_signal_completes(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A run that waits for an answer is completed by it."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await tell(handle, "delivered")
        outcome = await handle.result()
        description = await handle.describe()

    assert outcome == "completed"
    assert description.status is WorkflowExecutionStatus.COMPLETED
    assert activities.sent == [("sms_send", "sms", 1)]
    assert activities.kinds == ["finished"]
    assert activities.records[0].finish is not None


@pytest.mark.parametrize(("signal", "outcome"), [(names.OPTED_OUT, "opted_out"), (names.CANCEL, "cancelled")])
async def test_a_run_that_waits_is_ended_by_a_signal(
    temporal: WorkflowEnvironment, task_queue: str, signal: str, outcome: str
) -> None:
    """An opt-out or a cancellation ends a run at once, and the timeline tells why."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(signal)
        ended = await handle.result()

    assert ended == outcome
    assert activities.records[-1].finish is not None
    assert activities.records[-1].finish.outcome == outcome


async def test_temporals_own_cancellation_is_one_too(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A run that is cancelled in the Temporal UI or CLI ends as cancelled, and the timeline tells it."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.cancel()
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.kinds == ["finished"]


async def test_a_run_outlives_its_place_in_the_cache(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A run that another worker takes over goes on where it stood."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        waiting = await until(handle, status="waiting")
    async with working(temporal.client, task_queue, activities):
        taken_over = await until(handle, status="waiting")
        await tell(handle, "delivered")
        outcome = await handle.result()

    assert taken_over == waiting
    assert outcome == "completed"
    assert len(activities.sent) == 1


async def test_a_cancellation_does_not_wait_for_a_provider_that_is_down(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """While a send backs off for an hour, a cancel signal ends the run and drops the send."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [_later(3600)]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until_true(lambda: bool(activities.sent))
        await handle.signal(names.CANCEL)
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert len(activities.sent) == 1


async def test_a_call_under_way_ends_before_the_run(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A report that comes before the send's own answer counts, and the send still ends in the history."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("ref", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until_true(lambda: bool(activities.sent))
        await tell(handle, "delivered")
        await until(handle, status="finished")
        answer.set()
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert outcome == "completed"
    assert any(event.HasField("activity_task_completed_event_attributes") for event in history.events)


async def test_a_paused_run_stands_still(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Pausing takes the timer away; resuming sets it anew with the time that was left."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        waiting = await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        paused = await until(handle, status="waiting", due=waiting["due"])
        await until_true(lambda: "paused" in activities.kinds)
        await handle.signal(names.RESUME)
        resumed = await until(handle, paused_at=None)
        await until_true(lambda: "resumed" in activities.kinds)
        await tell(handle, "delivered")
        await handle.result()
        history = await handle.fetch_history()

    assert paused["due"] == waiting["due"]
    assert resumed["due"] > waiting["due"]
    assert activities.kinds == ["paused", "resumed", "finished"]
    started = sum(event.HasField("timer_started_event_attributes") for event in history.events)
    assert started == 2


@pytest.mark.parametrize(
    ("signal", "arguments"),
    [
        (names.PROVIDER_EVENT, []),
        (names.PROVIDER_EVENT, ["delivered"]),
        (names.PROVIDER_EVENT, [{"step": "sms", "attempt": 1, "status": "teleported"}]),
        (names.PROVIDER_EVENT, [{"step": "sms", "attempt": "first", "status": "delivered"}]),
        (names.PROVIDER_EVENT, [{"step": None, "attempt": 1, "status": "delivered"}]),
        (names.PROVIDER_EVENT, [{"attempt": 1}, {}]),
        (names.PROVIDER_EVENT, [{"step": "sms", "attempt": 7, "status": "delivered"}]),
        (names.PROVIDER_EVENT, [b"\x00"]),
        (names.RESUME, [{"surplus": True}]),
        (names.RESUME, ["teleport", None]),
        (names.GOAL_REACHED, []),
        (names.GOAL_REACHED, [None, {"goal": "booked"}, ["booked"], b"\x00", 1e9]),
        (names.MIGRATE, []),
        (names.MIGRATE, [None, "2", b"\x00", [2, {}, {}]]),
        (names.MIGRATE, [{"version": 2, "plan": {}, "moves": {}}]),
        (names.MIGRATE, [{"version": "2", "plan": dump_plan(plan()), "moves": {"sms": "sms"}}]),
        (names.MIGRATE, [{"version": 2, "plan": dump_plan(plan()), "moves": {"sms": 1}}]),
        (names.MIGRATE, [{"version": 2, "plan": {**dump_plan(plan()), "at_end": 1}, "moves": {}}]),
        (names.MIGRATE, [{"version": 2, "plan": {**dump_plan(plan()), "patience": 1e300}, "moves": {}}]),
        (names.MIGRATE, [{"version": 2, "plan": {**dump_plan(plan()), "refused": [1]}, "moves": {}}]),
        (names.MIGRATE, [{"version": 2, "plan": dump_plan(plan()), "moves": {"gone": "sms"}}]),
        (names.MIGRATE, [{"version": 2, "plan": dump_plan(plan()), "moves": {"sms": "gone"}}]),
        ("no_such_signal", [1]),
    ],
)
async def test_a_malformed_signal_changes_nothing(
    temporal: WorkflowEnvironment, task_queue: str, signal: str, arguments: list[Any]
) -> None:
    """A signal that cannot be read is dropped, and the run goes on to hear the next one."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(signal, args=arguments)
        await tell(handle, "delivered")
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert outcome == "completed"
    assert not any(event.HasField("workflow_task_failed_event_attributes") for event in history.events)


async def test_fields_that_come_later_are_no_problem(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A signal from a newer version, with a field that is not known here, is heard."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        newer = {"step": "sms", "attempt": 1, "status": "delivered", "carrier": "x"}
        await handle.signal(names.PROVIDER_EVENT, newer)
        outcome = await handle.result()

    assert outcome == "completed"


async def test_repeated_and_reordered_reports_act_once(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A failure that is reported three times, once after the next attempt, leads to one new attempt."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan())
        await until(handle, status="waiting")
        for _ in range(2):
            await tell(handle, "failed")
        await until(handle, status="waiting", attempt=2)
        await tell(handle, "failed")
        await tell(handle, "replied", attempt=2)
        outcome = await handle.result()

    assert outcome == "completed"
    assert [attempt for _, _, attempt in activities.sent] == [1, 2]
    assert activities.kinds == ["backed_off", "finished"]


async def test_a_rejected_message_leads_to_the_next_step(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """What a provider refuses for good is not waited for: the plan goes on, on another channel."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [SendOutcome(None, "rejected", reason="21614 not a mobile number")]
    steps = (
        Step("sms", Channel.SMS, wait=DAY),
        Step("email", Channel.EMAIL, wait=SHORT, routes={Result.UNANSWERED: NEXT}),
        Step("call", Channel.VOICE, wait=DAY, routes={Result.ANSWERED: COMPLETE}),
    )
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps))
        await until(handle, status="waiting", step="call")
        await tell(handle, "answered", step="call")
        outcome = await handle.result()

    assert outcome == "completed"
    assert [name for name, _, _ in activities.sent] == ["sms_send", "email_send", "voice_start"]
    assert activities.kinds == ["moved_on", "timed_out", "moved_on", "finished"]


@pytest.mark.parametrize(
    ("status", "refusal"),
    [("refused", "window"), ("refused", "paused"), ("deferred", None)],
    ids=["window", "paused", "as earlier versions tell it"],
)
async def test_a_deferred_message_is_sent_later(
    temporal: WorkflowEnvironment, task_queue: str, status: str, refusal: str | None
) -> None:
    """A message that the gate holds back is the same attempt when it is tried again."""
    activities = FakeActivities()
    later = (datetime.now(UTC) + 5 * SHORT).isoformat()
    activities.answers["sms_send"] = [SendOutcome(None, status, "not now", later, refusal)]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await tell(handle, "delivered")
        await handle.result()

    assert activities.sent == [("sms_send", "sms", 1)] * 2
    assert activities.kinds == ["deferred", "finished"]


async def test_a_send_is_told_when_it_fell_due(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """However often a pause holds it up, the gate hears when it was due at first and since when."""
    activities = FakeActivities()
    now = datetime.now(UTC)
    activities.answers["sms_send"] = [
        SendOutcome(None, "refused", "campaign paused", (now + times * SHORT).isoformat(), "paused")
        for times in (10, 15)
    ]
    delayed = Step("sms", Channel.SMS, wait=DAY, delay=SHORT)
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(delayed))
        await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()
    [told, *again] = activities.payloads

    assert told.due is not None
    assert told.since is not None
    assert datetime.fromisoformat(told.due) - datetime.fromisoformat(told.since) == SHORT
    assert again == [told, told]
    assert activities.kinds == ["deferred", "finished"], "one row tells of a pause"


@pytest.mark.parametrize(
    ("refusal", "until_when", "then"),
    [
        ("consent", None, ["moved_on"]),
        ("window", None, ["moved_on"]),
        ("expired", None, ["passed_over", "timed_out", "moved_on"]),
    ],
)
async def test_what_follows_from_a_refusal(
    temporal: WorkflowEnvironment, task_queue: str, refusal: str, until_when: str | None, then: list[str]
) -> None:
    """A touch that may not go out is left out at once; one that a pause has let expire keeps its wait."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [SendOutcome(None, "refused", refusal, until_when, refusal)]
    steps = (Step("sms", Channel.SMS, wait=SHORT), Step("email", Channel.EMAIL, wait=DAY))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps))
        await until(handle, status="waiting", step="email")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert [kind for kind in activities.kinds if kind != "refused"] == [*then, "finished"]
    assert ("refused" in activities.kinds) is (then == ["moved_on"])
    assert [name for name, _, _ in activities.sent] == ["sms_send", "email_send"]


async def test_a_refusal_can_end_the_run(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Where the campaign says so, a missing consent ends the enrollment."""
    activities = FakeActivities()
    activities.answers["sms_send"] = [SendOutcome(None, "refused", "no consent", None, "consent")]
    strict = plan(refused={Refusal.CONSENT: Consequence.END})
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, strict)
        outcome = await handle.result()

    assert outcome == "exited"
    assert activities.kinds == ["refused", "finished"]


async def test_a_key_that_is_pressed_has_its_own_route(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """What a person presses on a call leads where the plan says for that key."""
    activities = FakeActivities()
    call = Step("call", Channel.VOICE, wait=DAY, pressed={"1": Route(RouteKind.STEP, "sms"), "2": EXIT})
    steps = (call, Step("email", Channel.EMAIL, wait=DAY), Step("sms", Channel.SMS, wait=DAY))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps))
        await until(handle, status="waiting")
        await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="1"))
        await until(handle, status="waiting", step="sms")
        await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal("call", 1, "replied", pressed="2"))
        outcome = await handle.result()

    assert outcome == "exited"
    assert [step for _, step, _ in activities.sent] == ["call", "sms"]
    assert [row.detail for told in activities.records for row in told.records] == [
        "pressed 1 -> sms",
        "exited: pressed 2",
    ]


@pytest.mark.parametrize(("goals", "outcome"), [(["browsed", "booked"], "won"), (["browsed"], "completed")])
async def test_a_goal_wins_the_run(
    temporal: WorkflowEnvironment, task_queue: str, goals: list[str], outcome: str
) -> None:
    """An event that the campaign is for ends the run from wherever it is; any other one changes nothing."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(goals={"booked"}))
        await until(handle, status="waiting")
        await handle.signal(names.GOAL_REACHED, args=goals)
        if outcome != "won":
            await tell(handle, "delivered")
        ended = await handle.result()

    assert ended == outcome
    assert activities.kinds == ["finished"]


async def test_a_goal_is_heard_while_a_send_is_under_way(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """The run is won; what is being sent ends first, so that nothing is left in doubt."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("ref", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(goals={"booked"}))
        await until_true(lambda: bool(activities.sent))
        await handle.signal(names.GOAL_REACHED, "booked")
        won = await until(handle, status="finished")
        answer.set()
        outcome = await handle.result()

    assert won["outcome"] == outcome == "won"


async def test_a_report_can_be_the_goal(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A click wins a campaign whose goal it is, also where it comes late, from the step before."""
    activities = FakeActivities()
    steps = (Step("sms", Channel.SMS, wait=DAY), Step("email", Channel.EMAIL, wait=DAY))
    followed = plan(*steps, goal_statuses={DeliveryStatus.CLICKED})
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, followed)
        await until(handle, status="waiting")
        await tell(handle, "failed")
        await until(handle, status="waiting", step="email")
        await tell(handle, "clicked")
        outcome = await handle.result()

    assert outcome == "won"


async def test_a_place_is_told_only_when_it_is_a_new_one(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Rows carry step and version of a run that has come to another step, and of no other."""
    activities = FakeActivities()
    retry = Backoff(attempts=2, first=SHORT, on={Result.FAILED})
    steps = (Step("sms", Channel.SMS, wait=DAY, retry=retry), Step("email", Channel.EMAIL, wait=DAY))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps, at_end=ESCALATE, handoff_wait=DAY))
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await handle.signal(names.RESUME)
        await tell(handle, "failed")
        await until(handle, status="waiting", attempt=2)
        await tell(handle, "failed", attempt=2)
        await until(handle, status="waiting", step="email")
        await tell(handle, "bounced", step="email")
        await until(handle, status="handed_off")
        await handle.signal(names.HANDOFF_RESOLVED)
        await handle.result()
    told = [(told.records[0].kind, told.step, told.version) for told in activities.records]

    assert told == [
        ("paused", None, None),
        ("resumed", None, None),
        ("backed_off", None, None),
        ("moved_on", "email", 1),
        ("escalated", "handoff", 1),
        ("finished", None, None),
    ]


def _later(seconds: float) -> Exception:
    return ApplicationError("down", type="TransientFault", next_retry_delay=timedelta(seconds=seconds))
