"""A campaign is a versioned plan with the words to say; the plan is what a workflow carries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from domain.errors import InvalidCampaign
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import CONCLUSIVE, EXIT, Route, RouteKind, Step

KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What a campaign or step key looks like: it is part of ids, so no colons and no spaces."""

MAX_STEPS = 50
MAX_ATTEMPTS = 20
MAX_FACTOR = 10.0
MAX_DURATION = timedelta(days=366)
PATIENCE = timedelta(hours=6)
MIN_WEIGHT = 0.001
MAX_WEIGHT = 1000.0


class Priority(StrEnum):
    """Whose messages go first where messages have to wait for a provider's rate."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


@frozen
class Plan:
    """What an enrollment follows from its start to its end; small, without any text or personal data.

    Args:
        campaign: the campaign's key.
        version: the campaign's version, from 1.
        steps: the touches, in order. Routes only lead forward, so every run ends.
        at_end: what follows the last step: ``exit`` or ``escalate`` (or ``complete``).
        handoff_wait: how long a handoff may stay open before the enrollment ends as escalated; None ends it
            as soon as the handoff is made.
        patience: how long one attempt goes on trying a provider that is down or asks to slow down.
        priority: whether its messages go before or after those of other campaigns where both have to wait.
        weight: its share among the campaigns of the same priority: one of weight 2 sends twice as much as one
            of weight 1 while both wait.

    Raises:
        InvalidCampaign: the first rule that the steps break.
    """

    campaign: str
    version: int
    steps: tuple[Step, ...]
    at_end: Route = EXIT
    handoff_wait: timedelta | None = None
    patience: timedelta = PATIENCE
    priority: Priority = Priority.NORMAL
    weight: float = 1.0

    def __attrs_post_init__(self) -> None:
        problems = plan_problems(
            self.campaign,
            self.steps,
            self.at_end,
            handoff_wait=self.handoff_wait,
            patience=self.patience,
            weight=self.weight,
        )
        for problem in problems:
            raise problem

    def index(self, key: str) -> int | None:
        """The place of a step, from 0; None where the plan has no such step."""
        return next((i for i, step in enumerate(self.steps) if step.key == key), None)

    def heeds(self, key: str, result: Result) -> bool:
        """Whether a result of a step can change what happens: if not, nobody needs to be woken for it.

        That is for an attempt that is known to have been sent; of one in doubt, every status tells something.
        """
        index = self.index(key)
        return index is not None and self.steps[index].heeds(result)

    def scaled(self, factor: float) -> "Plan":
        """The same plan with every duration multiplied: days as seconds, for a demonstration.

        Raises:
            InvalidCampaign: a duration becomes too long, or so short that nothing is left of it.
        """
        try:
            return evolve(
                self,
                handoff_wait=None if self.handoff_wait is None else self.handoff_wait * factor,
                patience=self.patience * factor,
                steps=tuple(step.scaled(factor) for step in self.steps),
            )
        except OverflowError:
            problem = "the scale makes a duration longer than can be told"
            raise InvalidCampaign(("time_scale",), problem) from None


@frozen
class Message:
    """The words of one step, as templates; which parts there are depends on the channel.

    Args:
        text: the body of an SMS, the plain part of an e-mail, or what the voice says.
        subject: e-mail only.
        html: e-mail only, beside the plain part.
    """

    text: str
    subject: str | None = None
    html: str | None = None


def _copy(messages: Mapping[str, Message]) -> Mapping[str, Message]:
    return dict(messages)


@frozen
class Campaign:
    """A versioned plan and its messages, as published: never changed afterwards.

    Args:
        plan: the campaign's key, version and steps.
        messages: step key to message, one for each step.
        handoff_summary: a template of one sentence for the human who takes over.

    Raises:
        InvalidCampaign: a step has no message, or one that does not fit its channel.
    """

    plan: Plan
    messages: Mapping[str, Message] = field(converter=_copy, hash=False)
    handoff_summary: str

    def __attrs_post_init__(self) -> None:
        for problem in message_problems(self.plan.steps, self.messages):
            raise problem


def plan_problems(
    campaign: str,
    steps: Sequence[Step],
    at_end: Route,
    *,
    handoff_wait: timedelta | None = None,
    patience: timedelta = PATIENCE,
    weight: float = 1.0,
) -> Iterator[InvalidCampaign]:
    """Every rule that a plan breaks, in the order of the definition."""
    if not KEY.fullmatch(campaign):
        yield InvalidCampaign(("campaign",), _not_a_key(campaign))
    for path, duration in ((("handoff", "wait"), handoff_wait), (("patience",), patience)):
        if duration is not None and not timedelta(0) < duration <= MAX_DURATION:
            yield InvalidCampaign(path, _MORE_THAN_ZERO)
    if not MIN_WEIGHT <= weight <= MAX_WEIGHT:
        yield InvalidCampaign(("weight",), f"must be from {MIN_WEIGHT:g} to {MAX_WEIGHT:g}")
    if not steps:
        yield InvalidCampaign(("steps",), "there must be at least one step")
    if len(steps) > MAX_STEPS:
        problem = f"there are {len(steps)} steps, and a campaign has at most {MAX_STEPS}; make two of it"
        yield InvalidCampaign(("steps",), problem)
    if at_end.kind in (RouteKind.WAIT, RouteKind.NEXT, RouteKind.STEP):
        yield InvalidCampaign(("at_end",), "past the last step only exit, escalate or complete can follow")
    places = {step.key: index for index, step in reversed(list(enumerate(steps)))}
    for index, step in enumerate(steps):
        if places[step.key] != index:
            problem = f"the key {step.key!r} is taken by step {places[step.key] + 1}"
            yield InvalidCampaign(("steps", index, "key"), problem)
        yield from _step_problems(index, step, places)


_MORE_THAN_ZERO = f"must be more than zero and at most {MAX_DURATION.days} days"
_ZERO_OR_MORE = f"must be zero or more and at most {MAX_DURATION.days} days"


def _step_problems(index: int, step: Step, places: Mapping[str, int]) -> Iterator[InvalidCampaign]:
    here = ("steps", index)
    if not KEY.fullmatch(step.key):
        yield InvalidCampaign((*here, "key"), _not_a_key(step.key))
    if not timedelta(0) < step.wait <= MAX_DURATION:
        yield InvalidCampaign((*here, "wait"), _MORE_THAN_ZERO)
    if not timedelta(0) <= step.delay <= MAX_DURATION:
        yield InvalidCampaign((*here, "delay"), _ZERO_OR_MORE)
    yield from _retry_problems(here, step)
    for result in sorted((set(step.routes) | step.retry.on) - POSSIBLE[step.channel]):
        section = ("on", result.value) if result in step.routes else ("retry", "on")
        known = ", ".join(sorted(POSSIBLE[step.channel]))
        problem = f"a step on {step.channel} never comes to {result.value!r}; it can come to {known}"
        yield InvalidCampaign((*here, *section), problem)
    for result, route in step.routes.items():
        wrong = _route_problem(index, step, result, route, places)
        if wrong is not None:
            yield InvalidCampaign((*here, "on", result.value), wrong)


def _route_problem(
    index: int, step: Step, result: Result, route: Route, places: Mapping[str, int]
) -> str | None:
    if route.kind is RouteKind.WAIT and result in CONCLUSIVE:
        return f"nothing more comes after {result.value!r}, so it cannot be waited on; lead it somewhere"
    if route.kind is not RouteKind.STEP:
        return None
    target = places.get(route.step or "")
    if target is None:
        known = ", ".join(sorted(places, key=places.__getitem__))
        return f"there is no step {route.step!r}; there are {known}"
    if target <= index:
        return f"routes lead forward, and {route.step!r} is not after {step.key!r}; to repeat, use retry"
    return None


def _not_a_key(text: str) -> str:
    return f"{text!r} is not a key: use a-z, 0-9, - and _, beginning with a letter"


def _retry_problems(here: tuple[str | int, ...], step: Step) -> Iterator[InvalidCampaign]:
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


def message_problems(steps: Sequence[Step], messages: Mapping[str, Message]) -> Iterator[InvalidCampaign]:
    """Every step whose message is missing or does not fit its channel."""
    for index, step in enumerate(steps):
        message = messages.get(step.key) or Message("")
        here = ("steps", index, "message")
        if not message.text.strip():
            yield InvalidCampaign((*here, "text"), "every step needs a text to send or say")
        if step.channel is Channel.EMAIL and not (message.subject or "").strip():
            yield InvalidCampaign((*here, "subject"), "an e-mail needs a subject")
        elif step.channel is not Channel.EMAIL and (message.subject or message.html):
            yield InvalidCampaign(here, f"a step on {step.channel} has a text only: no subject, no html")
