"""The words that editors offer. They are the words of the domain's enums, which types cannot be made from."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

ChannelWord = Literal["sms", "email", "voice"]
PriorityWord = Literal["urgent", "normal", "low"]
Ending = Literal["exit", "escalate", "complete"]
OnUnknownWord = Literal["wait", "resend", "escalate"]
LateWord = Literal["skip", "send"]
AttributeWord = Literal["text", "number", "time"]
ConfirmedWord = Literal["delivered", "opened", "clicked", "replied", "answered"]
StatusWord = Literal[
    "failed",
    "busy",
    "no_answer",
    "delivered",
    "bounced",
    "answered",
    "voicemail",
    "opened",
    "clicked",
    "replied",
]
ResultWord = Literal[StatusWord, "rejected", "unknown", "unanswered"]
Preset = Literal["us-tcpa", "us-florida", "us-debt", "ca-crtc", "fr-calls"]

Route = Literal["wait", "next", "complete", "escalate", "exit"] | str
"""Where a result leads: one of the words, or the key of a later step."""

BranchRoute = Literal["next", "complete", "escalate", "exit", "hold_out"] | str
"""Where a branch leads: one of the words, or the key of a later step."""

Value = str | int | float

Tests = TypedDict(
    "Tests",
    {
        "is": Value,
        "is_not": Value,
        "any_of": Sequence[Value],
        "none_of": Sequence[Value],
        "over": Value,
        "under": Value,
        "at_least": Value,
        "at_most": Value,
        "known": bool,
    },
    total=False,
)
"""Tests of one attribute, all of which must hold."""

When = Mapping[str, Value | Sequence[Value] | Tests]
"""Attribute to the value it must have, to a list of values, or to tests."""

Pressed = TypedDict(
    "Pressed",
    {
        "0": Route,
        "1": Route,
        "2": Route,
        "3": Route,
        "4": Route,
        "5": Route,
        "6": Route,
        "7": Route,
        "8": Route,
        "*": Route,
        "#": Route,
    },
    total=False,
)
"""Where the keys of a phone lead; 9 is the opt-out of every call."""


class _OurRoutes(TypedDict, total=False):
    delivered: Route
    replied: Route
    failed: Route
    rejected: Route
    unknown: Route
    unanswered: Route


class SmsRoutes(_OurRoutes, total=False):
    """Where the results of a text message lead."""

    clicked: Route


class EmailRoutes(_OurRoutes, total=False):
    """Where the results of an e-mail lead."""

    bounced: Route
    opened: Route
    clicked: Route


class VoiceRoutes(_OurRoutes, total=False):
    """Where the results of a call lead, and the keys that a person presses on it."""

    busy: Route
    no_answer: Route
    answered: Route
    voicemail: Route
    pressed: Pressed


class Routes(EmailRoutes, VoiceRoutes, total=False):
    """Where results lead, on whichever channel."""


class RefusedWords(TypedDict, total=False):
    """What follows where a message is not let out."""

    window: Literal["defer", "skip", "end"]
    cap: Literal["defer", "skip", "end"]
    consent: Literal["skip", "end"]
    suppressed: Literal["skip", "end"]
    address: Literal["skip", "end"]
