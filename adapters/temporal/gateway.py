"""The port `Runs` on Temporal: one workflow for each enrollment."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from attrs import frozen
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.common import names, priorities, retry_policies, task_queues
from adapters.temporal.common.mapping import enrollment_input, provider_event_signal
from adapters.temporal.common.payloads import MigrateSignal
from adapters.temporal.common.plans import dump_plan
from adapters.temporal.common.search_attributes import search_attributes
from application.errors import RunRefused, RunsUnavailable
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.campaign import Plan
from domain.idempotency import workflow_id
from domain.pauses import PausePolicy

_T = TypeVar("_T")

_ABOUT_ONE = frozenset(
    {RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.OUT_OF_RANGE}
)
"""Refusals that say something about one call; calls about other runs may go well.

A search attribute that the namespace does not have is not among them: no run can be started then.
"""


@frozen
class TemporalRuns:
    """Starts and signals runs, each call within a short time.

    Args:
        client: may be lazy.
        task_queue: where the worker looks.
        eager: ask for the first task with the answer to the start: of use where a worker shares the client.
    """

    client: Client
    task_queue: str = task_queues.DRUMBEAT
    eager: bool = False

    async def start(self, run: Run) -> None:
        """Start the run, or join the one that exists (or has ended) under its id."""
        start = self.client.start_workflow(
            names.CAMPAIGN,
            enrollment_input(run),
            id=workflow_id(run.enrollment_id),
            task_queue=self.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=search_attributes(run.tenant, run.plan.campaign),
            priority=priorities.task_priority(run.tenant, run.plan),
            request_eager_start=self.eager,
            rpc_timeout=retry_policies.START_RPC,
        )
        try:
            await _answered(start, retry_policies.START_RPC)
        except WorkflowAlreadyStartedError:
            return

    async def tell(self, enrollment_id: str, interactions: Sequence[Interaction]) -> bool:
        """Let the run hear of provider events, all by one signal: each one costs money.

        Returns:
            False where the run has ended, or there is nothing to tell.
        """
        signals = [signal for each in interactions if (signal := provider_event_signal(each)) is not None]
        return bool(signals) and await self._signal(enrollment_id, names.PROVIDER_EVENT, *signals)

    async def opt_out(self, enrollment_id: str) -> bool:
        """Let the run know that its contact must not be contacted any more; False where it has ended."""
        return await self._signal(enrollment_id, names.OPTED_OUT)

    async def resolve_handoff(self, enrollment_id: str) -> bool:
        """Let the run know that the human has closed the case; False where it has ended."""
        return await self._signal(enrollment_id, names.HANDOFF_RESOLVED)

    async def reach_goals(self, enrollment_id: str, goals: Sequence[str]) -> bool:
        """Let the run know of events that may be what its campaign is for, by one signal."""
        return await self._signal(enrollment_id, names.GOAL_REACHED, *goals)

    async def migrate(self, enrollment_id: str, plan: Plan, moves: Mapping[str, str]) -> bool:
        """Let the run go over to another version once nothing is under way; False where it has ended."""
        told = MigrateSignal(plan.version, dump_plan(plan), dict(moves))
        return await self._signal(enrollment_id, names.MIGRATE, told)

    async def pause(self, enrollment_id: str) -> bool:
        """Let the run stand still; False where it has ended."""
        return await self._signal(enrollment_id, names.PAUSE)

    async def resume(self, enrollment_id: str, policy: PausePolicy) -> bool:
        """Let the run go on; False where it has ended."""
        return await self._signal(enrollment_id, names.RESUME, policy.value)

    async def cancel(self, enrollment_id: str) -> bool:
        """End the run; False where it has ended."""
        return await self._signal(enrollment_id, names.CANCEL)

    async def _signal(self, enrollment_id: str, name: str, *args: Any) -> bool:
        # Never signal-with-start: on an id that has ended it would start a second run.
        handle = self.client.get_workflow_handle(workflow_id(enrollment_id))
        signal = handle.signal(name, args=args, rpc_timeout=retry_policies.SIGNAL_RPC)
        try:
            await _answered(signal, retry_policies.SIGNAL_RPC)
        except _NoRun:
            return False
        return True


class _NoRun(Exception):
    """No run is open under the id."""


async def _answered(call: Awaitable[_T], within: timedelta) -> _T:
    """What a call to Temporal comes to.

    The client repeats a failing call for seconds, and a lazy client may wait for its connection without an
    end; so the time is kept here.

    Raises:
        RunsUnavailable: there was no answer in time, or none to any call would be better.
        RunRefused: this call is refused, e.g. a run that has taken all the signals that it may.
        _NoRun: there is no open run.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await call
    except TimeoutError as error:
        message = f"Temporal did not answer within {within.total_seconds():g} seconds"
        raise RunsUnavailable(message) from error
    except RPCError as error:
        if _is_about_a_run(error):
            raise _NoRun from error
        about_one = error.status in _ABOUT_ONE and "search attribute" not in error.message.lower()
        refused = RunRefused if about_one else RunsUnavailable
        raise refused(f"Temporal did not take the call ({error.status.name})") from error
    except RuntimeError as error:  # a lazy client that cannot connect
        raise RunsUnavailable("Temporal cannot be reached") from error


def _is_about_a_run(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND too, and must not pass for a run that has ended."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        return False
    return not any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
