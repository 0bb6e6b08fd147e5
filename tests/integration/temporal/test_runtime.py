"""The workers of one process: which channels they take, how they end, and what happens when they fail."""

import asyncio

import pytest
from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import connect
from adapters.temporal.common.task_queues import Queue
from domain.statuses import Channel
from domain.steps import Step
from tests.integration.temporal.earlier import OnTheMainQueue
from tests.integration.temporal.sends import another_client, process
from tests.integration.temporal.world import (
    DAY,
    DRAIN,
    SHORT,
    FakeActivities,
    plan,
    queued,
    start,
    until,
    until_true,
    working,
)


async def test_a_process_takes_the_channels_that_it_is_told(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """What a process is not told to send waits for one that is."""
    sent: list[tuple[str, Channel]] = []

    async def mails(channel: Channel) -> None:
        sent.append(("mails", channel))

    async def texts(channel: Channel) -> None:
        sent.append(("texts", channel))

    async with process(temporal.client, task_queue, mails, queues=[Queue.CAMPAIGNS, Queue.EMAIL]):
        text = await start(temporal.client, task_queue, plan(Step("text", Channel.SMS, wait=DAY)))
        mail = await start(temporal.client, task_queue, plan(Step("mail", Channel.EMAIL, wait=DAY)))
        await until(mail, status="waiting")
        waits = await until(text, status="sending")
        other = await another_client(temporal.client)
        async with process(other, task_queue, texts, queues=[Queue.SMS]):
            await until(text, status="waiting")

    assert waits["step"] == "text"
    assert sent == [("mails", Channel.EMAIL), ("texts", Channel.SMS)]


async def test_sends_that_wait_where_the_runs_are_are_taken(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """What an earlier version ordered, before channels had queues of their own, is sent by this one, once."""
    sent: list[Channel] = []

    async def note(channel: Channel) -> None:
        sent.append(channel)

    client, activities = temporal.client, FakeActivities()
    async with working(client, task_queue, activities, sends=False, interceptors=[OnTheMainQueue()]):
        runs = [await start(client, task_queue, plan(Step("only", each, wait=DAY))) for each in Channel]
        await queued(client, task_queue, len(Channel))
    async with process(client, task_queue, note):
        for run in runs:
            await until(run, status="waiting")

    assert sorted(sent) == sorted(Channel)
    assert activities.sent == []


async def test_all_channels_drain_at_once(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Told to stop, every worker stops taking work at the same time, and each lets its call end."""
    under_way: set[Channel] = set()
    stopping: set[Channel] = set()
    ended: set[Channel] = set()

    async def until_all_stop(channel: Channel) -> None:
        under_way.add(channel)
        await activity.wait_for_worker_shutdown()
        stopping.add(channel)
        await until_true(lambda: stopping == set(Channel))
        ended.add(channel)

    async with process(temporal.client, task_queue, until_all_stop, drain=DRAIN):
        for channel in Channel:
            await start(temporal.client, task_queue, plan(Step("only", channel, wait=DAY)))
        await until_true(lambda: under_way == set(Channel))

    assert ended == set(Channel), "one that drains after another would be stopped at the end of its time"


async def test_a_call_that_hangs_is_given_up(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Draining takes as long as it may, and no longer, whatever is under way."""
    under_way = asyncio.Event()
    given_up: list[Channel] = []

    async def hang(channel: Channel) -> None:
        under_way.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(channel)
            raise

    async with process(temporal.client, task_queue, hang, drain=SHORT):
        await start(temporal.client, task_queue, plan(Step("only", Channel.SMS, wait=DAY)))
        await under_way.wait()
        began = asyncio.get_running_loop().time()
    took = asyncio.get_running_loop().time() - began

    assert given_up == [Channel.SMS]
    assert took < DRAIN.total_seconds(), "the time that it has was 0.2 seconds"


async def test_a_worker_that_can_never_work_ends_the_block(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """A fault that no trying again can mend comes out of the block, whatever it waits for."""
    client = await connect(address=temporal.client.service_client.config.target_host, namespace="nowhere")

    with pytest.raises(RuntimeError, match="nowhere"):
        async with process(client, task_queue, _never):
            await asyncio.Event().wait()


async def _never(channel: Channel) -> None:
    raise AssertionError(f"nobody serves {channel}")
