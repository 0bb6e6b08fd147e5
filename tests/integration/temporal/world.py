"""What the tests of the campaign workflow share: plans, activities that do as they are told, and a run."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from adapters.temporal.common import names
from adapters.temporal.common.payloads import (
    HandoffOutcome,
    HandoffPayload,
    ProviderEventSignal,
    RecordsPayload,
    SendOutcome,
    SendPayload,
)
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.ports.runs import Run
from domain.backoff import Backoff
from domain.campaign import Plan
from domain.idempotency import workflow_id
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, Step

DAY = timedelta(days=1)
SHORT = timedelta(milliseconds=200)
Handle = WorkflowHandle[Any, str]

Answer = SendOutcome | Exception | Callable[[], Awaitable[SendOutcome]]


def plan(*steps: Step, **rest: Any) -> Plan:
    """A plan of these steps; of one SMS that completes when it is delivered, if none are given."""
    only = Step("sms", Channel.SMS, wait=DAY, routes={Result.DELIVERED: COMPLETE})
    return Plan(campaign="welcome", version=1, steps=steps or (only,), **rest)


def retrying_plan(wait: timedelta = DAY, **rest: Any) -> Plan:
    """One SMS, tried twice when it fails or is not answered, then a human."""
    retry = Backoff(attempts=2, first=SHORT, on={Result.FAILED, Result.UNANSWERED})
    return plan(Step("sms", Channel.SMS, wait=wait, retry=retry), at_end=ESCALATE, **rest)


class FakeActivities:
    """All activities by name: sends are accepted unless told otherwise, rows and handoffs are kept.

    Attributes:
        answers: what the next calls of an activity come to, in order: returned, raised, or awaited.
        sent: activity name, step and attempt of every call of a send, in order.
        infos: what Temporal said of each of them.
        records: every payload that was logged, in order.
        handoffs: every handoff that was asked for, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.sent: list[tuple[str, str, int]] = []
        self.infos: list[activity.Info] = []
        self.records: list[RecordsPayload] = []
        self.handoffs: list[HandoffPayload] = []

    @property
    def kinds(self) -> list[str]:
        """The kinds of all rows that were written."""
        return [row.kind for payload in self.records for row in payload.records]

    @activity.defn(name=names.SENDS[Channel.SMS])
    async def sms(self, enrollment_id: str, payload: SendPayload) -> SendOutcome:
        return await self._send(names.SENDS[Channel.SMS], payload)

    @activity.defn(name=names.SENDS[Channel.EMAIL])
    async def email(self, enrollment_id: str, payload: SendPayload) -> SendOutcome:
        return await self._send(names.SENDS[Channel.EMAIL], payload)

    @activity.defn(name=names.SENDS[Channel.VOICE])
    async def voice(self, enrollment_id: str, payload: SendPayload) -> SendOutcome:
        return await self._send(names.SENDS[Channel.VOICE], payload)

    @activity.defn(name=names.INTERACTIONS_LOG)
    async def log(self, enrollment_id: str, payload: RecordsPayload) -> int:
        self.records.append(payload)
        await _given(self.answers[names.INTERACTIONS_LOG], None)
        return len(payload.records)

    @activity.defn(name=names.HANDOFF_CREATE)
    async def hand_over(self, enrollment_id: str, payload: HandoffPayload) -> HandoffOutcome:
        self.handoffs.append(payload)
        return await _given(self.answers[names.HANDOFF_CREATE], HandoffOutcome("ticket-1"))

    async def _send(self, name: str, payload: SendPayload) -> SendOutcome:
        self.sent.append((name, payload.step, payload.attempt))
        self.infos.append(activity.info())
        return await _given(self.answers[name], SendOutcome(f"ref-{len(self.sent)}", "accepted"))

    def all(self) -> list[Callable[..., Any]]:
        """What a worker takes."""
        return [self.sms, self.email, self.voice, self.log, self.hand_over]


async def _given(answers: list[Any], default: Any) -> Any:
    answer = answers.pop(0) if answers else default
    if isinstance(answer, Exception):
        raise answer
    return await answer() if callable(answer) else answer


@asynccontextmanager
async def working(
    client: Client, task_queue: str, activities: FakeActivities, *, sends: bool = True
) -> AsyncIterator[Worker]:
    """A worker with the real workflow and these activities; without sends it takes local ones alone."""
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[CampaignWorkflow],
        activities=activities.all(),
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=timedelta(seconds=5),
        no_remote_activities=not sends,
    )
    async with worker:
        yield worker


async def start(client: Client, task_queue: str, plan: Plan) -> Handle:
    """Start a run as the application does."""
    enrollment_id = str(uuid.uuid4())
    await TemporalRuns(client, task_queue).start(Run(enrollment_id, "acme", plan))
    return client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment_id))


async def tell(handle: Handle, status: str, attempt: int = 1, step: str = "sms") -> None:
    """Signal what a provider reports."""
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal(step, attempt, status))


async def until(handle: Handle, **wanted: Any) -> dict[str, Any]:
    """Wait until the run's own account of itself has these values; the test's time-out ends it otherwise."""
    while True:
        state: dict[str, Any] = await handle.query(names.STATE)
        if wanted.items() <= state.items():
            return state
        await asyncio.sleep(0.02)


async def until_true(condition: Callable[[], bool]) -> None:
    """Wait for something in this process."""
    while not condition():  # noqa: ASYNC110 # the condition is about lists that others fill
        await asyncio.sleep(0.01)
