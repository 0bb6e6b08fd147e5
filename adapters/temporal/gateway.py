"""The port `Runs` on Temporal: one workflow for each enrollment."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.temporal.calls import NotThere, answered
from adapters.temporal.common import names, priorities, retry_policies, task_queues
from adapters.temporal.common.mapping import enrollment_input, provider_event_signal
from adapters.temporal.common.payloads import MigrateSignal, MoveSignal
from adapters.temporal.common.plans import dump_plan
from adapters.temporal.common.search_attributes import search_attributes
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.campaign import Plan
from domain.enrollment.move import Move
from domain.idempotency import workflow_id
from domain.pauses import PausePolicy


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
            await answered(start, retry_policies.START_RPC)
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

    async def move(self, enrollment_id: str, wanted: Sequence[Move]) -> bool:
        """Let the run go to a step once nothing is under way, by one signal; False where it has ended."""
        told = [MoveSignal(each.step, each.order, each.event) for each in wanted]
        return await self._signal(enrollment_id, names.MOVE, *told)

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
            await answered(signal, retry_policies.SIGNAL_RPC)
        except NotThere:
            return False
        return True
