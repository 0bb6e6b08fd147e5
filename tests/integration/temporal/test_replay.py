"""Runs that earlier code began go on with this one: recorded histories replay, and altered ones do not."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.workflow import _Definition

from adapters.temporal.common import names
from adapters.temporal.common.plans import dump_plan, load_plan
from adapters.temporal.registered import WORKFLOWS
from adapters.temporal.replay import files
from adapters.temporal.replay.gate import Gate
from application.ports.replay import Replayed, Verdict
from domain.enrollment.state import RULES_VERSION
from tests.integration.temporal import altered
from tests.integration.temporal.altered import Events
from tests.integration.temporal.other_code import FAILING, OTHERS, FailingCampaign
from tests.integration.temporal.record import CURRENT, HISTORIES, SCENARIOS, recorded, without_traces

RECORDED = {str(path.relative_to(HISTORIES)): path for path in files.found([HISTORIES])}
"""All histories by version and name; what earlier versions did, no code could record anew."""


def begun(path: Path) -> dict[str, Any]:
    """What the first event of a history says."""
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    told: dict[str, Any] = events[0]["workflowExecutionStartedEventAttributes"]
    return told


CAMPAIGNS = {
    name: path for name, path in RECORDED.items() if begun(path)["workflowType"]["name"] == names.CAMPAIGN
}


@pytest.fixture(scope="module")
def gate() -> Gate:
    """The product's own."""
    return Gate()


def test_every_scenario_is_recorded() -> None:
    """Of the current version there is a history for each scenario, and none besides: a release records."""
    assert recorded().keys() == SCENARIOS.keys()


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_history_names_no_folder_of_whoever_recorded_it(name: str) -> None:
    """What failed in it is told without a stack trace."""
    events = json.loads(RECORDED[name].read_text(encoding="utf-8"))

    assert without_traces(events) == events


@pytest.mark.parametrize("name", sorted(RECORDED))
async def test_a_recorded_history_replays(gate: Gate, name: str) -> None:
    """The workflow orders today what it ordered then, in whatever version that was."""
    replayed = await gate(files.read(RECORDED[name]))

    assert (replayed.verdict, replayed.says) == (Verdict.REPLAYS, "")


def test_there_are_histories_of_every_workflow() -> None:
    """Each is known under its own name, and has a history."""
    recorded_types = {begun(path)["workflowType"]["name"] for path in RECORDED.values()}

    assert recorded_types == WORKFLOWS.keys()
    assert {name: _Definition.must_from_class(each).name for name, each in WORKFLOWS.items()} == {
        name: name for name in WORKFLOWS
    }


@pytest.mark.parametrize("name", sorted(CAMPAIGNS))
def test_what_a_run_began_with_is_read_in_full(name: str) -> None:
    """Written again, the plan is what it was, and the rules are not newer than ours."""
    start = _input(CAMPAIGNS[name])
    loaded = load_plan(start["campaign"], start["version"], start["plan"])

    assert dump_plan(loaded) == start["plan"]
    assert start["rules"] <= RULES_VERSION


def test_rules_of_every_version_are_recorded() -> None:
    """The current version has gone on with runs of each, most of them of those that runs begin with now."""
    rules = [_input(path)["rules"] for path in CAMPAIGNS.values() if path.parent == CURRENT]

    assert set(rules) == set(range(1, RULES_VERSION + 1))
    assert rules.count(RULES_VERSION) > len(rules) / 2


@pytest.mark.parametrize(
    ("name", "ordered", "other"),
    [
        ("happy", "sms_send", "email_send"),
        ("happy", "interactions_log", "wait_check"),
        ("prepared", "step_prepare", "wait_check"),
        ("timed_out", "wait_check", "step_prepare"),
        ("escalated", "handoff_create", "email_send"),
        ("batch_of_audience", "audience_enroll", "batch_start"),
        ("batch", "batch_start", "audience_enroll"),
        ("scheduled.firing", "enroll_batch", "campaign"),
    ],
)
async def test_another_order_is_noticed(gate: Gate, name: str, ordered: str, other: str) -> None:
    """A history in which something else was ordered does not replay: the replay looks at what matters."""
    _refused(await gate(altered.named_otherwise(_text(name), ordered, other)))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("happy", altered.without_timer),
        ("happy", altered.told_otherwise('"delivered"', '"sent"')),
        ("backed_off", altered.told_otherwise('"failed"', '"replied"')),
        ("backed_off", altered.signals_reversed),
        ("happy", altered.planned_otherwise),
    ],
)
async def test_other_facts_are_noticed(gate: Gate, name: str, change: Callable[[Events], Events]) -> None:
    """Where something else was waited for, heard, heard first or planned, other orders would follow."""
    _refused(await gate(altered.with_events(_text(name), change)))


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        (names.CAMPAIGN, "happy"),
        (names.ENROLL_BATCH, "batch_of_audience"),
        (names.SCHEDULED_ENROLLMENT, "scheduled.firing"),
    ],
)
async def test_other_code_under_the_same_name_is_refused(workflow: str, name: str) -> None:
    """The sentence names the event at which the code goes another way, and the run is named."""
    history = files.read(CURRENT / f"{name}.json")
    replayed = await Gate({**WORKFLOWS, workflow: OTHERS[workflow]})(history)

    _refused(replayed)
    assert (replayed.workflow, replayed.workflow_id) == (workflow, history.workflow_id)
    assert replayed.run_id == history.run_id
    assert replayed.event == 5, "the first event after the first task"


async def test_code_that_fails_is_refused() -> None:
    """What it says is told."""
    gate = Gate({**WORKFLOWS, names.CAMPAIGN: FailingCampaign})
    replayed = await gate(files.read(CURRENT / "happy.json"))

    assert replayed.verdict is Verdict.DIFFERS
    assert replayed.says.startswith("the code fails at event ")
    assert FAILING in replayed.says


async def test_a_workflow_that_is_not_there_is_refused(gate: Gate) -> None:
    """It is not passed over: its runs would stand still."""
    replayed = await gate(altered.with_events(_text("happy"), _of_another_type))

    assert (replayed.verdict, replayed.event) == (Verdict.DIFFERS, 1)
    assert replayed.says == "this code has no workflow 'journey', so that its runs would stand still"


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_a_run_that_has_not_begun_shows_nothing(gate: Gate, length: int) -> None:
    """It does not count as one that replays."""
    replayed = await gate(altered.with_events(_text("happy"), lambda events: events[:length]))

    assert (replayed.verdict, replayed.workflow) == (Verdict.NOTHING, names.CAMPAIGN)


@pytest.mark.parametrize("name", ["happy", "never_called", "paused"])
async def test_a_run_that_goes_on_replays_up_to_its_last_event(gate: Gate, name: str) -> None:
    """Wherever that is: also between two orders of one task."""
    history = files.read(CURRENT / f"{name}.json")
    for length in range(4, len(history.events)):
        replayed = await gate(WorkflowHistory(history.workflow_id, history.events[:length]))
        assert (length, replayed.verdict) == (length, Verdict.REPLAYS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda _: [], "it has no events"),
        (lambda events: events[1:], "it does not begin with the start of a run"),
        (lambda events: events[:4] + events[5:], "event 5 is missing"),
    ],
)
async def test_what_is_no_history_cannot_be_read(
    gate: Gate, change: Callable[[Events], Events], says: str
) -> None:
    """It is told why; the replayer of the SDK would wait for ever."""
    whole = files.read(CURRENT / "happy.json")
    replayed = await gate(WorkflowHistory(whole.workflow_id, change(list(whole.events))))

    assert (replayed.verdict, replayed.says) == (Verdict.UNREADABLE, says)


def test_every_line_of_the_workflows_is_replayed() -> None:
    """A branch that no recorded history reaches is named: record one that does.

    Measured in a process of its own, since the domain's tests may be measured in this one.
    """
    missing = _unreached()

    assert len(missing) > 6
    assert {file: lines for file, lines in missing.items() if lines} == {}


def test_a_branch_without_a_history_would_be_named() -> None:
    """One history alone leaves much to be reached."""
    missing = _unreached(CURRENT / "happy.json")

    assert missing["adapters/temporal/workflows/enroll_batch.py"]
    assert any(line.endswith(": await self._carry_out(decision.commands, None)") for line in _lines(missing))


def _lines(missing: dict[str, list[str]]) -> list[str]:
    return [line for lines in missing.values() for line in lines]


def _unreached(*histories: Path) -> dict[str, list[str]]:
    argv = [sys.executable, "-m", "tests.integration.temporal.reached", *map(str, histories)]
    told = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=100)
    missing: dict[str, list[str]] = json.loads(told.stdout)
    return missing


def _refused(replayed: Replayed) -> None:
    assert replayed.verdict is Verdict.DIFFERS
    assert replayed.event is not None
    assert f"event {replayed.event} (" in replayed.says
    assert "Failure {" not in replayed.says
    assert "TMPRL" not in replayed.says


def _text(name: str) -> str:
    return (CURRENT / f"{name}.json").read_text(encoding="utf-8")


def _of_another_type(events: Events) -> Events:
    events[0]["workflowExecutionStartedEventAttributes"]["workflowType"]["name"] = "journey"
    return events


def _input(path: Path) -> dict[str, Any]:
    """What the run of a history began with."""
    told: dict[str, Any] = json.loads(base64.b64decode(begun(path)["input"]["payloads"][0]["data"]))
    return told
