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
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import connect
from adapters.temporal.common import retry_policies
from adapters.temporal.gateway import TemporalRuns
from application.errors import RunRefused, RunsUnavailable
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.idempotency import workflow_id
from domain.statuses import DeliveryStatus
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import FakeActivities, plan, until, working


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
        heard = await runs.tell(delivered(run))
        await handle.result()
        await runs.start(run)
        late = await runs.tell(delivered(run))

    assert (heard, late) == (True, False)
    assert len(activities.sent) == 1
    assert await runs.opt_out(run.enrollment_id) is False


async def test_an_opt_out_is_heard(temporal: WorkflowEnvironment, task_queue: str, run: Run) -> None:
    """An opt-out given elsewhere ends an open run."""
    runs = TemporalRuns(temporal.client, task_queue)
    async with working(temporal.client, task_queue, FakeActivities()):
        await runs.start(run)
        heard = await runs.opt_out(run.enrollment_id)
        outcome = await temporal.client.get_workflow_handle(workflow_id(run.enrollment_id)).result()

    assert heard is True
    assert outcome == "opted_out"


async def test_a_row_that_is_not_about_an_attempt_is_not_told(
    temporal: WorkflowEnvironment, run: Run
) -> None:
    """There is nothing to signal where no attempt, no status or no enrollment is known."""
    runs, row = TemporalRuns(temporal.client), delivered(run)

    assert await runs.tell(evolve(row, status=None)) is False
    assert await runs.tell(evolve(row, step=None)) is False
    assert await runs.tell(evolve(row, enrollment_id=None)) is False


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
        await TemporalRuns(client).tell(delivered(run))


@pytest.mark.parametrize("call", ["start", "tell", "opt_out"])
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
        await runs.tell(delivered(run))
    assert time.monotonic() - began < retry_policies.SIGNAL_RPC.total_seconds() + 1


async def test_a_server_that_never_answers(run: Run) -> None:
    """A connection that opens and stays silent is given up in time."""
    async with _silent_server() as address:
        runs = TemporalRuns(await connect(address=address, lazy=True))

        with pytest.raises(RunsUnavailable, match="within 3 seconds"):
            await runs.tell(delivered(run))


async def _call(runs: TemporalRuns, call: str, run: Run) -> object:
    if call == "start":
        return await runs.start(run)
    return await (runs.tell(delivered(run)) if call == "tell" else runs.opt_out(run.enrollment_id))


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
