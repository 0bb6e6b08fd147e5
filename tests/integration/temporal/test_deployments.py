"""A worker that is a version of a Worker Deployment, on a real server."""

import asyncio
import uuid

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from adapters.temporal.runtime import Deployment
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, Step
from tests.fakes.temporal_server import binary
from tests.integration.temporal.sends import another_client, process
from tests.integration.temporal.world import DAY, plan, start, tell, until, until_queue

STEP = Step("sms", Channel.SMS, wait=DAY, routes={Result.DELIVERED: COMPLETE})


async def test_a_version_takes_work_once_it_is_current_and_the_next_one_goes_on(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """Before that it gets none; a run that has begun goes on with the version that is current then."""
    sent: list[str] = []
    name = f"drumbeat-{uuid.uuid4()}"

    async def first(channel: Channel) -> None:
        sent.append("first")

    async def second(channel: Channel) -> None:
        raise AssertionError("it was sent before")

    client = temporal.client
    async with process(client, task_queue, first, deployment=Deployment(name, "1.0")):
        run = await start(client, task_queue, plan(STEP))
        await until_queue(client, task_queue, lambda told: bool(told.pollers))
        untaken = (await run.describe()).history_length
        await _make_current(client, name, "1.0")
        await until(run, status="waiting")
    other = await another_client(client)
    async with process(other, task_queue, second, deployment=Deployment(name, "1.1")):
        await _make_current(other, name, "1.1")
        await tell(run, "delivered")
        outcome = await run.result()

    assert untaken == 2, "started, and its first task is scheduled"
    assert sent == ["first"]
    assert outcome == "completed"


async def test_a_run_can_be_pinned_to_the_version_that_it_follows(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """By Temporal's own tool; the next version, which could not go on with it, gets the others alone."""
    sent: list[str] = []
    name = f"drumbeat-{uuid.uuid4()}"

    async def first(channel: Channel) -> None:
        sent.append("first")

    async def second(channel: Channel) -> None:
        sent.append("second")

    client, other = temporal.client, await another_client(temporal.client)
    two = plan(STEP, Step("again", Channel.SMS, wait=DAY))
    async with process(client, task_queue, first, deployment=Deployment(name, "1.0")):
        run = await start(client, task_queue, two)
        await _make_current(client, name, "1.0")
        await until(run, status="waiting")
        await _pin(client, run.id, name, "1.0")
        async with process(other, task_queue, second, deployment=Deployment(name, "1.1")):
            await _make_current(other, name, "1.1")
            newer = await start(client, task_queue, two)
            await until(newer, status="waiting")
            await tell(run, "failed")
            await until(run, status="waiting", step="again")
            await newer.signal(names.CANCEL)
            await newer.result()
        await run.signal(names.CANCEL)
        await run.result()

    assert sent == ["first", "second", "first"]


async def _pin(client: Client, workflow: str, name: str, build_id: str) -> None:
    """As docs/operations.md says it, for one run."""
    override = {"behavior": "pinned", "deployment-name": name, "build-id": build_id}
    flags = [word for key, value in override.items() for word in (f"--versioning-override-{key}", value)]
    address = client.service_client.config.target_host
    tool = await asyncio.create_subprocess_exec(
        binary(), "workflow", "update-options", "--address", address, "--workflow-id", workflow, *flags
    )
    assert await tool.wait() == 0


def test_all_runs_follow_the_current_version() -> None:
    """A run waits for weeks: it must not need the workers of the release that began it."""
    config = Deployment("drumbeat", "1.0").config()

    assert config.use_worker_versioning
    assert config.default_versioning_behavior is VersioningBehavior.AUTO_UPGRADE


async def _make_current(client: Client, name: str, build_id: str) -> None:
    """Do as `temporal worker deployment set-current-version` does, once the workers are known."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=name, build_id=build_id
    )
    while True:
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
                raise
            await asyncio.sleep(0.05)
        else:
            return
