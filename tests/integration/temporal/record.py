"""Records histories, from a real server in real time: ``python -m tests.integration.temporal.record``.

Each version of the product has a folder below ``histories``, named by the version. A release adds the next
one, by raising the version and recording; nobody records those of a released version again, since they are
what runs that still go on began with. The folder ``0.1.0.dev0`` holds what development states before 0.1.0
did, some of which no code does any more.

Without names, scenarios are recorded that have no history in the current version's folder yet. Before that
version is released, a scenario may be recorded again by its name, where a change is meant for runs that begin
from now on; the history that it replaces is moved into a ``.dev`` folder if it must still replay. One that
does not replay shows that running enrollments would break.
"""

import asyncio
import json
import sys
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowFailureError

from tests.fakes.temporal_server import start_server
from tests.integration.temporal.scenarios import bulk, ends, orders, sends, touches
from tests.integration.temporal.scenarios.scenario import Scenario, Stage

HISTORIES = Path(__file__).with_name("histories")
CURRENT = HISTORIES / version("drumbeat")
LONGEST = 150
"""Seconds that a scenario may take: a pause is asked about once a minute at most."""
CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"

SCENARIOS: Mapping[str, Scenario] = {
    **touches.SCENARIOS,
    **sends.SCENARIOS,
    **orders.SCENARIOS,
    **ends.SCENARIOS,
    **bulk.SCENARIOS,
}


def recorded() -> Mapping[str, list[Path]]:
    """The histories of the current version, by scenario."""
    found: dict[str, list[Path]] = {}
    for path in sorted(CURRENT.glob("*.json")):
        found.setdefault(path.name.split(".")[0], []).append(path)
    return found


def is_released() -> bool:
    """Whether the current version is: its histories stay as they are."""
    return f"\n## [{CURRENT.name}]" in CHANGELOG.read_text(encoding="utf-8")


async def record(names: Collection[str]) -> None:
    """Play scenarios and write their histories."""
    for name in names:
        await _record(name, SCENARIOS[name])


async def _record(name: str, scenario: Scenario) -> None:
    async with await start_server(*scenario.settings) as server:
        stage = Stage(server.client, f"record-{uuid.uuid4()}")
        async with scenario.workers(stage):
            runs = await scenario.played(stage)
            for run in runs.values():
                with suppress(WorkflowFailureError):  # some are to fail
                    await asyncio.wait_for(run.result(), timeout=LONGEST)
        for which, run in runs.items():
            history = await run.fetch_history()
            CURRENT.mkdir(exist_ok=True)
            file = f"{name}.{which}.json" if which else f"{name}.json"
            events = json.dumps(without_traces(json.loads(history.to_json())), indent=2)
            (CURRENT / file).write_text(events + "\n", encoding="utf-8")


def without_traces(value: Any) -> Any:
    """The same without stack traces: they name folders of whoever records, and no replay looks at them."""
    if isinstance(value, dict):
        return {key: without_traces(each) for key, each in value.items() if key != "stackTrace"}
    return [without_traces(each) for each in value] if isinstance(value, list) else value


def _wanted(names: Collection[str]) -> Collection[str]:
    there = recorded()
    again = sorted(there.keys() & set(names))
    if again and is_released():
        sys.exit(f"{CURRENT.name} is released, and its histories stay: {', '.join(again)}.")
    return names or [name for name in SCENARIOS if name not in there]


if __name__ == "__main__":
    asyncio.run(record(_wanted(sys.argv[1:])))
