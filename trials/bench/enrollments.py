"""``drumbeat bench enrollments``: whole enrollments against a bare workflow that records nothing."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import mean, median
from typing import Any, Protocol

from attrs import define, field, frozen
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker

from adapters.http.relay import relaying
from adapters.temporal.common.sandbox import workflow_runner
from bootstrap.container import Container
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from trials.bench import bare
from trials.bench.callbacks import callback
from trials.bench.cpu import CannotMeasure, cpu_seconds, on_cores_of_their_own
from trials.bench.flight import GROUP, Flight
from trials.bench.lived import HAPPY, person
from trials.bench.product import TASK_QUEUE, TENANT, product, worker
from trials.bench.report import Figure, Options, Section, at_least
from trials.bench.server import EmbeddedServer, embedded_server
from trials.bench.side_by_side import in_order

LEAST_SHARE = 0.8
"""Of the bare workflow's throughput, with everything recorded."""

RELAY_EVERY = timedelta(seconds=5)
"""As the HTTP app has it."""

BARE_QUEUE = "bare"
STARTS_AT_ONCE = 20
"""As `application.start_runs` has it."""

END_SECONDS = 120.0
"""How long the last runs of a round may take to end."""

_LOOK_SECONDS = 0.05
SAMPLE = 10
"""How many histories of each are looked at, whether both had as many tasks."""


NOTES = (
    "An enrollment: stored and started, one SMS gated, claimed, taken and recorded, its callback stored and",
    "signalled, its outcome written. The provider takes it at once, in this process: its HTTP is not ours.",
    "A bare workflow: one activity that does nothing, one timer, one signal that ends it; nothing recorded.",
    "Both in this process, in rounds that take turns, on one server, with the settings of one worker.",
)
APART = "But for the second share, the server has one core and this process another, as on two machines."
NOT_APART = (
    "The share has no bound here: this machine has no core for the server and another for this process."
)

SHARE, SHARE_OF_ALL = "share of the bare throughput", "share where both have all cores"


class Side(Protocol):
    """One of the two that are compared."""

    task_queue: str

    async def go(self, lives: int) -> None:
        """Let so many lives begin and hear what ends them."""
        ...


@frozen
class Round:
    """What one round of one side came to.

    Args:
        speed: lives a second.
        server: the Temporal server's processor time for a life, in milliseconds.
        own: this process's, likewise.
    """

    speed: float
    server: float
    own: float


Pair = tuple[Round, Round]
"""One round of ours, and one of theirs."""


async def measure(options: Options) -> Section:
    """Measure.

    Args:
        options: how.
    """
    rounds, lives = (2, GROUP) if options.is_quick else (6, 12 * GROUP)
    async with (
        embedded_server(options.folder) as server,
        _ours(options, server.client) as ours,
        _bare(server.client) as theirs,
    ):
        trial = Trial(server)
        for side in (ours, theirs):
            await trial.round(side, GROUP)
        apart: list[Pair] | None = None
        with on_cores_of_their_own(server.pid, os.getpid()) as are_apart:
            if are_apart:
                apart = [await trial.pair(ours, theirs, lives, number) for number in range(rounds)]
                options.say(f"{rounds} rounds with a core for each")
        shared = [await trial.pair(ours, theirs, lives, number) for number in range(rounds)]
        options.say(f"{rounds} rounds with all cores for both")
        tasks = [await _workflow_tasks(server.client, side.task_queue) for side in (ours, theirs)]
    return _section(apart, shared, tasks[0], tasks[1])


def _section(apart: list[Pair] | None, shared: list[Pair], our_tasks: float, their_tasks: float) -> Section:
    pairs = apart or shared
    ours, theirs = zip(*pairs, strict=True)
    server = median(a.server / b.server for a, b in pairs)
    with_own_cores = [Figure(SHARE, _share(apart), "ratio", at_least(LEAST_SHARE))] if apart else []
    return Section(
        "An enrollment from its start to its end, against a bare workflow",
        [
            Figure("enrollments", median(each.speed for each in ours), "/s"),
            Figure("bare workflows", median(each.speed for each in theirs), "/s"),
            *with_own_cores,
            Figure(SHARE_OF_ALL, _share(shared), "ratio"),
            Figure("Temporal CPU of an enrollment", median(each.server for each in ours), "ms"),
            Figure("Temporal CPU of a bare workflow", median(each.server for each in theirs), "ms"),
            Figure("Temporal CPU against the bare workflow's", server, "ratio"),
            Figure("our CPU of an enrollment", median(each.own for each in ours), "ms"),
            Figure("our CPU of a bare workflow", median(each.own for each in theirs), "ms"),
            Figure("workflow tasks of an enrollment", our_tasks),
            Figure("workflow tasks of a bare workflow", their_tasks),
        ],
        (*NOTES, APART if apart else NOT_APART),
    )


def _share(pairs: list[Pair]) -> float:
    return median(ours.speed / theirs.speed for ours, theirs in pairs)


@define
class Trial:
    """Rounds on one server."""

    server: EmbeddedServer
    _ended: dict[str, int] = field(factory=dict)

    async def round(self, side: Side, lives: int) -> Round:
        """Let so many lives go by, to their ends.

        Raises:
            CannotMeasure: some do not end.
        """
        began, own, server = time.perf_counter(), time.process_time(), cpu_seconds(self.server.pid)
        await side.go(lives)
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._all_ended(side.task_queue, self._ended.get(side.task_queue, 0) + lives)
        except TimeoutError:
            raise CannotMeasure(
                f"Not all runs end within {END_SECONDS:.0f} s: this machine has too much else to do."
            ) from None
        seconds = time.perf_counter() - began
        self._ended[side.task_queue] = self._ended.get(side.task_queue, 0) + lives
        return Round(
            lives / seconds,
            (cpu_seconds(self.server.pid) - server) * 1000 / lives,
            (time.process_time() - own) * 1000 / lives,
        )

    async def pair(self, ours: Side, theirs: Side, lives: int, number: int) -> Pair:
        """A round of each; who comes second finds a server still busy with the first, and each does in turn.

        Args:
            ours: one side.
            theirs: the other one.
            lives: how many of each.
            number: of the pair, from 0.
        """
        if number % 2:
            return await self.round(ours, lives), await self.round(theirs, lives)
        second = await self.round(theirs, lives)
        return await self.round(ours, lives), second

    async def _all_ended(self, task_queue: str, lives: int) -> None:
        # One cheap question now and then: to wait for each run's result would cost both sides the same, and
        # so make them look more alike than they are.
        query = f"TaskQueue = '{task_queue}' AND ExecutionStatus = 'Completed'"
        while (await self.server.client.count_workflows(query)).count < lives:  # noqa: ASYNC110 - asks
            await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def _ours(options: Options, client: Client) -> AsyncIterator["Enrollments"]:
    sent: list[Flight[AttemptKey]] = []
    async with product(options.folder, client, lambda key: sent[0].sent.put_nowait(key)) as wired:
        await wired.publish_campaign()(TENANT, HAPPY.definition)
        ours = Enrollments(wired)
        sent.append(ours.flight)
        async with worker(wired, client), relaying(wired.relay_events(), RELAY_EVERY):
            yield ours


@asynccontextmanager
async def _bare(client: Client) -> AsyncIterator["BareWorkflows"]:
    theirs = BareWorkflows(client)
    # The settings of our own worker, and its runner, which shares the workflow with the host as it does ours.
    async with Worker(
        client,
        task_queue=BARE_QUEUE,
        workflows=[bare.BareWorkflow],
        activities=[bare.Nothing(theirs.flight.sent.put_nowait).nothing],
        workflow_runner=workflow_runner(bare.__name__),
        max_concurrent_activities=100,
    ):
        yield theirs


@define
class Enrollments:
    """Lives of enrollments, by the product's own use cases."""

    wired: Container
    task_queue: str = TASK_QUEUE
    _people: Any = field(factory=count)
    flight: Flight[AttemptKey] = field(init=False)

    @flight.default
    def _flight(self) -> Flight[AttemptKey]:
        return Flight(self._enroll, self._deliver)

    async def go(self, lives: int) -> None:
        """Let so many begin and hear of their delivery."""
        await self.flight.go(lives)

    async def _enroll(self, lives: int) -> None:
        people = [person(next(self._people)) for _ in range(lives)]
        await self.wired.enroll_contacts()(TENANT, HAPPY.campaign, 1, people)

    async def _deliver(self, key: AttemptKey) -> None:
        told = callback(key, Channel.SMS, DeliveryStatus.DELIVERED, datetime.now(UTC))
        await self.wired.ingest_provider_event()(told.webhook, told.reports)


@define
class BareWorkflows:
    """Lives of bare workflows."""

    client: Client
    task_queue: str = BARE_QUEUE
    _numbers: Any = field(factory=count)
    flight: Flight[str] = field(init=False)

    @flight.default
    def _flight(self) -> Flight[str]:
        return Flight(self._start, self._tell)

    async def go(self, lives: int) -> None:
        """Let so many begin and hear the signal that ends them."""
        await self.flight.go(lives)

    async def _start(self, lives: int) -> None:
        await in_order(self._start_one, [next(self._numbers) for _ in range(lives)], STARTS_AT_ONCE)

    async def _start_one(self, number: int) -> None:
        await self.client.start_workflow(bare.WORKFLOW, id=f"bare:{number}", task_queue=BARE_QUEUE)

    async def _tell(self, workflow_id: str) -> None:
        await self.client.get_workflow_handle(workflow_id).signal(bare.SIGNAL)


async def _workflow_tasks(client: Client, task_queue: str) -> float:
    """How many tasks a run had, by the histories of the latest few."""
    tasks: list[int] = []
    async for run in client.list_workflows(f"TaskQueue = '{task_queue}'", limit=SAMPLE):
        history = await client.get_workflow_handle(run.id).fetch_history()
        tasks.append(
            sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for e in history.events)
        )
    return mean(tasks)
