"""The bare workflow that an enrollment is compared with: the same steps at Temporal, and nothing recorded.

It imports nothing of ours: a run of it costs what a run of a workflow costs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

WORKFLOW = "BareWorkflow"
ACTIVITY = "bare_nothing"
SIGNAL = "tell"
WAIT = timedelta(days=3)
"""As long as the campaign waits for word of its message."""


@dataclass(frozen=True)
class Nothing:
    """An activity that does nothing.

    Args:
        heard: is told which workflow has come to it.
    """

    heard: Callable[[str], None]

    @activity.defn(name=ACTIVITY)
    async def nothing(self, workflow_id: str) -> str:
        """Do nothing."""
        self.heard(workflow_id)
        return workflow_id


@workflow.defn(name=WORKFLOW)
class BareWorkflow:
    """One activity, one signal that is waited for, one timer that would end the wait."""

    def __init__(self) -> None:
        self._told = False

    @workflow.run
    async def run(self) -> str:
        """Do nothing, then wait."""
        await workflow.execute_activity(
            ACTIVITY, workflow.info().workflow_id, start_to_close_timeout=timedelta(seconds=60)
        )
        await workflow.wait_condition(lambda: self._told, timeout=WAIT)
        return "told"

    @workflow.signal(name=SIGNAL)
    def tell(self) -> None:
        """End the wait."""
        self._told = True
