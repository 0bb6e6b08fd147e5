"""A campaign is a versioned plan with the words to say; the plan is what a workflow carries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from attrs import evolve, field, frozen

from domain.errors import InvalidCampaign
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import CONCLUSIVE, EXIT, Route, RouteKind, Step

KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What a campaign or step key looks like: it is part of ids, so no colons and no spaces."""

MAX_ATTEMPTS = 20
MAX_FACTOR = 10.0
MAX_DURATION = timedelta(days=366)


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

    Raises:
        InvalidCampaign: the first rule that the steps break.
    """

    campaign: str
    version: int
    steps: tuple[Step, ...]
    at_end: Route = EXIT
    handoff_wait: timedelta | None = None
    patience: timedelta = timedelta(hours=6)

    def __attrs_post_init__(self) -> None:
        for problem in plan_problems(self.campaign, self.steps, self.at_end):
            raise problem

    def index(self, key: str) -> int | None:
        """The place of a step, from 0; None where the plan has no such step."""
        return next((i for i, step in enumerate(self.steps) if step.key == key), None)

    def heeds(self, key: str, result: Result) -> bool:
        """Whether a result of a step can change what happens: if not, nobody needs to be woken for it."""
        index = self.index(key)
        return index is not None and self.steps[index].heeds(result)

    def scaled(self, factor: float) -> "Plan":
        """The same plan with every duration multiplied: days as seconds, for a demonstration."""
        return evolve(
            self,
            handoff_wait=None if self.handoff_wait is None else self.handoff_wait * factor,
            patience=self.patience * factor,
            steps=tuple(
                evolve(
                    step,
                    wait=step.wait * factor,
                    delay=step.delay * factor,
                    retry=evolve(step.retry, first=step.retry.first * factor, cap=step.retry.cap * factor),
                )
                for step in self.steps
            ),
        )


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
    messages: Mapping[str, Message] = field(converter=dict, hash=False)
    handoff_summary: str

    def __attrs_post_init__(self) -> None:
        for problem in message_problems(self.plan.steps, self.messages):
            raise problem


def plan_problems(campaign: str, steps: Sequence[Step], at_end: Route) -> Iterator[InvalidCampaign]:
    """Every rule that a plan breaks, in the order of the definition."""
    if not KEY.fullmatch(campaign):
        yield InvalidCampaign(
            ("campaign",), f"{campaign!r} is not a key: use a-z, 0-9, - and _, from a letter"
        )
    if not steps:
        yield InvalidCampaign(("steps",), "there must be at least one step")
    if at_end.kind in (RouteKind.WAIT, RouteKind.NEXT, RouteKind.STEP):
        yield InvalidCampaign(("at_end",), "past the last step only exit, escalate or complete can follow")
    places = {step.key: index for index, step in reversed(list(enumerate(steps)))}
    for index, step in enumerate(steps):
        if places[step.key] != index:
            problem = f"the key {step.key!r} is taken by step {places[step.key] + 1}"
            yield InvalidCampaign(("steps", index, "key"), problem)
        yield from _step_problems(index, step, places)


def _step_problems(index: int, step: Step, places: Mapping[str, int]) -> Iterator[InvalidCampaign]:
    here = ("steps", index)
    if not KEY.fullmatch(step.key):
        yield InvalidCampaign((*here, "key"), _not_a_key(step.key))
    for name, duration, least in (("wait", step.wait, 1), ("delay", step.delay, 0)):
        if not timedelta(milliseconds=least) <= duration <= MAX_DURATION:
            problem = f"must be {'more than zero' if least else 'zero or more'} and at most 366 days"
            yield InvalidCampaign((*here, name), problem)
    yield from _retry_problems(here, step)
    for result in sorted((set(step.routes) | step.retry.on) - POSSIBLE[step.channel]):
        section = ("on", result.value) if result in step.routes else ("retry", "on")
        known = ", ".join(sorted(POSSIBLE[step.channel]))
        problem = f"a step on {step.channel} never comes to {result.value!r}; it can come to {known}"
        yield InvalidCampaign((*here, *section), problem)
    for result, route in step.routes.items():
        if route.kind is not RouteKind.STEP or route.step is None:
            continue
        if route.step not in places:
            problem = f"there is no step {route.step!r}; there are {', '.join(places)}"
            yield InvalidCampaign((*here, "on", result.value), problem)
        elif places[route.step] <= index:
            problem = (
                f"routes lead forward, and {route.step!r} is not after {step.key!r}; use retry to repeat"
            )
            yield InvalidCampaign((*here, "on", result.value), problem)


def _route_problem(
    index: int, step: Step, result: Result, route: Route, places: Mapping[str, int]
) -> str | None:
    if route.kind is RouteKind.WAIT and result in CONCLUSIVE:
        return f"nothing more comes after {result.value!r}, so it cannot be waited on; lead it somewhere"
    if route.kind is not RouteKind.STEP or route.step is None:
        return None
    if route.step not in places:
        return (
            f"there is no step {route.step!r}; there are {', '.join(sorted(places, key=places.__getitem__))}"
        )
    if places[route.step] <= index:
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
            yield InvalidCampaign((*here, "retry", name), "must be zero or more and at most 366 days")


def message_problems(steps: Sequence[Step], messages: Mapping[str, Message]) -> Iterator[InvalidCampaign]:
    """Every step whose message is missing or does not fit its channel."""
    for index, step in enumerate(steps):
        message = messages.get(step.key)
        here = ("steps", index, "message")
        if message is None or not message.text.strip():
            yield InvalidCampaign((*here, "text"), "every step needs a text to send or say")
        elif step.channel is Channel.EMAIL and not (message.subject or "").strip():
            yield InvalidCampaign((*here, "subject"), "an e-mail needs a subject")
        elif step.channel is not Channel.EMAIL and (message.subject or message.html):
            yield InvalidCampaign(here, f"a step on {step.channel} has a text only: no subject, no html")
