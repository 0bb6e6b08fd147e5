"""`drumbeat replay --from-server` on a real namespace, with runs of the real worker and of another one."""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from attrs import evolve, frozen
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker

from adapters.temporal.activities.batch_start import even_pace
from adapters.temporal.common import names
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.registered import WORKFLOWS
from adapters.temporal.replay.replays import TemporalReplayGate
from adapters.temporal.schedule_gateway import TemporalSchedules
from application.enroll_audience import EnrollAudience
from application.errors import RunRefused, UnusableFile
from application.ports.replay import Replayed, Report, Verdict, Wanted
from application.start_batch import StartBatch
from domain.contact import Contact
from domain.schedule_form import read_schedule
from tests.fakes.sandbox import free_port
from tests.fakes.temporal_server import start_server
from tests.integration.temporal.other_code import OTHERS, PatientCampaign
from tests.integration.temporal.sends import worker_of
from tests.integration.temporal.world import plan, start
from tests.unit.application.world import TENANT, World

HOUR = timedelta(hours=1)
ALL = Wanted(recent=HOUR, limit=50)
OURS = "TaskQueue = 'drumbeat'"
"""The real worker's runs; those of the other code are on a queue of their own."""

THEIRS = "TaskQueue = 'theirs'"


@frozen
class Site:
    """A namespace with runs.

    Args:
        client: of it.
        world: what the real worker has worked with.
    """

    client: Client
    world: World

    @property
    def address(self) -> str:
        """Where the server is."""
        return self.client.service_client.config.target_host

    def worker(self) -> AbstractAsyncContextManager[None]:
        """The real worker, with everything."""
        runs = TemporalRuns(self.client)
        return worker_of(
            self.client,
            "drumbeat",
            self.world,
            start_batch=StartBatch(self.world.database, runs, self.world.clock, even_pace),
            enroll_audience=EnrollAudience(self.world.database, self.world.clock),
            drain=timedelta(seconds=5),
        )

    async def fire(self, key: str, *people: str, rate: float | None = None) -> None:
        """Let a schedule enroll people, at a rate if one is given."""
        contacts = [Contact(f"contact-{who}", who, f"+1202555{at:04}") for at, who in enumerate(people)]
        async with self.world.database.transaction() as tx:
            await tx.audiences.put(TENANT, key, {}, self.world.clock())
            await tx.contacts.upsert(TENANT, contacts)
            await tx.audiences.add_members(TENANT, key, [each.id for each in contacts])
        schedules = TemporalSchedules(self.client)
        form = {"campaign": "spring", "audience": key, "when": {"at": ["09:00"]}}
        made = evolve(read_schedule(key, form), rate=rate)
        await schedules.put(TENANT, made, paused=True)
        await schedules.trigger(TENANT, key)

    async def count(self, workflow: str, status: str = "Running") -> int:
        """How many runs are in a state."""
        query = f"{OURS} AND WorkflowType = '{workflow}' AND ExecutionStatus = '{status}'"
        return (await self.client.count_workflows(query)).count

    async def all_wait(self) -> bool:
        """Whether every open run of the campaign waits for an answer."""
        query = f"WorkflowType = '{names.CAMPAIGN}' AND ExecutionStatus = 'Running'"
        runs = [run async for run in self.client.list_workflows(query)]
        handles = [self.client.get_workflow_handle(run.id, run_id=run.run_id) for run in runs]
        return all([await _has_timer(handle.fetch_history()) for handle in handles])


async def until(wanted: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds of a namespace."""
    async with asyncio.timeout(60):
        while not await wanted():  # noqa: ASYNC110 - asks the server
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    """Runs of all three workflows, open and closed, whose worker has ended since."""
    async with await start_server() as server:
        world = World()
        await world.publish()
        made = Site(server.client, world)
        async with made.worker():
            await made.fire("quick", "ann", "bob")
            await until(lambda: _equal(made.count(names.SCHEDULED_ENROLLMENT, "Completed"), 1))
            await until(lambda: _equal(made.count(names.CAMPAIGN), 2))
            [first, *_] = [run async for run in server.client.list_workflows("WorkflowType = 'campaign'")]
            run = server.client.get_workflow_handle(first.id)
            await run.signal(names.CANCEL)
            await run.result()
            await made.fire("slow", "cyd", "dan", "eve", rate=0.001)
            await until(lambda: _equal(made.count(names.CAMPAIGN), 2))
            await until(made.all_wait)
        yield made


async def _equal(count: Awaitable[int], wanted: int) -> bool:
    return await count == wanted


@pytest_asyncio.fixture(scope="module")
async def theirs(site: Site) -> str:
    """A run that other code has begun under the name of ours; its id."""
    other = Worker(
        site.client, task_queue="theirs", workflows=[PatientCampaign], workflow_runner=workflow_runner()
    )
    async with other:
        handle = await start(site.client, "theirs", plan())
        await until(lambda: _has_timer(handle.fetch_history()))
    return handle.id


async def _has_timer(history: Awaitable[Any]) -> bool:
    return any(event.HasField("timer_started_event_attributes") for event in (await history).events)


@pytest.fixture
def gate(site: Site, monkeypatch: pytest.MonkeyPatch) -> TemporalReplayGate:
    """The gate of the namespace."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", site.address)
    return TemporalReplayGate(lambda: datetime.now(UTC))


def told(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


def of(report: Report) -> dict[tuple[str, bool], tuple[int, int]]:
    """How many there are of each sort, and how many were looked at."""
    return {(each.workflow, each.is_open): (each.there, each.picked) for each in report.sampled}


async def test_runs_of_every_workflow_replay(gate: TemporalReplayGate) -> None:
    """Open and closed ones, as the real worker has left them."""
    seen: list[tuple[int, int]] = []
    report = await gate.server(evolve(ALL, query=OURS), lambda *far: seen.append(far))

    assert of(report) == {
        (names.CAMPAIGN, True): (2, 2),
        (names.CAMPAIGN, False): (1, 1),
        (names.ENROLL_BATCH, True): (1, 1),
        (names.ENROLL_BATCH, False): (1, 1),
        (names.SCHEDULED_ENROLLMENT, True): (1, 1),
        (names.SCHEDULED_ENROLLMENT, False): (1, 1),
        ("", True): (0, 0),
        ("", False): (0, 0),
    }
    assert [each.says for each in report.replayed if each.verdict is not Verdict.REPLAYS] == []
    assert seen == [(done, 7) for done in range(1, 8)]


async def test_a_limit_is_kept_for_each_sort(gate: TemporalReplayGate) -> None:
    """It says how many there are all the same."""
    report = await gate.server(evolve(ALL, query=OURS, limit=1), told)

    assert of(report)[names.CAMPAIGN, True] == (2, 1)
    assert len(report.replayed) == 6


async def test_what_has_ended_long_ago_is_left_out(gate: TemporalReplayGate) -> None:
    """Open runs are not, however old they are."""
    later = evolve(gate, clock=lambda: datetime.now(UTC) + 2 * HOUR)
    report = await later.server(evolve(ALL, query=OURS), told)

    assert {workflow: there for (workflow, is_open), (there, _) in of(report).items() if not is_open} == {
        **dict.fromkeys(WORKFLOWS, 0),
        "": 0,
    }
    assert len(report.replayed) == 4


async def test_the_wrong_code_is_refused(gate: TemporalReplayGate) -> None:
    """If all three workflows were others, no run that has begun would go on."""
    report = await evolve(gate, workflows=OTHERS).server(evolve(ALL, query=OURS), told)

    assert {each.verdict for each in report.replayed} == {Verdict.DIFFERS}
    assert {each.workflow for each in report.replayed} == WORKFLOWS.keys()


async def test_a_run_that_other_code_began_is_named(gate: TemporalReplayGate, theirs: str) -> None:
    """With the event at which ours goes another way."""
    report = await gate.server(evolve(ALL, query=THEIRS), told)

    [found] = report.of(Verdict.DIFFERS)
    assert (found.workflow_id, found.event) == (theirs, 5)
    assert found.says.startswith("the code orders something else than event 5 (timer started) says: ")


async def test_a_run_without_a_workflow_is_found(gate: TemporalReplayGate, site: Site) -> None:
    """It is on our queue, and this code does not have what it is of."""
    queue = f"abandoned-{uuid.uuid4()}"
    handle = await site.client.start_workflow("journey", id=queue, task_queue=queue)
    report = await evolve(gate, task_queue=queue).server(evolve(ALL, query=f"TaskQueue = '{queue}'"), told)

    assert [(each.verdict, each.workflow_id) for each in report.replayed] == [(Verdict.DIFFERS, handle.id)]
    assert of(report)["", True] == (1, 1)


async def test_a_run_that_has_not_begun_shows_nothing(gate: TemporalReplayGate, site: Site) -> None:
    """No worker has taken it; it does not count as one that replays."""
    queue = f"idle-{uuid.uuid4()}"
    await start(site.client, queue, plan())
    report = await gate.server(evolve(ALL, query=f"TaskQueue = '{queue}'"), told)

    assert [each.verdict for each in report.replayed] == [Verdict.NOTHING]


async def test_histories_are_saved(gate: TemporalReplayGate, tmp_path: Path) -> None:
    """Each replays from its file as it did; they hold nothing personal; another time needs another folder."""
    folder = tmp_path / "histories"
    wanted = evolve(ALL, query=OURS, folder=folder)
    report = await gate.server(wanted, told)
    again = await gate.files([folder], told)
    texts = [each.file.read_text(encoding="utf-8") for each in again.replayed if each.file is not None]

    assert _runs(again.replayed) == _runs(report.replayed)
    assert len(texts) == 7
    assert [text for text in texts if "+1202555" in text or "Hello" in text] == []
    with pytest.raises(UnusableFile, match="is not empty"):
        await gate.server(wanted, told)


def _runs(replayed: Sequence[Replayed]) -> set[tuple[str, str, Verdict]]:
    return {(each.workflow_id, each.run_id, each.verdict) for each in replayed}


async def test_a_query_that_cannot_be_read_is_told(gate: TemporalReplayGate) -> None:
    """With what Temporal says of it."""
    with pytest.raises(RunRefused, match="Mood"):
        await gate.server(evolve(ALL, query="Mood = 'good'"), told)


async def test_the_command(site: Site, theirs: str) -> None:
    """0 where all replay, 1 where a run would not go on, which is named, 0 where nothing is there."""
    well = await _command(site.address, "--query", OURS, "--json")
    wrong = await _command(site.address)
    nothing = await _command(site.address, "--query", "WorkflowId = 'nobody'")

    assert well[0] == 0
    assert json.loads(well[1])["counts"] == {
        "replays": 7,
        "nothing_to_replay": 0,
        "differs": 0,
        "unreadable": 0,
    }
    assert wrong[0] == 1
    assert theirs in wrong[1]
    assert "workflow.patched" in wrong[1]
    assert nothing[:2] == (0, "Nothing was replayed: there are no such runs.\n")
    assert [said for said in (well[2], wrong[2], nothing[2]) if said] == []


async def test_a_server_that_is_away_is_told() -> None:
    """With status 2, in one sentence."""
    address = f"127.0.0.1:{free_port()}"
    status, out, err = await _command(address)

    assert (status, out) == (2, "")
    assert err.startswith(f"Temporal does not answer at {address}")
    assert err.count("\n") == 1


async def test_a_namespace_that_is_not_there_is_told(site: Site) -> None:
    """Likewise."""
    status, out, err = await _command(site.address, TEMPORAL_NAMESPACE="elsewhere")

    assert (status, out) == (2, "")
    assert "has no namespace elsewhere" in err


async def _command(address: str, *words: str, **environ: str) -> tuple[int, str, str]:
    argv = [sys.executable, "-m", "adapters.cli", "replay", "--from-server", *words]
    known = {"PATH": os.environ["PATH"], "COLUMNS": "300", "TEMPORAL_ADDRESS": address}
    process = await asyncio.create_subprocess_exec(
        *argv,
        env=known | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_closed_runs_are_closed(site: Site) -> None:
    """What the tests above rest on: the gate has changed nothing."""
    states = [run.status async for run in site.client.list_workflows(OURS)]

    assert states.count(WorkflowExecutionStatus.RUNNING) == 4
    assert states.count(WorkflowExecutionStatus.COMPLETED) == 3
