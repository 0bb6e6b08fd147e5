"""Which lines no history reaches: ``python -m tests.integration.temporal.reached [FILE]...``, as JSON.

Nothing of the product may be imported before the measurement begins.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[3]
HISTORIES = Path(__file__).with_name("histories")

MEASURED = [
    *sorted((ROOT / "adapters" / "temporal" / "workflows").glob("*.py")),
    *(ROOT / "domain" / "enrollment" / f"{name}.py" for name in ("decide", "turn", "move", "migrate")),
]
"""The workflows, and the part of the domain whose decisions are what a replay compares."""

ELSEWHERE = (
    "return mapping.show_state(self._plan, self._state)",  # a query leaves nothing in a history
    # A run takes the end of a wait for a fact only while that wait is on, and not before its end.
    "if state.due is None or turn.at < state.due or state.paused_at is not None:",
)
"""Lines that no history can reach, or the conditions right above them."""


def unreached(histories: Sequence[Path]) -> dict[str, list[str]]:
    """The lines by file, each with its number; an empty list for a file all of which is reached."""
    measuring = Coverage(
        data_file=None, source=[], include=[str(path) for path in MEASURED], config_file=False
    )
    measuring.exclude("assert_never\\(")
    measuring.exclude("case _:")
    measuring.start()
    asyncio.run(_replay(histories))
    measuring.stop()
    return {str(path.relative_to(ROOT)): list(_missing(measuring, path)) for path in MEASURED}


async def _replay(histories: Sequence[Path]) -> None:
    from adapters.temporal.replay import files
    from adapters.temporal.replay.gate import Gate

    gate = Gate()
    for path in files.found(histories):
        await gate(files.read(path))


def _missing(measuring: Coverage, path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number in measuring.analysis2(str(path))[3]:
        above, line = (each.strip() for each in lines[number - 2 : number])
        if not {above, line} & set(ELSEWHERE):
            yield f"{number}: {line}"


if __name__ == "__main__":
    print(json.dumps(unreached([Path(name) for name in sys.argv[1:]] or [HISTORIES]), indent=2))  # noqa: T201
