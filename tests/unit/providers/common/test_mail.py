"""Message-IDs, the attempts that replies name, addresses out of headers."""

import re
from email import message_from_string, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.providers.common.mail import (
    LONGEST_VALUE,
    address_of,
    answered_attempt,
    domain_of,
    headers_of,
    is_automatic,
    message_id,
    unsubscribe_headers,
)
from domain.idempotency import AttemptKey

KEY = AttemptKey("0f8fad5b-d9cb-469f-a165-70867728950e", "first-mail", 2)
OURS = "<attempt.0f8fad5b-d9cb-469f-a165-70867728950e.first-mail.2@mg.example.com>"
DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""RFC 5322, 3.2.3."""

PARTS = st.text(min_size=1, max_size=20).filter(lambda text: ":" not in text and text.isprintable())
KEYS = st.builds(AttemptKey, PARTS, PARTS, st.integers(1, 999_999_999))


def test_a_message_id_is_the_attempt_in_plain_view() -> None:
    """Whoever reads a log of mail sees which attempt a message is."""
    assert message_id(KEY, "mg.example.com") == OURS


@given(KEYS)
def test_an_attempt_comes_back_from_its_message_id_whatever_its_letters(key: AttemptKey) -> None:
    """Every key makes a Message-ID that RFC 5322 allows, and that gives the key back."""
    made = message_id(key, "mg.example.com")

    assert DOT_ATOM.fullmatch(made[1:].partition("@")[0])
    assert answered_attempt(made) == str(key)


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ((OURS,), str(KEY)),
        ((f"  {OURS}\r\n",), str(KEY)),
        (("", f"<a@b> {OURS} <c@d>"), str(KEY)),
        ((f"{OURS} {OURS.replace('.2@', '.3@')}",), f"{str(KEY)[:-1]}3"),
        (("<x@y>", OURS), str(KEY)),
        ((), None),
        (("", ""), None),
        (("<attempt.e.s.0@x>",), None),
        (("<attempt.e.s.1x@x>",), None),
        (("<attempt.e%3As.s.1@x>",), None),
        (("<attempt.e%00.s.1@x>",), None),
        (("<attempt.e.s@x>",), None),
    ],
)
def test_a_reply_names_the_attempt_that_it_answers(headers: tuple[str, ...], answered: str | None) -> None:
    """In-Reply-To counts before References, the newest before the oldest, and what is not ours not at all."""
    assert answered_attempt(*headers) == answered


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("ana@example.com", "ana@example.com"),
        ("Ana <ana@EXAMPLE.com>", "ana@example.com"),
        ('"Doe, <boss@x.com>" <ana@example.com> (office)', "ana@example.com"),
        ("Doe, Ana <ana@example.com>", "ana@example.com"),
        ("ana@example.com (Ana)", "ana@example.com"),
        ("Ana <ana@bücher.example.com>", "ana@xn--bcher-kva.example.com"),
        ("Ana <ana@example.com>, Bo <bo@example.com>", None),
        ("ana@example.com, bo@example.com", None),
        ("alice@example.org)bob@example.com", None),
        ("Ana", None),
        ("<>", None),
        ("", None),
        ("a" * 5000 + "@example.com", None),
    ],
)
def test_the_sender_is_the_one_address_of_a_from_header(header: str, address: str | None) -> None:
    """A name may look like an address and is none; two senders are no sender."""
    assert address_of(header) == address


@given(st.text(alphabet=st.sampled_from('<>@"\\(),.; aé\x00\r\n')) | st.text())
def test_no_header_makes_reading_fall_over(header: str) -> None:
    """Strangers write headers; each is read or is not."""
    address_of(header)
    answered_attempt(header)
    headers_of([header, [header, header], {"Name": header, "Value": header}])

    assert is_automatic({"auto-submitted": header, "return-path": header}) in (True, False)


def test_a_sender_in_the_settings_must_be_an_address() -> None:
    """The domain of our Message-IDs is the sender's."""
    assert domain_of("Tea House <tea@example.com>") == "example.com"
    with pytest.raises(ValueError, match="must be an e-mail address"):
        domain_of("Tea House")


def test_headers_are_known_by_their_lower_case_names() -> None:
    """Of a header that comes twice the first counts, and what is no header is left out."""
    pairs = [["Subject", "a"], {"Name": "SUBJECT", "Value": "b"}, {"Name": "X"}, ["Y"], 5, None, ["Z", 1]]

    assert headers_of(pairs) == {"subject": "a"}


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"auto-submitted": "no"}, False),
        ({"return-path": "<ana@example.com>"}, False),
        ({"auto-submitted": "auto-replied; owner-email=a@b.c"}, True),
        ({"auto-submitted": "Auto-Generated"}, True),
        ({"return-path": " <> "}, True),
    ],
)
def test_a_programs_answer_is_told_from_a_persons(headers: dict[str, str], *, automatic: bool) -> None:
    """Absence notes and bounces say of themselves what they are (RFC 3834, RFC 5321)."""
    assert is_automatic(headers) is automatic


URL = "https://drumbeat.example.com/u/token.signature"
ONE_CLICK = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@pytest.mark.parametrize(
    ("url", "reply_to", "headers"),
    [
        (None, "", {}),
        (
            None,
            "Tea House <answers+tea@example.com>",
            {"List-Unsubscribe": "<mailto:answers+tea@example.com?subject=STOP>"},
        ),
        (URL, "", {"List-Unsubscribe": f"<{URL}>", **ONE_CLICK}),
        (
            URL,
            "in@example.com",
            {"List-Unsubscribe": f"<{URL}>, <mailto:in@example.com?subject=STOP>", **ONE_CLICK},
        ),
    ],
)
def test_a_mail_program_has_a_way_to_opt_out(url: str | None, reply_to: str, headers: dict[str, str]) -> None:
    """By one POST where there is an address for it (RFC 8058), and by an e-mail that says STOP (RFC 2369)."""
    made = unsubscribe_headers(url, reply_to)
    parsed = message_from_string(
        "".join(f"{n}: {v}\n" for n, v in made.items()) + "\n", policy=policy.default
    )

    assert made == dict(parsed.items()) == headers
    assert list(made) == list(headers)


def test_both_ways_stay_within_a_line_or_the_web_stands_alone() -> None:
    """No vendor folds a header, and a line has 998 characters at most (RFC 5322, 2.1.1)."""
    long = f"{URL}{'x' * (LONGEST_VALUE - len(URL) - 20)}"
    made = unsubscribe_headers(long, "answers@example.com")

    assert made == {"List-Unsubscribe": f"<{long}>", **ONE_CLICK}
