"""Vonage's two signatures and our seal."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.menu import offered
from adapters.providers.vonage.callbacks import MOST_FIELDS, VonageCallbackReader
from adapters.providers.vonage.correlation import CallNote, event_url, read_note
from adapters.providers.vonage.signatures import HASHES, claims_of, seal, sms_signature, webhook_token
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, StatusReport
from tests.fakes.coroutines import finished
from tests.unit.providers.vonage.signing import (
    ATTEMPT,
    BASE,
    CALL_URL,
    NOW,
    PREVIOUS,
    READER,
    REF,
    SECRET,
    SPEAKER,
    URL,
    claims_for,
    read,
    with_sig,
    with_token,
)

RECEIPT = {"msisdn": "15005550006", "to": "15005550001", "messageId": "0A00", "status": "delivered"}
RECEIPT |= {"client-ref": ATTEMPT, "message-timestamp": "2026-11-22 17:10:00"}
ANSWERED = {"uuid": REF, "status": "answered", "direction": "outbound"}
GENUINE_SMS, GENUINE_CALL = with_sig(RECEIPT), with_token(ANSWERED, CALL_URL)


def test_the_signed_text_is_the_sorted_parameters_with_their_marks_replaced() -> None:
    """The rule of the page "Signing Messages", written out once for the hash and once for an HMAC."""
    signed = b"&a=1_2_3&b=&timestamp=1461605396"
    parameters = {"timestamp": "1461605396", "b": "", "a": "1&2=3"}

    assert sms_signature("md5hash", "s3", parameters) == hashlib.md5(signed + b"s3").hexdigest()
    assert sms_signature("sha256", "s3", parameters) == hmac.digest(b"s3", signed, "sha256").hex()
    assert sms_signature("sha512", "s3", parameters) == hmac.digest(b"s3", signed, "sha512").hex()


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
def test_either_secret_is_good_while_one_is_replaced(secret: str, *, form: bool) -> None:
    """The current and the previous secret verify, with both signatures; a third one does not."""
    assert read(with_sig(RECEIPT, secret, form=form)).reports
    assert read(with_token(ANSWERED, CALL_URL, secret)).reports
    for forged in (with_sig(RECEIPT, "another", form=form), with_token(ANSWERED, CALL_URL, "another")):
        with pytest.raises(BadSignature):
            read(forged)


@pytest.mark.parametrize("configured", HASHES)
@pytest.mark.parametrize("used", HASHES)
def test_only_the_method_of_the_settings_is_accepted(configured: str, used: str) -> None:
    """A callback that is signed with a weaker method is no substitute for one that is signed with ours."""
    reader = VonageCallbackReader([SECRET], configured, BASE, SPEAKER)
    callback = with_sig(RECEIPT, method=used)

    if configured == used:
        assert finished(reader.read(callback, NOW)).reports
    else:
        with pytest.raises(BadSignature):
            finished(reader.read(callback, NOW))


AGES = [(0, True), (25 * 3600, True), (25 * 3600 + 1, False), (-300, True), (-301, False)]


@pytest.mark.parametrize(("age", "good"), AGES)
def test_what_was_signed_too_long_ago_is_refused(age: int, *, good: bool) -> None:
    """Vonage repeats for a day; older ones, and such from the future, are replays or worse."""
    then = int(NOW.timestamp()) - age
    for callback in (with_sig(RECEIPT, timestamp=str(then)), with_token(ANSWERED, CALL_URL, iat=then)):
        if good:
            assert read(callback).reports
        else:
            with pytest.raises(BadSignature):
                read(callback)


def test_a_token_is_good_for_one_delivery() -> None:
    """Its id is the nonce, so that a copy of it cannot be used with another address."""
    assert read(GENUINE_CALL).nonce == "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5"
    assert read(GENUINE_SMS).nonce is None


def unsigned(**headers: str) -> Callback:
    return Callback(CALL_URL, headers, GENUINE_CALL.body)


def bearer(token: str) -> Callback:
    return unsigned(authorization=f"Bearer {token}")


NONE_TOKEN = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30."


@pytest.mark.parametrize(
    "callback",
    [
        unsigned(),
        unsigned(authorization="Basic YTpi"),
        bearer(""),
        bearer("a.b"),
        bearer("a.b.c"),
        bearer(NONE_TOKEN),
        bearer("\u00e9\ud800.\ud800.\u00e9"),
        bearer(webhook_token(SECRET, {})),
        with_token(ANSWERED, CALL_URL, iat=None),
        with_token(ANSWERED, CALL_URL, iat="soon"),
        with_token(ANSWERED, CALL_URL, iat=True),
        with_token(ANSWERED, CALL_URL, iat=10**30),
        with_token(ANSWERED, CALL_URL, iat=float("nan")),
        with_token(ANSWERED, CALL_URL, jti=None),
        with_token(ANSWERED, CALL_URL, jti="j" * 300),
        with_token(ANSWERED, CALL_URL, payload_hash=None),
        with_token(ANSWERED, CALL_URL, payload_hash=[]),
        Callback(CALL_URL, GENUINE_CALL.headers, GENUINE_CALL.body + b" "),
        with_token(ANSWERED, CALL_URL.replace("first%3A1", "first%3A2")),
        with_token(ANSWERED, CALL_URL.partition("&seal")[0]),
        with_token(ANSWERED, CALL_URL + "&amd=1"),
        with_sig(RECEIPT, timestamp="now"),
        with_sig(RECEIPT, timestamp="9" * 400),
        with_sig(RECEIPT, **{"a=1&b": "2"}),
        Callback(URL, GENUINE_SMS.headers, b"{}"),
        Callback(URL, GENUINE_SMS.headers, b"[]"),
        Callback(URL, GENUINE_SMS.headers, b"[" * 100_000),
        Callback(URL, GENUINE_SMS.headers, b'{"sig": 1, "timestamp": {}}'),
        Callback(URL, GENUINE_SMS.headers, b'{"sig": true}'),
        Callback(URL, {}, b"&".join(b"a%d=1" % nth for nth in range(MOST_FIELDS + 1))),
        Callback(URL, {}, b"\xff\xfe=%ff"),
        Callback(URL, {"content-type": "application/x-www-form-urlencoded"}, b"sig=\xc3\xa9"),
    ],
)
def test_what_vonage_did_not_sign_is_refused(callback: Callback) -> None:
    """A signature that is missing, broken, foreign or without a time, and a changed body or query, is bad."""
    with pytest.raises(BadSignature):
        read(callback)


HEADERS = st.dictionaries(st.sampled_from(["authorization", "content-type"]) | st.text(), st.text())
TOKENS = st.builds(
    "Bearer {}.{}.{}".format,
    st.sampled_from(["eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJub25lIn0", "eyJhbGciOlsxXX0"]) | st.text(),
    st.text(),
    st.text(),
)


@settings(deadline=None, max_examples=300)  # the machine may be busy
@given(
    st.text() | st.just(URL) | st.just(CALL_URL),
    HEADERS | st.builds(lambda token: {"authorization": token}, TOKENS),
    st.binary() | st.just(GENUINE_SMS.body) | st.just(GENUINE_CALL.body),
)
def test_hostile_requests_are_a_bad_signature_and_nothing_else(
    url: str, headers: dict[str, str], body: bytes
) -> None:
    """No URL, header or body gets in, and none makes the reader fall over."""
    try:
        reports = read(Callback(url, headers, body)).reports
    except BadSignature:
        return

    assert headers.get("content-type", "").startswith("application/json")
    assert body == GENUINE_SMS.body
    assert reports


@settings(deadline=None, max_examples=300)  # the machine may be busy
@given(st.sampled_from([GENUINE_SMS, GENUINE_CALL]), st.data())
def test_a_genuine_request_with_one_byte_changed_never_says_something_else(
    genuine: Callback, data: st.DataObject
) -> None:
    """Whatever byte of the body is changed, it is refused, or means the very same."""
    place = data.draw(st.integers(0, len(genuine.body) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1))
    changed = genuine.body[:place] + byte + genuine.body[place + 1 :]
    try:
        reading = read(Callback(genuine.url, genuine.headers, changed))
    except BadSignature:
        return

    assert reading == read(genuine)


@settings(deadline=None, max_examples=200)  # the machine may be busy
@given(st.sampled_from(sorted(RECEIPT)), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_receipt_with_another_value_is_refused(name: str, value: str) -> None:
    """Each parameter is signed; only the marks that are replaced before signing cannot be told apart."""
    fields = json.loads(GENUINE_SMS.body)
    same = value.replace("&", "_").replace("=", "_") == fields[name].replace("&", "_").replace("=", "_")
    callback = Callback(URL, GENUINE_SMS.headers, json.dumps({**fields, name: value}).encode())

    if not same:
        with pytest.raises(BadSignature):
            read(callback)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CALL_NAMES = ["uuid", "call_uuid", "status", "direction", "detail", "dtmf", "timestamp", "sub_state"]
TEXT_NAMES = ["messageId", "status", "client-ref", "msisdn", "text", "err-code", "message-timestamp"]
NAMES = st.sampled_from([*CALL_NAMES, *TEXT_NAMES, "message_uuid", "channel", "client_ref", "error", "from"])
VALUES = JSON | st.sampled_from(["delivered", "failed", "answered", "completed", "sms", "1", "9999-12-31"])


@settings(deadline=None, max_examples=200)  # the machine may be busy
@given(st.dictionaries(NAMES, VALUES, max_size=6), st.sampled_from([URL, CALL_URL]))
def test_genuine_events_are_read_or_malformed_and_nothing_else(fields: dict[str, object], url: str) -> None:
    """Whatever stands in a signed body is reports or a malformed callback; times are in UTC."""
    try:
        reports = read(with_token(fields, url)).reports
    except MalformedCallback:
        return

    assert all(report.at.utcoffset() is not None for report in reports)
    assert all(len(report.detail) <= 40 for report in reports if isinstance(report, StatusReport))


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(NAMES, st.text(st.characters(exclude_categories=["Cs"]))), st.booleans())
def test_genuine_parameters_are_read_or_malformed_and_nothing_else(
    fields: dict[str, str], form: bool
) -> None:
    """The same of the SMS API, in JSON and as a form."""
    try:
        read(with_sig({**fields, "timestamp": str(int(NOW.timestamp()))}, form=form))
    except MalformedCallback:
        return


@settings(deadline=None)  # the machine may be busy
@given(st.binary() | JSON.map(json.dumps).map(str.encode))
def test_a_genuine_body_that_is_no_object_is_malformed(body: bytes) -> None:
    """A signed body of any other kind cannot be read."""
    try:
        assert not read(with_token(body)).reports
    except MalformedCallback:
        return

    assert isinstance(json.loads(body), dict)


def test_deep_or_huge_bodies_that_are_signed_are_malformed() -> None:
    """Nesting and digits without end are a malformed callback too."""
    for body in (b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b"\xff", b'{"uuid": "'):
        with pytest.raises(MalformedCallback):
            read(with_token(body))


def test_a_token_with_other_claims_than_an_object_is_none() -> None:
    """What is signed and no claims cannot be read."""
    token = webhook_token(SECRET, claims_for(b"{}"))

    assert claims_of(token, SECRET) is not None
    assert claims_of(token, PREVIOUS) is None


NOTES = st.builds(
    CallNote,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.booleans(),
    st.booleans(),
    st.sets(st.sampled_from("0123456789*#")).map(offered),
)


@settings(deadline=None)  # the machine may be busy
@given(NOTES)
def test_our_note_comes_back_as_it_was_written(note: CallNote) -> None:
    """Any attempt key and any keys survive the address, and only with our seal."""
    url = event_url(BASE, note, SECRET)

    assert read_note(url, [PREVIOUS, SECRET]) == note
    with pytest.raises(BadSignature):
        read_note(url, [PREVIOUS])


@pytest.mark.parametrize(("sealed", "read"), [("", "5"), ("1", "5"), ("1", "15"), ("1", "")])
def test_keys_that_we_did_not_write_are_refused(sealed: str, read: str) -> None:
    """Nobody else can say which keys count on a call."""
    genuine = event_url(BASE, CallNote(ATTEMPT, keys=sealed), SECRET)
    changed = event_url(BASE, CallNote(ATTEMPT, keys=read), SECRET).partition("&seal")[0]

    with pytest.raises(BadSignature):
        read_note(f"{changed}&seal{genuine.partition('&seal')[2]}", [SECRET])


def test_a_note_from_before_there_were_keys_is_still_ours() -> None:
    """A call may be under way while a new version is installed."""
    url = f"{URL}?attempt=a%3Ab%3A1&amd=1&seal={seal(SECRET, ['a:b:1', '1', ''])}"

    assert read_note(url, [SECRET]) == CallNote("a:b:1", detecting=True)


def test_an_address_without_our_note_tells_nothing() -> None:
    """Somebody else's parameters are no note, and need no seal."""
    assert read_note(f"{URL}?x=1", [SECRET]) == CallNote()
    assert read_note(URL, [SECRET]) == CallNote()


def test_the_reader_keeps_its_secrets_and_will_not_work_without_one() -> None:
    """Everybody could sign with an empty secret; an unknown method is refused too."""
    reader: CallbackReader = READER

    assert reader.name == "vonage"
    assert SECRET not in repr(READER)
    with pytest.raises(ValueError, match="secrets"):
        VonageCallbackReader([""], "sha256", BASE, SPEAKER)
    with pytest.raises(ValueError, match="method"):
        VonageCallbackReader([SECRET], "crc32", BASE, SPEAKER)
