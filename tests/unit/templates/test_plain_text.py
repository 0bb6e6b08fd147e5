"""The plain part of an e-mail, made from its HTML part."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.templates.plain_text import plain_text
from application.errors import TemplateFault


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("Hello", "Hello"),
        ("https://example.com/x", "https://example.com/x"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One</p>two<p>three</p>", "One\n\ntwo\n\nthree"),
        ("<p>A line\n   that goes\ton</p>", "A line that goes on"),
        ("Yours,<br>Ann<br/>Clinic", "Yours,\nAnn\nClinic"),
        ("<h1>Big</h1><h2>Small</h2>x", "Big\n\nSmall\n\nx"),
        ("<p>a <b> bold </b> <i>i</i><strong>s</strong> <code>c_d</code> <u>e</u></p>", "a bold is c_d e"),
        ("<p>5 * 3 &lt; 16 &amp; a_b [x] #1 - ok</p>", "5 * 3 < 16 & a_b [x] #1 - ok"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("<ul><li>One<ul><li>In</li></ul></li></ul>", "- One\n  - In"),
        ("<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"),
        ("<blockquote>Said</blockquote>", "> Said"),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<dl><dt>Term</dt><dd>Sense</dd></dl>", "Term\n\nSense"),
        ("a&nbsp;b&shy;c&#8203;d&#847;", "a bcd"),
        ('<img src="x.png" alt="Our shop"><img src="y.png">', "Our shop"),
        ("<!-- c --><!DOCTYPE html><?xml version='1'?>x", "x"),
        ("<html><head><title>T</title><style>p{}</style></head><body>x<script>y</script></body></html>", "x"),
        ('<div style="color:red; DISPLAY : none">pre</div><p hidden>no</p>x', "x"),
        ("<!--[if mso]><p>Outlook</p><![endif]--><!--[if !mso]><!--><p>Others</p><!--<![endif]-->", "Others"),
    ],
)
def test_it_says_what_the_html_says(html: str, text: str) -> None:
    """In its order, with paragraphs, lists and lines, and without any marks of type."""
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<a href="https://x.example/a_b?c=1&amp;d=2">Confirm</a>!',
            "Confirm <https://x.example/a_b?c=1&d=2>!",
        ),
        ('to <a href="https://x.example/"> us </a>now', "to us <https://x.example/> now"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example/"),
        ('<a href="https://x.example/p">x.example/p</a>', "https://x.example/p"),
        ('<a href="https://x.example/"><img src="b.png" alt="Shop"></a>', "Shop <https://x.example/>"),
        ('<a href="https://x.example/"><img src="b.png"></a>', "https://x.example/"),
        ('<a href="mailto:a@example.com?subject=Hi">Write</a>', "Write <a@example.com>"),
        ('<a href="mailto:a@example.com">a@example.com</a>', "a@example.com"),
        ('<a href="tel:+12025550123">Call</a>', "Call <+12025550123>"),
        ('<a href="#top">Top</a> <a href="/x">x</a> <a>y</a> <a href="javascript:z()">z</a>', "Top x y z"),
    ],
)
def test_links_keep_their_addresses(html: str, text: str) -> None:
    """An address stands behind its words, once; what leads nowhere from an e-mail is left out."""
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<table><tr><th>When</th><th>Where</th></tr><tr><td>Mon</td><td>Berlin</td></tr></table>after",
            "When  Where\nMon  Berlin\n\nafter",
        ),
        (
            "<table><tbody><tr>\n<td><p>Left</p></td>\n<td><p>Right</p><p>More</p></td></tr></tbody></table>",
            "Left\n\nRight\n\nMore",
        ),
        ("<table><tr><td>Only<br>one</td></tr></table>", "Only\none"),
        ("<table><tr><td>No<td>ends<tr><td>at<td>all</table>", "No\n\nends\n\nat\n\nall"),
        (
            "<table><tr><td><table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table><td>c</table>",
            "a  1\nb  2\n\nc",
        ),
    ],
)
def test_tables_are_read_as_they_are_meant(html: str, text: str) -> None:
    """Rows of words stay rows; tables that only place things are taken apart."""
    assert plain_text(html) == text


@pytest.mark.parametrize("piece", ["<b>", "<div>", "<ul><li>", "<table><tr><td>"])
def test_html_too_deep_to_be_read_is_a_fault(piece: str) -> None:
    """A sentence, not a traceback."""
    with pytest.raises(TemplateFault, match="nested too deeply"):
        plain_text(piece * 2000 + "x")


_pieces = st.sampled_from(
    [
        *"<>/&;!-[]'\"= \n",
        "<p>",
        "</p>",
        "<td>",
        "<tr>",
        "<table>",
        "<a href=",
        "https://x",
        "<!--",
        "-->",
        "<b",
        "x",
    ]
)


@given(st.lists(_pieces, max_size=60).map("".join))
@example("<![")
@example("<p>a</p><![x>")
def test_any_html_gives_some_text(html: str) -> None:
    """Whatever it is, it is read, and what comes of it is trimmed; only ``<![`` may be a fault that is named.

    It is one to the parsers of some releases of Python, and to those of others a comment.
    """
    fault = ""
    try:
        text = plain_text(html)
    except TemplateFault as error:
        text, fault = "", str(error)

    assert not fault or ("<![" in html and "'<!['" in fault)
    assert text == text.strip()
    assert "\n\n\n" not in text
