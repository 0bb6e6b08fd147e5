"""From the moment at which a webhook is sent to the next command of the run that it is about."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import quantiles

import httpx
from attrs import frozen
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from domain.idempotency import AttemptKey, workflow_id
from trials.bench.side_by_side import in_order
from trials.bench.webhooks.load import Signed, post

_SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_PATIENCE = 60.0


@frozen
class Latency:
    """How long it took, in milliseconds."""

    p50: float
    p99: float


async def latency(client: Client, callbacks: Sequence[tuple[AttemptKey, Signed]], rate: float) -> Latency:
    """Send callbacks evenly, and read from the histories when the run had made its next decision.

    The clocks are one: this process and the server are on the same machine. The decision's own rows are
    written by then, as a local activity belongs to the task whose commands follow.

    Args:
        client: of Temporal.
        callbacks: what is sent, each about a run of its own that waits; a worker runs.
        rate: how many are sent in a second.

    Raises:
        ServiceFailed: one is not answered with 200.
        TimeoutError: a run makes nothing of it.
    """
    sent: dict[AttemptKey, datetime] = {}
    began = asyncio.get_running_loop().time()
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http, asyncio.TaskGroup() as sending:

        async def send(key: AttemptKey, callback: Signed, at: float) -> None:
            await asyncio.sleep(at - asyncio.get_running_loop().time())
            sent[key] = datetime.now(UTC)
            await post(http, callback)

        for number, (key, callback) in enumerate(callbacks):
            sending.create_task(send(key, callback, began + number / rate))
    took: list[float] = []

    async def read(key: AttemptKey) -> None:
        handle = client.get_workflow_handle(workflow_id(key.enrollment_id))
        await handle.result()
        decided = _decided((await handle.fetch_history()).events)
        took.append((decided - sent[key]).total_seconds() * 1000)

    async with asyncio.timeout(_PATIENCE):
        await in_order(read, list(sent))
    hundredths = quantiles(took, n=100, method="inclusive")
    return Latency(hundredths[49], hundredths[98])


def _decided(events: Sequence[HistoryEvent]) -> datetime:
    """When the first task after the signal was completed: with it the commands came."""
    signaled = next(number for number, event in enumerate(events) if event.event_type == _SIGNALED)
    completed = next(event for event in events[signaled:] if event.event_type == _COMPLETED)
    return completed.event_time.ToDatetime(UTC)
