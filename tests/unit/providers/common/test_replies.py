"""What people say in an e-mail, without what they quote."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.providers.common.replies import LONGEST_BODY, own_words, plain_of, said
from domain.keywords import Keyword, Keywords


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "  STOP \r\n\r\n",
        "STOP\r\n\r\nOn Mon, Nov 23, 2026 at 9:00 AM Tea <tea@example.com> wrote:\r\n> Hi Ana\r\n> Tea?",
        "STOP\n\nOn Mon, Nov 23, 2026 at 9:00 AM Tea House\n<tea@example.com> wrote:\n\n> Hi Ana",
        "STOP\n\nAm Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Teehaus <tea@example.com>:\n> Hallo",
        "STOP\n\nLe lun. 23 nov. 2026 à 09:00, Thé <tea@example.com> a écrit :\n> Bonjour",
        "> Hi Ana\n> Tea?\n\nSTOP\n",
        "STOP\n\n-----Original Message-----\nFrom: Tea House\nTea?",
        "STOP\n\n---- Ursprüngliche Nachricht ----\nTee?",
        "STOP\n________________________________\nFrom: Tea House <tea@example.com>",
        "STOP\n\nFrom: Tea House <tea@example.com>\nSent: Monday, 23 November 2026\nTo: Ana\n\nTea?",
        "STOP\n\n*Von:* Teehaus <tea@example.com>\n*Gesendet:* Montag\n*An:* Ana\n\nTee?",
        "STOP\n\n-- \nAna Example\nHead of Tea",
        "STOP\n\nSent from my iPhone",
        "STOP\n\nGet Outlook for Android",
    ],
)
def test_stop_is_seen_above_and_below_what_is_quoted(body: str) -> None:
    """Whatever the mail program puts around it, one word remains one word."""
    assert own_words(body) == "STOP"
    assert Keywords().of(said("", body)) is Keyword.STOP


@pytest.mark.parametrize(
    "body",
    [
        "Please do:\n- stop the car\n- call me",
        "From: here to there\nI walk.",
        "I would like:\nTea",
        "*STOP* it",
    ],
)
def test_what_only_looks_like_a_quote_is_kept(body: str) -> None:
    """Colons and dashes are people's own."""
    assert own_words(body) == body


@pytest.mark.parametrize(
    ("bodies", "subject", "text"),
    [
        (("Yes", "Yes\n> no"), "Re: Tea?", "Yes"),
        (("", "Yes\n> no"), "Re: Tea?", "Yes"),
        (("> no", "> no"), "STOP", "STOP"),
        (("", ""), " STOP ", "STOP"),
        (("", ""), "", ""),
        (("a\x00\ud800",), "", "a\ufffd?"),
    ],
)
def test_the_first_body_with_words_counts_and_then_the_subject(
    bodies: tuple[str, ...], subject: str, text: str
) -> None:
    """A List-Unsubscribe link writes a message that has a subject and nothing else."""
    assert said(*bodies, subject=subject) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>STOP</p>", "STOP"),
        (
            "<html><head><style>p {}</style></head><body>Yes <b>pl</b>ease<br>Ana</body></html>",
            "Yes please\nAna",
        ),
        ("<div>STOP</div><blockquote>Tea &amp; cake?</blockquote>", "STOP"),
        ("Tea &amp; cake", "Tea & cake"),
        ("<![foo[x", ""),
        ("", ""),
    ],
)
def test_html_alone_is_read_too(html: str, text: str) -> None:
    """Some mail programs send no plain text; a wish in HTML is a wish."""
    assert plain_of(html) == text


@given(st.text() | st.text(alphabet=st.sampled_from("<>!-[]/&;\"'= ab\n:@_")))
def test_no_body_makes_reading_fall_over(body: str) -> None:
    """Strangers write bodies; each gives a text that can be stored."""
    assert "\x00" not in said(body, plain_of(body), subject=body).encode().decode()


@pytest.mark.parametrize(
    "piece", ["\n>", "> \n\n", "a:\n", "<a ", "<!--", "<style>", "- -", "_ ", "(", "From: @\n", "\n\n"]
)
def test_a_hostile_body_costs_little(piece: str) -> None:
    """Time grows with the text and no faster, up to a megabyte of the worst that we know."""
    body = piece * (1_000_000 // len(piece))
    began = perf_counter()

    said(body, plain_of(body))

    assert perf_counter() - began < 5
    assert len(own_words("a" * 10**6)) == LONGEST_BODY
