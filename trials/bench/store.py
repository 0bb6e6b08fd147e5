"""``drumbeat bench store``: how fast a large contact file is accepted, and in how much memory.

In a process of its own, since its memory is measured: ``python -m trials.bench.store FOLDER ROWS``.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from adapters.db import migrate
from adapters.db.engine import create_engine
from bootstrap import files
from trials.bench.lived import HAPPY
from trials.bench.lives import TENANT, Lives
from trials.bench.report import Figure, Options, Section, at_most

ROWS = 100_000
MORE_MEMORY, MORE_PER_ROW = 50.0, 0.0004
"""MB: SQLite keeps 32 of pages, and of each row some 300 bytes are remembered, to find it again."""

_STATUS = Path("/proc/self/status")
_HEADER = "external_id,phone,email,timezone,first_name,plan,consent_sms\n"
_NOTES = (
    "SQLite; rows go in a thousand a transaction, and nothing is started.",
    "The memory is the most that a process of its own has had, more than before it began.",
)


async def measure(options: Options) -> Section:
    """Store one file.

    Raises:
        RuntimeError: the process did not get to its end.
    """
    rows = 2_000 if options.is_quick else ROWS
    options.say(f"{rows:,} rows")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(options.folder), str(rows)), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"storing a file ended with status {process.returncode}")
    found = json.loads(said.splitlines()[-1])
    return Section(
        "A large contact file",
        [
            Figure("rows", found["enrolled"]),
            Figure("rows stored", found["enrolled"] / found["seconds"], "/s"),
            Figure(
                "memory more than before", found["more"], "MB", at_most(MORE_MEMORY + MORE_PER_ROW * rows)
            ),
        ],
        _NOTES,
    )


def write_people(path: Path, rows: int) -> None:
    """Write a contact file of so many people, each with a phone, an e-mail address and a consent."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for number in range(rows):
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


async def _stored(folder: Path, path: Path) -> dict[str, float]:
    """Store a file in a new SQLite database."""
    engine = create_engine(f"sqlite:///{folder / 'store.db'}")
    try:
        await migrate.upgrade(engine)
        lives = Lives(engine)
        await lives.publish(HAPPY)
        before, began = peak_megabytes(), time.perf_counter()
        with files.open_contacts(path) as contacts:
            batch = await lives.use.store_batch()(TENANT, HAPPY.campaign, contacts)
        return {
            "enrolled": batch.enrolled,
            "seconds": time.perf_counter() - began,
            "more": peak_megabytes() - before,
        }
    finally:
        await engine.dispose()


def main() -> None:
    """Write a file, store it, and print the figures."""
    folder = Path(sys.argv[1])
    path = folder / "people.csv"
    write_people(path, int(sys.argv[2]))
    sys.stdout.write(json.dumps(asyncio.run(_stored(folder, path))) + "\n")


if __name__ == "__main__":
    main()
