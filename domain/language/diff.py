"""What has changed between two versions of a campaign, in words.

What differs is told by the values, never by their words, and every field of every value is looked at: no
difference goes unsaid.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from domain.attributes import AttributeType
from domain.campaign import Campaign, Plan
from domain.contact_rules import Cap, ContactRules, Reentry, ReentryKind
from domain.language.diff_steps import step_differences
from domain.language.in_words import (
    channels,
    come_and_gone,
    destination,
    instead,
    number,
    window_words,
)
from domain.refusals import USUALLY, Consequence, Refusal
from domain.times import durations


def differences(old: Campaign, new: Campaign) -> list[str]:
    """What has changed, a sentence each; none where the campaigns are equal, and only there.

    The campaign as a whole comes first, then the steps that are gone, then the others in their new order.
    Of texts it is said that they changed, not how.
    """
    return [
        *_of_plans(old.plan, new.plan),
        *instead("the handoff's summary is", old.handoff_summary, new.handoff_summary, repr),
        *_of_attributes(old.attributes, new.attributes),
        *_of_rules(old.rules, new.rules),
        *instead("re-entry:", old.reentry, new.reentry, _reentry),
        *_of_refusals(old.plan.refused, new.plan.refused),
        *come_and_gone("goal", old.plan.goals, new.plan.goals),
        *come_and_gone("goal status", old.plan.goal_statuses, new.plan.goal_statuses),
        *_of_events(old.events, new.events),
        *instead("SMS parts before a warning:", old.sms_parts, new.sms_parts),
        *step_differences(old, new),
    ]


def _of_plans(old: Plan, new: Plan) -> Iterator[str]:
    yield from instead("campaign:", old.campaign, new.campaign)
    yield from instead("version:", old.version, new.version)
    yield from instead("priority:", old.priority, new.priority)
    yield from instead("weight:", old.weight, new.weight, number)
    yield from instead("patience:", old.patience, new.patience, durations.words)
    yield from instead("after the last step:", old.at_end, new.at_end, destination)
    yield from instead("a handoff stays open for", old.handoff_wait, new.handoff_wait, _handoff_wait)


def _handoff_wait(wait: timedelta | None) -> str:
    return "no time" if wait is None else durations.words(wait)


def _of_attributes(old: Mapping[str, AttributeType], new: Mapping[str, AttributeType]) -> Iterator[str]:
    yield from come_and_gone("attribute", old, new)
    for name in sorted(old.keys() & new.keys()):
        yield from instead(f"attribute {name} is of the type", old[name], new[name])


def _of_rules(old: ContactRules, new: ContactRules) -> Iterator[str]:
    yield from instead("window:", old.window, new.window, window_words)
    yield from instead("time zone:", old.timezone, new.timezone)
    yield from instead("caps:", old.caps, new.caps, _caps)
    yield from instead("consent is needed for", old.consent, new.consent, channels)


def _caps(caps: tuple[Cap, ...]) -> str:
    return ", ".join(map(str, caps)) or "none"


def _reentry(reentry: Reentry) -> str:
    if reentry.kind is ReentryKind.AFTER or reentry.after:
        return f"{reentry.kind.value} {durations.words(reentry.after)}"
    return reentry.kind.value


def _of_events(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for event in sorted(old.keys() | new.keys()):
        yield from instead(f"event {event} leads to", old.get(event), new.get(event), _led_to)


def _led_to(step: str | None) -> str:
    return "no step" if step is None else f"step {step}"


def _of_refusals(old: Mapping[Refusal, Consequence], new: Mapping[Refusal, Consequence]) -> Iterator[str]:
    for refusal in Refusal:
        follows, before = _follows(refusal, new), _follows(refusal, old)
        if old.get(refusal) != new.get(refusal):
            yield f"where refused for {refusal.value}: {follows} instead of {before}"


def _follows(refusal: Refusal, chosen: Mapping[Refusal, Consequence]) -> str:
    return chosen[refusal].value if refusal in chosen else f"{USUALLY[refusal].value} as usual"
