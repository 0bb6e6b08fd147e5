"""Histories that are read, fetched and saved: what goes wrong with one keeps no other from its turn."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecution, WorkflowHistory

from adapters.temporal.calls import NotThere
from adapters.temporal.replay import files
from adapters.temporal.replay.gate import Gate
from adapters.temporal.replay.replays import TemporalReplayGate, Work
from application.errors import RunRefused, RunsUnavailable, UnusableFile
from application.ports.replay import Replayed, Verdict
from tests.integration.temporal.record import CURRENT

HAPPY = files.read(CURRENT / "happy.json")
NO_HISTORY = {
    "empty.json": "",
    "a_list.json": "[]",
    "no_events.json": '{"events": []}',
    "another.json": '{"events": [{"eventType": "EVENT_TYPE_TIMER_FIRED"}]}',
    "half.json": (CURRENT / "happy.json").read_text(encoding="utf-8")[:500],
    "odd.json": '{"events": [{"workflowExecutionStartedEventAttributes": {"workflowId": "x", "odd": 1}}]}',
}


def ignore(done: int, of: int) -> None:
    """Nobody wants to know how far it is."""


def gate() -> TemporalReplayGate:
    return TemporalReplayGate(lambda: datetime.now(UTC))


async def test_files_are_read_one_by_one(tmp_path: Path) -> None:
    """One that holds no history is told, and the others replay; below folders, JSON files are read."""
    for name, text in NO_HISTORY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    below = tmp_path / "below"
    below.mkdir()
    (below / "good.json").write_text(HAPPY.to_json(), encoding="utf-8")
    (below / "readme.txt").write_text("nothing to read", encoding="utf-8")
    seen: list[tuple[int, int]] = []
    report = await gate().files([tmp_path, tmp_path / "missing.json"], lambda *far: seen.append(far))
    by_name = {each.file.name: each for each in report.replayed if each.file is not None}

    assert by_name.keys() == {*NO_HISTORY, "good.json", "missing.json"}
    assert by_name["good.json"].verdict is Verdict.REPLAYS
    assert {each.verdict for name, each in by_name.items() if name != "good.json"} == {Verdict.UNREADABLE}
    assert by_name["missing.json"].says == "the file cannot be read: No such file or directory"
    assert "temporal workflow show --output json" in by_name["half.json"].says
    assert seen[-1] == (8, 8)


class Fetching:
    """A server that answers for each run as it is told to.

    Attributes:
        asked: the runs that were asked for, in order.
    """

    def __init__(self, answers: Mapping[str, WorkflowHistory | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def fetch(self, run: WorkflowExecution) -> WorkflowHistory:
        self.asked.append(run.id)
        answer = self.answers[run.id]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run_of(name: str) -> WorkflowExecution:
    """A run as a list of the server tells it."""
    fields: dict[str, Any] = dict.fromkeys(WorkflowExecution.__dataclass_fields__)
    return WorkflowExecution(**fields | {"id": name, "run_id": f"run of {name}", "workflow_type": "campaign"})


async def work(source: Fetching, *names: str, folder: Path | None = None) -> dict[str, Replayed]:
    """What becomes of the histories of these runs."""
    replayed = await Work(source, Gate(), folder, ignore, len(names)).all([run_of(name) for name in names])
    return dict(zip(names, replayed, strict=True))


async def test_a_history_that_cannot_be_fetched_is_told() -> None:
    """The others replay; one whose time was over meanwhile is nothing to worry about."""
    source = Fetching(
        {"gone": NotThere(), "kept": RunRefused("Temporal did not take the call"), "good": HAPPY}
    )
    became = await work(source, "gone", "kept", "good")

    assert became["gone"].verdict is Verdict.NOTHING
    assert (became["kept"].verdict, became["kept"].workflow_id) == (Verdict.UNREADABLE, "kept")
    assert became["kept"].says == "it was not fetched: Temporal did not take the call"
    assert became["good"].verdict is Verdict.REPLAYS


async def test_a_server_that_stops_answering_is_not_asked_on() -> None:
    """What was found by then is told, and what is left is told as unread."""
    names = [f"left-{number}" for number in range(50)]
    source = Fetching({"good": HAPPY, **dict.fromkeys(names, RunsUnavailable("it went away"))})
    became = await work(source, "good", *names)

    assert became.pop("good").verdict is Verdict.REPLAYS
    assert {each.verdict for each in became.values()} == {Verdict.UNREADABLE}
    assert {each.says for each in became.values()} == {"it was not fetched: it went away"}
    assert len(source.asked) < 20


async def test_what_is_fetched_is_saved(tmp_path: Path) -> None:
    """Under the names of its run, whatever characters are in them."""
    odd = WorkflowHistory("scheduled:acme/../leads 09:00", HAPPY.events)
    await work(Fetching({"odd": odd}), "odd", folder=tmp_path)

    [file] = files.found([tmp_path])
    assert file.name == f"scheduled-acme-..-leads-09-00.{HAPPY.run_id}.json"
    assert list(files.read(file).events) == list(HAPPY.events)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    """Before anything is asked of a server, and when a file cannot be written."""
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")

    with pytest.raises(UnusableFile, match=r"taken: cannot be written to: File exists"):
        files.take(taken)
    with pytest.raises(UnusableFile, match="cannot be written: No such file or directory"):
        files.save(tmp_path / "missing", HAPPY)


async def test_the_work_ends_where_nothing_can_be_saved(tmp_path: Path) -> None:
    """It is told as a sentence, once."""
    source = Fetching({"one": HAPPY, "two": HAPPY})

    with pytest.raises(UnusableFile, match="cannot be written: No such file or directory"):
        await work(source, "one", "two", folder=tmp_path / "missing")
