"""A plan as compact JSON, complete: a default that changes in code never changes a running enrollment.

Every result that a step can come to has its route, durations are seconds. Only what means "nothing" is left
out: no delay, no retry, no place of its own in the queue.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.backoff import Backoff
from domain.campaign import Plan, Priority
from domain.refusals import Consequence, Refusal
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import Fallback, Late, OnUnknown, Route, Split, Step
from domain.times.delays import Delay, delay_text, parse_delay

_NO_RETRY = Backoff(
    attempts=1, first=timedelta(hours=1), factor=2.0, cap=timedelta(days=7), jitter=0.0, on=frozenset()
)
_EVEN = 1.0


def dump_plan(plan: Plan) -> dict[str, Any]:
    """Write a plan, without its campaign and version: they stand beside it."""
    data: dict[str, Any] = {
        "steps": [_dump_step(step) for step in plan.steps],
        "at_end": str(plan.at_end),
        "handoff_wait": None if plan.handoff_wait is None else _seconds(plan.handoff_wait),
        "patience": _seconds(plan.patience),
    }
    if plan.priority is not Priority.NORMAL:
        data["priority"] = plan.priority.value
    if plan.weight != _EVEN:
        data["weight"] = plan.weight
    if plan.goals:
        data["goals"] = sorted(plan.goals)
    if plan.goal_statuses:
        data["goal_statuses"] = sorted(status.value for status in plan.goal_statuses)
    if plan.refused:
        data["refused"] = {refusal.value: follows.value for refusal, follows in sorted(plan.refused.items())}
    return data


def load_plan(campaign: str, version: int, data: Mapping[str, Any]) -> Plan:
    """Read a plan back.

    Raises:
        KeyError, ValueError, domain.errors.InvalidCampaign: `dump_plan` has not written it.
    """
    handoff_wait = data["handoff_wait"]
    return Plan(
        campaign=campaign,
        version=version,
        steps=tuple(_load_step(step) for step in data["steps"]),
        at_end=Route.parse(data["at_end"]),
        handoff_wait=None if handoff_wait is None else timedelta(seconds=handoff_wait),
        patience=timedelta(seconds=data["patience"]),
        priority=Priority(data.get("priority", Priority.NORMAL)),
        weight=data.get("weight", _EVEN),
        goals=frozenset(data.get("goals", ())),
        goal_statuses=frozenset(map(DeliveryStatus, data.get("goal_statuses", ()))),
        refused={
            Refusal(refusal): Consequence(follows) for refusal, follows in data.get("refused", {}).items()
        },
    )


def _dump_step(step: Step | Split) -> dict[str, Any]:
    if isinstance(step, Split):
        return {"key": step.key, "split": [str(route) for route in step.branches]}
    data: dict[str, Any] = {
        "key": step.key,
        "channel": step.channel.value,
        "wait": _seconds(step.wait),
        "on": {result.value: str(step.route(result)) for result in sorted(POSSIBLE[step.channel])},
        "on_unknown": step.on_unknown.value,
    }
    if step.delay:
        data["delay"] = _seconds(step.delay) if isinstance(step.delay, timedelta) else delay_text(step.delay)
    if step.retry != _NO_RETRY:
        data["retry"] = _dump_retry(step.retry)
    if step.pressed:
        data["pressed"] = {key: str(route) for key, route in sorted(step.pressed.items())}
    if step.fallback is not None:
        data["fallback"] = _dump_fallback(step.fallback)
    if step.late is not Late.SKIP:
        data["late"] = step.late.value
    if step.conditional:
        data["conditional"] = True
    return data


def _load_step(data: Mapping[str, Any]) -> Step | Split:
    if "split" in data:
        return Split(data["key"], tuple(map(Route.parse, data["split"])))
    return Step(
        key=data["key"],
        channel=Channel(data["channel"]),
        wait=timedelta(seconds=data["wait"]),
        delay=_load_delay(data.get("delay", 0)),
        retry=_load_retry(data["retry"]) if "retry" in data else _NO_RETRY,
        routes={Result(result): Route.parse(route) for result, route in data["on"].items()},
        on_unknown=OnUnknown(data["on_unknown"]),
        pressed={key: Route.parse(route) for key, route in data.get("pressed", {}).items()},
        fallback=_load_fallback(data["fallback"]) if "fallback" in data else None,
        late=Late(data.get("late", Late.SKIP)),
        conditional=data.get("conditional", False),
    )


def _load_delay(told: float | str) -> Delay:
    return parse_delay(told) if isinstance(told, str) else timedelta(seconds=told)


def _dump_fallback(fallback: Fallback) -> dict[str, Any]:
    return {
        "status": fallback.status.value,
        "within": _seconds(fallback.within),
        "route": str(fallback.route),
    }


def _load_fallback(data: Mapping[str, Any]) -> Fallback:
    status, within = DeliveryStatus(data["status"]), timedelta(seconds=data["within"])
    return Fallback(status, within, Route.parse(data["route"]))


def _dump_retry(retry: Backoff) -> dict[str, Any]:
    return {
        "attempts": retry.attempts,
        "first": _seconds(retry.first),
        "factor": retry.factor,
        "cap": _seconds(retry.cap),
        "jitter": retry.jitter,
        "on": sorted(result.value for result in retry.on),
    }


def _load_retry(data: Mapping[str, Any]) -> Backoff:
    return Backoff(
        attempts=data["attempts"],
        first=timedelta(seconds=data["first"]),
        factor=data["factor"],
        cap=timedelta(seconds=data["cap"]),
        jitter=data["jitter"],
        on=frozenset(Result(result) for result in data["on"]),
    )


def _seconds(duration: timedelta) -> int | float:
    seconds = duration.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds
