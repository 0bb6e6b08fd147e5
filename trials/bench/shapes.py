"""``drumbeat bench shapes``: what five shapes of campaign cost at Temporal, by histories of real runs."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from statistics import mean, median
from typing import Any

from attrs import define, field, frozen
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from adapters.temporal.common.billing import (
    DOLLARS_PER_GIGABYTE_HOUR,
    DOLLARS_PER_MILLION_ACTIONS,
    billable_actions,
)
from bootstrap.container import Container
from domain.idempotency import AttemptKey, workflow_id
from domain.statuses import Channel
from domain.steps import Step
from trials.bench.callbacks import callback
from trials.bench.campaigns import STORIES, Story
from trials.bench.lived import person
from trials.bench.product import TENANT, product, worker
from trials.bench.report import Bound, Figure, Options, Section, at_most
from trials.bench.server import embedded_server

MOST_EVENTS = 20
MOST_ACTIONS = 5
"""What the cheapest may cost: start, send, delivered, recorded, finished."""

LONGEST_SECONDS = 120.0
"""How long a run may take to come to where it is waited for."""

_WAITING_SECONDS = 0.05
_MONTH_HOURS = 30 * 24
_MILLION = 1_000_000

NOTES = (
    "Runs of the product's own worker; days are seconds, which changes no event. Averages of a few runs.",
    (
        f"Prices are of Temporal Cloud's list: {DOLLARS_PER_MILLION_ACTIONS:.0f} dollars a million actions "
        f"at the first step, and {DOLLARS_PER_GIGABYTE_HOUR} dollars a gigabyte-hour of open runs."
    ),
    "Storage is told as if the whole history stood open for 30 days. With fairness, an action counts 1.1.",
)


async def measure(options: Options) -> Section:
    """Measure.

    Args:
        options: how.
    """
    runs = 1 if options.is_quick else 5
    async with embedded_server(options.folder) as server:
        stage = Stage(server.client)
        async with (
            product(options.folder, server.client, stage.sent.put_nowait) as wired,
            worker(wired, server.client),
        ):
            costs = await stage.play(wired, STORIES, runs)
    figures = [figure for story, each in zip(STORIES, costs, strict=True) for figure in _figures(story, each)]
    return Section("What five shapes of campaign cost at Temporal, for each enrollment", figures, NOTES)


@frozen
class Cost:
    """What a run has left.

    Args:
        events: how many its history has.
        size: of the history, in bytes.
        actions: what is billed.
    """

    events: int
    size: int
    actions: int

    @classmethod
    def of(cls, history: WorkflowHistory) -> "Cost":
        """From its history."""
        events = history.events
        return cls(len(events), sum(each.ByteSize() for each in events), billable_actions(events))


def _figures(story: Story, costs: Sequence[Cost]) -> list[Figure]:
    is_cheapest = story is STORIES[0]
    events, actions = median(each.events for each in costs), median(each.actions for each in costs)
    size = mean(each.size for each in costs)
    storage = size / 1e9 * _MILLION * _MONTH_HOURS * DOLLARS_PER_GIGABYTE_HOUR

    def most(value: float) -> Bound | None:
        return at_most(value) if is_cheapest else None

    return [
        Figure(f"{story.name}: events", events, bound=most(MOST_EVENTS)),
        Figure(f"{story.name}: history", size / 1000, "KB"),
        Figure(f"{story.name}: billable actions", actions, bound=most(MOST_ACTIONS)),
        Figure(f"{story.name}: actions of a million", actions * DOLLARS_PER_MILLION_ACTIONS, "$"),
        Figure(f"{story.name}: their storage for 30 days", storage, "$"),
    ]


@define
class Stage:
    """Plays stories.

    Args:
        client: of Temporal.

    Attributes:
        sent: the messages that providers have taken; they put them there.
    """

    client: Client
    sent: asyncio.Queue[AttemptKey] = field(factory=asyncio.Queue)
    _people: Any = field(factory=count)
    _stories: dict[str, Story] = field(factory=dict)

    async def play(self, wired: Container, stories: Sequence[Story], runs: int) -> list[list[Cost]]:
        """Play them side by side, each several times; gives what each has cost.

        Raises:
            ValueError: a run ends in another way than its story.
            TimeoutError: one does not end.
        """
        for story in stories:
            await wired.publish_campaign()(TENANT, story.shape.definition)
        telling = asyncio.create_task(self._tell_all(wired))
        try:
            async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as playing:
                played = [
                    [playing.create_task(self._play(wired, story)) for _ in range(runs)] for story in stories
                ]
        finally:
            telling.cancel()
        return [[run.result() for run in of_story] for of_story in played]

    async def _play(self, wired: Container, story: Story) -> Cost:
        who, campaign = person(next(self._people)), story.shape.campaign
        self._stories[campaign] = story
        await wired.enroll_contacts()(TENANT, campaign, 1, [who], time_scale=story.time_scale)
        async with wired.database().transaction() as tx:
            contact = await tx.contacts.by_external_id(TENANT, who.external_id)
            known = {} if contact is None else await tx.enrollments.latest(TENANT, campaign, [contact.id])
        (enrollment,) = known.values()
        handle = self.client.get_workflow_handle(workflow_id(enrollment.id), result_type=str)
        outcome = await handle.result()
        if outcome != story.outcome:
            raise ValueError(f"{story.name}: a run has ended as {outcome}, not as {story.outcome.value}")
        return Cost.of(await handle.fetch_history())

    async def _tell_all(self, wired: Container) -> None:
        async with asyncio.TaskGroup() as telling:
            while True:
                telling.create_task(self._tell(wired, await self.sent.get()))

    async def _tell(self, wired: Container, key: AttemptKey) -> None:
        """Let the provider report of a message, where its story has something."""
        async with wired.database().transaction() as tx:
            enrollment = await tx.enrollments.get(key.enrollment_id)
            published = None if enrollment is None else await tx.campaigns.get(TENANT, enrollment.campaign, 1)
        if enrollment is None or published is None:
            raise ValueError("a message went out to nobody")
        told = self._stories[enrollment.campaign].told.get(key.step, ())
        if key.attempt > len(told):
            return
        step = next(each for each in published.plan.steps if each.key == key.step)
        channel = step.channel if isinstance(step, Step) else Channel.SMS
        await waits(self.client.get_workflow_handle(workflow_id(key.enrollment_id)))
        said = callback(key, channel, told[key.attempt - 1], datetime.now(UTC))
        await wired.ingest_provider_event()(said.webhook, said.reports)


async def waits(run: WorkflowHandle[Any, Any]) -> None:
    """Wait until the run waits for word of the message that was sent last."""
    while not _is_waiting(await run.fetch_history()):  # noqa: ASYNC110 - the server has no event for that
        await asyncio.sleep(_WAITING_SECONDS)


def _is_waiting(history: WorkflowHistory) -> bool:
    last = None
    for event in history.events:
        if event.event_type in {
            EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
            EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
            EventType.EVENT_TYPE_TIMER_STARTED,
        }:
            last = event.event_type
    return last == EventType.EVENT_TYPE_TIMER_STARTED
