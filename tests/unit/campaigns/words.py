"""Random parts of definitions: durations, delays, conditions, messages, and where results lead."""

from collections.abc import Sequence
from random import Random
from typing import Any

from domain.statuses import POSSIBLE, Channel
from domain.steps import CONCLUSIVE

SHORT = ("1s", "30s", "PT1M")
"""Shorter than any of `DURATIONS`."""

DURATIONS = ("90s", "10m", "2 hours", "3d", "1w", "1d12h", "PT10M", "P1DT2H", " 1,5h ", "0.5d")
DELAYS = (
    *("10:00", "tue 10:00", "Sunday 2:30:15", "23:45"),
    *("appointment_at", "appointment_at - 2d", "appointment_at + 90m"),
    {"until": "appointment_at \u2212 1d at 09:00", "if_late": "send"},
    {"until": "appointment_at + 1h", "if_late": "skip"},
    {"until": "sun 08:00"},
)
CONDITIONS = (
    {"amount": {"over": 2, "at_most": "12.5"}},
    {"amount": [0, 3, 7.5]},
    {"first_name": "ada"},
    {"first_name": {"known": False}},
    {"language": ["de", "pt-br"]},
    {"country": {"none_of": ["us", "fr"]}, "phone": {"known": True}},
    {"appointment_at": {"under": "2026-07-01"}},
)
TEXTS = ("Hi", "Hi", "Hello", "Hello", "Gr\u00fc\u00dfe", "See {{preferences_url?}}", "Hello {{first_name}}")
"""The last one cannot be rendered for everybody."""


def draw_wait(chance: Random, channel: Channel) -> Any:
    """A duration, alone or with what it is for."""
    length = chance.choice(DURATIONS)
    if chance.random() < 0.6:
        return length
    told = _told(channel)
    awaited = chance.sample(told, chance.randint(1, 2))
    return {"for": awaited[0] if chance.random() < 0.5 else awaited, "up_to": length}


def draw_retry(chance: Random, channel: Channel) -> dict[str, Any]:
    """Up to five attempts, after any results."""
    retry: dict[str, Any] = {
        "attempts": chance.randint(1, 5),
        "on": chance.sample(_results(channel), chance.randint(0, 3)),
    }
    optional = {"first": chance.choice(DURATIONS), "factor": 2.5, "cap": "2d", "jitter": 0.5}
    return retry | {word: value for word, value in optional.items() if chance.random() < 0.5}


def draw_routes(chance: Random, channel: Channel, onward: Sequence[str]) -> dict[str, Any]:
    """Where some results lead; one result of a failure keeps its own way, which is the next step."""
    kept = chance.choice(sorted(CONCLUSIVE & POSSIBLE[channel]))
    on: dict[str, Any] = {}
    for result in _results(channel):
        if result != kept and chance.random() < 0.3:
            conclusive = result in {each.value for each in CONCLUSIVE}
            on[result] = chance.choice(onward if conclusive else ["wait", *onward])
    if channel is Channel.VOICE and chance.random() < 0.5:
        keys = chance.sample("012345678*#", chance.randint(1, 3))
        on["pressed"] = {key: chance.choice(["wait", *onward]) for key in keys}
    return on


def draw_fallback(chance: Random, channel: Channel, onward: Sequence[str]) -> dict[str, Any]:
    """What to do when a sign does not come in time."""
    signs = {"delivered", "opened", "clicked", "replied", "answered"} & set(_results(channel))
    return {
        "if_not": chance.choice(sorted(signs)),
        "within": chance.choice(SHORT),
        "then": chance.choice(onward),
    }


def draw_message(chance: Random, channel: Channel) -> dict[str, Any]:
    """The words of a step, sometimes in languages, complete for the channel."""
    message = _parts(chance, channel)
    if chance.random() < 0.2:
        message["languages"] = {tag: _parts(chance, channel) for tag in ("de", "pt-br")}
    return message


def _parts(chance: Random, channel: Channel) -> dict[str, Any]:
    text = {"text": chance.choice(TEXTS)}
    if channel is not Channel.EMAIL:
        return text
    body = chance.choice([text, {"html": "<p>Hi</p>"}, {"mjml": "<mjml></mjml>"}, {**text, "html": "<p/>"}])
    return {"subject": chance.choice(TEXTS), **body}


def _results(channel: Channel) -> list[str]:
    return sorted(result.value for result in POSSIBLE[channel])


def _told(channel: Channel) -> list[str]:
    return [result for result in _results(channel) if result not in ("rejected", "unknown", "unanswered")]
