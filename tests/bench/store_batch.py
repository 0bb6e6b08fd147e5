"""How fast a large file is accepted, and in how much memory: ``python -m tests.bench.store_batch [ROWS]``."""

import asyncio
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from attrs import frozen

from application.ports.batches import Batch
from application.store_batch import StoreBatch
from bootstrap import files
from tests.fakes.bulk import FakeBatchRuns
from tests.fakes.system import TENANT, sqlite
from tests.unit.application.world import DEFINITION

ROWS = 100_000


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def drawn_id() -> str:
    """A new id."""
    return str(uuid4())


_STATUS = Path("/proc/self/status")
_HEADER = "external_id,phone,email,timezone,first_name,plan,consent_sms\n"


@frozen
class Figures:
    """What storing a file came to.

    Args:
        batch: how it stands.
        seconds: how long it took.
        before: peak resident memory of the process before, in MB.
        after: the same afterwards.
    """

    batch: Batch
    seconds: float
    before: float
    after: float


def write_people(path: Path, rows: int, first: int = 0) -> None:
    """Write a contact file of so many people, each with a phone, an e-mail address and a consent."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for number in range(first, first + rows):
            file.write(
                f"c-{number},+1202{2_000_000 + number:07d},person-{number}@example{number % 500}.com,"
                f"America/Chicago,Ann,{'pro' if number % 3 else 'free'},2026-03-31\n"
            )


def peak_megabytes() -> float:
    """The most memory that the process has had.

    Linux counts into `ru_maxrss` what the process had before it became this program: it is asked elsewhere.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


async def store(folder: Path, path: Path) -> Figures:
    """Store a file in a new SQLite database."""
    async with sqlite(folder) as database:
        async with database.transaction() as tx:
            await tx.campaigns.publish(TENANT, DEFINITION, utc_now())
        store_batch = StoreBatch(database, FakeBatchRuns(), utc_now, drawn_id)
        before, began = peak_megabytes(), time.perf_counter()
        with files.open_contacts(path) as contacts:
            batch = await store_batch(TENANT, "spring", contacts)
        return Figures(batch, time.perf_counter() - began, before, peak_megabytes())


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_people(path, rows)
        found = asyncio.run(store(Path(folder), path))
    sys.stdout.write(
        f"{found.batch.received} rows, {found.batch.enrolled} enrolled in {found.seconds:.1f} s "
        f"({found.batch.received / found.seconds:.0f} a second); "
        f"peak memory {found.after:.0f} MB, {found.after - found.before:.0f} MB more than before\n"
    )


if __name__ == "__main__":
    main()
