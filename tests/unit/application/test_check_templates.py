"""Malformed templates, told together with whatever else is wrong with a definition."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.check_templates import parse_checked, template_problems
from domain.definition import parse
from domain.errors import InvalidDefinition
from tests.fakes.rendering import FakeRenderer

MALFORMED = "Hi {{malformed"
DEFINITION: dict[str, Any] = {
    "campaign": "hello",
    "version": 1,
    "handoff": {"summary": "Call {{who}}", "wait": "1d"},
    "steps": [
        {"key": "text", "channel": "sms", "wait": "1h", "message": {"text": "Hi {{who}}"}},
        {
            "key": "mail",
            "channel": "email",
            "wait": "1h",
            "message": {"subject": "Hi", "text": "Hi", "html": "<p>Hi</p>"},
        },
    ],
}
TEMPLATES: list[tuple[str | int, ...]] = [
    ("steps", 0, "message", "text"),
    ("steps", 1, "message", "subject"),
    ("steps", 1, "message", "text"),
    ("steps", 1, "message", "html"),
    ("handoff", "summary"),
]
OTHERS: list[tuple[str | int, ...]] = [
    ("campaign",),
    ("version",),
    ("handoff", "wait"),
    ("steps", 0, "key"),
    ("steps", 0, "channel"),
    ("steps", 0, "wait"),
    ("steps", 1, "channel"),
    ("steps", 1, "on"),
    ("steps", 1, "message", "body"),
]


def changed(definition: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy with another value at one place."""
    result = deepcopy(definition)
    place = result
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return result


def paths(definition: Any) -> list[tuple[str | int, ...]]:
    """Where something is wrong."""
    with pytest.raises(InvalidDefinition) as invalid:
        parse_checked(FakeRenderer(), definition)
    return [problem.path for problem in invalid.value.problems]


def test_a_good_definition_is_read() -> None:
    """With nothing wrong, the campaign is that of the definition."""
    assert parse_checked(FakeRenderer(), DEFINITION) == parse(DEFINITION)


@pytest.mark.parametrize("path", TEMPLATES)
def test_every_template_is_looked_at(path: tuple[str | int, ...]) -> None:
    """A malformed template is found in each place where one can be."""
    assert paths(changed(DEFINITION, path, MALFORMED)) == [path]


@given(st.sampled_from(TEMPLATES), st.sampled_from(OTHERS))
def test_neither_a_template_nor_another_mistake_hides_the_other(
    template: tuple[str | int, ...], other: tuple[str | int, ...]
) -> None:
    """A malformed template and any other mistake are told at once, wherever they are."""
    found = paths(changed(changed(DEFINITION, template, MALFORMED), other, "3 weaks!"))

    assert {template, other} <= {*found}


@pytest.mark.parametrize(
    "definition",
    [
        None,
        [],
        "text",
        {},
        {"steps": None, "handoff": []},
        {"steps": {"message": {"text": MALFORMED}}},
        {
            "steps": [None, 5, {"message": MALFORMED}, {"message": {"text": [MALFORMED]}}],
            "handoff": MALFORMED,
        },
    ],
)
def test_what_is_no_template_is_left_to_others(definition: Any) -> None:
    """Data of the wrong shape is no template, and is refused by the definition's own rules."""
    assert list(template_problems(FakeRenderer(), definition)) == []
    assert paths(definition)
