"""The workers of a process as `build_worker` makes them: over the use cases, or over ones that take note."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from temporalio.client import Client

from adapters.temporal.client import connect
from adapters.temporal.runtime import build_worker
from application.prepare_step import StepOutcome
from application.send_message import SendResult, SendStatus
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.application.world import World

Send = Callable[[Channel], Awaitable[object]]


def process(client: Client, task_queue: str, send: Send, **rest: Any) -> AbstractAsyncContextManager[None]:
    """The workers of one process.

    Args:
        client: of Temporal.
        task_queue: of the test's own.
        send: what happens in a send; whatever it comes to, the message is accepted.
        rest: of `build_worker`.
    """

    async def send_message(
        key: AttemptKey, channel: Channel, due: datetime | None, since: datetime | None
    ) -> SendResult:
        await send(channel)
        return SendResult(SendStatus.ACCEPTED, f"ref-{key}")

    return build_worker(
        client,
        send_message=send_message,
        log_interactions=_log,
        create_handoff=_hand_over,
        prepare_step=_Prepare(),  # type: ignore[arg-type] # what a run calls of it
        check_wait=_check,
        task_queue=task_queue,
        **rest,
    )


def worker_of(
    client: Client, task_queue: str, world: World, **rest: Any
) -> AbstractAsyncContextManager[None]:
    """The workers of one process, over the use cases of a world.

    Args:
        client: of Temporal.
        task_queue: of the test's own.
        world: with its database and providers.
        rest: of `build_worker`, where it is not what the world has.
    """
    wired = {
        "send_message": world.send,
        "log_interactions": world.log_interactions,
        "create_handoff": world.create_handoff,
        "prepare_step": world.prepare_step,
        "check_wait": world.check_wait,
    }
    return build_worker(client, task_queue=task_queue, **{**wired, **rest})


async def another_client(client: Client) -> Client:
    """A connection of its own to the same server, as each process has one."""
    return await connect(address=client.service_client.config.target_host)


async def _log(
    enrollment_id: str, records: Sequence[object], finish: object, place: object, due: object
) -> int:
    return len(records)


class _Prepare:
    async def for_run(self, enrollment_id: str, step: str, at: datetime) -> StepOutcome:
        return StepOutcome(due=at)


async def _check(enrollment_id: str, since: datetime, due: datetime) -> None:
    return None


async def _hand_over(enrollment_id: str, step: str, reason: str) -> str:
    return "ticket-1"
