"""What is wrong with templates, told together with whatever else is wrong with a definition."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.check_templates import Checked, parse_checked, template_problems
from domain.errors import InvalidDefinition
from domain.language.parse import parse
from tests.fakes.calendar import FakeCalendar
from tests.fakes.rendering import FakeRenderer

Path = tuple[str | int, ...]

MALFORMED = "Hi {{malformed"
MISSING = "Hi {{first_nam}}"
DEFINITION: dict[str, Any] = {
    "campaign": "hello",
    "version": 1,
    "attributes": {"first_name": "text", "visits": "number"},
    "handoff": {"summary": "Call {{first_name}}", "wait": "1d"},
    "templates": {"rich": {"subject": "Hi", "mjml": "<mjml>Hi {{visits}}</mjml>"}},
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1h",
            "message": {
                "text": "Hi {{first_name}}, {{unsubscribe_url}}",
                "languages": {"de": {"text": "Hallo {{first_name}}"}},
            },
        },
        {
            "key": "mail",
            "channel": "email",
            "wait": "1h",
            "message": {"subject": "Hi", "text": "Hi {{who}}", "html": "<p>Hi {{other?}}</p>"},
        },
        {"key": "rich-mail", "channel": "email", "wait": "1h", "template": "rich"},
    ],
}
TEMPLATES: list[Path] = [
    ("steps", 0, "message", "text"),
    ("steps", 0, "message", "languages", "de", "text"),
    ("steps", 1, "message", "subject"),
    ("steps", 1, "message", "text"),
    ("steps", 1, "message", "html"),
    ("templates", "rich", "subject"),
    ("templates", "rich", "mjml"),
    ("handoff", "summary"),
]
OTHERS: list[Path] = [
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


def changed(definition: Any, path: Path, value: Any) -> Any:
    """A copy with another value at one place."""
    result = deepcopy(definition)
    place = result
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return result


def problems(definition: Any) -> list[tuple[Path, str]]:
    """What is wrong, and where."""
    with pytest.raises(InvalidDefinition) as invalid:
        parse_checked(FakeRenderer(), FakeCalendar(), definition)
    return [(problem.path, problem.problem) for problem in invalid.value.problems]


def warnings(definition: Any) -> Mapping[Path, str]:
    """What to look at, by its place."""
    found = parse_checked(FakeRenderer(), FakeCalendar(), definition).warnings
    return {warning.path: warning.problem for warning in found}


def test_a_good_definition_is_read() -> None:
    """With nothing wrong, the campaign is that of the definition, and there are no warnings."""
    assert parse_checked(FakeRenderer(), FakeCalendar(), DEFINITION) == Checked(parse(DEFINITION))


@pytest.mark.parametrize("path", TEMPLATES)
def test_every_template_is_looked_at(path: Path) -> None:
    """A malformed template is found in each place where one can be."""
    assert problems(changed(DEFINITION, path, MALFORMED)) == [
        (path, "the template is malformed: a brace is missing")
    ]


@pytest.mark.parametrize("path", TEMPLATES)
def test_a_template_may_need_only_what_contacts_have(path: Path) -> None:
    """A name that is not declared is found in each place, with the one that may be meant."""
    [(place, problem)] = problems(changed(DEFINITION, path, MISSING))

    assert place == path
    assert problem == (
        "the template needs first_nam, which is not declared under attributes: declare it, or use it with a"
        " default; did you mean first_name?"
    )


def test_each_missing_name_is_told() -> None:
    """In one template there may be several."""
    found = problems(changed(DEFINITION, TEMPLATES[0], "{{zebra}} {{first_name}} {{apple}} {{zebra}}"))

    assert [problem.split()[3] for _, problem in found] == ["apple,", "zebra,"]


@pytest.mark.parametrize(
    "attributes", [{"first_name": "number", "visits": "time"}, ["first_name", "visits"], {}, []]
)
def test_attributes_may_be_declared_in_either_form(attributes: Any) -> None:
    """As a mapping or a list; where there are none, no template may need any."""
    definition = {**DEFINITION, "attributes": attributes}

    if attributes:
        assert parse_checked(FakeRenderer(), FakeCalendar(), definition).warnings == ()
    else:
        assert [path for path, _ in problems(definition)] == [
            TEMPLATES[0],
            TEMPLATES[1],
            TEMPLATES[6],
            TEMPLATES[7],
        ]


@pytest.mark.parametrize("attributes", ["first_name", {"first name": "text"}, ["first_name", 5], [""]])
def test_where_attributes_cannot_be_read_nothing_is_said_to_be_missing(attributes: Any) -> None:
    """What is missing may be among what could not be read; that is told."""
    found = problems({**DEFINITION, "attributes": attributes})

    assert {path[0] for path, _ in found} == {"attributes"}


def test_an_attribute_of_a_wrong_type_is_declared_all_the_same() -> None:
    """One mistake is told once."""
    assert [path for path, _ in problems(changed(DEFINITION, ("attributes", "visits"), "colour"))] == [
        ("attributes", "visits")
    ]


def test_a_handoff_has_no_links() -> None:
    """They are made for messages; a human has nothing to opt out of."""
    [(path, _)] = problems(changed(DEFINITION, ("handoff", "summary"), "{{preferences_url}}"))

    assert path == ("handoff", "summary")


def test_mjml_must_compile() -> None:
    """What the compiler says is told with the place."""
    assert problems(changed(DEFINITION, ("templates", "rich", "mjml"), "<broken>")) == [
        (("templates", "rich", "mjml"), "the template is malformed: the MJML cannot be compiled")
    ]


def test_what_the_compiler_says_hides_nothing() -> None:
    """MJML that does not compile may lack a name, too."""
    found = problems(changed(DEFINITION, ("templates", "rich", "mjml"), "<broken>{{zebra}}"))

    assert ["needs zebra" in problem for _, problem in found] == [True, False]


@settings(deadline=None, database=None)
@given(st.sampled_from(TEMPLATES), st.sampled_from(OTHERS), st.sampled_from([MALFORMED, MISSING]))
def test_neither_a_template_nor_another_mistake_hides_the_other(
    template: Path, other: Path, wrong: str
) -> None:
    """A wrong template and any other mistake are told at once, wherever they are."""
    found = problems(changed(changed(DEFINITION, template, wrong), other, "3 weaks!"))

    assert {template, other} <= {path for path, _ in found}


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
        {"templates": {5: {"text": MALFORMED}, "x": [MALFORMED], "y": {"languages": MALFORMED}}},
        {"templates": [MALFORMED], "attributes": 5},
    ],
)
def test_what_is_no_template_is_left_to_others(definition: Any) -> None:
    """Data of the wrong shape is no template, and is refused by the definition's own rules."""
    assert list(template_problems(FakeRenderer(), definition)) == []
    assert problems(definition)


TEXT = TEMPLATES[0]
GERMAN = TEMPLATES[1]


@pytest.mark.parametrize("path", [TEXT, GERMAN])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a" * 459, None),
        ("a" * 460, "with made-up values, it comes to 4 parts (460 characters in GSM-7), more than 3"),
        # Alexandria has ten letters.
        ("{{first_name}}" + "a" * 450, "it comes to 4 parts (460 characters in GSM-7)"),
        ("a" * 400, None),
        (
            "\u2019" + "a" * 400,
            "6 parts (401 characters in UCS-2), more than 3; GSM-7 has no '\u2019' (right single quotation",
        ),
        ("\u2019\u201c\u201d\u2014\u2026" + "a" * 400, "(right double quotation mark) and 2 more"),
        ("\x01" + "a" * 400, r"'\x01' (u+0001)"),
    ],
)
def test_an_sms_of_many_parts_is_a_warning(path: Path, text: str, sentence: str | None) -> None:
    """With what it comes to, and what character it is that makes it long."""
    found = warnings(changed(DEFINITION, path, text))

    assert [*found] == ([] if sentence is None else [path])
    assert sentence is None or sentence in found[path]


def test_the_campaign_says_how_many_parts_are_many() -> None:
    """The limit is the campaign's own."""
    definition = changed({**DEFINITION, "sms_parts": 1}, TEXT, "a" * 161)

    assert "more than 1" in warnings(definition)[TEXT]


def test_only_texts_are_counted() -> None:
    """What is long in an e-mail or said on the phone is no warning."""
    long = changed(DEFINITION, ("steps", 1, "message", "text"), "a" * 1000)
    call = {"key": "call", "channel": "voice", "wait": "1h", "message": {"text": "a" * 1000}}

    assert warnings({**long, "steps": [*long["steps"], call]}) == {}


def test_a_named_message_is_warned_of_once() -> None:
    """At its own place, however many steps send it."""
    definition = {**DEFINITION, "templates": {**DEFINITION["templates"], "long": {"text": "a" * 500}}}
    steps = [{"key": key, "channel": "sms", "wait": "1h", "template": "long"} for key in ("first", "second")]

    assert [*warnings({**definition, "steps": [*DEFINITION["steps"], *steps]})] == [
        ("templates", "long", "text")
    ]


def test_what_cannot_be_rendered_with_made_up_values_is_a_warning() -> None:
    """It may be rendered with others, so it is no error."""
    found = parse_checked(FakeRenderer(), FakeCalendar(), changed(DEFINITION, TEXT, "Hi {{fault}}")).warnings

    assert [str(warning) for warning in found] == [
        "steps.0.message: with made-up values, it cannot be sent: the contact has no fault"
    ]


@pytest.mark.parametrize(
    "path", [("window",), ("consent",), ("steps", 0, "on"), ("steps", 1, "message", "mjml")]
)
def test_a_key_without_a_value_is_a_mistake(path: Path) -> None:
    """Whoever writes ``window:`` means one; silence would be taken for leave to send at night."""
    said = problems(changed(DEFINITION, path, None))

    assert said == [(path, "has no value; write one, or take the key out")]


def test_a_key_that_must_have_a_value_is_told_once() -> None:
    """What it should be says more than that it is empty."""
    said = problems(changed(DEFINITION, ("version",), None))

    assert said == [(("version",), "is missing; number the versions of a campaign from 1")]
