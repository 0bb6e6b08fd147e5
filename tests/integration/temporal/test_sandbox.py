"""Workflow code is shared with the host for speed; inside of the sandbox it does the same."""

from pathlib import Path

import pytest
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from adapters.temporal.common.sandbox import PASSED_THROUGH, WORKFLOWS
from adapters.temporal.registered import workflow_settings
from adapters.temporal.replay import files
from tests.integration.temporal.hasty import HastyCampaign
from tests.integration.temporal.record import recorded

STATELESS = f"{WORKFLOWS}.errands", f"{WORKFLOWS}.signals"
"""What was always shared."""


def inside() -> SandboxedWorkflowRunner:
    """A runner that imports the workflows anew and keeps from them what is not deterministic."""
    shared = [module for module in PASSED_THROUGH if module != WORKFLOWS]
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*shared, *STATELESS)
    )


async def followed(path: Path, *workflows: type) -> None:
    """Follow a history inside, once more.

    Raises:
        Exception: what the code at hand does is not allowed, or not what it did.
    """
    settings = workflow_settings() | {"workflow_runner": inside()}
    replayer = Replayer(**settings | ({"workflows": workflows} if workflows else {}))
    await replayer.replay_workflow(files.read(path))


@pytest.mark.parametrize(
    "path", [path for paths in recorded().values() for path in paths], ids=lambda p: p.stem
)
async def test_what_is_shared_would_be_let_in(path: Path) -> None:
    """No run does anything that the sandbox would keep from it: every recorded history replays inside."""
    await followed(path)


async def test_what_is_not_deterministic_would_not() -> None:
    """The control: a workflow that reads the clock of its machine fails inside."""
    (happy,) = recorded()["happy"]

    with pytest.raises(Exception, match=r"datetime\.now"):
        await followed(happy, HastyCampaign)
