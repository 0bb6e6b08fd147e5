"""A large file is accepted quickly, in little memory."""

import asyncio
import re
import sys

ROWS = 5_000
_FIGURES = re.compile(
    r"(\d+) rows, (\d+) enrolled in ([\d.]+) s .* peak memory (\d+) MB, (\d+) MB more than before"
)


async def test_a_large_file_is_read_as_it_is_stored() -> None:
    """In a process of its own, since memory is measured. The file itself has 1 MB, the pages of SQLite 32."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.store_batch", str(ROWS), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    found = _FIGURES.search(said.decode())

    assert found is not None
    rows, enrolled, seconds, peak, more = map(float, found.groups())
    assert (rows, enrolled) == (ROWS, ROWS)
    assert seconds < 60 * ROWS / 100_000 * 3  # three times what is promised: other tests run beside it
    assert peak < 300
    assert more < 60
