"""Batches, and the firings of schedules."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.common import names
from adapters.temporal.common.payloads import ScheduledInput
from adapters.temporal.common.search_attributes import search_attributes
from adapters.temporal.schedule_gateway import TemporalSchedules
from application.ports.batches import Batch
from domain.batches import audience_source, run_id
from domain.idempotency import scheduled_batch_id
from domain.schedule_form import read_schedule
from tests.integration.temporal.scenarios.scenario import Runs, Scenario, Stage, of_batches
from tests.integration.temporal.world import in_history, until_true

DAILY = {"campaign": "welcome", "audience": "leads", "when": {"at": ["09:00"]}}

Run = WorkflowHandle[Any, Any]


async def _batch(stage: Stage) -> Run:
    return await _started(stage, "csv")


async def _batch_of_audience(stage: Stage) -> Run:
    """Its enrollments are stored first."""
    return await _started(stage, audience_source("leads"))


async def _batch_failed(stage: Stage) -> Run:
    """Somebody has deleted the audience."""
    stage.enrolling.failure = _no_audience()
    return await _started(stage, audience_source("leads"))


async def _batch_cancel_requested(stage: Stage) -> Run:
    """By Temporal's own way, while its runs are being started."""
    stage.enrolling.goes_on.clear()
    handle = await _started(stage, "csv")
    await until_true(lambda: bool(stage.enrolling.begun))
    await handle.cancel()
    await in_history(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED)
    stage.enrolling.goes_on.set()
    return handle


async def _scheduled(stage: Stage) -> Runs:
    """A firing, the batch that it stores and starts, and the same firing made up for, which makes none."""
    fired = await _fired(stage)
    await fired.result()
    again = await stage.client.start_workflow(
        names.SCHEDULED_ENROLLMENT,
        ScheduledInput("acme", "welcome", "leads"),
        id=fired.id,
        task_queue=stage.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        search_attributes=search_attributes("acme", "welcome"),
    )
    return {
        "firing": fired,
        "batch": stage.client.get_workflow_handle(run_id(scheduled_batch_id(fired.id))),
        "again": again,
    }


async def _scheduled_failed(stage: Stage) -> Runs:
    """Its batch fails."""
    stage.enrolling.failure = _no_audience()
    return {"": await _fired(stage)}


async def _started(stage: Stage, source: str) -> Run:
    name = stage.task_queue
    batch = Batch(name, "acme", "welcome", 1, source, datetime.now(UTC))
    await TemporalBatchRuns(stage.client, stage.task_queue).start(batch)
    return stage.client.get_workflow_handle(run_id(name))


async def _fired(stage: Stage) -> Run:
    """The run of one firing of a schedule, which is deleted after that."""
    schedules = TemporalSchedules(stage.client, stage.task_queue)
    await schedules.put("acme", read_schedule("leads", DAILY), paused=True)
    await schedules.trigger("acme", "leads")
    query = f"TaskQueue = '{stage.task_queue}' AND WorkflowType = '{names.SCHEDULED_ENROLLMENT}'"
    while not (runs := [run async for run in stage.client.list_workflows(query)]):  # noqa: ASYNC110 - asks
        await asyncio.sleep(0.05)
    await schedules.delete("acme", "leads")
    return stage.client.get_workflow_handle(runs[0].id, run_id=runs[0].run_id)


def _no_audience() -> ApplicationError:
    return ApplicationError("there is no audience leads", type="UnknownAudience", non_retryable=True)


SCENARIOS: Mapping[str, Scenario] = {
    "batch": Scenario(_batch, of_batches),
    "batch_of_audience": Scenario(_batch_of_audience, of_batches),
    "batch_failed": Scenario(_batch_failed, of_batches),
    "batch_cancel_requested": Scenario(_batch_cancel_requested, of_batches),
    "scheduled": Scenario(_scheduled, of_batches),
    "scheduled_failed": Scenario(_scheduled_failed, of_batches),
}
