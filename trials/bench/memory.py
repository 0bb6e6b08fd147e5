"""``drumbeat bench memory``: what an open enrollment takes of a worker's memory while its run is kept."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client

from adapters.cli.processes import Processes, Service, module, python_path
from adapters.temporal.common.cache import CACHED_RUNS
from trials.bench.cpu import resident_bytes
from trials.bench.lived import HAPPY, person
from trials.bench.product import TENANT, product
from trials.bench.report import Figure, Options, Section, at_most
from trials.bench.server import EmbeddedServer, embedded_server
from trials.bench.shapes import waits
from trials.bench.side_by_side import in_order

MOST_KILOBYTES = 150
"""For one open enrollment."""

FEW = 20
"""How many runs the other worker keeps."""

LONGEST_SECONDS = 300.0
"""How long all runs may take to come to where they wait."""

_GROUP = 25

NOTES = (
    "Two workers in processes of their own let as many enrollments live until they wait for word of an SMS.",
    "One keeps all their runs, the other few: what the first has more, for each run more, a run costs.",
    f"A worker keeps {CACHED_RUNS} runs unless DRUMBEAT_WORKER_CACHED_RUNS says otherwise.",
)


async def measure(options: Options) -> Section:
    """Measure.

    Args:
        options: how.
    """
    runs = 100 if options.is_quick else 1500
    async with embedded_server(options.folder) as server:
        few = await _kept(options, server, FEW, runs)
        options.say("a worker that keeps few runs")
        all_of_them = await _kept(options, server, runs, runs)
    kilobytes = (all_of_them - few) / (runs - FEW) / 1000
    return Section(
        "The memory of open enrollments in a worker",
        [
            Figure(f"a worker that keeps {FEW} runs", few / 1e6, "MB"),
            Figure(f"a worker that keeps {runs} runs", all_of_them / 1e6, "MB"),
            Figure("an open enrollment", kilobytes, "KB", at_most(MOST_KILOBYTES)),
        ],
        NOTES,
    )


async def _kept(options: Options, server: EmbeddedServer, cached: int, runs: int) -> int:
    """The bytes of a worker that keeps so many runs, once as many as asked for wait."""
    queue = f"keeps-{cached}"
    folder = options.folder / queue
    folder.mkdir()
    async with (
        product(folder, server.client, lambda _: None, queue) as wired,
        _worker(folder, server, queue, cached) as pid,
    ):
        await wired.publish_campaign()(TENANT, HAPPY.definition)
        for first in range(0, runs, _GROUP):
            people = [person(number) for number in range(first, first + _GROUP)]
            await wired.enroll_contacts()(TENANT, HAPPY.campaign, 1, people)
        async with asyncio.timeout(LONGEST_SECONDS):
            await _all_wait(server.client, queue, runs)
        return resident_bytes(pid)


@asynccontextmanager
async def _worker(folder: Path, server: EmbeddedServer, queue: str, cached: int) -> AsyncIterator[int]:
    """The worker's process, for the length of the block; gives its id."""
    address = server.client.service_client.config.target_host
    argv = [*module("trials.bench.open_runs"), str(folder), address, queue, str(cached)]
    environ = os.environ | {"PYTHONPATH": python_path()}
    async with Processes(folder) as processes:
        (pid,) = await processes.start(Service("worker", argv, environ, _at_once))
        yield pid


async def _at_once() -> bool:
    return True


async def _all_wait(client: Client, queue: str, runs: int) -> None:
    """Wait until so many runs wait for word of their messages."""
    query = f"TaskQueue = '{queue}'"
    while (await client.count_workflows(query)).count < runs:  # noqa: ASYNC110 - asks
        await asyncio.sleep(0.1)
    ids = [run.id async for run in client.list_workflows(query)]
    await in_order(lambda each: waits(client.get_workflow_handle(each)), ids)
