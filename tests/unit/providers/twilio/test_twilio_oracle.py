"""Twilio's own validator agrees with ours, on random requests and on spoiled ones."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.providers.twilio.signatures import signature as twilio_signature
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback
from tests.fakes.coroutines import finished
from tests.fakes.signing import TWILIO_TOKEN

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORACLE = RequestValidator(TWILIO_TOKEN)
READER = TwilioCallbackReader([TWILIO_TOKEN])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FORMS = st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), max_size=6)
URLS = st.builds(
    lambda scheme, port, path, query: f"{scheme}://hooks.example.com{port}/w/{path}?{urlencode(query)}",
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.from_regex(r"[a-z0-9%.-]{0,8}", fullmatch=True),
    st.dictionaries(TEXT.filter(lambda name: name != "bodySHA256"), TEXT, min_size=1, max_size=3),
)


class Form(dict[str, list[str]]):
    """A form as web frameworks hand it to the validator."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def accepts(callback: Callback) -> bool:
    """Whether our reader takes the signature as right, whatever it makes of the body."""
    try:
        finished(READER.read(callback, NOW))
    except BadSignature:
        return False
    except MalformedCallback:
        return True
    return True


@settings(deadline=None)  # the machine may be busy
@given(URLS, FORMS)
def test_a_form_has_one_signature(url: str, form: dict[str, list[str]]) -> None:
    """Ours is the validator's for any address and any fields, repeated keys included."""
    fields = [(key, value) for key, values in form.items() for value in values]
    byte_wise = [(key.encode().decode("latin-1"), value.encode().decode("latin-1")) for key, value in fields]

    assert twilio_signature(TWILIO_TOKEN, url, byte_wise) == ORACLE.compute_signature(url, Form(form))


@settings(deadline=None)  # the machine may be busy
@given(URLS, FORMS, URLS | st.none(), FORMS | st.none(), st.text(max_size=30) | st.none())
def test_a_request_is_taken_where_twilios_validator_takes_it(
    url: str,
    form: dict[str, list[str]],
    other_url: str | None,
    other_form: dict[str, list[str]] | None,
    other_signature: str | None,
) -> None:
    """Genuine, or with another address, other fields or another signature: both say the same."""
    signature = ORACLE.compute_signature(url, Form(form)) if other_signature is None else other_signature
    called, posted = other_url or url, form if other_form is None else other_form
    body = urlencode(posted, doseq=True)
    received = Form(parse_qs(body, keep_blank_values=True))
    assume(received.keys() == posted.keys())
    callback = Callback(called, {"x-twilio-signature": signature}, body.encode())

    assert accepts(callback) == ORACLE.validate(called, received, signature)


@settings(deadline=None)  # the machine may be busy
@given(URLS, TEXT, TEXT | st.none())
def test_json_is_taken_where_twilios_validator_takes_it(url: str, body: str, other: str | None) -> None:
    """A body that is signed by its hash, and another one in its place."""
    signed = f"{url}&bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = ORACLE.compute_signature(signed, {})
    received = body if other is None else other
    callback = Callback(signed, {"x-twilio-signature": signature}, received.encode())

    assert accepts(callback) == ORACLE.validate(signed, received, signature)


def test_ours_outlives_what_makes_the_validator_fall_over() -> None:
    """A missing signature is a TypeError there and a refusal here."""
    with pytest.raises(TypeError):
        ORACLE.validate("https://hooks.example.com/w", {}, None)

    assert not accepts(Callback("https://hooks.example.com/w", {}, b""))
