"""The runs of a namespace: how many there are, which ones to look at, and their histories."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from attrs import frozen
from temporalio.client import Client, WorkflowExecution, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.calls import answered
from adapters.temporal.common import retry_policies, task_queues
from adapters.temporal.registered import WORKFLOWS, Workflows
from adapters.temporal.replay.sample import Span, shares, spans
from application.errors import RunRefused, RunsUnavailable
from application.ports.replay import Sampled, Wanted

_T = TypeVar("_T")

HISTORY = timedelta(seconds=60)
"""How long it may take to fetch a history: the longest are 50 MB."""

_ALL = Span(None, None)


@frozen
class Picked:
    """What was picked of the runs of one workflow, of the open or of the closed ones.

    Args:
        sampled: how many, and of how many.
        runs: the runs.
    """

    sampled: Sampled
    runs: Sequence[WorkflowExecution]


@frozen
class ServerHistories:
    """Looks for runs, and fetches their histories.

    Args:
        client: of the namespace.
        task_queue: where our workflows are.
        workflows: the code at hand, by the names of the workflows' types.
    """

    client: Client
    task_queue: str = task_queues.DRUMBEAT
    workflows: Workflows = WORKFLOWS

    async def pick(self, wanted: Wanted, now: datetime) -> Sequence[Picked]:
        """Pick the runs to look at, of each workflow the open and the closed ones.

        Runs on our queue of a workflow that this code does not have are picked too: no worker could go on
        with them.

        Raises:
            RunsUnavailable: Temporal does not answer.
            RunRefused: it cannot read the query.
        """
        kinds = {name: f"WorkflowType = '{name}'" for name in self.workflows}
        ours = ", ".join(f"'{name}'" for name in self.workflows)
        kinds[""] = f"TaskQueue = '{self.task_queue}' AND WorkflowType NOT IN ({ours})"
        states = {True: "ExecutionStatus = 'Running'", False: f"CloseTime >= '{_time(now - wanted.recent)}'"}
        also = f" AND ({wanted.query})" if wanted.query else ""
        picked = []
        for name, kind in kinds.items():
            for is_open, state in states.items():
                runs, there = await self._spread(f"{kind} AND {state}{also}", wanted.limit, now)
                picked.append(Picked(Sampled(name, is_open, there, len(runs)), runs))
        return picked

    async def fetch(self, run: WorkflowExecution) -> WorkflowHistory:
        """The history of a run, up to now.

        Raises:
            NotThere: it is not kept any longer.
            RunsUnavailable: Temporal does not answer.
            RunRefused: it does not give it.
        """
        handle = self.client.get_workflow_handle(run.id, run_id=run.run_id)
        return await answered(handle.fetch_history(rpc_timeout=HISTORY), HISTORY)

    async def _spread(self, query: str, limit: int, now: datetime) -> tuple[Sequence[WorkflowExecution], int]:
        """Runs of all ages, and how many there are."""
        there = await self._count(query, _ALL)
        if there <= limit:
            return await self._list(query, _ALL, limit), there
        ages = spans(now)
        counts = [await self._count(query, span) for span in ages]
        wanted = zip(ages, shares(counts, limit), strict=True)
        lists = [await self._list(query, span, share) for span, share in wanted if share]
        return [run for runs in lists for run in runs], there

    async def _count(self, query: str, span: Span) -> int:
        call = self.client.count_workflows(_within(query, span), rpc_timeout=retry_policies.START_RPC)
        return (await _answered(call)).count

    async def _list(self, query: str, span: Span, limit: int) -> Sequence[WorkflowExecution]:
        async def listed() -> list[WorkflowExecution]:
            runs = self.client.list_workflows(
                _within(query, span), limit=limit, rpc_timeout=retry_policies.START_RPC
            )
            return [run async for run in runs]

        return await _answered(listed())


async def _answered(call: Awaitable[_T]) -> _T:
    """What a look comes to.

    Raises:
        RunsUnavailable: Temporal does not answer.
        RunRefused: it cannot read the query.
    """
    try:
        return await answered(call, retry_policies.START_RPC)
    except (RunRefused, RunsUnavailable) as error:
        told = error.__cause__
        if not isinstance(told, RPCError) or told.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        says = f"Temporal cannot look for such runs: {told.message} (docs.temporal.io/list-filter)"
        raise RunRefused(says) from error


def _within(query: str, span: Span) -> str:
    after = "" if span.after is None else f" AND StartTime >= '{_time(span.after)}'"
    before = "" if span.before is None else f" AND StartTime < '{_time(span.before)}'"
    return query + after + before


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()
