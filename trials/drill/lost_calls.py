"""Has Temporal take the calls of a dead worker for lost now, as an operator can who knows that it is dead.

By itself it waits until the call's time is up, which is a minute (`retry_policies.CALL`). Once a call is
taken for lost it has the time again that it had.
"""

import asyncio
from collections.abc import Collection
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client

from trials.drill.waiting import until_none

_AT_ONCE = 10
_RPC = timedelta(seconds=5)
_NOW = Duration(seconds=1)
_LOOK = 0.2
"""Seconds between two looks whether a call is taken for lost."""


async def give_up(client: Client, dead: Collection[int]) -> int:
    """Let every call that is under way in a dead process be made again by another one.

    Args:
        client: of Temporal.
        dead: process ids of workers on this machine.

    Returns:
        How many calls there were.

    Raises:
        RPCError: Temporal does not answer.
    """
    found = [run.id async for run in client.list_workflows("ExecutionStatus = 'Running'", rpc_timeout=_RPC)]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def of_run(run: str) -> int:
        async with limit:
            lost = [each for each in await _pending(client, run) if _is_lost(each, dead)]
            for each in lost:
                await _give_up(client, run, each, dead)
            return len(lost)

    return sum(await asyncio.gather(*(of_run(run) for run in found)))


async def _give_up(client: Client, run: str, lost: PendingActivityInfo, dead: Collection[int]) -> None:
    usual = lost.activity_options
    beats = usual.HasField("heartbeat_timeout") and usual.heartbeat_timeout.ToTimedelta() > timedelta(0)
    short = ActivityOptions(start_to_close_timeout=_NOW, heartbeat_timeout=_NOW if beats else None)

    async def is_lost_still() -> int:
        pending = await _pending(client, run)
        return sum(each.activity_id == lost.activity_id and _is_lost(each, dead) for each in pending)

    await _change(client, run, lost.activity_id, short)
    try:
        await until_none(is_lost_still, _LOOK)
    finally:
        await _change(client, run, lost.activity_id, usual)


async def _pending(client: Client, run: str) -> Collection[PendingActivityInfo]:
    described = await client.get_workflow_handle(run).describe(rpc_timeout=_RPC)
    return list(described.raw_description.pending_activities)


async def _change(client: Client, run: str, activity: str, options: ActivityOptions) -> None:
    request = UpdateActivityOptionsRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run),
        id=activity,
        activity_options=options,
        update_mask=FieldMask(paths=["start_to_close_timeout", "heartbeat_timeout"]),
    )
    await client.workflow_service.update_activity_options(request, timeout=_RPC)


def _is_lost(pending: PendingActivityInfo, dead: Collection[int]) -> bool:
    if pending.state != PendingActivityState.PENDING_ACTIVITY_STATE_STARTED:
        return False
    pid, _, _ = pending.last_worker_identity.partition("@")
    return pid.isdigit() and int(pid) in dead
