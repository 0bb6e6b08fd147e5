"""What the happy path costs, and that nothing personal is in any history; both from real histories."""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.common.billing import billable_actions
from adapters.temporal.common.mapping import enrollment_input
from adapters.temporal.common.payloads import Prepared
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.errors import TransientFault
from application.ports.interactions import Interaction
from application.ports.messaging import Refused
from application.ports.runs import Run
from domain.enrollment.decide import CHECKS_WAITS
from domain.enrollment.state import Outcome
from domain.idempotency import workflow_id
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import COMPLETE, ESCALATE, NEXT, Split, Step
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    in_history,
    plan,
    start,
    tell,
    until,
    until_true,
    working,
)
from tests.unit.application.world import World
from trials.bench.shapes import MOST_ACTIONS, MOST_EVENTS

NAME, PHONE, EMAIL = "Ada Lovelace", "+15550100042", "ada@example.com"


async def test_the_happy_path_is_cheap(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Start, send, delivered, recorded, finished: at most 20 history events and 5 billable actions."""
    world = await _world()
    enrollment = await world.enroll(f"{NAME} {task_queue}", PHONE, EMAIL)
    runs = TemporalRuns(temporal.client, task_queue)
    async with worker_of(temporal.client, task_queue, world):
        handle = temporal.client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment))
        text = Step("text", Channel.SMS, wait=DAY, routes={Result.DELIVERED: COMPLETE})
        await runs.start(Run(enrollment, "acme", plan(text)))
        await until(handle, status="waiting")
        assert await runs.tell(enrollment, [_delivered(world, enrollment)])
        outcome = await handle.result()
        history = await handle.fetch_history()
    events, actions = len(history.events), billable_actions(history.events)
    size = sum(event.ByteSize() for event in history.events)
    print(f"happy path: {events} events, {actions} billable actions, {size} bytes")  # noqa: T201 - the figures of the docs

    assert outcome == "completed"
    assert world.database.state.enrollments[enrollment].outcome is Outcome.COMPLETED
    assert events <= MOST_EVENTS
    assert actions <= MOST_ACTIONS
    _assert_nothing_personal(history)


@pytest.mark.parametrize("rules", [CHECKS_WAITS - 1, CHECKS_WAITS])
async def test_a_wait_that_is_checked_costs_no_more(
    temporal: WorkflowEnvironment, task_queue: str, rules: int
) -> None:
    """Start, send, timer, and one task in which the wait is checked and its end is written: four actions.

    The rules of version 1 did not check it, and cost the same.
    """
    world = await _world()
    enrollment = await world.enroll(f"{NAME} {task_queue}", PHONE, EMAIL)
    run = Run(enrollment, "acme", plan(Step("text", Channel.SMS, wait=SHORT)))
    async with worker_of(temporal.client, task_queue, world):
        handle = await temporal.client.start_workflow(
            names.CAMPAIGN,
            replace(enrollment_input(run), rules=rules),
            id=workflow_id(enrollment),
            task_queue=task_queue,
            result_type=str,
        )
        outcome = await handle.result()
        history = await handle.fetch_history()
    events, actions = len(history.events), billable_actions(history.events)
    print(f"time-out, rules {rules}: {events} events, {actions} billable actions")  # noqa: T201 - the figures of the docs

    assert outcome == "exhausted"
    assert actions == 4
    assert events <= MOST_EVENTS
    _assert_nothing_personal(history)


async def test_a_step_that_asks_first_costs_one_more(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """However much is asked before a send: it is one task of the run, and one action more."""
    activities = FakeActivities()
    steps = (Split("fork", (NEXT,)), Step("sms", Channel.SMS, wait=DAY, conditional=True))
    activities.answers[names.STEP_PREPARE] = [Prepared(branch=0), Prepared()]
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, plan(*steps))
        await until_true(lambda: bool(activities.sent))  # a query would make a task of its own
        await in_history(handle, EventType.EVENT_TYPE_TIMER_STARTED)
        await tell(handle, "replied")
        outcome = await handle.result()
        history = await handle.fetch_history()
    events, actions = len(history.events), billable_actions(history.events)
    print(f"split and condition: {events} events, {actions} billable actions")  # noqa: T201 - the figures of the docs

    assert outcome == "completed"
    assert actions == MOST_ACTIONS + 1
    assert len(activities.prepared) == 2


async def test_nothing_personal_is_in_a_history_where_all_goes_wrong(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Faults, refusals and errors that quote personal data leave nothing of it in the history."""
    world = await _world()
    enrollment = await world.enroll(f"{NAME} {task_queue}", PHONE, EMAIL)
    world.sms.answers = [TransientFault("503", SHORT), Refused("21211 invalid number")]
    world.email.answers = [KeyError(f"{NAME} <{EMAIL}> {PHONE}")]
    world.desk.faults = [ValueError(f"no seat for {NAME}")]
    steps = (
        Step("text", Channel.SMS, wait=DAY),
        Step("mail", Channel.EMAIL, wait=SHORT),
        Step("broken", Channel.VOICE, wait=SHORT),
    )
    async with worker_of(temporal.client, task_queue, world):
        handle = temporal.client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment))
        followed = plan(*steps, at_end=ESCALATE, patience=timedelta(minutes=5))
        await TemporalRuns(temporal.client, task_queue).start(Run(enrollment, "acme", followed))
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert outcome == "escalated"
    assert len(world.desk.opened) == 2
    _assert_nothing_personal(history)
    assert "unexpected ValueError at tests.fakes.desk" in _print(history)


def _assert_nothing_personal(history: WorkflowHistory) -> None:
    printed = _print(history)
    assert '"step":"text"' in printed, "payloads are decoded"
    assert '"acme"' in printed, "search attributes are decoded"
    for secret in (NAME, "Ada", "Lovelace", PHONE, PHONE[-7:], EMAIL, "ada@", "Hello"):
        assert secret not in printed


def _print(history: WorkflowHistory) -> str:
    """All that a history says, line by line, payloads decoded."""
    return "\n".join(_lines(history.to_json_dict()))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key == "data" and isinstance(inner, str):
                yield base64.b64decode(inner).decode()
            yield from _lines(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner)
    else:
        yield str(value)


async def _world() -> World:
    world = World()
    await world.publish()
    return world


def _delivered(world: World, enrollment: str) -> Interaction:
    return Interaction(
        key=f"fake:{uuid.uuid4()}",
        kind="delivered",
        at=world.clock(),
        enrollment_id=enrollment,
        step="text",
        attempt=1,
        provider="fake",
        status=DeliveryStatus.DELIVERED,
    )
