"""Temporal's ledger: what the histories of all enrollments tell."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, evolve, field
from temporalio.api.common.v1 import Payloads
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.converter import DataConverter

from adapters.temporal.common import names
from application.errors import TransientFault
from domain.idempotency import AttemptKey
from domain.ledgers.records import Close, Order, Run

AT_ONCE = 20
"""How many histories are read at the same time."""

RPC = timedelta(seconds=20)
"""How long one answer of Temporal may take."""

_SENDS = frozenset(names.SENDS.values())

_CLOSES: Mapping[str, Close] = {
    "workflow_execution_completed": Close.COMPLETED,
    "workflow_execution_continued_as_new": Close.CONTINUED,
    "workflow_execution_failed": Close.FAILED,
    "workflow_execution_canceled": Close.CANCELED,
    "workflow_execution_terminated": Close.TERMINATED,
    "workflow_execution_timed_out": Close.TIMED_OUT,
}


async def read_runs(client: Client) -> Sequence[Run]:
    """Read every run of every enrollment in the client's namespace, oldest first.

    Raises:
        temporalio.service.RPCError: Temporal does not answer.
    """
    executions = client.list_workflows(f"WorkflowType = '{names.CAMPAIGN}'", rpc_timeout=RPC)
    to_read = {each.run_id: each.id async for each in executions}
    found: dict[str, _History] = {}
    turns = asyncio.Semaphore(AT_ONCE)

    async def read(workflow_id: str, run_id: str) -> None:
        async with turns:
            handle = client.get_workflow_handle(workflow_id, run_id=run_id)
            events = (await handle.fetch_history(rpc_timeout=RPC)).events
        found[run_id] = await _History.of(workflow_id, events, client.data_converter)

    while to_read:
        await asyncio.gather(*(read(workflow_id, run_id) for run_id, workflow_id in to_read.items()))
        # The list may lag behind, so a run is also found by the one that went on as it.
        to_read = {
            each.next_run: each.workflow_id
            for each in found.values()
            if each.next_run is not None and each.next_run not in found
        }
    oldest_first = sorted(found.items(), key=lambda item: item[1].began)
    return [history.run(run_id) for run_id, history in oldest_first]


@define
class _History:
    """One history, read event by event."""

    workflow_id: str
    converter: DataConverter = field(repr=False)
    enrollment_id: str = field(default="", init=False)
    chain: str = field(default="", init=False)
    began: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    close: Close = field(default=Close.OPEN, init=False)
    result: str | None = field(default=None, init=False)
    next_run: str | None = field(default=None, init=False)
    heard: set[str] = field(factory=set, init=False)
    orders: dict[int, Order] = field(factory=dict, init=False)

    @classmethod
    async def of(
        cls, workflow_id: str, events: Sequence[HistoryEvent], converter: DataConverter
    ) -> "_History":
        history = cls(workflow_id, converter)
        for event in events:
            await history._take(event)
        return history

    def run(self, run_id: str) -> Run:
        orders, heard = tuple(self.orders.values()), frozenset(self.heard)
        return Run(self.enrollment_id, run_id, self.chain, self.close, self.result, orders, heard)

    async def _take(self, event: HistoryEvent) -> None:
        """Read one event; most of them tell nothing that is audited."""
        kind = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        about: Any = getattr(event, f"{kind}_event_attributes", None)
        if kind in _CLOSES:
            self.close = _CLOSES[kind]
        match kind:
            case "workflow_execution_started":
                [start] = await self._decoded(about.input)
                self.enrollment_id, self.chain = start["enrollment_id"], about.first_execution_run_id
                self.began = event.event_time.ToDatetime(UTC)
            case "workflow_execution_completed":
                [self.result] = await self._decoded(about.result)
            case "workflow_execution_continued_as_new":
                self.next_run = about.new_execution_run_id
            case "workflow_execution_signaled" if about.signal_name == names.PROVIDER_EVENT:
                self.heard |= {told["event"] for told in await self._decoded(about.input)}
            case "activity_task_scheduled" if about.activity_type.name in _SENDS:
                enrollment_id, asked = await self._decoded(about.input)
                key = AttemptKey(enrollment_id, asked["step"], asked["attempt"])
                self.orders[event.event_id] = Order(str(key), None)
            case "activity_task_started" if about.scheduled_event_id in self.orders:
                self._change(about, began=event.event_time.ToDatetime(UTC), is_repeat=_is_repeat(about))
            case "activity_task_completed" if about.scheduled_event_id in self.orders:
                [outcome] = await self._decoded(about.result)
                self._change(about, status=outcome["status"], ref=outcome["provider_ref"])

    def _change(self, about: Any, **changes: Any) -> None:
        self.orders[about.scheduled_event_id] = evolve(self.orders[about.scheduled_event_id], **changes)

    async def _decoded(self, payloads: Payloads) -> Sequence[Any]:
        return await self.converter.decode(payloads.payloads)


def _is_repeat(started: Any) -> bool:
    """Whether the try before may have sent: it has ended, and not with the word that nothing was sent."""
    failure = started.last_failure.application_failure_info
    return bool(started.attempt > 1 and failure.type != TransientFault.__name__)
