"""A channel's rate on a real server: held over all workers together, and for that channel alone."""

import asyncio
import math
from collections.abc import Sequence

from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import task_queues
from adapters.temporal.common.task_queues import Queue
from domain.statuses import Channel
from domain.steps import Step
from tests.integration.temporal.sends import Send, another_client, process
from tests.integration.temporal.world import DAY, plan, queued, start, until_true

RATE = 10.0
SENDS = 50


async def test_two_workers_share_one_rate(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """With a backlog, two workers together send at the rate of one; a channel without a rate is not held."""
    sent: list[tuple[Channel, str, float]] = []
    await _fill(temporal, task_queue)
    one, two = await another_client(temporal.client), await another_client(temporal.client)
    async with (
        process(one, task_queue, _noting(sent, "one"), rates={Channel.SMS: RATE}),
        process(two, task_queue, _noting(sent, "two"), rates={Channel.SMS: RATE}),
    ):
        await until_true(lambda: len(sent) == 2 * SENDS)
    texts = [at for channel, _, at in sent if channel is Channel.SMS]
    mails = [at for channel, _, at in sent if channel is Channel.EMAIL]
    rate = _rate_after(1.0, texts)
    print(f"limit {RATE:g}/s, two workers: {rate:.1f}/s after {_within(1.0, texts)} in the first second")  # noqa: T201 - the figures of the docs

    assert len(texts) == len(mails) == SENDS
    assert {worker for channel, worker, _ in sent if channel is Channel.SMS} == {"one", "two"}
    assert 0.5 * RATE <= rate <= 1.4 * RATE, "each worker by itself would come to twice the rate"
    assert _within(1.0, texts) <= 3 * RATE
    assert max(mails) < max(texts)


async def _fill(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """Let sends of two channels queue up while no worker takes any."""
    async with process(temporal.client, task_queue, _never, queues=[Queue.CAMPAIGNS]):
        for channel in (Channel.SMS, Channel.EMAIL):
            followed = plan(Step("only", channel, wait=DAY))
            await asyncio.gather(*(start(temporal.client, task_queue, followed) for _ in range(SENDS)))
            await queued(temporal.client, task_queues.of_channel(task_queue, channel), SENDS)


def _noting(sent: list[tuple[Channel, str, float]], worker: str) -> Send:
    async def note(channel: Channel) -> None:
        # When the server gave it out, which is what is limited; a busy worker comes to it later.
        sent.append((channel, worker, activity.info().started_time.timestamp()))

    return note


async def _never(channel: Channel) -> None:
    raise AssertionError(f"nobody serves {channel}")


def _within(seconds: float, times: Sequence[float]) -> int:
    return sum(at <= min(times) + seconds for at in times)


def _rate_after(seconds: float, times: Sequence[float]) -> float:
    """How many a second there were once the first seconds had passed."""
    begin = min(times) + seconds
    later = [at for at in times if at > begin]
    return len(later) / (max(later) - begin) if later else math.inf
