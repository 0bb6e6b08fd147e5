"""Signed links: what we have made is read back, and nothing else is believed."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from adapters.links.signed import _PREFERENCES_SALT, SignedLinks, _serializer
from application.errors import BadLink
from domain.idempotency import AttemptKey
from domain.limits import KEY as STEP

URL = "https://drumbeat.example.com"
SECRETS = ("a" * 32,)
LINKS = SignedLinks(URL, SECRETS)
KEY = AttemptKey("0b1fa6b2-5a4e-5d0f-9d59-8a1f6d2b7c11", "mail", 1)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

keys = st.builds(
    AttemptKey, st.uuids().map(str), st.from_regex(STEP, fullmatch=True), st.integers(1, 10**9 - 1)
)


def token(url: str) -> str:
    """The last part of a link's path."""
    return url.rpartition("/")[2]


@given(keys)
def test_a_link_is_read_back_as_it_was_made(key: AttemptKey) -> None:
    """It is below our address, short enough for a line, and needs no escaping anywhere."""
    unsubscribe, preferences = LINKS.unsubscribe(key), LINKS.preferences(key.enrollment_id)

    assert re.fullmatch(rf"{URL}/u/[A-Za-z0-9_.-]{{1,250}}", unsubscribe)
    assert re.fullmatch(rf"{URL}/preferences/[A-Za-z0-9_.-]{{1,250}}", preferences)
    assert LINKS.read_unsubscribe(token(unsubscribe)) == key
    assert LINKS.read_preferences(token(preferences)) == key.enrollment_id


def test_the_same_link_is_made_each_time() -> None:
    """It holds no time, so that a message that is sent again says the same, and it never expires."""
    assert LINKS.unsubscribe(KEY) == SignedLinks(f"{URL}/", SECRETS).unsubscribe(KEY)


@given(st.data())
def test_a_changed_token_never_means_anything_else(data: st.DataObject) -> None:
    """Wherever it is changed, it is refused, unless it still says the same with the same signature."""
    good = token(LINKS.unsubscribe(KEY))
    begin = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(begin, min(len(good), begin + 3)))
    bad = good[:begin] + data.draw(st.text(ALPHABET, max_size=3)) + good[end:]
    read = None
    with suppress(BadLink):
        read = LINKS.read_unsubscribe(bad)

    assert read in (None, KEY)


@pytest.mark.parametrize("read", [LINKS.read_unsubscribe, LINKS.read_preferences])
@given(text=st.text() | st.text(ALPHABET, min_size=20) | st.binary().map(lambda b: b.decode("latin-1")))
def test_what_anybody_sends_is_refused(read: Callable[[str], Any], text: str) -> None:
    """Any text at all is a bad link and raises nothing else."""
    with pytest.raises(BadLink):
        read(text)


@pytest.mark.parametrize("text", ["", ".", "..", "\ud800", "a" * 401, "A" * 10_000_000])
def test_odd_texts_are_refused(text: str) -> None:
    """So are empty, endless and undecodable ones."""
    with pytest.raises(BadLink):
        LINKS.read_unsubscribe(text)


def test_a_token_of_one_kind_is_none_of_the_other() -> None:
    """Who may look at a page of choices has not thereby clicked on unsubscribe, nor the other way round."""
    with pytest.raises(BadLink):
        LINKS.read_unsubscribe(token(LINKS.preferences(str(KEY))))
    with pytest.raises(BadLink):
        LINKS.read_preferences(token(LINKS.unsubscribe(KEY)))


def test_a_link_outlives_its_secret_by_one_replacement() -> None:
    """The new secret signs, the previous one still verifies, the one before that does not."""
    first, second, third = "1" * 32, "2" * 32, "3" * 32
    made = token(SignedLinks(URL, (first, "")).unsubscribe(KEY))
    replaced = SignedLinks(URL, (second, first))

    assert replaced.read_unsubscribe(made) == KEY
    assert SignedLinks(URL, (second,)).read_unsubscribe(token(replaced.unsubscribe(KEY))) == KEY
    with pytest.raises(BadLink):
        SignedLinks(URL, (third, second)).read_unsubscribe(made)


@pytest.mark.parametrize("value", [5, None, ["e-1"], {"enrollment": "e-1"}])
def test_what_we_signed_for_something_else_is_refused(value: object) -> None:
    """A good signature over what is no id makes no id of it."""
    made = _serializer(SECRETS, _PREFERENCES_SALT).dumps(value)

    with pytest.raises(BadLink):
        LINKS.read_preferences(made)


def test_a_signed_text_that_is_no_key_is_refused() -> None:
    """It may have been signed by an earlier release."""
    serializer: URLSafeSerializer = LINKS._unsubscribe

    with pytest.raises(BadLink):
        LINKS.read_unsubscribe(serializer.dumps("no key"))


@pytest.mark.parametrize(
    ("url", "secrets", "says"),
    [
        (URL, (), "at least 32 characters"),
        (URL, ("",), "at least 32 characters"),
        (URL, ("a" * 31,), "at least 32 characters"),
        (URL, ("a" * 32, "short"), "at least 32 characters"),
        ("ftp://example.com", SECRETS, "public address"),
        ("https://exämple.com", SECRETS, "public address"),
        ("https://example.com/>x", SECRETS, "public address"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(url: str, secrets: tuple[str, ...], says: str) -> None:
    """A secret that could be guessed, or an address that would break a header."""
    with pytest.raises(ValueError, match=says) as caught:
        SignedLinks(url, secrets)

    assert "short" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """The repr is for logs."""
    assert "aaa" not in repr(LINKS)
