"""The port `Schedules` on Temporal Schedules: each one starts a workflow that enrolls its audience.

What a schedule is stands in the argument of that workflow: no table could tell another story.
"""

import asyncio
import re
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from attrs import frozen
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.client import Schedule as TemporalSchedule
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import FailureError
from temporalio.service import RPCError

from adapters.temporal.calls import NotThere, answered
from adapters.temporal.common import names, task_queues
from adapters.temporal.common.payloads import ScheduledInput
from adapters.temporal.common.retry_policies import START_RPC
from adapters.temporal.common.search_attributes import TENANT, search_attributes
from adapters.temporal.schedule_spec import policy_of, spec_of
from application.errors import RunRefused
from application.ports.schedules import Firing, FiringState, Planned
from domain.errors import InvalidSchedule
from domain.idempotency import schedule_id, scheduled_batch_id, scheduled_id
from domain.limits import KEY
from domain.schedule_form import read_schedule, write_schedule
from domain.schedules import Schedule

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

AT_ONCE = 10
"""How many schedules are asked about at once."""

_QUOTABLE = re.compile(r"[A-Za-z0-9_.@:/ +-]*")
"""Tenants that can stand in a query as they are; for others, all are listed and looked through."""

_LONGEST_LIST = timedelta(seconds=30)
_OTHERS = "it was not made by drumbeat, or by a later version; look at it with temporal schedule describe"
_JUST_BEFORE = timedelta(microseconds=1)


@frozen
class TemporalSchedules:
    """Keeps schedules at Temporal, each call within a short time.

    Args:
        client: may be lazy.
        task_queue: where the worker of the workflows looks.
    """

    client: Client
    task_queue: str = task_queues.DRUMBEAT

    async def put(self, tenant: str, schedule: Schedule, *, paused: bool | None = None) -> bool:
        """Store it, or change the one of its key; True where it is new."""
        state = ScheduleState(paused=bool(paused), note=schedule.note or None)
        create = self.client.create_schedule(
            schedule_id(tenant, schedule.key),
            self._schedule(tenant, schedule, state),
            search_attributes=TypedSearchAttributes([SearchAttributePair(TENANT, tenant)]),
            rpc_timeout=START_RPC,
        )
        try:
            await _taken(create)
        except ScheduleAlreadyRunningError:
            await self._update(tenant, schedule, paused=paused)
            return False
        return True

    async def page(self, tenant: str, after: str | None, limit: int) -> list[Planned]:
        """A page of a tenant's schedules, by key, without their firings."""
        keys = [key for key in await self._keys(tenant) if after is None or key > after]
        found: list[Planned] = []
        while keys and len(found) < limit:
            some, keys = keys[:AT_ONCE], keys[AT_ONCE:]
            seen = await asyncio.gather(*(self._listed(tenant, key) for key in some))
            found += [each for each in seen if each is not None]
        return found[:limit]

    async def get(self, tenant: str, key: str, firings: int = 0) -> Planned | None:
        """The schedule, if there is one."""
        try:
            told = await answered(self._handle(tenant, key).describe(rpc_timeout=START_RPC), START_RPC)
        except NotThere:
            return None
        last = [
            (each, each.action)
            for each in reversed(told.info.recent_actions)
            if isinstance(each.action, ScheduleActionExecutionStartWorkflow)
        ]
        return Planned(
            schedule=await self._read(key, told),
            created_at=told.info.created_at,
            updated_at=told.info.last_updated_at or told.info.created_at,
            next_at=tuple(told.info.next_action_times),
            paused=told.schedule.state.paused,
            remark=told.schedule.state.note or "",
            fired=told.info.num_actions,
            skipped=told.info.num_actions_skipped_overlap,
            missed=told.info.num_actions_missed_catchup_window,
            firings=tuple(await asyncio.gather(*(self._firing(*each) for each in last[:firings]))),
        )

    async def trigger(self, tenant: str, key: str) -> bool:
        """Let it fire now, or after the firing that goes on: whoever asks for it must not be skipped."""
        handle = self._handle(tenant, key)
        return await _done(handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE, rpc_timeout=START_RPC))

    async def pause(self, tenant: str, key: str, remark: str) -> bool:
        """Let it stand still; False where there is none."""
        return await _done(self._handle(tenant, key).pause(note=remark, rpc_timeout=START_RPC))

    async def unpause(self, tenant: str, key: str, remark: str) -> bool:
        """Let it go on; False where there is none."""
        return await _done(self._handle(tenant, key).unpause(note=remark, rpc_timeout=START_RPC))

    async def delete(self, tenant: str, key: str) -> bool:
        """Forget it; False where there is none. What has fired goes on."""
        return await _done(self._handle(tenant, key).delete(rpc_timeout=START_RPC))

    async def backfill(self, tenant: str, key: str, start: datetime, end: datetime) -> bool:
        """Let it fire for each of its times in a stretch of the past, one after the other."""
        stretch = ScheduleBackfill(start - _JUST_BEFORE, end, ScheduleOverlapPolicy.BUFFER_ALL)
        return await _done(self._handle(tenant, key).backfill(stretch, rpc_timeout=START_RPC))

    def _handle(self, tenant: str, key: str) -> ScheduleHandle:
        return self.client.get_schedule_handle(schedule_id(tenant, key))

    def _schedule(self, tenant: str, schedule: Schedule, state: ScheduleState) -> TemporalSchedule:
        start = ScheduledInput(
            tenant=tenant,
            campaign=schedule.campaign,
            audience=schedule.audience,
            version=schedule.version,
            rate=schedule.rate,
            definition=write_schedule(schedule),
        )
        action = ScheduleActionStartWorkflow(
            names.SCHEDULED_ENROLLMENT,
            start,
            id=scheduled_id(tenant, schedule.key),
            task_queue=self.task_queue,
            typed_search_attributes=search_attributes(tenant, schedule.campaign),
        )
        return TemporalSchedule(action, spec_of(schedule), policy_of(schedule), state)

    async def _update(self, tenant: str, schedule: Schedule, *, paused: bool | None) -> None:
        def change(known: ScheduleUpdateInput) -> ScheduleUpdate:
            state = known.description.schedule.state
            if paused is not None and paused is not state.paused:
                state.paused, state.note = paused, schedule.note or None
            return ScheduleUpdate(self._schedule(tenant, schedule, state))

        try:
            await _taken(self._handle(tenant, schedule.key).update(change, rpc_timeout=START_RPC))
        except NotThere:
            raise RunRefused("the schedule was deleted at the same moment; ask again") from None

    async def _keys(self, tenant: str) -> list[str]:
        prefix = schedule_id(tenant, "")

        async def listed() -> list[str]:
            query = f'{TENANT.name} = "{tenant}"' if _QUOTABLE.fullmatch(tenant) else None
            found = await self.client.list_schedules(query, rpc_timeout=START_RPC)
            return [each.id async for each in found]

        ids = [each for each in await answered(listed(), _LONGEST_LIST) if each.startswith(prefix)]
        # Of tenant "a" and tenant "a:b": keys have no colons.
        return sorted(key for each in ids if KEY.fullmatch(key := each.removeprefix(prefix)))

    async def _listed(self, tenant: str, key: str) -> Planned | None:
        try:
            return await self.get(tenant, key)
        except RunRefused as refused:  # one that cannot be read does not hide the others
            _log.warning("schedule.unreadable", schedule=key, reason=str(refused))
            return None

    async def _read(self, key: str, told: ScheduleDescription) -> Schedule:
        action = told.schedule.action
        if not isinstance(action, ScheduleActionStartWorkflow):
            raise RunRefused(f"the schedule {key} cannot be read: {_OTHERS}")
        try:
            (start,) = await self.client.data_converter.decode(list(action.args)[:1], [ScheduledInput])
            return read_schedule(key, start.definition)
        except (InvalidSchedule, RuntimeError, TypeError, ValueError) as error:
            raise RunRefused(f"the schedule {key} cannot be read: {_OTHERS}") from error

    async def _firing(
        self, result: ScheduleActionResult, action: ScheduleActionExecutionStartWorkflow
    ) -> Firing:
        state, problem = await self._became(action)
        batch = scheduled_batch_id(action.workflow_id)
        return Firing(result.scheduled_at, result.started_at, batch, state, problem)

    async def _became(self, action: ScheduleActionExecutionStartWorkflow) -> tuple[FiringState, str]:
        handle = self.client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id)
        try:
            told = await answered(handle.describe(rpc_timeout=START_RPC), START_RPC)
            if told.status is WorkflowExecutionStatus.RUNNING:
                return FiringState.RUNNING, ""
            if told.status is WorkflowExecutionStatus.COMPLETED:
                return FiringState.DONE, ""
            await answered(handle.result(rpc_timeout=START_RPC), START_RPC)
        except NotThere:
            return FiringState.FORGOTTEN, ""
        except WorkflowFailureError as failure:
            return FiringState.FAILED, _reason(failure)
        return FiringState.RUNNING, ""  # it has gone on as another run


def _reason(failure: WorkflowFailureError) -> str:
    """The innermost cause, which is the sentence of whatever went wrong."""
    cause: BaseException = failure
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return cause.message if isinstance(cause, FailureError) else str(cause)


async def _taken(call: Awaitable[_T]) -> _T:
    """What a call comes to that Temporal may refuse over what stands in the schedule."""
    try:
        return await answered(call, START_RPC)
    except RunRefused as refused:
        said = refused.__cause__.message if isinstance(refused.__cause__, RPCError) else str(refused)
        raise RunRefused(f"Temporal does not take the schedule: {said}") from refused


async def _done(call: Awaitable[None]) -> bool:
    try:
        await answered(call, START_RPC)
    except NotThere:
        return False
    return True
