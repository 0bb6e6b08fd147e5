"""The template language, and what its errors may tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates import jinja
from adapters.templates.jinja import JinjaRenderer
from application.errors import TemplateFault
from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact
from domain.definition import DEFAULT_SUMMARY

ANN = Contact(
    "c-1",
    "patient-17",
    phone="+12025550123",
    email="ann@example.com",
    timezone="America/New_York",
    attributes={"first_name": "Ann", "visits": "3", "clinic": "Smith & <Sons>"},
)


@pytest.fixture(scope="module")
def renderer() -> JinjaRenderer:
    return JinjaRenderer()


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hi {{ first_name }}", "Hi Ann"),
        ("{{ phone }} {{ email }} {{ timezone }}", "+12025550123 ann@example.com America/New_York"),
        ("{{ external_id }}", "patient-17"),
        ("{{ title | default('Dear') }} {{ first_name | upper }}", "Dear ANN"),
        ("{% if visits == '3' %}third{% else %}other{% endif %}", "third"),
        ("{{ 'known' if title is defined else 'not known' }}", "not known"),
        ("{{ 'yes' if first_name in ('Ann', 'Bob') and not visits == '4' }}", "yes"),
        ("{{ clinic }}", "Smith & <Sons>"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("", ""),
    ],
)
def test_a_line_is_filled_with_the_contact(renderer: JinjaRenderer, template: str, expected: str) -> None:
    """Names, defaults, filters and conditions are what a template has."""
    assert renderer.line(template, ANN) == expected


def test_only_the_html_part_escapes(renderer: JinjaRenderer) -> None:
    """Text and subject show data as it is; HTML shows it escaped."""
    message = Message("Yours, {{ clinic }}", "From {{ clinic }}", "<b>{{ clinic }}</b>")

    assert renderer.message(message, ANN) == Content(
        "Yours, Smith & <Sons>", "From Smith & <Sons>", "<b>Smith &amp; &lt;Sons&gt;</b>"
    )


def test_an_sms_has_a_text_only(renderer: JinjaRenderer) -> None:
    """Parts that the message does not have stay away."""
    assert renderer.message(Message("Hi"), ANN) == Content("Hi")


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\0", "\x85", "\t \t"])
def test_a_subject_is_one_line(renderer: JinjaRenderer, breaks: str) -> None:
    """A line break in the data cannot begin another header of the e-mail."""
    contact = Contact(
        "c", "e", email="a@example.com", attributes={"name": f"Ann{breaks}Bcc: all@example.com"}
    )

    content = renderer.message(Message("Hi", "For {{ name }}"), contact)

    assert content.subject == "For Ann Bcc: all@example.com"


@pytest.mark.parametrize("part", ["text", "subject", "html"])
def test_what_the_contact_does_not_have_is_named(renderer: JinjaRenderer, part: str) -> None:
    """A name that is not defined is told, with the part that asks for it."""
    message = Message(**{"text": "Hi", "subject": "Hi", "html": "Hi", part: "Hi {{ last_name }}"})

    with pytest.raises(TemplateFault, match=f"the {part} .*'last_name' is undefined"):
        renderer.message(message, ANN)


def test_an_address_that_is_not_there_is_not_defined(renderer: JinjaRenderer) -> None:
    """No template ever says "None"."""
    contact = Contact("c", "e", email="a@example.com")

    with pytest.raises(TemplateFault, match="'phone' is undefined"):
        renderer.line("Call {{ phone }}", contact)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ first_name", "unexpected end of template"),
        ("{% if x %}", "Unexpected end of template"),
        ("{{ first_name.upper() }}", "is not possible here"),
        ("{{ first_name['x'] }}", "Getitem is not possible here"),
        ("{{ first_name.__class__ }}", "Getattr is not possible here"),
        ("{{ 'a' * 1000000000 }}", "Mul is not possible here"),
        ("{{ first_name ~ first_name }}", "Concat is not possible here"),
        ("{% for x in first_name %}{% endfor %}", "For is not possible here"),
        ("{% set x = 1 %}", "Assign is not possible here"),
        ("{% include 'x' %}", "Include is not possible here"),
        ("{{ range(3) }}", "Call is not possible here"),
        ("{{ self }}", "'self' is a word of Jinja"),
        ("{{ clinic | safe }}", "there is no filter 'safe'"),
        ("{{ clinic | center(1000000000) }}", "there is no filter 'center'"),
        ("{{ clinic is strange }}", "there is no test 'strange'"),
        ("one\n{{ clinic | nope }}", "on its line 2"),
        ("{{ " + "(" * 5000, "nested too deeply"),
        ("{{ " + "not " * 500 + "x }}", "nested too deeply"),
        ("{{ x" + " | upper" * 500 + " }}", "nested too deeply"),
        ("{% if x %}" * 200 + "{% endif %}" * 200, "nested too deeply"),
        ("x" * (jinja.MAX_LENGTH + 1), "more than 200000 characters"),
    ],
)
def test_a_template_is_small_language(renderer: JinjaRenderer, template: str, sentence: str) -> None:
    """What could reach into Python, or grow without end, is refused before it is run."""
    with pytest.raises(TemplateFault) as rendering:
        renderer.line(template, ANN)
    with pytest.raises(TemplateFault) as checking:
        renderer.variables(template)

    assert sentence.lower().replace("'", "") in str(rendering.value).lower().replace("'", "")
    assert str(checking.value) in str(rendering.value)


@pytest.mark.parametrize("template", ["{{ first_name | truncate('x') }}", "{{ first_name > 3 }}"])
def test_a_failing_expression_shows_no_data(renderer: JinjaRenderer, template: str) -> None:
    """What Python says of a failing expression may quote the data, so only its type is told."""
    with pytest.raises(TemplateFault, match="cannot be rendered: TypeError") as fault:
        renderer.line(template, ANN)

    assert fault.value.__cause__ is None
    assert "Ann" not in str(fault.value)


def test_absurd_data_is_refused(renderer: JinjaRenderer) -> None:
    """A template that names a huge attribute many times does not make a message of it."""
    contact = Contact("c", "e", email="a@example.com", attributes={"a": "x" * 150_000})

    with pytest.raises(TemplateFault, match="comes to more than 200000 characters"):
        renderer.line("{{ a }}{{ a }}", contact)


@pytest.mark.parametrize("text", [" ", "{% if title is defined %}x{% endif %}\n"])
def test_an_empty_message_is_not_sent(renderer: JinjaRenderer, text: str) -> None:
    """A text with nothing in it for this contact is a fault."""
    with pytest.raises(TemplateFault, match="the text is empty"):
        renderer.message(Message(text), ANN)


def test_tells_the_names_that_a_template_uses(renderer: JinjaRenderer) -> None:
    """A template can be checked before anybody is enrolled."""
    assert renderer.variables("{{ a | default(b) }}{% if c %}{{ d }}{% endif %}") == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (ANN, "Please call Ann at +12025550123"),
        (Contact("c", "e", email="a@example.com"), "Please call this contact at a@example.com"),
    ],
)
def test_the_usual_handoff_suits_every_contact(
    renderer: JinjaRenderer, contact: Contact, expected: str
) -> None:
    """The summary of a campaign that gives none can be rendered for anybody."""
    assert renderer.line(DEFAULT_SUMMARY, contact) == expected


def test_compiled_templates_are_kept_within_bounds() -> None:
    """A template is compiled once, and old ones are let go."""
    renderer = JinjaRenderer()
    for number in range(10):
        renderer.line(f"Hi {{{{ first_name }}}} {number % 2}", ANN)

    info = renderer._compile.cache_info()

    assert (info.misses, info.hits, info.maxsize) == (2, 8, jinja.CACHED)


@given(st.text() | st.text(alphabet="{}%#|()'\"[]., abif\n-=~*+0"))
def test_any_template_is_rendered_or_refused(template: str) -> None:
    """No template leads to another error than the documented one."""
    try:
        result: object = JinjaRenderer().line(template, ANN)
    except TemplateFault as fault:
        result = fault

    assert isinstance(result, str | TemplateFault)
