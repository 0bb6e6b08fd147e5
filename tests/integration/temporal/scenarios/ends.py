"""Humans, cancel requests of Temporal's own, books that do not know a run any more, and long histories."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.enums.v1 import EventType

from adapters.temporal.common import names
from adapters.temporal.common.payloads import SendOutcome, WaitVerdict
from domain.statuses import Channel
from domain.steps import ESCALATE, Step
from tests.integration.temporal.scenarios.scenario import Runs, Scenario, Stage
from tests.integration.temporal.scenarios.touches import MAIL
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    Handle,
    down,
    gone,
    in_history,
    plan,
    retrying_plan,
    tell,
    until,
    until_true,
    when,
)

QUICK = Step("sms", Channel.SMS, wait=SHORT)


async def _escalated(stage: Stage) -> Handle:
    """The second attempt backs off, and fails as the first one did."""
    handle = await stage.waiting(retrying_plan())
    await tell(handle, "failed")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "failed", attempt=2)
    return handle


async def _resolved(stage: Stage) -> Handle:
    """A human has the case, and closes it."""
    handle = await stage.start(plan(QUICK, at_end=ESCALATE, handoff_wait=DAY))
    await until(handle, status="handed_off")
    await handle.signal(names.HANDOFF_RESOLVED)
    return handle


async def _left_open(stage: Stage) -> Handle:
    """Nobody closes the case for as long as it may stay open."""
    return await stage.start(plan(QUICK, at_end=ESCALATE, handoff_wait=SHORT))


async def _desk_unknown(stage: Stage) -> Handle:
    """The case can never be handed over."""
    stage.activities.answers[names.HANDOFF_CREATE] = [gone()]
    return await stage.start(plan(QUICK, at_end=ESCALATE))


async def _dropped_handoff(stage: Stage) -> Handle:
    """The desk is down, and somebody cancels meanwhile: what backs off is dropped."""
    stage.activities.answers[names.HANDOFF_CREATE] = [down(timedelta(minutes=5))]
    handle = await stage.start(plan(QUICK, at_end=ESCALATE))
    await until_true(lambda: bool(stage.activities.handoffs))
    await handle.signal(names.CANCEL)
    return handle


async def _cancel_requested(stage: Stage) -> Handle:
    """By Temporal's own way, while it waits."""
    handle = await stage.waiting(plan())
    await handle.cancel()
    return handle


async def _cancel_requested_while_writing(stage: Stage) -> Handle:
    """The rows are written all the same, and the run ends after that."""
    stage.activities.answers[names.INTERACTIONS_LOG] = [down(timedelta(seconds=4))]
    handle = await stage.waiting(plan(Step("sms", Channel.SMS, wait=DAY), MAIL))
    await handle.signal(names.PAUSE)
    await in_history(handle, EventType.EVENT_TYPE_TIMER_CANCELED)
    await handle.cancel()
    return handle


async def _cancel_requested_at_the_end(stage: Stage) -> Handle:
    """It has ended but for a call that is under way."""
    released = asyncio.Event()
    stage.activities.answers["sms_send"] = [when(released, SendOutcome("ref-1", "accepted"))]
    handle = await stage.start(plan())
    await until_true(lambda: bool(stage.activities.sent))
    await handle.signal(names.CANCEL)
    await until(handle, status="finished")
    await handle.cancel()
    await in_history(handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED)
    released.set()
    return handle


async def _rows_unknown(stage: Stage) -> Handle:
    """The books do not know the enrollment any more."""
    stage.activities.answers[names.INTERACTIONS_LOG] = [gone()]
    return await stage.start(plan(QUICK, MAIL))


async def _ended_otherwise(stage: Stage) -> Handle:
    """It is cancelled, and the books have its end already: of a decision that Temporal never had."""
    handle = await stage.waiting(plan())
    stage.activities.answers[names.INTERACTIONS_LOG] = ["exhausted"]
    await handle.signal(names.CANCEL)
    return handle


async def _ended_meanwhile(stage: Stage) -> Handle:
    """It is to go on, and the books have its end."""
    handle = await stage.waiting(plan(Step("sms", Channel.SMS, wait=DAY), MAIL))
    stage.activities.answers[names.INTERACTIONS_LOG] = ["won"]
    await handle.signal(names.PAUSE)
    return handle


async def _wait_unknown(stage: Stage) -> Handle:
    """Nor can they say whether a wait is over."""
    stage.activities.answers[names.WAIT_CHECK] = [gone()]
    return await stage.start(plan(QUICK, MAIL))


async def _step_unknown(stage: Stage) -> Handle:
    """Nor what a step comes to."""
    stage.activities.answers[names.STEP_PREPARE] = [gone()]
    return await stage.start(plan(Step("sms", Channel.SMS, wait=DAY, conditional=True), MAIL))


async def _dropped_question(stage: Stage) -> Handle:
    """The books are away when a wait ends, and somebody cancels meanwhile."""
    stage.activities.answers[names.WAIT_CHECK] = [down(timedelta(minutes=5))]
    handle = await stage.start(plan(QUICK, MAIL))
    await until_true(lambda: bool(stage.activities.checked))
    await handle.signal(names.CANCEL)
    return handle


async def _dropped_answer(stage: Stage) -> Handle:
    """The books take long to say whether a wait is over, and somebody cancels meanwhile."""
    stage.activities.answers[names.WAIT_CHECK] = [when(asyncio.Event(), WaitVerdict())]
    handle = await stage.start(plan(QUICK, MAIL))
    await until_true(lambda: bool(stage.activities.checked))
    await handle.signal(names.CANCEL)
    return handle


async def _continued(stage: Stage) -> Runs:
    """A history that became long goes on as a new run, which is paused as the first one was."""
    handle = await stage.waiting(plan())
    await handle.signal(names.PAUSE)
    first = (await handle.describe()).run_id
    assert first is not None
    while (await handle.describe()).run_id == first:
        await tell(handle, "sent")
    await until(handle, status="waiting", delivery="sent")
    await handle.signal(names.RESUME)
    await tell(handle, "delivered")
    await handle.result()
    return {
        "first": stage.client.get_workflow_handle(handle.id, run_id=first),
        "second": stage.client.get_workflow_handle(handle.id),
    }


SCENARIOS: Mapping[str, Scenario] = {
    "escalated": Scenario(_escalated),
    "resolved": Scenario(_resolved),
    "left_open": Scenario(_left_open),
    "desk_unknown": Scenario(_desk_unknown),
    "dropped_handoff": Scenario(_dropped_handoff),
    "cancel_requested": Scenario(_cancel_requested),
    "cancel_requested_while_writing": Scenario(_cancel_requested_while_writing),
    "cancel_requested_at_the_end": Scenario(_cancel_requested_at_the_end),
    "rows_unknown": Scenario(_rows_unknown),
    "ended_otherwise": Scenario(_ended_otherwise),
    "ended_meanwhile": Scenario(_ended_meanwhile),
    "wait_unknown": Scenario(_wait_unknown),
    "step_unknown": Scenario(_step_unknown),
    "dropped_question": Scenario(_dropped_question),
    "dropped_answer": Scenario(_dropped_answer),
    "continued": Scenario(_continued, settings=("limit.historyCount.suggestContinueAsNew=30",)),
}
