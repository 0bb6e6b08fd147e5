"""The port `Runs` on a real server, on none, and on one that does not answer."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from attrs import evolve
from temporalio.client import Client
from temporalio.converter import default
from temporalio.testing import WorkflowEnvironment

from adapters.providers.common.untrusted import LONGEST_ID
from adapters.temporal.client import connect
from adapters.temporal.common import names, retry_policies
from adapters.temporal.common.mapping import provider_event_signal
from adapters.temporal.gateway import TemporalRuns
from application.dispatch_events import TOLD_AT_ONCE
from application.errors import RunRefused, RunsUnavailable
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.enrollment.move import Move
from domain.idempotency import workflow_id
from domain.pauses import PausePolicy
from domain.statuses import Channel, DeliveryStatus
from domain.steps import ESCALATE, Step
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import (
    DAY,
    SHORT,
    FakeActivities,
    plan,
    retrying_plan,
    until,
    until_true,
    working,
)

_SIGNALED = "workflow_execution_signaled_event_attributes"

_SIGNALS = (
    "tell",
    "opt_out",
    "resolve_handoff",
    "reach_goals",
    "migrate",
    "move",
    "pause",
    "resume",
    "cancel",
)
"""Every call about a run that is open."""


@pytest.fixture
def run() -> Run:
    """A run of an enrollment of its own."""
    return Run(str(uuid.uuid4()), "acme", plan())


def delivered(run: Run) -> Interaction:
    """The report that completes the run."""
    return Interaction(
        key=f"fake:{uuid.uuid4()}",
        kind="delivered",
        at=datetime(2030, 1, 1, tzinfo=UTC),
        enrollment_id=run.enrollment_id,
        step="sms",
        attempt=1,
        status=DeliveryStatus.DELIVERED,
    )


async def test_starting_twice_joins_the_first(
    temporal: WorkflowEnvironment, task_queue: str, run: Run
) -> None:
    """A second start, while it runs or after its end, starts nothing."""
    runs, activities = TemporalRuns(temporal.client, task_queue), FakeActivities()
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    async with working(temporal.client, task_queue, activities):
        await runs.start(run)
        await runs.start(run)
        await until(handle, status="waiting")
        heard = await runs.tell(run.enrollment_id, [delivered(run)])
        await handle.result()
        await runs.start(run)
        late = await runs.tell(run.enrollment_id, [delivered(run)])

    assert (heard, late) == (True, False)
    assert len(activities.sent) == 1
    for call in _SIGNALS:
        assert await _call(runs, call, run) is False


async def test_a_resolved_handoff_is_heard(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """A human who closes the case ends a run that waits for it."""
    runs = TemporalRuns(temporal.client, task_queue)
    waits = evolve(run, plan=plan(Step("sms", Channel.SMS, wait=SHORT), at_end=ESCALATE, handoff_wait=DAY))
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(waits)
        await until(handle, status="handed_off")
        heard = await runs.resolve_handoff(run.enrollment_id)
        outcome = await handle.result()

    assert heard is True
    assert outcome == "resolved"


@pytest.mark.parametrize(
    ("call", "outcome"), [("opt_out", "opted_out"), ("cancel", "cancelled"), ("reach_goals", "won")]
)
async def test_a_call_ends_the_run(
    temporal: WorkflowEnvironment, task_queue: str, run: Run, call: str, outcome: str
) -> None:
    """An open run hears of it and ends; told once more, it is said to have ended."""
    runs = TemporalRuns(temporal.client, task_queue)
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(evolve(run, plan=plan(goals={"booked"})))
        heard = await _call(runs, call, run)
        ended = await temporal.client.get_workflow_handle(workflow_id(run.enrollment_id)).result()
        late = await _call(runs, call, run)

    assert (heard, late) == (True, False)
    assert ended == outcome


async def test_a_run_is_held_and_released(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """Told to, it stands still, and goes on by the policy that is named."""
    runs, activities = TemporalRuns(temporal.client, task_queue), FakeActivities()
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    async with working(temporal.client, task_queue, activities):
        await runs.start(run)
        await until(handle, status="waiting")
        held = await runs.pause(run.enrollment_id)
        await until_true(lambda: activities.kinds == ["paused"])
        released = await runs.resume(run.enrollment_id, PausePolicy.CATCH_UP)
        await until(handle, paused_at=None)
        await runs.cancel(run.enrollment_id)
        await handle.result()
    rows = [row for told in activities.records for row in told.records]

    assert (held, released) == (True, True)
    assert [(row.kind, row.detail) for row in rows[:2]] == [("paused", ""), ("resumed", "catch_up")]


async def test_a_run_goes_over_to_another_version(
    temporal: WorkflowEnvironment, task_queue: str, run: Run
) -> None:
    """The plan and the moves that are named reach it."""
    runs, activities = TemporalRuns(temporal.client, task_queue), FakeActivities()
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    newer = plan(Step("mail", Channel.EMAIL, wait=DAY), version=2)
    async with working(temporal.client, task_queue, activities):
        await runs.start(run)
        await until(handle, status="waiting")
        heard = await runs.migrate(run.enrollment_id, newer, {"sms": "mail"})
        await until(handle, status="waiting", step="mail", version=2)

    assert heard is True
    assert activities.places == [("mail", 2)]


async def test_a_run_goes_to_a_step(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """The step, the order's name and the event reach it."""
    runs, activities = TemporalRuns(temporal.client, task_queue), FakeActivities()
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    steps = (Step("sms", Channel.SMS, wait=DAY), Step("mail", Channel.EMAIL, wait=DAY))
    async with working(temporal.client, task_queue, activities):
        await runs.start(evolve(run, plan=plan(*steps)))
        await until(handle, status="waiting")
        heard = await runs.move(run.enrollment_id, [Move("mail", "order-1", "upgraded")])
        await until(handle, status="waiting", step="mail")
    [row] = activities.records[0].records

    assert heard is True
    assert (row.kind, row.detail, row.after) == ("moved", "upgraded -> mail", "order-1")


async def test_several_goals_are_one_signal(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """Each one is looked at, and they cost what one costs."""
    runs = TemporalRuns(temporal.client, task_queue)
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(evolve(run, plan=plan(goals={"booked"})))
        await runs.reach_goals(run.enrollment_id, ["browsed", "booked", "paid"])
        outcome = await handle.result()
        history = await handle.fetch_history()

    assert outcome == "won"
    assert sum(event.HasField(_SIGNALED) for event in history.events) == 1


async def test_several_events_are_one_signal(
    temporal: WorkflowEnvironment, task_queue: str, run: Run
) -> None:
    """Each one counts: the first of these fails the first attempt, the last completes by what it says."""
    runs = TemporalRuns(temporal.client, task_queue)
    failed = evolve(delivered(run), kind="failed", status=DeliveryStatus.FAILED)
    note = evolve(delivered(run), status=None)
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        await runs.start(evolve(run, plan=retrying_plan()))
        await until(handle, status="waiting")
        heard = await runs.tell(
            run.enrollment_id, [failed, note, evolve(delivered(run), status=DeliveryStatus.REPLIED)]
        )
        outcome = await handle.result()
        history = await handle.fetch_history()
    signals = [event for event in history.events if event.HasField(_SIGNALED)]

    assert (heard, outcome) == (True, "completed")
    assert "backed_off" in activities.kinds
    assert len(signals) == 1
    assert len(signals[0].workflow_execution_signaled_event_attributes.input.payloads) == 2


async def test_an_event_that_cannot_be_read_does_not_keep_the_others(
    temporal: WorkflowEnvironment, task_queue: str, run: Run
) -> None:
    """Each argument of a signal is read by itself."""
    runs = TemporalRuns(temporal.client, task_queue)
    handle = temporal.client.get_workflow_handle(workflow_id(run.enrollment_id))
    good = {"step": "sms", "attempt": 1, "status": "delivered"}
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(run)
        await until(handle, status="waiting")
        await handle.signal(names.PROVIDER_EVENT, args=["odd", {**good, "status": "teleported"}, good, None])
        outcome = await handle.result()

    assert outcome == "completed"


async def test_a_hundred_events_are_a_small_signal(run: Run) -> None:
    """What one signal may carry stays far from what Temporal warns of (512 kB for one payload or request)."""
    row = evolve(delivered(run), key="provider:" + "x" * LONGEST_ID, step="x" * 40)
    signals = [provider_event_signal(row) for _ in range(TOLD_AT_ONCE)]
    payloads = default().payload_converter.to_payloads(signals)

    assert sum(payload.ByteSize() for payload in payloads) < 64_000


async def test_a_row_that_is_not_about_an_attempt_is_not_told(
    temporal: WorkflowEnvironment, run: Run
) -> None:
    """There is nothing to signal where no attempt or no status is known."""
    runs, row = TemporalRuns(temporal.client), delivered(run)

    assert await runs.tell(run.enrollment_id, [evolve(row, status=None), evolve(row, step=None)]) is False
    assert await runs.tell(run.enrollment_id, []) is False


async def test_runs_can_be_listed_by_tenant_and_campaign(
    temporal: WorkflowEnvironment, task_queue: str, run: Run
) -> None:
    """The search attributes find the run."""
    tenant = f"tenant-{uuid.uuid4()}"
    await TemporalRuns(temporal.client, task_queue).start(evolve(run, tenant=tenant))
    query = f'DrumbeatTenant = "{tenant}" AND DrumbeatCampaign = "welcome"'
    found: list[str] = []
    while not found:
        found = [execution.id async for execution in temporal.client.list_workflows(query)]

    assert found == [workflow_id(run.enrollment_id)]


async def test_a_missing_namespace_is_not_an_ended_run(temporal: WorkflowEnvironment, run: Run) -> None:
    """Both are NOT_FOUND; only an ended run may be called late, or reports would be lost."""
    client = await connect(address=_address(temporal.client), namespace="nowhere")

    with pytest.raises(RunsUnavailable, match="NOT_FOUND"):
        await TemporalRuns(client).tell(run.enrollment_id, [delivered(run)])


@pytest.mark.parametrize("call", ["start", *_SIGNALS])
async def test_nobody_listens(call: str, run: Run) -> None:
    """With Temporal down from the beginning, every call says so at once."""
    runs = TemporalRuns(await connect(address="127.0.0.1:1", lazy=True))
    began = time.monotonic()

    with pytest.raises(RunsUnavailable, match="cannot be reached"):
        await _call(runs, call, run)
    assert time.monotonic() - began < retry_policies.SIGNAL_RPC.total_seconds()


async def test_a_server_that_goes_away(run: Run) -> None:
    """With Temporal gone after the connection was made, a webhook still gets its answer in time."""
    async with await start_server() as server:
        runs = TemporalRuns(await connect(address=_address(server.client)))
        await runs.start(run)
    began = time.monotonic()

    with pytest.raises(RunsUnavailable):
        await runs.tell(run.enrollment_id, [delivered(run)])
    assert time.monotonic() - began < retry_policies.SIGNAL_RPC.total_seconds() + 1


async def test_a_server_that_never_answers(run: Run) -> None:
    """A connection that opens and stays silent is given up in time."""
    async with _silent_server() as address:
        runs = TemporalRuns(await connect(address=address, lazy=True))

        with pytest.raises(RunsUnavailable, match="within 3 seconds"):
            await runs.tell(run.enrollment_id, [delivered(run)])


async def _call(runs: TemporalRuns, call: str, run: Run) -> object:
    match call:
        case "start":
            return await runs.start(run)
        case "tell":
            return await runs.tell(run.enrollment_id, [delivered(run)])
        case "reach_goals":
            return await runs.reach_goals(run.enrollment_id, ["booked"])
        case "migrate":
            return await runs.migrate(run.enrollment_id, run.plan, {"sms": "sms"})
        case "move":
            return await runs.move(run.enrollment_id, [Move("sms", "order-1")])
        case "resume":
            return await runs.resume(run.enrollment_id, PausePolicy.CATCH_UP)
        case _:
            return await getattr(runs, call)(run.enrollment_id)


def _address(client: Client) -> str:
    return client.service_client.config.target_host


@asynccontextmanager
async def _silent_server() -> AsyncIterator[str]:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


async def test_a_call_that_is_refused_says_nothing_about_other_runs(
    temporal: WorkflowEnvironment, run: Run
) -> None:
    """The service answers and does not take this one: whoever has more to start goes on."""
    runs = TemporalRuns(temporal.client, task_queue="x" * 2_000)

    with pytest.raises(RunRefused, match="INVALID_ARGUMENT"):
        await runs.start(run)
