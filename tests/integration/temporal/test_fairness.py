"""Whose sends go first where they have to wait, on a real server: many wait, and are taken one by one."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence

import pytest
from attrs import evolve
from temporalio.client import Client
from temporalio.common import Priority as TaskPriority
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import task_queues
from adapters.temporal.common.priorities import MAX_KEY_BYTES, PRIORITY_KEYS
from adapters.temporal.gateway import TemporalRuns
from application.ports.runs import Run
from domain.campaign import Plan, Priority
from domain.statuses import Channel
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.world import (
    FakeActivities,
    plan,
    queued,
    sending,
    start,
    tell,
    until,
    until_true,
    working,
)

LARGE = evolve(plan(), campaign="large")
SMALL = evolve(plan(), campaign="small")


async def test_a_small_campaign_takes_turns_with_a_large_one(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """What comes after a long queue of another campaign is not sent after it, but in between."""
    order = await _sent(temporal.client, task_queue, (LARGE, 40), (SMALL, 5))

    assert len(order) == 45
    assert max(_places(order, "small")) <= 12, "behind the large campaign they would have places 41 to 45"


async def test_only_a_server_that_is_told_so_is_fair(task_queue: str) -> None:
    """Without `matching.enableFairness` the small campaign waits for all of the large one."""
    async with await start_server("matching.enableFairness=false") as server:
        order = await _sent(server.client, task_queue, (LARGE, 40), (SMALL, 5))

    assert _places(order, "small") == [41, 42, 43, 44, 45]


async def test_an_urgent_campaign_overtakes(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """What is urgent goes before all that waits, what is low after all the rest, whichever came first."""
    low = evolve(plan(), campaign="low", priority=Priority.LOW)
    urgent = evolve(plan(), campaign="urgent", priority=Priority.URGENT)
    order = await _sent(temporal.client, task_queue, (low, 10), (LARGE, 20), (urgent, 5))

    assert _places(order, "urgent") == [1, 2, 3, 4, 5]
    assert _places(order, "large") == list(range(6, 26))
    assert _places(order, "low") == list(range(26, 36))


async def test_a_campaign_of_more_weight_has_a_larger_share(
    temporal: WorkflowEnvironment, task_queue: str
) -> None:
    """While both wait, weight 3 sends about three times as much as weight 1."""
    order = await _sent(temporal.client, task_queue, (LARGE, 30), (evolve(SMALL, weight=3.0), 30))
    shares = Counter(order[:32])

    assert 2 <= shares["small"] / shares["large"] <= 4


@pytest.mark.parametrize("priority", Priority)
async def test_sends_inherit_the_priority_of_their_run(
    temporal: WorkflowEnvironment, task_queue: str, priority: Priority
) -> None:
    """What the definition says reaches every send: its key, its tenant and campaign, its weight."""
    activities = FakeActivities()
    async with working(temporal.client, task_queue, activities):
        handle = await start(temporal.client, task_queue, evolve(plan(), priority=priority, weight=2.5))
        await until(handle, status="waiting")

    assert [info.priority for info in activities.infos] == [
        TaskPriority(PRIORITY_KEYS[priority], "acme:welcome", 2.5)
    ]


async def test_a_long_name_is_no_hindrance(temporal: WorkflowEnvironment, task_queue: str) -> None:
    """A tenant and a campaign whose names are longer than Temporal's keys have their share as well."""
    activities, followed = FakeActivities(), evolve(plan(), campaign="c" * 40)
    async with working(temporal.client, task_queue, activities):
        await TemporalRuns(temporal.client, task_queue).start(Run(str(uuid.uuid4()), "t" * 200, followed))
        await until_true(lambda: bool(activities.infos))

    assert len(activities.infos[0].priority.fairness_key or "") == MAX_KEY_BYTES


async def test_a_run_that_goes_on_as_a_new_one_keeps_its_priority(task_queue: str) -> None:
    """The sends of its second run are as urgent as those of its first."""
    activities = FakeActivities()
    followed = evolve(plan(*plan().steps, evolve(plan().steps[0], key="again")), priority=Priority.URGENT)
    async with (
        await start_server("limit.historyCount.suggestContinueAsNew=30") as server,
        working(server.client, task_queue, activities),
    ):
        handle = await start(server.client, task_queue, followed)
        await until(handle, status="waiting")
        first = (await handle.describe()).run_id
        while (await handle.describe()).run_id == first:
            await tell(handle, "sent")
        await until(handle, status="waiting")
        await tell(handle, "failed")
        await until(handle, status="waiting", step="again")

    assert activities.infos[0].workflow_run_id != activities.infos[1].workflow_run_id
    assert activities.infos[0].priority == activities.infos[1].priority


async def _sent(client: Client, task_queue: str, *campaigns: tuple[Plan, int]) -> list[str]:
    """Let campaigns queue up, one after the other, so many runs of each; then send one at a time.

    Returns:
        The campaign of each send, in the order in which they were made.
    """
    activities, waiting = FakeActivities(), 0
    async with working(client, task_queue, activities, sends=False):
        for followed, count in campaigns:
            await asyncio.gather(*(start(client, task_queue, followed) for _ in range(count)))
            waiting += count
            await queued(client, task_queues.of_channel(task_queue, Channel.SMS), waiting)
        async with sending(client, task_queue, activities, Channel.SMS, at_once=1):
            await until_true(lambda: len(activities.infos) == waiting)
    return [(info.priority.fairness_key or "").removeprefix("acme:") for info in activities.infos]


def _places(order: Sequence[str], campaign: str) -> list[int]:
    """The places of a campaign's sends, from 1."""
    return [place for place, sent in enumerate(order, 1) if sent == campaign]
