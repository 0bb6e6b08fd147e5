"""A campaign is a versioned plan with the words to say; the plan is what a workflow carries."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain

from attrs import evolve, field, frozen

from domain.attributes import AttributeType
from domain.campaign_rules import plan_problems
from domain.conditions import Condition, Splitter
from domain.contact_rules import ContactRules, Reentry
from domain.errors import InvalidCampaign
from domain.limits import PATIENCE, SMS_PARTS
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel, DeliveryStatus, Result, result_of
from domain.steps import EXIT, HANDOFF, Route, Split, Step

_Path = tuple[str | int, ...]
_NO_TEXT = "every step needs a text to send or say"


class Priority(StrEnum):
    """Whose messages go first where messages have to wait for a provider's rate."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


def _copy_refused(refused: Mapping[Refusal, Consequence]) -> Mapping[Refusal, Consequence]:
    return dict(refused)


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
        goals: names of events that win the enrollment, wherever it stands.
        goal_statuses: what a provider may report of any of its messages that wins it, too.
        refused: what follows from refusals of the gate, where that is not the usual.

    Raises:
        InvalidCampaign: the first rule that the steps break.
    """

    campaign: str
    version: int
    steps: tuple[Step | Split, ...]
    at_end: Route = EXIT
    handoff_wait: timedelta | None = None
    patience: timedelta = PATIENCE
    priority: Priority = Priority.NORMAL
    weight: float = 1.0
    goals: frozenset[str] = frozenset()
    goal_statuses: frozenset[DeliveryStatus] = frozenset()
    refused: Mapping[Refusal, Consequence] = field(factory=dict, converter=_copy_refused, hash=False)

    def __attrs_post_init__(self) -> None:
        problems = plan_problems(
            self.campaign,
            self.steps,
            self.at_end,
            handoff_wait=self.handoff_wait,
            patience=self.patience,
            weight=self.weight,
            goals=self.goals,
            goal_statuses=self.goal_statuses,
            refused=self.refused,
        )
        for problem in problems:
            raise problem

    @property
    def touches(self) -> tuple[Step, ...]:
        """The steps that send, in order."""
        return tuple(step for step in self.steps if isinstance(step, Step))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the steps, in order, and last of all `HANDOFF`, for those who have them all behind."""
        return (*(step.key for step in self.steps), HANDOFF)

    def index(self, key: str) -> int | None:
        """The place of a step, from 0; None where the plan has no such step."""
        return self._places.get(key)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {step.key: place for place, step in enumerate(self.steps)}

    def heeds(self, key: str, result: Result) -> bool:
        """Whether a result of a step can change what happens: if not, nobody needs to be woken for it.

        That is for an attempt that is known to have been sent; of one in doubt, every status tells something.
        """
        if result in map(result_of, self.goal_statuses):
            return True
        index = self.index(key)
        step = None if index is None else self.steps[index]
        return isinstance(step, Step) and step.heeds(result)

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
        text: the body of an SMS, the plain part of an e-mail, or what the voice says. An e-mail may go
            without: its plain part is then made from the HTML one.
        subject: e-mail only.
        html: e-mail only, beside the plain part.
        mjml: e-mail only, instead of the HTML part, which is made from it (https://mjml.io).
        languages: language tag (RFC 5646, lower case, such as ``de`` or ``pt-br``) to the words in it. Parts
            that a language lacks are not taken from another.
    """

    text: str = ""
    subject: str | None = None
    html: str | None = None
    mjml: str | None = None
    languages: Mapping[str, "Message"] = field(factory=dict, hash=False)

    def in_language(self, tag: str | None) -> "Message":
        """The words in a contact's language, else in its more general form, else these (RFC 4647, 3.4)."""
        wanted = (tag or "").strip().lower().replace("_", "-")
        while wanted:
            if wanted in self.languages:
                return self.languages[wanted]
            wanted = wanted.rpartition("-")[0]
        return self


def _copy(messages: Mapping[str, Message]) -> Mapping[str, Message]:
    return dict(messages)


def _copy_events(events: Mapping[str, str]) -> Mapping[str, str]:
    return dict(events)


def _copy_types(types: Mapping[str, AttributeType]) -> Mapping[str, AttributeType]:
    return dict(types)


@frozen
class Campaign:
    """A versioned plan and its messages, as published: never changed afterwards.

    Args:
        plan: the campaign's key, version and steps.
        messages: step key to message, one for each step that sends.
        handoff_summary: a template of one sentence for the human who takes over.
        rules: when, how often and with whose leave people are contacted.
        reentry: whether a contact may be enrolled again.
        splits: step key to how a branch is chosen, one for each split.
        conditions: step key to what must hold for it, for each step that has a condition.
        sms_parts: how many parts an SMS may have before whoever writes it is warned.
        attributes: what its contacts must have, and how it is read; empty where the campaign does not say.
        events: name of an event to the key of the step that it leads to, from wherever an enrollment stands
            before that.

    Raises:
        InvalidCampaign: a step has no message, or one that does not fit its channel; a split or a condition
            is missing; an event leads to no step, or wins as well.
    """

    plan: Plan
    messages: Mapping[str, Message] = field(converter=_copy, hash=False)
    handoff_summary: str
    rules: ContactRules = field(factory=ContactRules)
    reentry: Reentry = field(factory=Reentry)
    splits: Mapping[str, Splitter] = field(factory=dict, hash=False)
    conditions: Mapping[str, Condition] = field(factory=dict, hash=False)
    sms_parts: int = SMS_PARTS
    attributes: Mapping[str, AttributeType] = field(factory=dict, converter=_copy_types, hash=False)
    events: Mapping[str, str] = field(factory=dict, converter=_copy_events, hash=False)

    def __attrs_post_init__(self) -> None:
        steps = self.plan.steps
        for problem in chain(
            message_problems(steps, self.messages),
            choice_problems(steps, self.splits, self.conditions),
            event_problems(steps, self.events, self.plan.goals),
        ):
            raise problem


def message_problems(
    steps: Sequence[Step | Split], messages: Mapping[str, Message]
) -> Iterator[InvalidCampaign]:
    """Every step whose message is missing or does not fit its channel, in any of its languages."""
    for index, step in enumerate(steps):
        if isinstance(step, Split):
            continue
        here: _Path = ("steps", index, "message")
        message = messages.get(step.key) or Message()
        for path, variant in (
            (here, message),
            *(((*here, "languages", tag), each) for tag, each in message.languages.items()),
        ):
            rules = _email_problems if step.channel is Channel.EMAIL else _text_problems
            yield from rules(path, variant, step.channel)


def _text_problems(here: _Path, message: Message, channel: Channel) -> Iterator[InvalidCampaign]:
    if not message.text.strip():
        yield InvalidCampaign((*here, "text"), _NO_TEXT)
    if message.subject or message.html or message.mjml:
        yield InvalidCampaign(here, f"a step on {channel} has a text only: no subject, no html, no mjml")


def _email_problems(here: _Path, message: Message, _: Channel) -> Iterator[InvalidCampaign]:
    rich = (message.html or message.mjml or "").strip()
    if not message.text.strip() and not rich:
        yield InvalidCampaign((*here, "text"), _NO_TEXT)
    if not (message.subject or "").strip():
        yield InvalidCampaign((*here, "subject"), "an e-mail needs a subject")
    if message.html is not None and message.mjml is not None:
        yield InvalidCampaign((*here, "mjml"), "html is made from mjml, so only one of the two can be given")


def choice_problems(
    steps: Sequence[Step | Split], splits: Mapping[str, Splitter], conditions: Mapping[str, Condition]
) -> Iterator[InvalidCampaign]:
    """Every split of which it is not known how to choose, and every condition that is missing or too many."""
    for index, step in enumerate(steps):
        if isinstance(step, Split):
            splitter = splits.get(step.key)
            if splitter is None or splitter.branches != len(step.branches):
                yield InvalidCampaign(
                    ("steps", index, "split"), "there is no choice for each of its branches"
                )
        elif step.conditional != (step.key in conditions):
            yield InvalidCampaign(("steps", index, "when"), "the plan and its conditions do not agree")


def event_problems(
    steps: Sequence[Step | Split], events: Mapping[str, str], goals: Collection[str]
) -> Iterator[InvalidCampaign]:
    """Every event that leads to no step, or that wins the enrollment as well."""
    keys = {step.key for step in steps}
    for event, step in events.items():
        if step not in keys:
            yield InvalidCampaign(("goals",), f"{event!r} leads to {step!r}, and there is no such step")
        if event in goals:
            yield InvalidCampaign(("goals",), f"{event!r} wins the enrollment, so it leads to no step")
