"""Records the golden histories anew, from a real server in real time.

Run ``python -m tests.integration.temporal.record``. Do this only when a change of the workflow is meant to
leave running enrollments behind; else a history that does not replay any more shows that they would break.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from temporalio.client import Client

from adapters.temporal.common import names
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import (
    SHORT,
    FakeActivities,
    Handle,
    plan,
    retrying_plan,
    start,
    tell,
    until,
    working,
)

HISTORIES = Path(__file__).with_name("histories")


async def _happy(client: Client, task_queue: str) -> Handle:
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
    await tell(handle, "delivered")
    return handle


async def _timed_out(client: Client, task_queue: str) -> Handle:
    handle = await start(client, task_queue, retrying_plan(wait=SHORT))
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "replied", attempt=2)
    return handle


async def _escalated(client: Client, task_queue: str) -> Handle:
    handle = await start(client, task_queue, retrying_plan())
    await until(handle, status="waiting", attempt=1)
    await tell(handle, "failed")
    await until(handle, status="waiting", attempt=2)
    await tell(handle, "failed", attempt=2)
    return handle


async def _opted_out(client: Client, task_queue: str) -> Handle:
    handle = await start(client, task_queue, plan())
    await until(handle, status="waiting")
    await handle.signal(names.PAUSE)
    await until(handle, status="waiting")
    await handle.signal(names.OPTED_OUT)
    return handle


SCENARIOS: Mapping[str, Callable[[Client, str], Awaitable[Handle]]] = {
    "happy": _happy,
    "timed_out": _timed_out,
    "escalated": _escalated,
    "opted_out": _opted_out,
}


async def record() -> None:
    """Run every scenario and write its history."""
    async with await start_server() as server:
        for name, scenario in SCENARIOS.items():
            task_queue = f"record-{uuid.uuid4()}"
            async with working(server.client, task_queue, FakeActivities()):
                handle = await scenario(server.client, task_queue)
                await handle.result()
            history = await handle.fetch_history()
            (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")


if __name__ == "__main__":
    asyncio.run(record())
