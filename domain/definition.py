"""The campaign language: a plain mapping, as YAML or JSON gives it, read into a `Campaign`.

Every problem is reported at once. What is wrong is replaced by something harmless so that the rules of
`domain.campaign` can still be checked on the rest; what they then say of a place that could not be read
is dropped, since it would be said of the replacement. A channel that could not be read is tried as each of
them: only what is wrong on all of them is said.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from attrs import evolve, field, frozen

from domain.backoff import Backoff
from domain.campaign import PATIENCE, Campaign, Message, Plan, Priority, message_problems, plan_problems
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.sections import Path, Section, choice, duration, nearest, number, sequence, shown, text, whole
from domain.statuses import Channel, Result
from domain.steps import EXIT, OnUnknown, Route, RouteKind, Step

DEFAULT_SUMMARY = "Please call {{ first_name | default('this contact') }} at {{ phone | default(email) }}"
"""What a handoff says where the campaign does not: it can be rendered for every contact."""

MAX_VERSION = 2**31 - 1
"""Versions fit a database INTEGER."""

_CAMPAIGN_KEYS = ("campaign", "version", "priority", "weight", "patience", "at_end", "handoff", "steps")
_STEP_KEYS = ("key", "channel", "delay", "wait", "message", "retry", "on", "on_unknown")
_RETRY_KEYS = ("attempts", "first", "factor", "cap", "jitter", "on")
_ROUTES = tuple(kind.value for kind in RouteKind if kind is not RouteKind.STEP)
_ENDINGS = ("exit", "escalate", "complete")


@frozen
class _Draft:
    """A step as far as it could be read.

    Args:
        step: the step, with harmless values for what could not be read.
        message: its words.
        channel_known: whether the channel is the definition's own; if not, it may be any.
    """

    step: Step
    message: Message
    channel_known: bool = field(default=True)


def parse(definition: Mapping[str, Any]) -> Campaign:
    """Read a campaign.

    Args:
        definition: the mapping of the campaign language; data of any other shape is refused, too.

    Raises:
        InvalidDefinition: with every problem found, each with its path.
    """
    problems: list[InvalidCampaign] = []
    top = Section.open(definition, (), _CAMPAIGN_KEYS, problems)
    key = top.take(
        "campaign", text, "unnamed", missing="a campaign needs a key, such as appointment-reminder"
    )
    version = top.take("version", _version, 1, missing="number the versions of a campaign from 1")
    priority = top.take("priority", choice(Priority), Priority.NORMAL)
    weight = top.take("weight", number, 1.0)
    patience = top.take("patience", duration, PATIENCE)
    items: list[object] = top.take("steps", sequence, [])
    read_route = _route_reader([_key_of(item) for item in items])
    at_end = top.take("at_end", _ending, EXIT)
    handoff = top.section("handoff", ("summary", "wait"))
    summary = handoff.take("summary", _filled, DEFAULT_SUMMARY)
    handoff_wait = handoff.take("wait", duration, None)
    drafts = [_draft(item, index, read_route, problems) for index, item in enumerate(items)]
    steps = tuple(draft.step for draft in drafts)
    unread = [problem.path for problem in problems]
    rules = partial(
        plan_problems, key, at_end=at_end, handoff_wait=handoff_wait, patience=patience, weight=weight
    )
    problems += [problem for problem in _broken_rules(rules, drafts) if not _within(problem.path, unread)]
    if problems:
        raise InvalidDefinition(problems)
    plan = Plan(key, version, steps, at_end, handoff_wait, patience, priority, weight)
    return Campaign(plan, {draft.step.key: draft.message for draft in drafts}, summary)


def _draft(
    item: object, index: int, read_route: Callable[[object], Route], problems: list[InvalidCampaign]
) -> _Draft:
    at: Path = ("steps", index)
    section = Section.open(item, at, _STEP_KEYS, problems)
    channel = section.take("channel", choice(Channel), None, missing=f"use one of {', '.join(Channel)}")
    known = [result.value for result in Result]
    on = section.section("on", known)
    routes = {Result(word): on.take(word, read_route, None) for word in on.values}
    step = Step(
        key=section.take(
            "key", text, f"unnamed-{index + 1}", missing="a step needs a key, such as first-text"
        ),
        channel=channel or Channel.SMS,
        wait=section.take("wait", duration, timedelta(days=1), missing="say how long to wait, such as 3d"),
        delay=section.take("delay", duration, timedelta(0)),
        retry=_retry(section),
        routes={result: route for result, route in routes.items() if route is not None},
        on_unknown=section.take("on_unknown", choice(OnUnknown), OnUnknown.WAIT),
    )
    return _Draft(step, _message(section), channel_known=channel is not None)


def _retry(section: Section) -> Backoff:
    if "retry" not in section.values:
        return Backoff()
    retry = section.section("retry", _RETRY_KEYS)
    plain = Backoff()
    again = retry.each("on", choice(Result), missing="list the results to try again, such as [failed]")
    return Backoff(
        attempts=retry.take("attempts", whole, 1, missing="say how many attempts to make in all, such as 3"),
        first=retry.take("first", duration, plain.first),
        factor=retry.take("factor", number, plain.factor),
        cap=retry.take("cap", duration, plain.cap),
        jitter=retry.take("jitter", number, plain.jitter),
        on=frozenset(again),
    )


def _message(section: Section) -> Message:
    message = section.section("message", ("text", "subject", "html"))
    return Message(
        text=message.take("text", text, ""),
        subject=message.take("subject", text, None),
        html=message.take("html", text, None),
    )


def _broken_rules(
    plan_rules: Callable[[Sequence[Step]], Iterable[InvalidCampaign]], drafts: Sequence[_Draft]
) -> list[InvalidCampaign]:
    # A sentence that depends on the channel names it or is said of one channel only, so what is said of all
    # of them is true whichever was meant.
    first, *others = (_rules_on(channel, plan_rules, drafts) for channel in Channel)
    return [problem for said, problem in first.items() if all(said in other for other in others)]


def _rules_on(
    channel: Channel,
    plan_rules: Callable[[Sequence[Step]], Iterable[InvalidCampaign]],
    drafts: Sequence[_Draft],
) -> dict[tuple[Path, str], InvalidCampaign]:
    steps = [draft.step if draft.channel_known else evolve(draft.step, channel=channel) for draft in drafts]
    # Steps that share a key must not share a message, so each is judged under its own number.
    numbered = [evolve(step, key=str(index)) for index, step in enumerate(steps)]
    messages = {str(index): draft.message for index, draft in enumerate(drafts)}
    problems = chain(plan_rules(steps), message_problems(numbered, messages))
    return {(problem.path, problem.problem): problem for problem in problems}


def _within(path: Path, others: Sequence[Path]) -> bool:
    return any(path[: len(other)] == other for other in others)


def _key_of(item: object) -> str | None:
    key = item.get("key") if isinstance(item, Mapping) else None
    return key if isinstance(key, str) else None


def _route_reader(keys: Sequence[str | None]) -> Callable[[object], Route]:
    steps = list(dict.fromkeys(key for key in keys if key is not None))

    def read(value: object) -> Route:
        word = value.strip() if isinstance(value, str) else ""
        if word in _ROUTES:
            return Route(RouteKind(word))
        head, _, key = word.partition(":")
        if head == RouteKind.STEP and key:
            return Route(RouteKind.STEP, key.strip())
        if word in steps:
            return Route(RouteKind.STEP, word)
        raise ValueError(
            f"{shown(value)} is neither a route nor a step; {nearest(value, [*_ROUTES, *steps])}"
        )

    return read


def _ending(value: object) -> Route:
    if isinstance(value, str) and value in _ENDINGS:
        return Route(RouteKind(value))
    raise ValueError(f"{shown(value)} cannot follow the last step; {nearest(value, _ENDINGS)}")


def _version(value: object) -> int:
    version = whole(value)
    if not 1 <= version <= MAX_VERSION:
        raise ValueError(f"must be from 1 to {MAX_VERSION}")
    return version


def _filled(value: object) -> str:
    result = text(value)
    if not result.strip():
        raise ValueError("must not be empty; leave it out for the usual words")
    return result
