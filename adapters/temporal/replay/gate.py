"""The gate itself: one history, followed once more by the code at hand, with the worker's own settings.

What is compared is what the code orders, and in which order: activities by their names, timers, the end. The
length of a wait and what an activity is told are not: a run has them from its history.
"""

import re
from collections.abc import Sequence

from attrs import field, frozen
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from adapters.temporal.registered import WORKFLOWS, Workflows, workflow_settings
from adapters.temporal.telemetry import quiet_runtime
from application.ports.replay import Replayed, Verdict

_MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
_CODE = re.compile(r"^\[TMPRL\d+\] (?:Nondeterminism error: )?")


@frozen
class Gate:
    """Follows histories once more.

    Args:
        workflows: the code at hand, by the names of the workflows' types.
        converter: as the worker's client has it.
    """

    workflows: Workflows = WORKFLOWS
    converter: DataConverter = DataConverter.default
    _replayer: Replayer = field(init=False)

    @_replayer.default
    def _make_replayer(self) -> Replayer:
        settings = workflow_settings(self.workflows)
        return Replayer(**settings, data_converter=self.converter, runtime=quiet_runtime())

    async def __call__(self, history: WorkflowHistory) -> Replayed:
        """Follow one.

        Args:
            history: of a run that has ended or goes on; up to its last event.

        Returns:
            What became of it; nothing is raised, whatever the history is.
        """
        events = history.events
        # The SDK's replayer waits for ever for what is no history.
        wrong = _what_is_wrong(events)
        if wrong is not None:
            return Replayed(Verdict.UNREADABLE, workflow_id=history.workflow_id, says=wrong)
        workflow = events[0].workflow_execution_started_event_attributes.workflow_type.name
        of = (workflow, history.workflow_id, history.run_id)
        if workflow not in self.workflows:
            says = f"this code has no workflow {workflow!r}, so that its runs would stand still"
            return Replayed(Verdict.DIFFERS, *of, event=1, says=says)
        if not any(each.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for each in events):
            return Replayed(Verdict.NOTHING, *of, says="no worker has begun with it, so it holds no orders")
        failure = await self._failure(history)
        if failure is None:
            return Replayed(Verdict.REPLAYS, *of)
        event = await self._first_other_event(history)
        return Replayed(Verdict.DIFFERS, *of, event=event, says=_sentence(failure, events[event - 1]))

    async def _failure(self, history: WorkflowHistory) -> Exception | None:
        result = await self._replayer.replay_workflow(history, raise_on_replay_failure=False)
        return result.replay_failure

    async def _first_other_event(self, history: WorkflowHistory) -> int:
        """The last event of the shortest part of a history that does not replay.

        The SDK's message does not always name an event. Up to the first task of the run all replays, since
        nothing was ordered by then.
        """
        events = history.events
        good = next(
            each.event_id
            for each in events
            if each.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
        )
        bad = len(events)
        while bad - good > 1:
            middle = (good + bad) // 2
            part = WorkflowHistory(history.workflow_id, events[:middle])
            if await self._failure(part) is None:
                good = middle
            else:
                bad = middle
        return bad


def _what_is_wrong(events: Sequence[HistoryEvent]) -> str | None:
    if not events:
        return "it has no events"
    if events[0].event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
        return "it does not begin with the start of a run"
    for expected, event in enumerate(events, 1):
        if event.event_id != expected:
            return f"event {expected} is missing"
    return None


def _sentence(failure: Exception, event: HistoryEvent) -> str:
    """Why a history does not replay, without what the SDK wraps around it."""
    found = _MESSAGE.search(str(failure))
    message = str(failure) if found is None else re.sub(r"\\(.)", r"\1", found[1])
    message = _CODE.sub("", message).rstrip(".")
    kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").replace("_", " ").lower()
    here = f"event {event.event_id} ({kind})"
    if isinstance(failure, NondeterminismError):
        return f"the code orders something else than {here} says: {message}"
    return f"the code fails at {here}: {message}"
