"""Counting billable actions."""

from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from adapters.temporal.common.billing import billable_actions


def _event(event_id: int, kind: str, **attributes: Any) -> HistoryEvent:
    name = f"{kind.lower()}_event_attributes"
    return HistoryEvent(
        event_id=event_id,
        event_type=EventType.Value(f"EVENT_TYPE_{kind}"),
        **({name: attributes} if attributes else {}),
    )


def test_what_costs_and_what_does_not() -> None:
    """Starts, signals, timers, upserts and updates count once, a child twice, workflow tasks not at all."""
    events = [
        _event(1, "WORKFLOW_EXECUTION_STARTED"),
        _event(2, "WORKFLOW_TASK_SCHEDULED"),
        _event(3, "WORKFLOW_TASK_STARTED"),
        _event(4, "WORKFLOW_TASK_COMPLETED"),
        _event(5, "TIMER_STARTED"),
        _event(6, "WORKFLOW_EXECUTION_SIGNALED"),
        _event(7, "TIMER_CANCELED"),
        _event(8, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"),
        _event(9, "START_CHILD_WORKFLOW_EXECUTION_INITIATED"),
        _event(10, "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"),
        _event(11, "WORKFLOW_EXECUTION_COMPLETED"),
    ]

    assert billable_actions(events) == 1 + 1 + 1 + 1 + 2 + 1


def test_an_activity_counts_once_an_attempt() -> None:
    """Every attempt of an activity is billed; one that has not ended counts as one."""
    events = [
        _event(5, "ACTIVITY_TASK_SCHEDULED"),
        _event(6, "ACTIVITY_TASK_SCHEDULED"),
        _event(7, "ACTIVITY_TASK_STARTED", scheduled_event_id=5, attempt=3),
    ]

    assert billable_actions(events) == 3 + 1


def test_local_activities_count_once_a_task() -> None:
    """However many rows one workflow task writes, it is one action."""
    events = [
        _event(5, "MARKER_RECORDED", workflow_task_completed_event_id=4),
        _event(6, "MARKER_RECORDED", workflow_task_completed_event_id=4),
        _event(12, "MARKER_RECORDED", workflow_task_completed_event_id=11),
    ]

    assert billable_actions(events) == 2
