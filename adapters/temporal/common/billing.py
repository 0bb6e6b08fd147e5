"""What a run costs: billable actions, counted from its history.

Source: Temporal Cloud's list of actions (docs.temporal.io/cloud/actions). Queries leave no event and are not
counted; nor are signals that join a start (signal-with-start), which Drumbeat does not use.
"""

from collections.abc import Iterable

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

DOLLARS_PER_MILLION_ACTIONS = 50.0
"""The first step of Temporal Cloud's list, without discounts (docs.temporal.io/cloud/pricing, 2026).

Each action counts 1.1 in a namespace where fairness is switched on.
"""

DOLLARS_PER_GIGABYTE_HOUR = 0.042
"""What storing the histories of open runs costs, by the same list; those of ended ones cost a fortieth."""

_ONE_ACTION = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,  # a start, or the run that goes on from another
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    }
)
_CHILD = EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED
_SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
_STARTED = EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
_MARKER = EventType.EVENT_TYPE_MARKER_RECORDED


def billable_actions(events: Iterable[HistoryEvent]) -> int:
    """How many actions a history stands for.

    Args:
        events: all events of one run, oldest first. An activity counts once an attempt, and once while it has
            not ended; local activities count once for each workflow task that records any.
    """
    actions = 0
    attempts: dict[int, int] = {}
    recording: set[int] = set()
    for event in events:
        if event.event_type in _ONE_ACTION:
            actions += 1
        elif event.event_type == _CHILD:
            actions += 2
        elif event.event_type == _SCHEDULED:
            attempts[event.event_id] = 1
        elif event.event_type == _STARTED:
            started = event.activity_task_started_event_attributes
            attempts[started.scheduled_event_id] = started.attempt
        elif event.event_type == _MARKER:
            recording.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
    return actions + sum(attempts.values()) + len(recording)
