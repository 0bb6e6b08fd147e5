"""What has changed about the steps of a campaign, in words."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from domain.backoff import Backoff
from domain.campaign import Campaign
from domain.conditions import Condition, Splitter
from domain.language.diff_messages import message_differences
from domain.language.in_words import (
    CHANNELS,
    beginning,
    destination,
    fallback_test,
    instead,
    number,
    results,
    spaced,
    window_words,
)
from domain.statuses import Result
from domain.steps import Fallback, Route, Split, Step, default_route
from domain.times import durations

_AnyStep = Step | Split


def step_differences(old: Campaign, new: Campaign) -> Iterator[str]:
    """What has changed, a sentence each: the steps that are gone, then the others in their new order."""
    before = {step.key: step for step in old.plan.steps}
    after = {step.key: step for step in new.plan.steps}
    yield from (f"step {key} is gone" for key in before if key not in after)
    moved = _moved(list(before), list(after))
    place = "first"
    for key, step in after.items():
        if key not in before:
            yield f"step {key} is new, {place}"
        else:
            if key in moved:
                yield f"step {key} stands elsewhere, {place}"
            yield from _of_steps(before[key], step)
            yield from _of_what_belongs(key, old, new)
        place = f"after {key}"
    for key in sorted((_named(old) | _named(new)) - before.keys() - after.keys()):
        yield from _of_what_belongs(key, old, new)


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The steps to put elsewhere so that those of both campaigns stand in the same order."""
    old, new = [key for key in before if key in after], [key for key in after if key in before]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new).difference(*(new[block.b : block.b + block.size] for block in blocks))


def _named(campaign: Campaign) -> set[str]:
    by_step: Sequence[Mapping[str, object]] = (
        campaign.messages,
        campaign.conditions,
        campaign.splits,
        campaign.rules.windows,
    )
    return {key for each in by_step for key in each}


def _of_what_belongs(key: str, old: Campaign, new: Campaign) -> Iterator[str]:
    step = f"step {key}"
    yield from instead(f"{step} is for", old.conditions.get(key), new.conditions.get(key), _whom)
    yield from instead(f"{step} chooses by", old.splits.get(key), new.splits.get(key), _choice)
    yield from instead(
        f"{step} has the window", old.rules.windows.get(key), new.rules.windows.get(key), window_words
    )
    yield from message_differences(key, old.messages.get(key), new.messages.get(key))


def _whom(condition: Condition | None) -> str:
    return "everybody" if condition is None else f"those of whom {condition}"


def _choice(splitter: Splitter | None) -> str:
    if splitter is None:
        return "nothing"
    weights = [f"weight {number(weight)}" for weight in splitter.weights]
    return "; ".join([*map(str, splitter.conditions), *weights]) or "nothing"


def _of_steps(old: _AnyStep, new: _AnyStep) -> Iterator[str]:
    match old, new:
        case Step(), Step():
            yield from _of_touches(old, new)
        case Split(), Split():
            yield from instead(f"step {new.key} leads to", old.branches, new.branches, _branches)
        case _:
            yield from instead(f"step {new.key} is", type(old), type(new), _KINDS.__getitem__)


_KINDS: Mapping[type[_AnyStep], str] = {Step: "a touch", Split: "a split"}


def _branches(branches: Sequence[Route]) -> str:
    return ", ".join(map(destination, branches))


def _of_touches(old: Step, new: Step) -> Iterator[str]:
    step = f"step {new.key}"
    yield from instead(f"{step} goes by", old.channel, new.channel, CHANNELS.__getitem__)
    yield from instead(f"{step} begins", old.delay, new.delay, beginning)
    yield from instead(f"{step}: if late,", old.late, new.late)
    yield from instead(f"{step} has a condition:", old.conditional, new.conditional)
    yield from instead(f"{step} waits", old.wait, new.wait, durations.words)
    yield from instead(f"{step} falls back", old.fallback, new.fallback, _fallback)
    yield from _of_retries(step, old.retry, new.retry)
    for key in sorted(old.pressed.keys() | new.pressed.keys()):
        before, after = old.pressed.get(key), new.pressed.get(key)
        yield from instead(f"{step}: pressed {key} leads to", before, after, _pressed)
    for result in Result:
        yield from _of_routes(step, result, old.routes.get(result), new.routes.get(result))
    yield from instead(f"{step}: in doubt,", old.on_unknown, new.on_unknown)


def _of_retries(step: str, old: Backoff, new: Backoff) -> Iterator[str]:
    yield from instead(f"{step}: attempts:", old.attempts, new.attempts)
    yield from instead(f"{step} tries again on", old.on, new.on, results)
    yield from instead(f"{step} tries again after", old.first, new.first, durations.words)
    yield from instead(f"{step}: factor between attempts:", old.factor, new.factor, number)
    yield from instead(f"{step} tries again at the latest after", old.cap, new.cap, durations.words)
    yield from instead(f"{step}: jitter between attempts:", old.jitter, new.jitter, number)


def _of_routes(step: str, result: Result, old: Route | None, new: Route | None) -> Iterator[str]:
    def words(route: Route | None) -> str:
        return f"{destination(default_route(result))} by default" if route is None else destination(route)

    yield from instead(f"{step}: {spaced(result.value)} leads to", old, new, words)


def _pressed(route: Route | None) -> str:
    return "nothing of its own" if route is None else destination(route)


def _fallback(fallback: Fallback | None) -> str:
    return "never" if fallback is None else f"if {fallback_test(fallback)}, to {destination(fallback.route)}"
