"""Runs that began with earlier code go on with this one: recorded histories replay."""

import base64
import json
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from adapters.temporal.common.plans import dump_plan, load_plan
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.campaign import CampaignWorkflow
from domain.enrollment.state import RULES_VERSION
from tests.integration.temporal.record import HISTORIES, SCENARIOS

RECORDED = {path.stem: path.read_text() for path in HISTORIES.glob("*.json")}

EARLIER = {path.stem: path.read_text() for path in (HISTORIES / "earlier").glob("*.json")}
"""Recorded by earlier versions; this one does not do the like any more, so they cannot be recorded anew.

They are of the rules of version 1 all of them, one of a run that is still under way among them.
"""


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    """Replays with the worker's own sandbox."""
    return Replayer(workflows=[CampaignWorkflow], workflow_runner=workflow_runner())


def test_every_scenario_is_recorded() -> None:
    """There is a history for each scenario, and none besides."""
    assert set(RECORDED) == set(SCENARIOS)


@pytest.mark.parametrize("name", sorted(RECORDED))
async def test_a_recorded_history_replays(replayer: Replayer, name: str) -> None:
    """The workflow orders today what it ordered then."""
    result = await replayer.replay_workflow(_history(RECORDED[name]))

    assert result.replay_failure is None


@pytest.mark.parametrize("name", sorted(EARLIER))
async def test_a_history_of_an_earlier_version_replays(replayer: Replayer, name: str) -> None:
    """A run that went on by what has been changed since still goes on by that."""
    result = await replayer.replay_workflow(_history(EARLIER[name]))

    assert result.replay_failure is None


@pytest.mark.parametrize("name", sorted(EARLIER))
def test_a_plan_of_an_earlier_version_is_the_same(name: str) -> None:
    """What a run began with is read in full: written again, it is what it was."""
    start = _input(EARLIER[name])
    loaded = load_plan(start["campaign"], start["version"], start["plan"])

    assert dump_plan(loaded) == start["plan"]
    assert start["rules"] < RULES_VERSION


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_is_recorded_is_of_today(name: str) -> None:
    """A golden history is of the rules that runs begin with now; the others belong to the earlier ones."""
    assert _input(RECORDED[name])["rules"] == RULES_VERSION


@pytest.mark.parametrize(
    ("name", "ordered", "other"),
    [
        ("happy", "sms_send", "email_send"),
        ("happy", "interactions_log", "wait_check"),
        ("prepared", "step_prepare", "wait_check"),
        ("timed_out", "wait_check", "step_prepare"),
    ],
)
async def test_the_replay_would_notice(replayer: Replayer, name: str, ordered: str, other: str) -> None:
    """A history in which another activity was ordered does not replay: the replay looks at what matters."""
    told = json.loads(RECORDED[name])
    altered = json.dumps(_altered(told, ordered, other))
    result = await replayer.replay_workflow(_history(altered), raise_on_replay_failure=False)

    assert isinstance(result.replay_failure, NondeterminismError)


def _altered(value: Any, ordered: str, other: str) -> Any:
    """A history with the name of an activity replaced, also in the payloads of its markers."""
    if isinstance(value, list):
        return [_altered(inner, ordered, other) for inner in value]
    if isinstance(value, dict):
        return {
            key: _recoded(inner, ordered, other)
            if key == "data" and isinstance(inner, str)
            else _altered(inner, ordered, other)
            for key, inner in value.items()
        }
    return other if value == ordered else value


def _recoded(payload: str, ordered: str, other: str) -> str:
    return base64.b64encode(base64.b64decode(payload).replace(ordered.encode(), other.encode())).decode()


def _history(text: str) -> WorkflowHistory:
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)


def _input(text: str) -> dict[str, Any]:
    """What the run of a history began with."""
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    begun: dict[str, Any] = json.loads(base64.b64decode(started["input"]["payloads"][0]["data"]))
    return begun
