"""What the tests of the campaign workflow share: plans, activities that do as they are told, and a run."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Interceptor, Worker

from adapters.temporal.activities.patience import within
from adapters.temporal.common import names, task_queues
from adapters.temporal.common.payloads import (
    HandoffOutcome,
    HandoffPayload,
    MigrateSignal,
    MoveSignal,
    Prepared,
    PreparePayload,
    ProviderEventSignal,
    RecordsPayload,
    SendOutcome,
    SendPayload,
    WaitPayload,
    WaitVerdict,
)
from adapters.temporal.common.plans import dump_plan
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import together
from adapters.temporal.workflows.campaign import CampaignWorkflow
from application.ports.runs import Run
from domain.backoff import Backoff
from domain.campaign import Plan
from domain.idempotency import workflow_id
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, Split, Step

DAY = timedelta(days=1)
SHORT = timedelta(milliseconds=200)
DRAIN = timedelta(seconds=5)
LONGEST = timedelta(seconds=60)
"""How long a run may take to come to where a test waits for it."""
Handle = WorkflowHandle[Any, str]

Answer = SendOutcome | Exception | Callable[[], Awaitable[SendOutcome]]


def plan(*steps: Step | Split, **rest: Any) -> Plan:
    """A plan of these steps; of one SMS that completes when it is delivered, if none are given."""
    only = Step("sms", Channel.SMS, wait=DAY, routes={Result.DELIVERED: COMPLETE})
    return Plan(**{"campaign": "welcome", "version": 1, "steps": steps or (only,), **rest})


def retrying_plan(wait: timedelta = DAY, **rest: Any) -> Plan:
    """One SMS, tried twice when it fails or is not answered, then a human."""
    retry = Backoff(attempts=2, first=SHORT, on={Result.FAILED, Result.UNANSWERED})
    return plan(Step("sms", Channel.SMS, wait=wait, retry=retry), at_end=ESCALATE, **rest)


def when(event: asyncio.Event, answer: Any) -> Callable[[], Awaitable[Any]]:
    """The answer of an activity that is held back until something has happened."""

    async def held_back() -> Any:
        await event.wait()
        return answer

    return held_back


def down(back_off: timedelta) -> Exception:
    """The failure of an activity that is to be tried again after this time."""
    return ApplicationError("down", type="DatabaseUnavailable", next_retry_delay=back_off)


def down_until(event: asyncio.Event, back_off: timedelta, answer: Any) -> Callable[[], Awaitable[Any]]:
    """The answer of an activity that is down, however often it is called, until something has happened.

    A local activity is called again where the server, or the machine, was too busy for the task it is of.
    """

    async def answered() -> Any:
        if not event.is_set():
            raise down(back_off)
        return answer

    return answered


MANY = 20
"""More calls of an activity than a test can come to."""


def gone() -> Exception:
    """The failure of an activity whose enrollment the books do not know."""
    return ApplicationError("no such enrollment", type="UnknownEnrollment", non_retryable=True)


def from_now(by: timedelta) -> str:
    """A time near this one, as payloads tell it."""
    return (datetime.now(UTC) + by).isoformat()


class FakeActivities:
    """All activities by name: sends are accepted unless told otherwise, rows and handoffs are kept.

    Of every step it is said that it may begin at once, and of every wait that its end counts.

    Attributes:
        answers: what the next calls of an activity come to, in order: returned, raised, or awaited.
        sent: activity name, step and attempt of every call of a send, in order.
        payloads: what each of them was told.
        infos: what Temporal said of each of them.
        prepared: every step that was asked about, in order.
        checked: every wait that was asked about, in order.
        records: every payload that was logged, in order.
        handoffs: every handoff that was asked for, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.sent: list[tuple[str, str, int]] = []
        self.payloads: list[SendPayload] = []
        self.infos: list[activity.Info] = []
        self.prepared: list[PreparePayload] = []
        self.checked: list[WaitPayload] = []
        self.records: list[RecordsPayload] = []
        self.handoffs: list[HandoffPayload] = []

    @property
    def kinds(self) -> list[str]:
        """The kinds of all rows that were written."""
        return [row.kind for payload in self.records for row in payload.records]

    @property
    def places(self) -> list[tuple[str, int]]:
        """Step and version of every new place that was told along with rows."""
        return [(told.step, told.version or 0) for told in self.records if told.step is not None]

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
    async def log(self, enrollment_id: str, payload: RecordsPayload) -> int | str:
        self.records.append(payload)
        return await _given(self.answers[names.INTERACTIONS_LOG], len(payload.records))

    @activity.defn(name=names.STEP_PREPARE)
    async def prepare(self, enrollment_id: str, payload: PreparePayload) -> Prepared:
        self.prepared.append(payload)
        return await _given(self.answers[names.STEP_PREPARE], Prepared())

    @activity.defn(name=names.WAIT_CHECK)
    async def check(self, enrollment_id: str, payload: WaitPayload) -> WaitVerdict:
        self.checked.append(payload)
        return await _given(self.answers[names.WAIT_CHECK], WaitVerdict())

    @activity.defn(name=names.HANDOFF_CREATE)
    async def hand_over(self, enrollment_id: str, payload: HandoffPayload) -> HandoffOutcome:
        self.handoffs.append(payload)
        return await _given(self.answers[names.HANDOFF_CREATE], HandoffOutcome("ticket-1"))

    async def _send(self, name: str, payload: SendPayload) -> SendOutcome:
        self.sent.append((name, payload.step, payload.attempt))
        self.payloads.append(payload)
        self.infos.append(activity.info())
        with within(payload.patience):
            return await _given(self.answers[name], SendOutcome(f"ref-{len(self.sent)}", "accepted"))

    def of_runs(self) -> list[Callable[..., Any]]:
        """What the worker of the runs takes."""
        return [self.log, self.prepare, self.check, self.hand_over]

    def of_sends(self) -> list[Callable[..., Any]]:
        """What the workers of the channels take."""
        return [self.sms, self.email, self.voice]


async def _given(answers: list[Any], default: Any) -> Any:
    answer = answers.pop(0) if answers else default
    if isinstance(answer, Exception):
        raise answer
    return await answer() if callable(answer) else answer


def working(
    client: Client,
    task_queue: str,
    activities: FakeActivities,
    *,
    sends: bool = True,
    interceptors: Sequence[Interceptor] = (),
) -> AbstractAsyncContextManager[None]:
    """Workers with the real workflow and these activities; without sends they take local ones alone."""
    runs = Worker(
        client,
        task_queue=task_queue,
        workflows=[CampaignWorkflow],
        activities=activities.of_runs(),
        workflow_runner=workflow_runner(),
        interceptors=interceptors,
        graceful_shutdown_timeout=DRAIN,
        no_remote_activities=not sends,
    )
    channels = [sending(client, task_queue, activities, channel) for channel in Channel if sends]
    return together(runs, *channels)


def sending(
    client: Client, task_queue: str, activities: FakeActivities, channel: Channel, at_once: int = 100
) -> Worker:
    """A worker for the sends of one channel, which makes so many at once."""
    return Worker(
        client,
        task_queue=task_queues.of_channel(task_queue, channel),
        activities=activities.of_sends(),
        graceful_shutdown_timeout=DRAIN,
        max_concurrent_activities=at_once,
    )


async def until_queue(
    client: Client, task_queue: str, wanted: Callable[[DescribeTaskQueueResponse], bool]
) -> None:
    """Wait for what the server tells of a queue of activities."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        report_stats=True,
    )
    while True:
        if wanted(await client.workflow_service.describe_task_queue(request)):
            return
        await asyncio.sleep(0.02)


async def queued(client: Client, task_queue: str, count: int) -> None:
    """Wait until so many activities wait in a queue."""
    await until_queue(client, task_queue, lambda told: told.stats.approximate_backlog_count == count)


async def start(client: Client, task_queue: str, plan: Plan) -> Handle:
    """Start a run as the application does."""
    enrollment_id = str(uuid.uuid4())
    await TemporalRuns(client, task_queue).start(Run(enrollment_id, "acme", plan))
    return client.get_workflow_handle_for(CampaignWorkflow.run, workflow_id(enrollment_id))


async def tell(handle: Handle, status: str, attempt: int = 1, step: str = "sms") -> None:
    """Signal what a provider reports."""
    await handle.signal(names.PROVIDER_EVENT, ProviderEventSignal(step, attempt, status))


async def migrate(handle: Handle, to: Plan, moves: Mapping[str, str]) -> None:
    """Signal that the run is to follow another version."""
    await handle.signal(names.MIGRATE, MigrateSignal(to.version, dump_plan(to), dict(moves)))


async def move(handle: Handle, step: str, order: str, event: str | None = None) -> None:
    """Signal that the run is to go to a step."""
    await handle.signal(names.MOVE, MoveSignal(step, order, event))


async def until(handle: Handle, **wanted: Any) -> dict[str, Any]:
    """Wait until the run's own account of itself has these values; else say what it came to."""
    state: dict[str, Any] = {}
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            while not state or not wanted.items() <= state.items():
                await asyncio.sleep(0.02 if state else 0)
                state = await handle.query(names.STATE)
    except TimeoutError:
        pytest.fail(f"the run did not come to {wanted}: {state}")
    return state


async def in_history(handle: Handle, kind: EventType.ValueType, count: int = 1) -> None:
    """Wait until the history has so many events of a kind."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        count -= event.event_type == kind
        if not count:
            return


async def until_true(condition: Callable[[], bool]) -> None:
    """Wait for something in this process."""
    while not condition():  # noqa: ASYNC110 # the condition is about lists that others fill
        await asyncio.sleep(0.01)
