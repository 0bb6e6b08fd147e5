"""A worker in a process of its own, with nobody outside, whose memory is measured.

``python -m trials.bench.open_runs FOLDER ADDRESS QUEUE RUNS``: whoever starts it ends it.
"""

import asyncio
import sys
from pathlib import Path

from temporalio.client import Client

from domain.idempotency import AttemptKey
from trials.bench.product import product, worker


async def work(folder: Path, address: str, task_queue: str, cached_runs: int) -> None:
    """Work until the process ends.

    Args:
        folder: with the database.
        address: of Temporal.
        task_queue: which one.
        cached_runs: how many runs are kept in memory.
    """
    client = await Client.connect(address)
    async with (
        product(folder, client, _overhear, task_queue) as wired,
        worker(wired, client, cached_runs),
    ):
        await asyncio.Event().wait()


def _overhear(_: AttemptKey) -> None:
    """Nobody waits for the messages."""


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
