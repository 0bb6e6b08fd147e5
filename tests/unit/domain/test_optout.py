"""Which replies are a wish to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.optout import STOP_WORDS, is_stop
from tests.unit.domain.strategies import thorough


@pytest.mark.parametrize(
    "text",
    [
        *sorted(STOP_WORDS),
        "stop",
        " Stop \n",
        "STOP.",
        "Stop!!!",
        "“Stop”",
        "«stop»",
        "STOP\u00a0",
        "\ufeffstop",
        "stop \N{OCTAGONAL SIGN}",
        "...stop...",
        "_stop_",
        "unsubscribe\r\n",
    ],
)
def test_a_stop_word_by_itself_stops(text: str) -> None:
    """A stop word counts in any case and whatever marks stand around it."""
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "!",
        "stop it",
        "please stop",
        "don't stop",
        "stop by at 5?",
        "stopp",
        "nonstop",
        "st op",
        "s.t.o.p",
        "yes",
        "\N{OCTAGONAL SIGN}",
        "停止",
    ],
)
def test_anything_else_is_a_reply(text: str) -> None:
    """A stop word inside a sentence or another word does not count."""
    assert not is_stop(text)


@thorough
@given(st.text())
def test_any_text_may_come(text: str) -> None:
    """Whatever people write is one or the other."""
    assert is_stop(text) in (True, False)
