"""The JSON Schema of the campaign language: as generous as the parser, and as strict as it can be."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from adapters.files.yaml_document import read_yaml
from domain.errors import InvalidDefinition
from domain.language import words
from domain.language.parse import parse
from domain.language.schema.campaign import campaign_schema
from tests.unit.language.definitions import Definition, definitions, thorough

SCHEMA = campaign_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))

GOOD: Definition = {
    "campaign": "hello",
    "version": 1,
    "attributes": {"amount": "number", "appointment_at": "time"},
    "window": {"hours": "mon-fri 09:00-18:00", "holidays": "local"},
    "caps": {"per_day": 1, "sms": {"per_week": 2}},
    "consent": ["sms"],
    "refused": {"cap": "skip"},
    "goals": ["purchased", {"status": "clicked"}, {"event": "upgraded", "then": "call"}],
    "templates": {"words": {"text": "Hello"}},
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "template": "words",
            "when": {"amount": {"over": 100}},
            "delay": {"until": "appointment_at - 2d", "if_late": "send"},
            "wait": {"for": ["delivered"], "up_to": "3d"},
            "fallback": {"if_not": "delivered", "within": "10m", "then": "call"},
            "retry": {"attempts": 2, "on": ["failed"]},
            "on": {"replied": "complete"},
        },
        {"key": "test", "split": [{"weight": 1, "then": "next"}, {"weight": 1, "then": "hold_out"}]},
        {
            "key": "call",
            "channel": "voice",
            "wait": "1d",
            "message": {"text": "Good day", "languages": {"de": {"text": "Guten Tag"}}},
            "on": {"pressed": {"1": "complete"}},
        },
    ],
}


def changed(path: tuple[str | int, ...], value: Any) -> Definition:
    """The good definition with another value at a place."""
    definition = deepcopy(GOOD)
    place: Any = definition
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return definition


def test_is_a_schema() -> None:
    """It is a valid schema of its draft, and plain data that JSON can hold."""
    Draft202012Validator.check_schema(SCHEMA)

    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_accepts_the_examples(example: Path) -> None:
    """Every example of a campaign is as the schema wants it."""
    document = read_yaml(example, example.read_text("utf-8"))

    assert not list(VALIDATOR.iter_errors(document.data))


@thorough
@given(definitions)
def test_accepts_what_the_parser_accepts(definition: Definition) -> None:
    """No editor marks what would be published."""
    parse(definition)

    assert not [error.json_path for error in VALIDATOR.iter_errors(definition)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("campaign",), "Hello World"),
        (("version",), 0),
        (("version",), "1"),
        (("stpes",), []),
        (("priority",), "high"),
        (("weight",), 0),
        (("patience",), "3"),
        (("patience",), "3 fortnights"),
        (("patience",), ""),
        (("patience",), "P"),
        (("patience",), "1h2d"),
        (("at_end",), "next"),
        (("attributes",), {"amount": "integer"}),
        (("attributes",), {"first-name": "text"}),
        (("timezone",), "GMT+1 (Berlin)"),
        (("window",), "9 to 5"),
        (("window",), {"hours": "mon 09:00-10:00", "preset": "us-tcpa"}),
        (("window",), {"spread": "1h"}),
        (("window",), {"preset": "us"}),
        (("caps", "per_day"), 0),
        (("caps", "sms"), {"per_month": 1}),
        (("consent",), "yes"),
        (("consent",), []),
        (("reentry",), "never"),
        (("refused",), {"consent": "defer"}),
        (("refused",), {"paused": "end"}),
        (("goals", 0), "clicked"),
        (("goals", 1), {"status": "opted_out"}),
        (("sms_parts",), 11),
        (("templates", "words", "txt"), "Hello"),
        (("steps",), []),
        (("steps", 0, "key"), "a:b"),
        (("steps", 0, "channel"), "fax"),
        (("steps", 0, "message"), {"text": "both"}),
        (("steps", 0, "template"), None),
        (("steps", 0, "when"), {}),
        (("steps", 0, "when", "amount"), {"more_than": 5}),
        (("steps", 0, "when", "amount"), {"over": None}),
        (("steps", 0, "when", "amount"), []),
        (("steps", 0, "delay"), "in the morning"),
        (("steps", 0, "delay"), {"until": "2d"}),
        (("steps", 0, "wait"), {"for": ["delivered"]}),
        (("steps", 0, "wait", "for"), ["answered"]),
        (("steps", 0, "fallback", "if_not"), "opened"),
        (("steps", 0, "fallback", "within"), None),
        (("steps", 0, "retry", "attempts"), 0),
        (("steps", 0, "retry", "on"), ["busy"]),
        (("steps", 0, "on"), {"bounced": "call"}),
        (("steps", 0, "on"), {"unanswered": "wait"}),
        (("steps", 0, "on"), {"replied": "call me"}),
        (("steps", 0, "on"), {"pressed": {"1": "call"}}),
        (("steps", 1, "channel"), "sms"),
        (("steps", 1, "split"), []),
        (("steps", 1, "split", 0), {"then": "next"}),
        (("steps", 1, "split", 0), {"weight": 0, "then": "next"}),
        (("steps", 1, "split", 0), {"weight": 1, "when": {"language": "de"}, "then": "next"}),
        (("steps", 1, "split", 0), {"else": "next", "then": "call"}),
        (("steps", 2, "wait"), None),
        (("steps", 2, "on", "pressed"), {"9": "complete"}),
        (("steps", 2, "message"), {"text": " "}),
        (("steps", 2, "message", "subject"), "A call has none"),
        (("steps", 2, "message", "languages"), {"DE": {"text": "Hallo"}}),
        (("steps", 2, "message", "languages"), {"de": {"text": ""}}),
        (("steps", 2), {"key": "m", "channel": "email", "wait": "1d", "message": {"text": "no subject"}}),
        (
            ("steps", 2),
            {
                "key": "m",
                "channel": "email",
                "wait": "1d",
                "message": {"subject": "S", "html": "h", "mjml": "m"},
            },
        ),
    ],
    ids=str,
)
def test_refuses_typical_mistakes(path: tuple[str | int, ...], value: Any) -> None:
    """What the parser refuses for its shape or its words, an editor marks while it is written."""
    definition = changed(path, value)

    assert VALIDATOR.is_valid(GOOD)
    assert not VALIDATOR.is_valid(definition)
    with pytest.raises(InvalidDefinition):
        parse(definition)


def sections(schema: Any) -> dict[tuple[str, ...], Any]:
    """Every mapping of known keys in the schema, by its keys."""
    found: dict[tuple[str, ...], Any] = {}
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            found[tuple(schema["properties"])] = schema
        for each in schema.values():
            found |= sections(each)
    if isinstance(schema, list):
        for each in schema:
            found |= sections(each)
    return found


def test_has_the_words_of_the_parser() -> None:
    """Every section has the keys that the parser knows there, in the same order."""
    known = {
        words.CAMPAIGN,
        words.HANDOFF,
        words.WINDOW,
        words.PERIODS,
        words.CAPS,
        words.GOAL,
        words.EVENT,
        words.MESSAGE,
        words.VARIANT,
        words.STEP,
        words.DELAY,
        words.WAIT,
        words.FALLBACK,
        words.RETRY,
        words.ON,
        words.KEYS,
        words.SPLIT,
        words.BRANCH,
        words.TESTS,
        words.REFUSALS,
    }

    assert set(sections(SCHEMA)) == known


def test_explains_every_key() -> None:
    """Whatever key an editor offers, it can say what it is for."""
    shared = SCHEMA["$defs"]
    silent = [
        key
        for section in sections(SCHEMA).values()
        for key, schema in section["properties"].items()
        if "description" not in schema and not _explained(schema, shared)
    ]

    assert not silent


def _explained(schema: Any, shared: Any) -> bool:
    refs = [schema, *schema.get("anyOf", ())]
    names = [each["$ref"].rpartition("/")[2] for each in refs if "$ref" in each]
    return any("description" in shared[name] for name in names)
