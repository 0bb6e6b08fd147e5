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
from domain.idempotency import workflow_id
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
    working,
)

_SIGNALED = "workflow_execution_signaled_event_attributes"


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
    assert await runs.opt_out(run.enrollment_id) is False
    assert await runs.resolve_handoff(run.enrollment_id) is False


async def test_an_opt_out_is_heard(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """An opt-out given elsewhere ends an open run."""
    runs = TemporalRuns(temporal.client, task_queue)
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(run)
        heard = await runs.opt_out(run.enrollment_id)
        outcome = await temporal.client.get_workflow_handle(workflow_id(run.enrollment_id)).result()

    assert heard is True
    assert outcome == "opted_out"


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


@pytest.mark.parametrize("call", ["start", "tell", "opt_out", "resolve_handoff"])
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
    if call == "start":
        return await runs.start(run)
    if call == "tell":
        return await runs.tell(run.enrollment_id, [delivered(run)])
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
