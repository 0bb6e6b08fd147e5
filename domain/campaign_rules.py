"""The rules that a plan keeps, each as a sentence at its place in the definition."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta

from domain.errors import InvalidCampaign
from domain.limits import (
    KEY,
    MAX_ATTEMPTS,
    MAX_BRANCHES,
    MAX_DURATION,
    MAX_FACTOR,
    MAX_STEPS,
    MAX_WEIGHT,
    MIN_WEIGHT,
    PATIENCE,
)
from domain.refusals import CHOICES, Consequence, Refusal
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result, result_of
from domain.steps import CONCLUSIVE, Fallback, Route, RouteKind, Split, Step
from domain.wording import listed, nearest

KEYPAD = tuple("012345678*#")
"""The keys of a phone that a plan may route."""

OPT_OUT_KEY = "9"
"""The key that opts out on every call."""

CONFIRMABLE = (
    DeliveryStatus.DELIVERED,
    DeliveryStatus.OPENED,
    DeliveryStatus.CLICKED,
    DeliveryStatus.REPLIED,
    DeliveryStatus.ANSWERED,
)
"""The statuses that a fallback can wait for."""

_Path = tuple[str | int, ...]
_MORE_THAN_ZERO = f"must be more than zero and at most {MAX_DURATION.days} days"
_ZERO_OR_MORE = f"must be zero or more and at most {MAX_DURATION.days} days"


def plan_problems(
    campaign: str,
    steps: Sequence[Step | Split],
    at_end: Route,
    *,
    handoff_wait: timedelta | None = None,
    patience: timedelta = PATIENCE,
    weight: float = 1.0,
    goals: Collection[str] = (),
    goal_statuses: Collection[DeliveryStatus] = (),
    refused: Mapping[Refusal, Consequence] | None = None,
) -> Iterator[InvalidCampaign]:
    """Every rule that a plan breaks, in the order of the definition; the arguments are those of `Plan`."""
    if not KEY.fullmatch(campaign):
        yield InvalidCampaign(("campaign",), _not_a_key(campaign))
    for path, duration in ((("handoff", "wait"), handoff_wait), (("patience",), patience)):
        if duration is not None and not timedelta(0) < duration <= MAX_DURATION:
            yield InvalidCampaign(path, _MORE_THAN_ZERO)
    if not MIN_WEIGHT <= weight <= MAX_WEIGHT:
        yield InvalidCampaign(("weight",), f"must be from {MIN_WEIGHT:g} to {MAX_WEIGHT:g}")
    yield from _ending_problems(at_end, goals, goal_statuses, refused or {})
    if not steps:
        yield InvalidCampaign(("steps",), "there must be at least one step")
    if len(steps) > MAX_STEPS:
        problem = f"there are {len(steps)} steps, and a campaign has at most {MAX_STEPS}; make two of it"
        yield InvalidCampaign(("steps",), problem)
    places = {step.key: index for index, step in reversed(list(enumerate(steps)))}
    for index, step in enumerate(steps):
        yield from _key_problems(index, step.key, places)
        if isinstance(step, Split):
            yield from _split_problems(index, step, places)
        else:
            yield from _step_problems(index, step, places)


def _ending_problems(
    at_end: Route,
    goals: Collection[str],
    goal_statuses: Collection[DeliveryStatus],
    refused: Mapping[Refusal, Consequence],
) -> Iterator[InvalidCampaign]:
    if at_end.kind not in (RouteKind.EXIT, RouteKind.ESCALATE, RouteKind.COMPLETE):
        yield InvalidCampaign(("at_end",), "past the last step only exit, escalate or complete can follow")
    for goal in sorted(goals):
        if not KEY.fullmatch(goal):
            yield InvalidCampaign(("goals",), _not_a_key(goal))
    for status in sorted(goal_statuses):
        if result_of(status) is None:
            yield InvalidCampaign(("goals",), f"{status.value!r} is on the way or ends everything anyway")
    for refusal, follows in refused.items():
        known = choices(refusal)
        if follows.value not in known:
            right = nearest(follows.value, known) if known else "there is nothing to choose"
            yield InvalidCampaign(("refused", refusal.value), f"{follows.value!r} cannot follow; {right}")


def choices(refusal: Refusal) -> list[str]:
    """The words for what may follow from a refusal, in their order."""
    return [follows.value for follows in Consequence if follows in CHOICES.get(refusal, ())]


def _key_problems(index: int, key: str, places: Mapping[str, int]) -> Iterator[InvalidCampaign]:
    if places[key] != index:
        yield InvalidCampaign(("steps", index, "key"), f"the key {key!r} is taken by steps.{places[key]}")
    if not KEY.fullmatch(key):
        yield InvalidCampaign(("steps", index, "key"), _not_a_key(key))


def _split_problems(index: int, split: Split, places: Mapping[str, int]) -> Iterator[InvalidCampaign]:
    here = ("steps", index, "split")
    if not 1 <= len(split.branches) <= MAX_BRANCHES:
        yield InvalidCampaign(here, f"a split has from 1 to {MAX_BRANCHES} branches")
    for number, route in enumerate(split.branches):
        wrong = _target_problem(index, split.key, route, places)
        if route.kind is RouteKind.WAIT:
            wrong = "a split sends nothing that could be waited on; lead it somewhere"
        if wrong is not None:
            yield InvalidCampaign((*here, number, "then"), wrong)


def _step_problems(index: int, step: Step, places: Mapping[str, int]) -> Iterator[InvalidCampaign]:
    here = ("steps", index)
    if not timedelta(0) < step.wait <= MAX_DURATION:
        yield InvalidCampaign((*here, "wait"), _MORE_THAN_ZERO)
    if isinstance(step.delay, timedelta) and not timedelta(0) <= step.delay <= MAX_DURATION:
        yield InvalidCampaign((*here, "delay"), _ZERO_OR_MORE)
    yield from _retry_problems(here, step)
    for never in sorted((set(step.routes) | step.retry.on) - POSSIBLE[step.channel]):
        section = ("on", never.value) if never in step.routes else ("retry", "on")
        yield InvalidCampaign((*here, *section), never_comes_to(step.channel, never))
    yield from _pressed_problems(here, step)
    if step.fallback is not None:
        yield from _fallback_problems(here, step, step.fallback)
    for path, route, result in _routes(step):
        wrong = _route_problem(route, result) or _target_problem(index, step.key, route, places)
        if wrong is not None:
            yield InvalidCampaign((*here, *path), wrong)


def never_comes_to(channel: Channel, result: Result) -> str:
    """What is wrong with a result that a channel never gives."""
    known = ", ".join(sorted(POSSIBLE[channel]))
    return f"a step on {channel} never comes to {result.value!r}; it can come to {known}"


def _routes(step: Step) -> Iterator[tuple[_Path, Route, Result | None]]:
    for result, route in step.routes.items():
        yield ("on", result.value), route, result
    for key, route in step.pressed.items():
        yield ("on", "pressed", key), route, Result.REPLIED
    if step.fallback is not None:
        yield ("fallback", "then"), step.fallback.route, None


def _route_problem(route: Route, result: Result | None) -> str | None:
    if route.kind is RouteKind.HOLD_OUT:
        return "hold_out is for splits: whoever was written to is no control group; exit ends it"
    if route.kind is not RouteKind.WAIT:
        return None
    if result is None:
        return "a fallback that waits changes nothing; lead it somewhere"
    if result in CONCLUSIVE:
        return f"nothing more comes after {result.value!r}, so it cannot be waited on; lead it somewhere"
    return None


def _target_problem(index: int, key: str, route: Route, places: Mapping[str, int]) -> str | None:
    if route.kind is not RouteKind.STEP:
        return None
    target = places.get(route.step or "")
    if target is None:
        known = sorted(places, key=places.__getitem__)
        return f"there is no step {route.step!r}; {nearest(route.step, known)}"
    if target <= index:
        return (
            f"{route.step!r} is not after {key!r}, so this could go round for ever: routes lead forward; "
            "to repeat a step, use retry"
        )
    return None


def _not_a_key(text: str) -> str:
    return f"{text!r} is not a key: use a-z, 0-9, - and _, beginning with a letter, at most 40 characters"


def _retry_problems(here: _Path, step: Step) -> Iterator[InvalidCampaign]:
    retry = step.retry
    if not 1 <= retry.attempts <= MAX_ATTEMPTS:
        yield InvalidCampaign((*here, "retry", "attempts"), f"must be from 1 to {MAX_ATTEMPTS}")
    if not 1 <= retry.factor <= MAX_FACTOR:
        yield InvalidCampaign((*here, "retry", "factor"), f"must be from 1 to {MAX_FACTOR:g}")
    if not 0 <= retry.jitter <= 1:
        yield InvalidCampaign((*here, "retry", "jitter"), "must be from 0 to 1")
    for name, duration in (("first", retry.first), ("cap", retry.cap)):
        if not timedelta(0) <= duration <= MAX_DURATION:
            yield InvalidCampaign((*here, "retry", name), _ZERO_OR_MORE)


def _pressed_problems(here: _Path, step: Step) -> Iterator[InvalidCampaign]:
    if step.pressed and step.channel is not Channel.VOICE:
        problem = f"keys are pressed on a call only, and this is a step on {step.channel}"
        yield InvalidCampaign((*here, "on", "pressed"), problem)
    for key in step.pressed:
        if key == OPT_OUT_KEY:
            problem = f"{OPT_OUT_KEY} is the opt-out of every call; take another key"
            yield InvalidCampaign((*here, "on", "pressed", key), problem)
        elif key not in KEYPAD:
            yield InvalidCampaign((*here, "on", "pressed", key), f"is no key; known are {listed(KEYPAD)}")


def _fallback_problems(here: _Path, step: Step, fallback: Fallback) -> Iterator[InvalidCampaign]:
    confirmable = [status.value for status in CONFIRMABLE if result_of(status) in POSSIBLE[step.channel]]
    if fallback.status.value not in confirmable:
        problem = f"a step on {step.channel} never comes to {fallback.status.value!r}; known are "
        yield InvalidCampaign((*here, "fallback", "if_not"), problem + listed(confirmable))
    if not timedelta(0) < fallback.within < step.wait:
        problem = "must be more than zero and less than the step's wait"
        yield InvalidCampaign((*here, "fallback", "within"), problem)
