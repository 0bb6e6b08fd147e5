"""The template language, and what its errors may tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates import language
from adapters.templates.jinja import JinjaRenderer
from application.errors import TemplateFault
from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact
from domain.language.parse import DEFAULT_SUMMARY

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
        ("{{ first_name['x'] }}", "an item such as x[0] is not possible here"),
        ("{{ first_name.__class__ }}", "an attribute such as x.y is not possible here"),
        ("{{ 'a' * 1000000000 }}", "arithmetic is not possible here"),
        ("{{ first_name ~ first_name }}", "joining with ~ is not possible here"),
        ("{% for x in first_name %}{% endfor %}", "a loop is not possible here"),
        ("{% set x = 1 %}", "an assignment is not possible here"),
        ("{% include 'x' %}", "another template is not possible here"),
        ("{{ range(3) }}", "a call such as x.upper() is not possible here"),
        ("{{ self }}", "'self' is a word of Jinja"),
        ("{{ clinic | safe }}", "there is no filter 'safe'"),
        ("{{ clinic | center(1000000000) }}", "there is no filter 'center'"),
        ("{{ clinic is strange }}", "there is no test 'strange'"),
        ("one\n{{ clinic | nope }}", "on its line 2"),
        ("{{ " + "(" * 5000, "nested too deeply"),
        ("{{ " + "not " * 500 + "x }}", "nested too deeply"),
        ("{{ x" + " | upper" * 500 + " }}", "nested too deeply"),
        ("{% if x %}" * 200 + "{% endif %}" * 200, "nested too deeply"),
        ("{{ '" + "f" * 9000 + "' | int(0, 16) }}", "a number that is too long"),
        ("{{ clinic | default('\\ud800') }}", "a character that no text can have"),
        ("{{ '\\x00' }}", "a character that no text can have"),
        ("x" * (language.MAX_LENGTH + 1), "more than 200000 characters"),
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
        renderer.line("{{ a }}" * 20_000, contact)  # which together would take three gigabytes


@pytest.mark.parametrize("text", [" ", "{% if title is defined %}x{% endif %}\n"])
def test_an_empty_message_is_not_sent(renderer: JinjaRenderer, text: str) -> None:
    """A text with nothing in it for this contact is a fault."""
    with pytest.raises(TemplateFault, match="the text is empty"):
        renderer.message(Message(text), ANN)


def test_links_are_names_that_no_attribute_hides(renderer: JinjaRenderer) -> None:
    """A contact's data cannot stand for the link to opt out."""
    contact = Contact("c", "e", email="a@example.com", attributes={"unsubscribe_url": "https://evil.example"})
    links = {"unsubscribe_url": "https://d.example/u?a=1&b=2"}
    message = Message("{{ unsubscribe_url }}", "s", '<a href="{{ unsubscribe_url }}">Opt out</a>')

    content = renderer.message(message, contact, links)

    assert content.text == "https://d.example/u?a=1&b=2"
    assert content.html == '<a href="https://d.example/u?a=1&amp;b=2">Opt out</a>'


def test_a_link_that_is_not_made_is_not_defined(renderer: JinjaRenderer) -> None:
    """Without our public address there are no links, and a message that needs one says so."""
    with pytest.raises(TemplateFault, match="'preferences_url' is undefined"):
        renderer.message(Message("{{ preferences_url }}"), ANN)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (None, "Hello"),
        ("de", "Hallo"),
        ("DE", "Hallo"),
        ("de-AT", "Hallo"),
        ("pt_BR", "Oi"),
        ("pt-br-x", "Oi"),
        ("pt", "Hello"),
        ("fr", "Hello"),
        ("", "Hello"),
    ],
)
def test_words_are_in_the_language_of_the_contact(
    renderer: JinjaRenderer, language: str | None, expected: str
) -> None:
    """The contact's language, else its more general form, else the words without a language."""
    message = Message("Hello", languages={"de": Message("Hallo"), "pt-br": Message("Oi")})
    attributes = {} if language is None else {"language": language}

    content = renderer.message(message, Contact("c", "e", phone="+12025550123", attributes=attributes))

    assert content == Content(expected)


def test_no_part_comes_from_another_language(renderer: JinjaRenderer) -> None:
    """A variant is complete: what it lacks is not there."""
    message = Message("Hi", "Subject", "<p>Hi</p>", languages={"de": Message("Hallo", "Betreff")})
    contact = Contact("c", "e", email="a@example.com", attributes={"language": "de"})

    assert renderer.message(message, contact) == Content("Hallo", "Betreff")


def test_a_text_is_made_from_the_html(renderer: JinjaRenderer) -> None:
    """It is made after rendering, so it says what the HTML says, with the data unescaped."""
    html = '<p>Yours, <b>{{ clinic }}</b></p><a href="{{ unsubscribe_url }}">Opt out</a>'

    content = renderer.message(Message("", "s", html), ANN, {"unsubscribe_url": "https://d.example/u"})

    assert content.text == "Yours, Smith & <Sons>\n\nOpt out <https://d.example/u>"


def test_a_text_that_is_given_is_left_alone(renderer: JinjaRenderer) -> None:
    """Only where there is none it is made."""
    assert renderer.message(Message("Mine", "s", "<p>Other</p>"), ANN).text == "Mine"


def test_an_html_part_that_says_nothing_is_not_sent(renderer: JinjaRenderer) -> None:
    """An e-mail of one picture without words has no plain part, and that is a fault."""
    with pytest.raises(TemplateFault, match="the text is empty"):
        renderer.message(Message("", "s", '<img src="x.png">'), ANN)


def test_tells_the_names_that_a_template_uses(renderer: JinjaRenderer) -> None:
    """A template can be checked before anybody is enrolled."""
    assert renderer.variables("{{ a | default(b) }}{% if c %}{{ d }}{% endif %}") == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("template", "needed"),
    [
        ("{{ a }} {{ b | upper }} {{ c | default('x') }}", {"a", "b"}),
        ("{{ a | d }} {{ a | upper }}", {"a"}),
        ("{{ a | default(b) }}", {"b"}),
        ("{{ a | default(b | default('x')) | title }}", set()),
        ("{{ a | upper | default('x') }}", {"a"}),
        ("{% if a is defined %}{{ a }}{% endif %}", set()),
        ("{% if a is defined %}{{ a }}{% else %}{{ a }}{% endif %}", {"a"}),
        ("{% if a is undefined %}{{ b }}{% else %}{{ a }}{% endif %}", {"b"}),
        ("{% if a is defined and b is defined %}{{ a }}{{ b }}{% endif %}", set()),
        ("{% if a is defined and a == 'x' %}1{% endif %}", set()),
        ("{% if a == 'x' and a is defined %}1{% endif %}", {"a"}),
        ("{% if a is defined or b is defined %}{{ a }}{% endif %}", {"a"}),
        ("{% if a is defined or a == 'x' %}1{% endif %}", {"a"}),
        ("{% if a is undefined or a == 'x' %}1{% else %}{{ a }}{% endif %}", set()),
        ("{% if a is undefined or b is undefined %}1{% else %}{{ a }}{{ b }}{% endif %}", set()),
        ("{% if a is undefined and b is undefined %}1{% else %}{{ a }}{{ b }}{% endif %}", {"a", "b"}),
        ("{% if not a is defined %}1{% else %}{{ a }}{% endif %}", set()),
        ("{% if not (a is undefined) %}{{ a }}{% endif %}", set()),
        (
            "{% if a is undefined %}{% elif b %}{{ a }}{% elif c is undefined %}{% else %}{{ c }}{% endif %}",
            {"b"},
        ),
        ("{{ a if a is defined else b }}", {"b"}),
        ("{{ 'x' if a is undefined else a }}", set()),
        ("{{ 'x' if a }}", {"a"}),
        ("{% if a %}{{ a }}{% endif %}", {"a"}),
        ("{{ a in ('x', b) }}", {"a", "b"}),
        ("{{ a is lower }}", {"a"}),
        ("{% raw %}{{ a }}{% endraw %}{# {{ b }} #}", set()),
    ],
)
def test_tells_the_names_that_a_template_cannot_do_without(
    renderer: JinjaRenderer, template: str, needed: set[str]
) -> None:
    """All but those that have a default, or of which it is made sure that they are there."""
    assert renderer.needed(template) == needed
    assert needed <= renderer.variables(template)


_names = st.sampled_from(["a", "b"])
_tests = st.recursive(
    _names.map("{} is defined".format)
    | _names.map("{} is undefined".format)
    | _names.map("{} == 'x'".format),
    lambda inner: (
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})")
        | st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})")
        | inner.map("(not {})".format)
    ),
    max_leaves=5,
)
_templates = st.recursive(
    _names.map("{{{{ {} }}}}".format) | _names.map("{{{{ {} | default('y') }}}}".format) | st.just("z"),
    lambda inner: (
        st.tuples(_tests, inner, _tests, inner, inner).map(
            lambda all_: "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}{}{{% endif %}}".format(*all_)
        )
        | st.tuples(inner, inner).map("".join)
    ),
    max_leaves=6,
)


@given(_templates, st.sets(_names))
def test_a_contact_who_has_what_is_needed_gets_the_message(template: str, more: set[str]) -> None:
    """No template faults for want of a name that was not said to be needed."""
    renderer = JinjaRenderer()
    attributes = dict.fromkeys(renderer.needed(template) | more, "x")

    renderer.line(template, Contact("c", "e", email="a@example.com", attributes=attributes))


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


def test_a_template_is_compiled_once() -> None:
    """Rendering it again, and asking for its names, takes what was kept."""
    renderer = JinjaRenderer()
    for number in range(10):
        template = f"Hi {{{{ first_name }}}} {number % 2}"
        renderer.line(template, ANN)
        renderer.variables(template)
        renderer.needed(template)

    assert len(renderer._cache) == 2


def test_what_is_kept_of_templates_stays_within_bounds() -> None:
    """However many campaigns there are, old templates are let go."""
    renderer = JinjaRenderer()
    renderer._cache.entries = 5
    for number in range(20):
        renderer.variables(f"{{{{ first_name }}}} {number}")
    renderer._cache.size = 1000
    for number in range(20):
        renderer.variables(f"{number}" + "x" * 300)

    assert len(renderer._cache) == 3
    assert renderer._cache.used <= 1000


@given(st.text() | st.text(alphabet="{}%#|()'\"[]., abif\n-=~*+0"))
def test_any_template_is_rendered_or_refused(template: str) -> None:
    """No template leads to another error than the documented one."""
    try:
        result: object = JinjaRenderer().line(template, ANN)
    except TemplateFault as fault:
        result = fault

    assert isinstance(result, str | TemplateFault)
