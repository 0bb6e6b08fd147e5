"""Temporal as the doctor sees it, on a real server."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import connect
from adapters.temporal.common import search_attributes
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.inspection import TemporalInspection
from application.errors import RunsUnavailable
from domain.statuses import Channel
from tests.fakes.temporal_server import binary
from tests.integration.temporal.sends import process
from tests.integration.temporal.world import until_queue


async def test_a_server_that_answers(temporal: WorkflowEnvironment) -> None:
    """Where it is, which namespace, and which version."""
    seen = await TemporalInspection(temporal.client).look()

    assert seen.address == temporal.client.service_client.config.target_host
    assert seen.namespace == "default"
    assert seen.version.startswith("1.")


async def test_what_is_wrong_is_said() -> None:
    """Nobody answers."""
    inspection = TemporalInspection(await connect(address="127.0.0.1:1", lazy=True))

    with pytest.raises(RunsUnavailable, match=r"at 127\.0\.0\.1:1: start it, or set TEMPORAL_ADDRESS"):
        await inspection.look()
    with pytest.raises(RunsUnavailable, match="search attributes cannot be seen"):
        await inspection.missing_attributes()
    with pytest.raises(RunsUnavailable, match="task queues cannot be seen"):
        await inspection.pollers()
    with pytest.raises(RunsUnavailable, match="clock of Temporal cannot be seen"):
        await inspection.clock()


async def test_a_namespace_that_is_not_there(temporal: WorkflowEnvironment) -> None:
    """How to make it is said."""
    address = temporal.client.service_client.config.target_host
    client = await connect(address=address, namespace="nowhere")

    with pytest.raises(RunsUnavailable, match="namespace create --namespace nowhere"):
        await TemporalInspection(client).look()


async def test_search_attributes_that_are_registered(temporal: WorkflowEnvironment) -> None:
    """None is missing."""
    assert await TemporalInspection(temporal.client).missing_attributes() == []


async def test_search_attributes_that_are_missing() -> None:
    """On a fresh server all are, and are named."""
    server = await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary(), dev_server_log_level="error"
    )
    async with server:
        missing = await TemporalInspection(server.client).missing_attributes()

    assert missing == [key.name for key in search_attributes.ALL]


async def test_queues_with_and_without_workers(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """What a process takes has a poller, and nothing else."""

    async def never(channel: Channel) -> None:
        raise AssertionError(channel)

    inspection = TemporalInspection(temporal.client, task_queue)
    async with process(temporal.client, task_queue, never, queues=[Queue.CAMPAIGNS, Queue.SMS]):
        for queue in (task_queue, f"{task_queue}-sms"):
            await until_queue(temporal.client, queue, lambda told: bool(told.pollers))
        found = await inspection.pollers()

    assert {name for name, count in found.items() if count} == {"campaigns", "sms"}
    assert set(found) == set(Queue)


async def test_the_clock_of_a_server_on_this_machine(temporal: WorkflowEnvironment) -> None:
    """It is ours, as exactly as can be told."""
    reading = await TemporalInspection(temporal.client).clock()

    assert reading.skew < timedelta(milliseconds=100)
    assert reading.uncertainty < timedelta(seconds=2)
