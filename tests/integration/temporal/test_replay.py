"""Runs that began with earlier code go on with this one: recorded histories replay."""

import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.campaign import CampaignWorkflow
from tests.integration.temporal.record import HISTORIES, SCENARIOS

RECORDED = {path.stem: path.read_text() for path in HISTORIES.glob("*.json")}

EARLIER = {path.stem: path.read_text() for path in (HISTORIES / "earlier").glob("*.json")}
"""Recorded by earlier versions; this one does not do the like any more, so they cannot be recorded anew."""


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


async def test_the_replay_would_notice(replayer: Replayer) -> None:
    """A history in which another activity was ordered does not replay: the replay looks at what matters."""
    happy = RECORDED["happy"]
    assert '"sms_send"' in happy
    result = await replayer.replay_workflow(
        _history(happy.replace('"sms_send"', '"email_send"')), raise_on_replay_failure=False
    )

    assert isinstance(result.replay_failure, NondeterminismError)


def _history(text: str) -> WorkflowHistory:
    started = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)
