"""MJML, compiled before the contact's data comes in."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates import language
from adapters.templates.jinja import JinjaRenderer
from adapters.templates.markup import MAX_DEPTH
from application.errors import TemplateFault
from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact


@pytest.fixture(scope="module")
def renderer() -> JinjaRenderer:
    return JinjaRenderer()


def page(inner: str, *, attributes: str = "") -> str:
    """A whole MJML document around the inside of a text."""
    return (
        "<mjml><mj-body><mj-section><mj-column>"
        f"<mj-text{attributes}>{inner}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )


def sent(renderer: JinjaRenderer, mjml: str, **attributes: str) -> Content:
    contact = Contact("c", "e", email="a@example.com", attributes=attributes)
    return renderer.message(Message(subject="s", mjml=mjml), contact)


def html(renderer: JinjaRenderer, mjml: str, **attributes: str) -> str:
    return sent(renderer, mjml, **attributes).html or ""


def test_a_message_of_mjml_has_both_parts(renderer: JinjaRenderer) -> None:
    """The HTML that comes of it, and the text that comes of that."""
    content = sent(
        renderer,
        page('Hi <b>{{ name }}</b>, <a href="https://x.example/{{ id }}">look</a>'),
        name="Ann",
        id="7",
    )

    assert content.html is not None
    assert content.html.startswith("<!doctype html>")
    assert 'Hi <b>Ann</b>, <a href="https://x.example/7">look</a>' in content.html
    assert content.text == "Hi Ann, look <https://x.example/7>"


def test_expressions_survive_in_text_and_attributes(renderer: JinjaRenderer) -> None:
    """Quotes, ``<`` and ``&`` inside expressions are no markup to the compiler."""
    inner = (
        """{% if kind < "z" and kind != '&' %}<i>{{ name | default("<nobody>") }}</i>{% endif %}{# a > b #}"""
    )
    result = html(
        renderer, page(inner, attributes=""" color="{{ hue | default('red') }}" """), kind="a", hue="blue"
    )

    assert "<i>&lt;nobody&gt;</i>" in result
    assert "color:blue" in result
    assert "a > b" not in result


def test_data_cannot_become_a_tag(renderer: JinjaRenderer) -> None:
    """Data comes in last and escaped, into text and attributes alike."""
    evil = "\"><script>alert('x')</script></mj-text><mj-raw>{{ name }}"
    result = html(renderer, page('<a href="https://x.example/{{ name }}">{{ name }}</a>'), name=evil)

    assert "<script" not in result
    assert "<mj-raw" not in result
    assert result.count("&#34;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") == 2
    assert result.count("{{ name }}") == 2


@given(st.text(st.sampled_from("<>&\"'{}%# a/-!=\n"), max_size=30))
def test_no_data_changes_the_tags(data: str) -> None:
    """The page has the same elements whatever the data is."""
    renderer = JinjaRenderer()
    template = page('<a href="https://x.example/{{ name }}">{{ name }}</a>', attributes=' color="{{ name }}"')
    harmless = html(renderer, template, name="x")

    assert html(renderer, template, name=data).count("<") == harmless.count("<")


def test_what_is_raw_stays_as_it_is(renderer: JinjaRenderer) -> None:
    """Braces that are meant for the reader come out as braces, also beside an expression."""
    inner = "{% raw %}{{ x }} {% y %} {# z #} {{% endraw %}{{ name }}"

    assert "{{ x }} {% y %} {# z #} {Ann</div>" in html(renderer, page(inner), name="Ann")


def test_a_condition_around_elements_stands_in_mj_raw(renderer: JinjaRenderer) -> None:
    """Whole sections can be for some contacts only."""
    template = (
        "<mjml><mj-body><mj-raw>{% if vip == 'yes' %}</mj-raw><mj-section><mj-column><mj-text>VIP</mj-text>"
        "</mj-column></mj-section><mj-raw>{% endif %}</mj-raw></mj-body></mjml>"
    )

    assert "VIP" in html(renderer, template.replace("</mj-body>", "<mj-raw>x</mj-raw></mj-body>"), vip="yes")
    assert "VIP" not in html(
        renderer, template.replace("</mj-body>", "<mj-raw>x</mj-raw></mj-body>"), vip="no"
    )


def test_it_is_compiled_once(renderer: JinjaRenderer) -> None:
    """The HTML of a source is kept."""
    template = page("once {{ name }}")

    assert renderer.mjml(template) is renderer.mjml(template)


def test_a_word_that_looks_like_ours_is_left_alone(renderer: JinjaRenderer) -> None:
    """The words that stand for expressions are not those of the text."""
    inner = "jinja0tag0end {{ name }} jinja1tag0end"

    assert "jinja0tag0end Ann jinja1tag0end" in html(renderer, page(inner), name="Ann")


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("", "unable to find mjml element"),
        ("Hello", "unable to parse next template"),
        ("<p>Hello</p>", "unexpected token, at '<p'"),
        ("<mjml>\n<mj-body>\n<mj-text>x</mj-body></mjml>", "</mj-body> closes no element, on its line 3"),
        ("</mjml>", "</mjml> closes no element, on its line 1"),
        ("<mjml>\n<mj-body>", "<mj-body> is never closed, on its line 2"),
        (page("{{ name"), "unexpected '/', on its line 1"),
        (page("{% if x %}"), "Unexpected end of template"),
        (page("{{ x.y }}"), "an attribute such as x.y is not possible here"),
        (page("x", attributes=" colour='{{ x }}'"), "leaves '{{ x }}' out where it stands"),
        (page("x", attributes=" {{ x }}"), "leaves '{{ x }}' out where it stands"),
        (page("x", attributes=" color={{ x }}"), "unable to parse"),
        (
            '<mjml><mj-body><mj-include path="/etc/{{ x }}"/></mj-body></mjml>',
            "unable to load included template",
        ),
        ('<mjml><mj-body><mj-include path="https://x.example"/></mj-body></mjml>', "unable to load included"),
        (page("<b>" * (MAX_DEPTH + 1)), f"nested more than {MAX_DEPTH} deep"),
        (page("<BR>" * 10_000), f"nested more than {MAX_DEPTH} deep"),
        ("<mjml><mj-body>" + "<mj-wrapper>" * 10_000, f"nested more than {MAX_DEPTH} deep"),
        (page("<!-- </b> --><b title='</b>'>" * 5000), f"nested more than {MAX_DEPTH} deep"),
        (page("x" * language.MAX_LENGTH), "more than 200000 characters"),
        (
            f"<mjml><mj-body>{'<mj-section></mj-section>' * 2000}</mj-body></mjml>",
            "more than 200000 characters",
        ),
    ],
)
def test_what_is_no_mjml_is_told(renderer: JinjaRenderer, template: str, sentence: str) -> None:
    """What the compiler says, or what it would not survive or tell badly."""
    with pytest.raises(TemplateFault) as fault:
        renderer.mjml(template)

    assert sentence.lower() in str(fault.value).lower()


def test_the_place_shows_the_expression_that_stands_there(renderer: JinjaRenderer) -> None:
    """No word of ours gets into what a person reads."""
    with pytest.raises(TemplateFault, match="at '<{{ x }}'$"):
        renderer.mjml("<{{ x }}/>")


def test_elements_that_never_close_need_not(renderer: JinjaRenderer) -> None:
    """A line break is one in MJML, too."""
    assert "one<br />two" in html(renderer, page("one<br>two"))


def test_a_missing_compiler_is_a_sentence(renderer: JinjaRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """MJML is an extra: who uses it without is told how to get it."""
    monkeypatch.setitem(sys.modules, "mjml", None)
    with pytest.raises(TemplateFault, match=r"pip install 'drumbeat\[mjml\]'"):
        JinjaRenderer().mjml(page("x"))


class Panic(BaseException):
    """What the compiler raises when it has a bug: no `Exception`."""


@pytest.mark.parametrize("error", [Panic("of some text"), RuntimeError("of some text")])
def test_a_bug_of_the_compiler_is_a_sentence(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """It ends this template, not the process, and shows none of the text."""

    def fail(_source: str) -> str:
        raise error

    monkeypatch.setattr("mjml.mjml2html", fail)
    with pytest.raises(TemplateFault, match="cannot be compiled: (Panic|RuntimeError)$"):
        JinjaRenderer().mjml(page("x"))


def test_stopping_the_program_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no bug of the compiler."""

    def stop(_source: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("mjml.mjml2html", stop)
    with pytest.raises(KeyboardInterrupt):
        JinjaRenderer().mjml(page("x"))


_PIECES = """
<mjml> </mjml> <mj-body> </mj-body> <mj-text> </mj-text> <mj-section <mj-column> <mj-image\tsrc= <mj-raw>
</mj-raw> <mj-style> <br> <b> </b> /> > < </ ' " <!-- --> = \twidth 5px é & { {{x}} {%if\tx%} {%endif%}
"""


@given(st.lists(st.sampled_from(_PIECES.split(" ")), max_size=40).map("".join), st.booleans())
def test_any_mjml_gives_html_or_a_sentence(text: str, whole: bool) -> None:
    """Whatever is written, nothing else comes of it."""
    try:
        result: object = JinjaRenderer().mjml(page(text) if whole else text)
    except TemplateFault as fault:
        result = fault

    assert isinstance(result, str | TemplateFault)
