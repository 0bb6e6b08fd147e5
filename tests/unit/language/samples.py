"""Definitions to break: the smallest, one of the language's first words, and one that uses all of them."""

from copy import deepcopy
from typing import Any

import pytest

from domain.errors import InvalidDefinition
from domain.language.parse import parse

Definition = dict[str, Any]
Path = tuple[str | int, ...]

SMALLEST: Definition = {
    "campaign": "hello",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "1h", "message": {"text": "Hello"}}],
}

FULL: Definition = {
    "campaign": "appointment-reminder",
    "version": 7,
    "priority": "urgent",
    "weight": 2.5,
    "patience": "2d",
    "at_end": "escalate",
    "handoff": {"summary": "Call {{ first_name }}", "wait": "P5D"},
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "delay": "1d",
            "wait": "3d",
            "message": {"text": "Hi"},
            "retry": {
                "attempts": 3,
                "first": "1d",
                "factor": 3,
                "cap": "5d",
                "jitter": 0.1,
                "on": ["failed"],
            },
            "on": {"replied": "complete", "failed": "next", "rejected": "step:call", "delivered": "wait"},
            "on_unknown": "resend",
        },
        {
            "key": "mail",
            "channel": "email",
            "wait": "1d12h",
            "message": {"subject": "Hello", "text": "plain", "html": "<p>rich</p>"},
            "on": {"bounced": "call", "opened": "exit", "clicked": "escalate"},
        },
        {"key": "call", "channel": "voice", "wait": "2d", "message": {"text": "Good day"}},
    ],
}
"""A definition of the language's first version: it must be read as it was then."""

EVERYTHING: Definition = {
    "campaign": "payment-reminder",
    "version": 2,
    "priority": "low",
    "weight": 0.5,
    "patience": "1d",
    "at_end": "escalate",
    "handoff": {"summary": "Call {{ first_name }}", "wait": "2d"},
    "attributes": {"first_name": "text", "amount": "number", "appointment_at": "time"},
    "timezone": "Europe/Berlin",
    "window": {
        "hours": ["mon-fri 09:00-18:00", "sat 10:00-14:00"],
        "holidays": ["DE-BY", "local"],
        "spread": "30m",
    },
    "caps": {"per_day": 2, "per_week": 5, "sms": {"per_day": 1}, "voice": {"per_week": 2}},
    "consent": ["sms", "voice"],
    "reentry": "30d",
    "refused": {"consent": "end", "cap": "skip", "window": "defer"},
    "goals": ["purchased", {"status": "clicked"}, {"event": "upgraded", "then": "mail"}],
    "sms_parts": 2,
    "templates": {
        "first-text": {"text": "Hello", "languages": {"de": {"text": "Hallo"}}},
        "mail": {"subject": "Hello", "html": "<p>Hello</p>"},
    },
    "steps": [
        {
            "key": "by-language",
            "split": [
                {"when": {"language": ["de", "at"], "amount": {"over": 100}}, "then": "mail"},
                {"when": {"first_name": {"known": False}}, "then": "exit"},
                {"else": "text"},
            ],
        },
        {
            "key": "text",
            "channel": "sms",
            "template": "first-text",
            "when": {"amount": {"at_least": 10, "is_not": 13}, "country": "de"},
            "delay": {"until": "appointment_at - 2d", "if_late": "send"},
            "window": "mon-fri 10:00-12:00",
            "wait": {"for": ["delivered", "replied"], "up_to": "3d"},
            "fallback": {"if_not": "delivered", "within": "10m", "then": "call"},
            "retry": {"attempts": 2, "first": "1h", "on": ["failed"]},
            "on": {"replied": "complete"},
        },
        {
            "key": "test",
            "split": [
                {"weight": 45, "then": "next"},
                {"weight": 45.5, "then": "call"},
                {"weight": 10, "then": "hold_out"},
            ],
        },
        {
            "key": "mail",
            "channel": "email",
            "template": "mail",
            "delay": "tue 10:00",
            "wait": "5d",
            "on": {"opened": "step:call", "bounced": "next"},
            "on_unknown": "escalate",
        },
        {
            "key": "call",
            "channel": "voice",
            "wait": {"for": "answered", "up_to": "1d"},
            "message": {
                "text": "Good day",
                "languages": {"de": {"text": "Guten Tag"}, "pt-br": {"text": "Oi"}},
            },
            "on": {"pressed": {"1": "complete", "*": "wait", "#": "escalate"}, "voicemail": "next"},
        },
    ],
}
"""A definition with every word of the language."""


def changed(path: Path, value: Any, start: Definition = EVERYTHING) -> Definition:
    """A definition with one value put in place of another; None removes it."""
    definition = deepcopy(start)
    place: Any = definition
    for part in path[:-1]:
        place = place[part]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return definition


def problems(definition: Any) -> list[tuple[Path, str]]:
    """What is wrong with a definition, as paths and sentences."""
    with pytest.raises(InvalidDefinition) as invalid:
        parse(definition)
    return [(problem.path, problem.problem) for problem in invalid.value.problems]


def said(path: Path, value: Any, start: Definition = EVERYTHING) -> str:
    """What is wrong with a definition that has one mistake; it must be told once, at its place."""
    found = problems(changed(path, value, start))

    assert [place for place, _ in found] == [path]
    return found[0][1]
