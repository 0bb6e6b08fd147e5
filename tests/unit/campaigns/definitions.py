"""Random well-formed definitions, with all words of the language, beside what they promise.

`tests.unit.language.definitions` draws definitions, too, for one parse each, and shrinks them; five thousand
runs from start to end need a generator that takes a fraction of a millisecond.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from attrs import frozen

from domain.refusals import CHOICES
from domain.statuses import Channel
from tests.unit.campaigns.hours import Hours, draw_hours
from tests.unit.campaigns.places import Place, draw_zone
from tests.unit.campaigns.words import (
    CONDITIONS,
    DELAYS,
    DURATIONS,
    draw_fallback,
    draw_message,
    draw_retry,
    draw_routes,
    draw_wait,
)

KEYS = ("first", "second", "third", "fourth", "fifth", "end")
_ATTRIBUTES = {"first_name": "text", "amount": "number", "appointment_at": "time"}
_CONSENTS: tuple[str | list[str], ...] = ("none", "none", "required", ["sms"], ["email", "voice"])
_LENGTHS = {"per_day": timedelta(days=1), "per_week": timedelta(weeks=1)}


@frozen
class Promise:
    """What a definition promises the people it reaches, as it was drawn.

    Args:
        zone: the campaign's.
        windows: step key to window, for steps that have one, be it the campaign's.
        caps: how many, in how long, and on which channel; None for all together.
        consent: the channels on which the contact must have agreed.
    """

    zone: str
    windows: Mapping[str, Hours]
    caps: Sequence[tuple[int, timedelta, Channel | None]]
    consent: frozenset[Channel]


def draw_definition(chance: Random, place: Place) -> tuple[dict[str, Any], Promise]:
    """Any definition that parses, and what it promises."""
    keys = KEYS[: chance.choice([1, 2, 4, 5, 6, 6, 6])]
    drawn = [_step(chance, index, keys) for index in range(len(keys))]
    steps = [step for step, _ in drawn]
    window = draw_hours(chance) if chance.random() < 0.6 else None
    zone = draw_zone(chance, place) if chance.random() < 0.7 else None
    words, caps = _caps(chance)
    consent = chance.choice(_CONSENTS)
    definition = {
        "campaign": "hello",
        "version": 1,
        "attributes": _ATTRIBUTES,
        "templates": {f"for-{channel.value}": draw_message(chance, channel) for channel in Channel},
        "caps": words,
        "consent": consent,
        "steps": steps,
        **({} if window is None else {"window": window.said}),
        **({} if zone is None else {"timezone": zone}),
        **_terms(chance, {step["channel"] for step in steps if "channel" in step}),
    }
    windows = {key: own or window for key, (_, own) in zip(keys, drawn, strict=True)}
    known = {key: each for key, each in windows.items() if each is not None}
    return definition, Promise(zone or "UTC", known, caps, _channels(consent))


def _channels(consent: str | list[str]) -> frozenset[Channel]:
    if isinstance(consent, list):
        return frozenset(map(Channel, consent))
    return frozenset(Channel) if consent == "required" else frozenset()


def _caps(chance: Random) -> tuple[dict[str, Any], list[tuple[int, timedelta, Channel | None]]]:
    """Caps as they are written, and as they are meant."""
    words: dict[str, Any] = {}
    caps: list[tuple[int, timedelta, Channel | None]] = []
    for channel in (None, *Channel):
        for period, length in _LENGTHS.items():
            if chance.random() < (0.35 if channel is None else 0.12):
                count = chance.choice([1, 1, 2, 3])
                (words if channel is None else words.setdefault(channel.value, {}))[period] = count
                caps.append((count, length, channel))
    return words, caps


def _terms(chance: Random, channels: set[str]) -> dict[str, Any]:
    """What a campaign says of itself as a whole, each word or not."""
    goals: list[Any] = chance.sample(["purchased", "signed-up", "met"], chance.randint(0, 2))
    if chance.random() < 0.2 and channels:
        goals.append({"status": "replied"})
    words: dict[str, Any] = {
        "priority": chance.choice(["urgent", "normal", "low"]),
        "weight": chance.choice([0.5, 1, 20]),
        "patience": chance.choice(["30s", "10m", "6h"]),
        "at_end": chance.choice(["exit", "escalate", "complete"]),
        "handoff": chance.choice([{"summary": "Please call"}, {"wait": chance.choice(DURATIONS)}]),
        "reentry": chance.choice(["once", "always", "30d"]),
        "refused": {
            refusal.value: chance.choice(sorted(each.value for each in allowed))
            for refusal, allowed in CHOICES.items()
            if chance.random() < 0.2
        },
        "goals": goals,
        "sms_parts": chance.randint(1, 10),
    }
    return {word: value for word, value in words.items() if chance.random() < 0.6}


def _step(chance: Random, index: int, keys: Sequence[str]) -> tuple[dict[str, Any], Hours | None]:
    """A step, with its own window if it has one. Of every step some way leads to the next."""
    later = keys[index + 1 :]
    ahead = [*later, *(f"step:{key}" for key in later)]
    onward = ["complete", "escalate", "exit", *["next"] * 8, *ahead]
    if chance.random() < 0.12:
        return {"key": keys[index], "split": _branches(chance, [*onward, "hold_out"])}, None
    return _touch(chance, keys[index], onward)


def _branches(chance: Random, onward: Sequence[str]) -> list[dict[str, Any]]:
    count = chance.randint(1, 3)
    if chance.random() < 0.5:
        drawn = [{"weight": chance.uniform(0.1, 60), "then": chance.choice(onward)} for _ in range(count)]
        return [*drawn, {"weight": 50, "then": "next"}]
    chosen = chance.sample(CONDITIONS, count)
    drawn = [{"when": condition, "then": chance.choice(onward)} for condition in chosen]
    return [*drawn, *chance.choice([[], [{"else": "next"}]])]


def _touch(chance: Random, key: str, onward: Sequence[str]) -> tuple[dict[str, Any], Hours | None]:
    channel = chance.choice(list(Channel))
    step: dict[str, Any] = {"key": key, "channel": channel.value, "wait": draw_wait(chance, channel)}
    if chance.random() < 0.5:
        step["template"] = f"for-{channel.value}"
    else:
        step["message"] = draw_message(chance, channel)
    own = draw_hours(chance) if chance.random() < 0.25 else None
    if own is not None:
        step["window"] = own.said
    if chance.random() < 0.15:
        step["when"] = chance.choice(CONDITIONS)
    if chance.random() < 0.4:
        step["delay"] = chance.choice(DELAYS if chance.random() < 0.6 else DURATIONS)
    if chance.random() < 0.6:
        step["on"] = draw_routes(chance, channel, onward)
    if chance.random() < 0.4:
        step["retry"] = draw_retry(chance, channel)
    if chance.random() < 0.25:
        step["fallback"] = draw_fallback(chance, channel, onward)
    if chance.random() < 0.4:
        step["on_unknown"] = chance.choice(["wait", "resend", "escalate"])
    return step, own
