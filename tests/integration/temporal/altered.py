"""Histories as no run has had them, and workflows as no release has had them: what a replay must refuse."""

import base64
import json
from collections.abc import Callable
from typing import Any

from temporalio.client import WorkflowHistory

Events = list[dict[str, Any]]


def history_of(text: str) -> WorkflowHistory:
    """A history as JSON tells it."""
    begun = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(begun["workflowId"], text)


def with_events(text: str, change: Callable[[Events], Events]) -> WorkflowHistory:
    """A history with other events, numbered anew where some are missing."""
    told = json.loads(text)
    told["events"] = change(told["events"])
    return history_of(json.dumps(told))


def named_otherwise(text: str, ordered: str, other: str) -> WorkflowHistory:
    """A history with the name of what was ordered replaced, also in the payloads of its markers."""
    return history_of(json.dumps(_renamed(json.loads(text), ordered, other)))


def first(events: Events, kind: str) -> int:
    """Where the first event of a kind is."""
    return next(index for index, event in enumerate(events) if event["eventType"] == f"EVENT_TYPE_{kind}")


def without_timer(events: Events) -> Events:
    """The order that began the first timer is another one."""
    index = first(events, "TIMER_STARTED")
    completed = events[index]["timerStartedEventAttributes"]["workflowTaskCompletedEventId"]
    events[index] = {
        **{key: events[index][key] for key in ("eventId", "eventTime", "taskId")},
        "eventType": "EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
        "upsertWorkflowSearchAttributesEventAttributes": {"workflowTaskCompletedEventId": completed},
    }
    return events


def told_otherwise(status: str, other: str) -> Callable[[Events], Events]:
    """A provider reported something else: other orders would have followed."""

    def change(events: Events) -> Events:
        signal = events[first(events, "WORKFLOW_EXECUTION_SIGNALED")]
        [payload] = signal["workflowExecutionSignaledEventAttributes"]["input"]["payloads"]
        payload["data"] = _recoded(payload["data"], status, other)
        return events

    return change


def signals_reversed(events: Events) -> Events:
    """What was heard first was heard last."""
    places = [
        index
        for index, event in enumerate(events)
        if event["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED"
    ]
    contents = [events[index]["workflowExecutionSignaledEventAttributes"] for index in places]
    for index, content in zip(places, reversed(contents), strict=True):
        events[index]["workflowExecutionSignaledEventAttributes"] = content
    return events


def planned_otherwise(events: Events) -> Events:
    """The run began with a plan whose first step is on another channel."""
    started = events[0]["workflowExecutionStartedEventAttributes"]
    payload = started["input"]["payloads"][0]
    payload["data"] = _recoded(payload["data"], '"channel":"sms"', '"channel":"email"')
    return events


def _renamed(value: Any, ordered: str, other: str) -> Any:
    if isinstance(value, list):
        return [_renamed(inner, ordered, other) for inner in value]
    if isinstance(value, dict):
        return {
            key: _recoded(inner, ordered, other)
            if key == "data" and isinstance(inner, str)
            else _renamed(inner, ordered, other)
            for key, inner in value.items()
        }
    return other if value == ordered else value


def _recoded(payload: str, before: str, after: str) -> str:
    return base64.b64encode(base64.b64decode(payload).replace(before.encode(), after.encode())).decode()
