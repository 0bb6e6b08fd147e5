"""The port `ReplayGate`: histories from files and from servers, each followed once more."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from attrs import define, evolve, field, frozen
from temporalio.client import Client, WorkflowExecution

from adapters.temporal.calls import NotThere
from adapters.temporal.client import connect
from adapters.temporal.common import task_queues
from adapters.temporal.inspection import TemporalInspection
from adapters.temporal.registered import WORKFLOWS, Workflows
from adapters.temporal.replay import files
from adapters.temporal.replay.gate import Gate
from adapters.temporal.replay.server import ServerHistories
from adapters.temporal.telemetry import quiet_runtime
from application.errors import RunRefused, RunsUnavailable
from application.ports.replay import Replayed, Report, Told, Verdict, Wanted

AT_ONCE = 8
"""How many histories are fetched, and held, at the same time."""


@frozen
class TemporalReplayGate:
    """Follows the histories of files, and of the namespace that the environment names.

    Args:
        clock: tells the time.
        task_queue: where our workflows are.
        workflows: the code at hand, by the names of the workflows' types.
    """

    clock: Callable[[], datetime]
    task_queue: str = task_queues.DRUMBEAT
    workflows: Workflows = WORKFLOWS

    async def files(self, paths: Collection[Path], told: Told) -> Report:
        """Histories in files, and in all JSON files below folders."""
        gate, found, replayed = Gate(self.workflows), list(files.found(paths)), []
        for path in found:
            try:
                result = await gate(files.read(path))
            except files.NoHistory as error:
                result = Replayed(Verdict.UNREADABLE, says=str(error))
            replayed.append(evolve(result, file=path))
            told(len(replayed), len(found))
        return Report(replayed)

    async def server(self, wanted: Wanted, told: Told) -> Report:
        """Histories of the namespace that the environment names.

        Raises:
            RunsUnavailable: Temporal does not answer.
            RunRefused: it cannot read the query.
            UnusableFile: the folder is not empty, or cannot be written to.
        """
        if wanted.folder is not None:
            files.take(wanted.folder)
        client = await connect(runtime=quiet_runtime())
        await TemporalInspection(client, self.task_queue).look()
        source = ServerHistories(client, self.task_queue, self.workflows)
        picked = await source.pick(wanted, self.clock())
        runs = [run for each in picked for run in each.runs]
        work = _Work(source, self._gate(client), wanted.folder, told, len(runs))
        return Report(await work.all(runs), [each.sampled for each in picked])

    def _gate(self, client: Client) -> Gate:
        return Gate(self.workflows, client.data_converter)


@define
class _Work:
    """Fetches some histories at once and follows them one after the other.

    Once Temporal has stopped answering, it is not asked for any more: what is left is told as unread.
    """

    source: ServerHistories
    gate: Gate
    folder: Path | None
    told: Told
    count: int
    done: int = 0
    gone: RunsUnavailable | None = None
    places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE))
    turn: asyncio.Lock = field(factory=asyncio.Lock)

    async def all(self, runs: Sequence[WorkflowExecution]) -> Sequence[Replayed]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.one(run)) for run in runs]
        return [task.result() for task in tasks]

    async def one(self, run: WorkflowExecution) -> Replayed:
        async with self.places:
            result = await self._replayed(run)
        self.done += 1
        self.told(self.done, self.count)
        return result

    async def _replayed(self, run: WorkflowExecution) -> Replayed:
        of = (run.workflow_type, run.id, run.run_id)
        if self.gone is not None:
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {self.gone}")
        try:
            history = await self.source.fetch(run)
        except NotThere:
            return Replayed(Verdict.NOTHING, *of, says="its history is not kept any longer")
        except RunsUnavailable as error:
            self.gone = error
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {error}")
        except RunRefused as error:
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {error}")
        if self.folder is not None:
            files.save(self.folder, history)
        async with self.turn:
            return await self.gate(history)
