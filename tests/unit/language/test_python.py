"""The Python form of the campaign language: the same words, and the same definition as in YAML."""

from collections.abc import Iterable
from datetime import timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

import drumbeat
from adapters.files.yaml_document import read_yaml
from domain.attributes import AttributeType
from domain.campaign import Priority
from domain.campaign_rules import choices
from domain.language import words
from domain.language.parse import parse
from domain.language.python import words as typed
from domain.language.python.part import Part, plain
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import Late, OnUnknown
from domain.times.windows import PRESETS
from drumbeat import (
    Branch,
    Call,
    Campaign,
    Cap,
    Caps,
    Email,
    Event,
    Fallback,
    Goal,
    Handoff,
    Message,
    Retry,
    Sms,
    Split,
    Step,
    Until,
    Wait,
    Window,
)
from tests.unit.language.files import PYTHON, YAML


def test_gives_the_same_definition_as_yaml(tmp_path: Any) -> None:
    """A campaign with every word of the language reads the same in both forms."""
    made: dict[str, Any] = {}
    exec(PYTHON, made)
    written = made["campaign"].definition()
    document = read_yaml(tmp_path / "campaign.yaml", YAML)

    assert written == document.data
    assert parse(written) == parse(document.data)


def test_writes_durations_as_python_has_them() -> None:
    """A timedelta is as good as a text."""
    step = Sms(key="text", wait=timedelta(days=1, hours=12), message=Message(text="Hi"))

    assert step.definition() == {
        "key": "text",
        "channel": "sms",
        "message": {"text": "Hi"},
        "wait": "1 day 12 hours",
    }


def test_leaves_out_what_is_not_said() -> None:
    """What has no value is not written, so that the defaults stay those of the language."""
    campaign = Campaign(campaign="hello", version=1, steps=[])

    assert campaign.definition() == {"campaign": "hello", "version": 1, "steps": []}


def test_leaves_the_words_of_others_alone() -> None:
    """Enums become their words; what the language does not know stays, for the parser to refuse."""
    odd = object()

    assert plain({Channel.SMS: (Result.FAILED, odd, b"bytes")}) == {"sms": ["failed", odd, b"bytes"]}


def test_is_frozen_and_named() -> None:
    """Values cannot be changed, nor given without their words."""
    cap = Cap(per_day=1)

    with pytest.raises(FrozenInstanceError):
        cap.per_day = 2  # type: ignore[misc] # that is what is tested
    with pytest.raises(TypeError):
        Cap(1)  # type: ignore[misc] # that is what is tested


KINDS: list[tuple[type[Part], Iterable[str]]] = [
    (Campaign, words.CAMPAIGN),
    (Handoff, words.HANDOFF),
    (Window, words.WINDOW),
    (Cap, words.PERIODS),
    (Caps, words.CAPS),
    (Goal, words.GOAL),
    (Event, words.EVENT),
    (Message, words.MESSAGE),
    (Step, words.STEP),
    (Sms, words.STEP),
    (Email, words.STEP),
    (Call, words.STEP),
    (Until, words.DELAY),
    (Wait, words.WAIT),
    (Fallback, words.FALLBACK),
    (Retry, words.RETRY),
    (Split, words.SPLIT),
    (Branch, words.BRANCH),
]


@pytest.mark.parametrize(("kind", "known"), KINDS, ids=lambda each: getattr(each, "__name__", ""))
def test_has_the_words_of_the_language(kind: type[Part], known: Iterable[str]) -> None:
    """Each class has the words that the parser knows in its section, and no others."""
    assert {each.name.rstrip("_") for each in attrs.fields(kind)} == set(known)


def test_offers_every_class() -> None:
    """Authors import everything from one place."""
    assert {kind.__name__ for kind, _ in KINDS} == set(drumbeat.__all__)


def literals(hint: Any) -> set[str]:
    """The words that a type names."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return {word for each in get_args(hint) for word in literals(each)} if _is_union(hint) else set()


def _is_union(hint: Any) -> bool:
    return isinstance(hint, UnionType) or get_origin(hint) is Union


@pytest.mark.parametrize(
    ("hint", "known"),
    [
        (typed.ChannelWord, list(Channel)),
        (typed.PriorityWord, list(Priority)),
        (typed.Ending, words.ENDINGS),
        (typed.OnUnknownWord, list(OnUnknown)),
        (typed.LateWord, list(Late)),
        (typed.AttributeWord, list(AttributeType)),
        (typed.ConfirmedWord, words.IF_NOT),
        (typed.StatusWord, words.STATUSES),
        (typed.ResultWord, list(Result)),
        (typed.Preset, list(PRESETS)),
        (typed.Route, words.ROUTES),
        (typed.BranchRoute, words.BRANCHES),
        (get_type_hints(Campaign)["consent"], words.CONSENT),
        (get_type_hints(Campaign)["reentry"], words.REENTRY),
        *((hint, choices(refusal)) for refusal, hint in get_type_hints(typed.RefusedWords).items()),
    ],
)
def test_types_name_the_words_of_the_domain(hint: Any, known: Iterable[str]) -> None:
    """What an editor offers is what the parser takes."""
    assert literals(hint) == set(map(str, known))


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (typed.Tests, words.TESTS),
        (typed.Pressed, words.KEYS),
        (typed.RefusedWords, words.REFUSALS),
        (typed.Routes, words.ON),
        (typed.SmsRoutes, POSSIBLE[Channel.SMS]),
        (typed.EmailRoutes, POSSIBLE[Channel.EMAIL]),
        (typed.VoiceRoutes, [*POSSIBLE[Channel.VOICE], words.PRESSED]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_mappings_have_the_words_of_the_domain(kind: Any, known: Iterable[str]) -> None:
    """The keys that an editor offers in a mapping are those that the parser takes."""
    assert kind.__optional_keys__ == set(map(str, known))
    assert not kind.__required_keys__
