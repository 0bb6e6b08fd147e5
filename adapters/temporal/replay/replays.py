"""The port `ReplayGate`: histories from files and from servers, each followed once more."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from attrs import define, evolve, field, frozen
from temporalio.client import Client, WorkflowExecution, WorkflowHistory

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
        work = Work(source, self._gate(client), wanted.folder, told, len(runs))
        return Report(await work.all(runs), [each.sampled for each in picked])

    def _gate(self, client: Client) -> Gate:
        return Gate(self.workflows, client.data_converter)


class Source(Protocol):
    """Where histories come from."""

    async def fetch(self, run: WorkflowExecution) -> WorkflowHistory:
        """The history of a run; raises as `ServerHistories.fetch` does."""
        ...


@define
class Work:
    """Fetches some histories at once and follows them one after the other.

    Once Temporal has stopped answering, it is not asked for any more: what is left is told as unread.

    Args:
        source: where they come from.
        gate: follows them.
        folder: where they are written; None for nowhere.
        told: is told how far it is.
        count: how many there are.
    """

    source: Source
    gate: Gate
    folder: Path | None
    told: Told
    count: int
    _done: int = field(default=0, init=False)
    _away: RunsUnavailable | None = field(default=None, init=False)
    _places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE), init=False)
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def all(self, runs: Sequence[WorkflowExecution]) -> Sequence[Replayed]:
        """What became of each.

        Raises:
            UnusableFile: one cannot be written.
        """
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(run)) for run in runs]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None  # what cannot be written once cannot be written at all
        return [task.result() for task in tasks]

    async def _one(self, run: WorkflowExecution) -> Replayed:
        async with self._places:
            result = await self._replayed(run)
        self._done += 1
        self.told(self._done, self.count)
        return result

    async def _replayed(self, run: WorkflowExecution) -> Replayed:
        of = (run.workflow_type, run.id, run.run_id)
        if self._away is not None:
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {self._away}")
        try:
            history = await self.source.fetch(run)
        except NotThere:
            return Replayed(Verdict.NOTHING, *of, says="its history is not kept any longer")
        except RunsUnavailable as error:
            self._away = error
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {error}")
        except RunRefused as error:
            return Replayed(Verdict.UNREADABLE, *of, says=f"it was not fetched: {error}")
        if self.folder is not None:
            files.save(self.folder, history)
        async with self._turn:
            return await self.gate(history)
