"""The workers of a process as `build_worker` makes them, over use cases that only take note."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from temporalio.client import Client

from adapters.temporal.client import connect
from adapters.temporal.runtime import build_worker
from application.send_message import SendResult, SendStatus
from domain.idempotency import AttemptKey
from domain.statuses import Channel

Send = Callable[[Channel], Awaitable[object]]


def process(client: Client, task_queue: str, send: Send, **rest: Any) -> AbstractAsyncContextManager[None]:
    """The workers of one process.

    Args:
        client: of Temporal.
        task_queue: of the test's own.
        send: what happens in a send; whatever it comes to, the message is accepted.
        rest: of `build_worker`.
    """

    async def send_message(key: AttemptKey, channel: Channel) -> SendResult:
        await send(channel)
        return SendResult(SendStatus.ACCEPTED, f"ref-{key}")

    return build_worker(
        client,
        send_message=send_message,
        log_interactions=_log,
        create_handoff=_hand_over,
        task_queue=task_queue,
        **rest,
    )


async def another_client(client: Client) -> Client:
    """A connection of its own to the same server, as each process has one."""
    return await connect(address=client.service_client.config.target_host)


async def _log(enrollment_id: str, records: Sequence[object], finish: object) -> int:
    return len(records)


async def _hand_over(enrollment_id: str, step: str, reason: str) -> str:
    return "ticket-1"
