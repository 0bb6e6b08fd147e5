"""A run that goes over to another version of its campaign, on a real server."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.payloads import HandoffOutcome, Prepared, SendOutcome, WaitVerdict
from adapters.temporal.common.plans import dump_plan
from domain.campaign import Plan
from domain.enrollment.migrate import END
from domain.enrollment.turn import HANDOFF
from domain.statuses import Channel, Result
from domain.steps import ESCALATE, NEXT, Route, RouteKind, Split, Step
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import (
    DAY,
    MANY,
    FakeActivities,
    Handle,
    down_until,
    in_history,
    migrate,
    plan,
    retrying_plan,
    start,
    tell,
    until,
    until_true,
    when,
    working,
)

MAIL = Step("mail", Channel.EMAIL, wait=DAY)
STAYS = Step("sms", Channel.SMS, wait=DAY, routes={Result.DELIVERED: Route(RouteKind.STEP, "mail")})
NEWER = plan(Split("fork", (NEXT,)), STAYS, MAIL, version=2)
"""The text is its second step, and what is delivered there leads to a mail."""


async def test_a_step_that_remains_goes_on_under_the_new_plan(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Its wait stays as it is; what comes then leads where the new version says."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        before = await until(handle, status="waiting")
        await migrate(handle, NEWER, {"sms": "sms"})
        after = await until(handle, version=2)
        await tell(handle, "delivered")
        await until(handle, status="waiting", step="mail")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert after == {**before, "version": 2}
    assert [step for _, step, _ in activities.sent] == ["sms", "mail"]
    assert activities.kinds == ["migrated", "moved_on", "finished"]
    assert activities.places == [("sms", 2), ("mail", 2)]
    assert activities.records[0].records[0].detail == "version 1 -> 2, at sms"


async def test_a_step_that_is_moved_begins_the_other(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """What it waited for is left behind; a late report about it still moves nothing back."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await migrate(handle, NEWER, {"sms": "mail"})
        await until(handle, status="waiting", step="mail")
        await tell(handle, "delivered")
        still = await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert still["step"] == "mail"
    assert activities.places == [("mail", 2)]
    assert activities.kinds == ["migrated", "finished"]


async def test_a_split_can_be_the_place_to_go_on(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """It asks, and leads on; the step that was sent under the old version is not ordered anew."""
    activities = FakeActivities()
    activities.answers[names.STEP_PREPARE] = [Prepared(branch=0)]
    fork = Split("fork", (Route(RouteKind.STEP, "mail"),))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await migrate(handle, plan(fork, STAYS, MAIL, version=2), {"sms": "fork"})
        await until(handle, status="waiting", step="mail")

    assert [asked.step for asked in activities.prepared] == ["fork"]
    assert activities.places == [("fork", 2), ("mail", 2)]


async def test_the_end_can_be_the_choice(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Whoever stands at a step that the publisher gives up is cancelled, and stands nowhere new."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await migrate(handle, NEWER, {"sms": END})
        outcome = await handle.result()

    assert outcome == "cancelled"
    assert activities.places == []
    assert activities.records[-1].records[-1].detail == "cancelled: by version 2"


@pytest.mark.parametrize("moves", [{}, {"mail": "mail"}, {"sms": "gone"}])
async def test_a_run_that_has_no_place_stays(
    temporal: WorkflowEnvironment, task_queue: str, moves: dict[str, str]
) -> None:
    """Without a move for its step it follows the version that it began with, and its wait goes on."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        before = await until(handle, status="waiting")
        await migrate(handle, NEWER, moves)
        after = await until(handle, status="waiting")
        await tell(handle, "delivered")
        outcome = await handle.result()

    assert after == before
    assert outcome == "completed"
    assert activities.kinds == ["finished"]


async def test_a_send_that_is_under_way_comes_first(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """The plan changes once the call has ended, and what it came to is not lost."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("ref", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until_true(lambda: bool(activities.sent))
        await migrate(handle, NEWER, {"sms": "sms"})
        held = await until(handle, status="sending")
        answer.set()
        after = await until(handle, status="waiting", version=2)
        await handle.signal(names.CANCEL)
        await handle.result()

    assert held["version"] == 1
    assert (after["step"], after["in_doubt"]) == ("sms", False)
    assert activities.sent == [("sms_send", "sms", 1)]


async def test_a_send_that_is_rejected_meanwhile(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """The old version decides what follows; the new one is followed from the next safe place on."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome(None, "rejected", reason="no"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(STAYS, evolve(MAIL, delay=DAY)))
        await until_true(lambda: bool(activities.sent))
        await migrate(handle, NEWER, {"sms": END, "mail": "mail"})
        await until(handle, status="sending")
        answer.set()
        after = await until(handle, version=2)
        await handle.signal(names.CANCEL)
        await handle.result()

    assert (after["status"], after["step"]) == ("scheduled", "mail")
    assert activities.kinds == ["moved_on", "migrated", "finished"]


async def test_a_handoff_that_is_under_way_comes_first(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A case that is being given to a human is not dropped halfway: it is given, and then ended."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [SendOutcome(None, "rejected", reason="no")]
    activities.answers["handoff_create"] = [when(answer, HandoffOutcome("ticket-1"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(at_end=ESCALATE, handoff_wait=DAY))
        await until_true(lambda: bool(activities.handoffs))
        await migrate(handle, NEWER, {HANDOFF: END})
        held = await until(handle, status="handing_off")
        answer.set()
        outcome = await handle.result()

    assert held["version"] == 1
    assert outcome == "cancelled"
    assert activities.kinds == ["escalated", "finished"]


async def test_a_question_that_is_under_way_comes_first(
    time_skipping: WorkflowEnvironment, task_queue: str
) -> None:
    """While it is asked whether a wait is over, the plan does not change under the question."""
    activities, back = FakeActivities(), asyncio.Event()
    activities.answers[names.WAIT_CHECK] = [down_until(back, timedelta(hours=1), WaitVerdict())] * MANY
    followed = plan(STAYS, evolve(MAIL, delay=DAY))
    async with working(time_skipping.client, task_queue, activities):
        handle = await start(time_skipping.client, task_queue, followed)
        await until(handle, status="waiting")
        await time_skipping.fast_forward(handle, DAY)
        await until(handle, status="checking")
        await migrate(handle, NEWER, {"sms": END, "mail": "mail"})
        held = await until(handle, status="checking")
        back.set()
        await time_skipping.fast_forward(handle, timedelta(hours=1))
        await until(handle, version=2, step="mail")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert held["version"] == 1
    assert activities.kinds == ["timed_out", "moved_on", "migrated", "finished"]


async def test_a_paused_run_goes_over_at_once(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Without a timer there is nothing to wait for: the version is another one, and it still stands still."""
    activities = FakeActivities()
    followed = plan(Step("sms", Channel.SMS, wait=timedelta(seconds=1)))
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, followed)
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        paused = await _paused(handle)
        await until_true(lambda: datetime.now(UTC) > datetime.fromisoformat(paused["due"]))
        await migrate(handle, NEWER, {"sms": "sms"})
        moved = await until(handle, version=2)
        timers = _timers(await handle.fetch_history())
        await handle.signal(names.RESUME)
        resumed = await until(handle, paused_at=None)
        await until(handle, status="waiting", step="mail")
        await handle.signal(names.CANCEL)
        await handle.result()

    assert moved == {**paused, "version": 2}, "its wait is not over, though its time has passed"
    assert timers == 1, "that of the wait before the pause"
    assert resumed["due"] > paused["due"]
    assert activities.kinds == ["paused", "migrated", "resumed", "timed_out", "moved_on", "finished"]


async def test_a_paused_run_begins_the_other_step_when_it_goes_on(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A pause holds back what a migration would send."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        await _paused(handle)
        await migrate(handle, NEWER, {"sms": "mail"})
        held = await until(handle, version=2)
        sent = len(activities.sent)
        await handle.signal(names.RESUME)
        await until(handle, status="waiting", step="mail")

    assert (held["status"], held["step"]) == ("scheduled", "mail")
    assert held["paused_at"] is not None
    assert sent == 1


@pytest.mark.parametrize("moves", [{}, {"sms": "gone"}])
async def test_a_paused_run_that_has_no_place_stays(
    temporal: WorkflowEnvironment, task_queue: str, moves: dict[str, str]
) -> None:
    """It neither fails nor goes on: it is still paused, and hears what comes."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        await handle.signal(names.PAUSE)
        paused = await _paused(handle)
        await migrate(handle, NEWER, moves)
        after = await until(handle, status="waiting")
        await handle.signal(names.CANCEL)
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert after == paused
    assert outcome == "cancelled"
    assert not any(event.HasField("workflow_task_failed_event_attributes") for event in history.events)


async def test_the_last_choice_counts(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Of versions that come while a send is under way the last is followed, and no garbage undoes it."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("ref", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until_true(lambda: bool(activities.sent))
        await migrate(handle, NEWER, {"sms": END})
        await migrate(handle, evolve(NEWER, version=3), {"sms": "sms"})
        await handle.signal(names.MIGRATE, {"version": 4, "plan": {"steps": [{}]}, "moves": {}})
        answer.set()
        after = await until(handle, status="waiting", version=3)

    assert after["step"] == "sms"
    assert activities.places == [("sms", 3)]


async def test_one_version_after_the_other(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A run can go over as often as its campaign is published."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
        for version in (2, 3, 4):
            await migrate(handle, evolve(NEWER, version=version), {"sms": "sms"})
            await until(handle, status="waiting", version=version)
        await tell(handle, "replied")
        outcome = await handle.result()

    assert outcome == "completed"
    assert activities.places == [("sms", 2), ("sms", 3), ("sms", 4)]
    assert len(activities.sent) == 1


async def test_an_answer_that_comes_with_it_is_not_lost(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A migration and a report that are found in one task: the report is taken under the new version."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
    await migrate(handle, NEWER, {"sms": "sms"})
    await tell(handle, "delivered")
    async with working(temporal.client, task_queue, activities):
        await until(handle, status="waiting", step="mail")

    assert activities.kinds == ["migrated", "moved_on"]


async def test_what_was_heard_before_it_counts_first(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A person who has answered is not ended by a version that came after the answer, in the same task."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan())
        await until(handle, status="waiting")
    await tell(handle, "replied")
    await migrate(handle, NEWER, {"sms": END})
    async with working(temporal.client, task_queue, activities):
        outcome = await handle.result()

    assert outcome == "completed"
    assert activities.kinds == ["finished"]


async def test_a_send_that_a_report_has_overtaken_comes_first(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Its call goes on, though the run waits at the next step: what is under way ends under its plan."""
    activities, answer = FakeActivities(), asyncio.Event()
    activities.answers["sms_send"] = [when(answer, SendOutcome("ref", "accepted"))]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(STAYS, evolve(MAIL, delay=DAY)))
        await until_true(lambda: bool(activities.sent))
        await tell(handle, "delivered")
        await until(handle, status="scheduled", step="mail")
        await migrate(handle, NEWER, {"mail": "sms"})
        held = await until(handle, status="scheduled")
        answer.set()
        after = await until(handle, status="waiting", version=2)
        await handle.signal(names.CANCEL)
        await handle.result()

    assert (held["version"], held["step"]) == (1, "mail")
    assert after["step"] == "sms"
    assert activities.sent == [("sms_send", "sms", 1)] * 2, "the second one is told what became of the first"


async def test_a_wait_that_ends_with_it_is_not_lost(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A migration and the end of the wait found in one task: the run goes over, then it times out."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(
            temporal.client, task_queue, plan(Step("sms", Channel.SMS, wait=timedelta(seconds=1)))
        )
        await until(handle, status="waiting")
    await migrate(handle, NEWER, {"sms": "sms"})
    await in_history(handle, EventType.EVENT_TYPE_TIMER_FIRED)
    async with working(temporal.client, task_queue, activities):
        await until(handle, status="waiting", step="mail")

    assert activities.kinds == ["migrated", "timed_out", "moved_on"]


async def test_a_back_off_goes_on(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """An attempt that is yet to be made is made under the new version, at the time that it had."""
    activities = FakeActivities()
    newer = evolve(retrying_plan(), version=2)
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, retrying_plan())
        await until(handle, status="waiting")
        await tell(handle, "failed")
        await migrate(handle, newer, {"sms": "sms"})
        after = await until(handle, status="waiting", attempt=2, version=2)

    assert after["step"] == "sms"
    assert [attempt for _, _, attempt in activities.sent] == [1, 2]


async def test_a_migrated_run_continues_as_new_with_its_new_plan(task_queue: str) -> None:
    """A new run carries the version that the old one had gone over to, and begins where that one stood."""
    activities = FakeActivities()
    async with (
        await start_server("limit.historyCount.suggestContinueAsNew=30") as server,
        working(server.client, task_queue, activities),
    ):
        handle = await start(server.client, task_queue, plan())
        await until(handle, status="waiting")
        await migrate(handle, NEWER, {"sms": "sms"})
        before = await until(handle, version=2)
        first = (await handle.describe()).run_id
        while (await handle.describe()).run_id == first:
            await tell(handle, "sent")
        after = await until(handle, status="waiting")
        begun = _input(await handle.fetch_history())
        await tell(handle, "delivered")
        await until(handle, status="waiting", step="mail")

    assert after == {**before, "delivery": "sent"}
    assert begun["version"] == 2
    assert begun["plan"] == dump_plan(NEWER)
    assert activities.places == [("sms", 2), ("mail", 2)]
    assert [step for _, step, _ in activities.sent] == ["sms", "mail"]


@pytest.mark.parametrize("newer", [evolve(NEWER, goals={"booked"}), NEWER], ids=["another goal", "no goal"])
async def test_goals_are_those_of_the_new_version(
    temporal: WorkflowEnvironment, task_queue: str, newer: Plan
) -> None:
    """What wins a run is what the version says that it follows."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(goals={"paid"}))
        await until(handle, status="waiting")
        await migrate(handle, newer, {"sms": newer.steps[-1].key})
        await until(handle, status="waiting", version=2)
        await handle.signal(names.GOAL_REACHED, args=["paid", "booked"])
        if not newer.goals:
            await handle.signal(names.CANCEL)
        outcome = await handle.result()

    assert outcome == ("won" if newer.goals else "cancelled")


async def _paused(handle: Handle) -> dict[str, Any]:
    """Wait until the run stands still."""
    while True:
        state = await until(handle, outcome=None)
        if state["paused_at"] is not None:
            return state


def _timers(history: WorkflowHistory) -> int:
    return sum(event.HasField("timer_started_event_attributes") for event in history.events)


def _input(history: WorkflowHistory) -> dict[str, Any]:
    """What a run began with, as decoded JSON."""
    started = history.events[0].workflow_execution_started_event_attributes
    begun: dict[str, Any] = json.loads(started.input.payloads[0].data)
    return begun
