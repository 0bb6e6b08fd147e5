"""The campaign language: a plain mapping, as YAML or JSON gives it, read into a `Campaign`.

Every problem is reported at once. What is wrong is replaced by something harmless so that the rules of
`domain.campaign` can still be checked on the rest; what they then say of a place that could not be read
is dropped, since it would be said of the replacement. A channel that could not be read is tried as each of
them: only what is wrong on all of them is said.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from attrs import evolve, frozen

from domain.campaign import Campaign, Message, Plan, Priority, message_problems
from domain.campaign_rules import never_comes_to, plan_problems
from domain.contact_rules import ContactRules, Reentry
from domain.enrollment.turn import HANDOFF
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.language import words
from domain.language.attributes import read_attributes
from domain.language.contact_rules import read_caps, read_consent, read_refused, reentry, zone
from domain.language.drafts import Draft, Scope
from domain.language.goals import Goals, read_goals
from domain.language.messages import read_templates
from domain.language.reach import unreachable
from domain.language.routes import Routes, ending
from domain.language.sections import Path, Section, choice, duration, number, sequence, text, within
from domain.language.splits import is_split, read_split
from domain.language.touches import read_touch
from domain.language.windows import read_window
from domain.limits import MAX_SMS_PARTS, MAX_VERSION, PATIENCE, SMS_PARTS
from domain.refusals import Consequence, Refusal
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import EXIT, Route, Split, Step

DEFAULT_SUMMARY = "Please call {{ first_name | default('this contact') }} at {{ phone | default(email) }}"
"""What a handoff says where the campaign does not: it can be rendered for every contact."""


@frozen
class _Terms:
    """What a plan says beside its steps, with harmless values for what could not be read."""

    campaign: str
    version: int
    at_end: Route
    handoff_wait: timedelta | None
    patience: timedelta
    priority: Priority
    weight: float
    refused: Mapping[Refusal, Consequence]

    def problems(self, steps: Sequence[Step | Split]) -> Iterator[InvalidCampaign]:
        return plan_problems(
            self.campaign,
            steps,
            self.at_end,
            handoff_wait=self.handoff_wait,
            patience=self.patience,
            weight=self.weight,
            refused=self.refused,
        )

    def plan(self, steps: Sequence[Step | Split], goals: Goals) -> Plan:
        return Plan(
            self.campaign,
            self.version,
            tuple(steps),
            self.at_end,
            self.handoff_wait,
            self.patience,
            self.priority,
            self.weight,
            goals.events,
            goals.statuses,
            self.refused,
        )


def parse(definition: Mapping[str, Any], *, published: bool = False) -> Campaign:
    """Read a campaign.

    Args:
        definition: the mapping of the campaign language; data of any other shape is refused, too.
        published: it was accepted once and people may be enrolled in it, so that a step which does no harm,
            because no run can come to it or its key is taken by now, is not held against it.

    Raises:
        InvalidDefinition: with every problem found, each with its path.
    """
    problems: list[InvalidCampaign] = []
    top = Section.open(definition, (), words.CAMPAIGN, problems)
    summary, handoff_wait = _handoff(top)
    terms = _terms(top, handoff_wait)
    items: list[object] = top.take("steps", sequence, [])
    keys = [key for key in map(_key_of, items) if key is not None]
    scope = Scope(Routes(tuple(dict.fromkeys(keys))), read_attributes(top), read_templates(top))
    drafts = [
        (read_split if is_split(item) else read_touch)(item, index, scope, problems)
        for index, item in enumerate(items)
    ]
    rules = _contact_rules(top, drafts)
    again = top.take("reentry", reentry, Reentry())
    sms_parts = top.take("sms_parts", within(1, MAX_SMS_PARTS), SMS_PARTS)
    goals = read_goals(top, _channels(drafts), scope.routes)
    unread = [problem.path for problem in problems]
    led = scope.routes.steps if goals.unclear else tuple(goals.routes.values())
    broken = _broken_rules(terms.problems, drafts, led, new=not published)
    problems += [problem for problem in broken if not _lies_in(problem.path, unread)]
    if problems:
        raise InvalidDefinition(problems)
    steps = [draft.on(Channel.SMS) for draft in drafts]
    return Campaign(
        terms.plan(steps, goals),
        {draft.step.key: draft.message for draft in drafts if draft.message is not None},
        summary,
        rules,
        again,
        {draft.step.key: draft.splitter for draft in drafts if draft.splitter is not None},
        {draft.step.key: draft.condition for draft in drafts if draft.condition is not None},
        sms_parts,
        scope.attributes.read,
        goals.routes,
    )


def _handoff(top: Section) -> tuple[str, timedelta | None]:
    handoff = top.section("handoff", words.HANDOFF)
    return handoff.take("summary", _filled, DEFAULT_SUMMARY), handoff.take("wait", duration, None)


def _terms(top: Section, handoff_wait: timedelta | None) -> _Terms:
    return _Terms(
        campaign=top.take(
            "campaign", text, "unnamed", missing="a campaign needs a key, such as appointment-reminder"
        ),
        version=top.take(
            "version", within(1, MAX_VERSION), 1, missing="number the versions of a campaign from 1"
        ),
        at_end=top.take("at_end", ending, EXIT),
        handoff_wait=handoff_wait,
        patience=top.take("patience", duration, PATIENCE),
        priority=top.take("priority", choice(Priority), Priority.NORMAL),
        weight=top.take("weight", number, 1.0),
        refused=read_refused(top),
    )


def _contact_rules(top: Section, drafts: Sequence[Draft]) -> ContactRules:
    return ContactRules(
        window=read_window(top),
        windows={draft.step.key: draft.window for draft in drafts if draft.window is not None},
        timezone=top.take("timezone", zone, "UTC"),
        caps=read_caps(top),
        consent=read_consent(top),
    )


def _channels(drafts: Sequence[Draft]) -> set[Channel]:
    """The channels that the campaign uses; all of them where one could not be read."""
    if not all(draft.channel_known for draft in drafts) or not drafts:
        return set(Channel)
    return {draft.step.channel for draft in drafts if isinstance(draft.step, Step)}


def _broken_rules(
    plan_rules: Callable[[Sequence[Step | Split]], Iterator[InvalidCampaign]],
    drafts: Sequence[Draft],
    led: Collection[str],
    *,
    new: bool,
) -> list[InvalidCampaign]:
    # A sentence that depends on the channel names it or is said of one channel only, so what is said of all
    # of them is true whichever was meant.
    channels = [Channel.SMS] if all(draft.channel_known for draft in drafts) else list(Channel)
    first, *others = (_rules_on(channel, plan_rules, drafts, led, new=new) for channel in channels)
    return [problem for said, problem in first.items() if all(said in other for other in others)]


def _rules_on(
    channel: Channel,
    plan_rules: Callable[[Sequence[Step | Split]], Iterator[InvalidCampaign]],
    drafts: Sequence[Draft],
    led: Collection[str],
    *,
    new: bool,
) -> dict[tuple[Path, str], InvalidCampaign]:
    steps = [draft.on(channel) for draft in drafts]
    # Steps that share a key must not share a message, so each is judged under its own number.
    numbered = [evolve(step, key=str(index)) for index, step in enumerate(steps)]
    messages = {
        str(index): _message(draft, step)
        for index, (draft, step) in enumerate(zip(drafts, steps, strict=True))
    }
    anywhere = [index for index, draft in enumerate(drafts) if draft.anywhere]
    problems = chain(
        plan_rules(steps),
        _awaited_in_vain(steps, drafts),
        (*_reserved(steps), *unreachable(steps, anywhere, led)) if new else (),
        message_problems(numbered, messages),
    )
    return {
        (problem.path, problem.problem): problem for problem in (_placed(each, drafts) for each in problems)
    }


def _reserved(steps: Sequence[Step | Split]) -> Iterator[InvalidCampaign]:
    for index, step in enumerate(steps):
        if step.key == HANDOFF:
            problem = f"{HANDOFF!r} stands for the case that a human has; take another key"
            yield InvalidCampaign(("steps", index, "key"), problem)


def _message(draft: Draft, step: Step | Split) -> Message:
    if draft.message is not None:
        return draft.message
    return Message("unknown", "unknown" if isinstance(step, Step) and step.channel is Channel.EMAIL else None)


def _awaited_in_vain(steps: Sequence[Step | Split], drafts: Sequence[Draft]) -> Iterator[InvalidCampaign]:
    for index, (step, draft) in enumerate(zip(steps, drafts, strict=True)):
        if isinstance(step, Step):
            for result in sorted((draft.awaited or frozenset[Result]()) - POSSIBLE[step.channel]):
                yield InvalidCampaign(("steps", index, "wait", "for"), never_comes_to(step.channel, result))


def _placed(problem: InvalidCampaign, drafts: Sequence[Draft]) -> InvalidCampaign:
    match problem.path:
        case ("steps", int(index), *_):
            return InvalidCampaign(drafts[index].place(problem.path), problem.problem)
        case _:
            return problem


def _lies_in(path: Path, others: Sequence[Path]) -> bool:
    return any(path[: len(other)] == other for other in others)


def _key_of(item: object) -> str | None:
    key = item.get("key") if isinstance(item, Mapping) else None
    return key if isinstance(key, str) else None


def _filled(value: object) -> str:
    result = text(value)
    if not result.strip():
        raise ValueError("must not be empty; leave it out for the usual words")
    return result
