"""SendGrid's event batches: signatures, hostile input, and what each event means."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.sandbox.keys import new_key_pair, private_key
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, StatusReport
from domain.statuses import DeliveryStatus
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = datetime(2026, 11, 22, 17, 10, tzinfo=UTC)
PRIVATE, PUBLIC = new_key_pair()
READER: CallbackReader = SendGridCallbackReader([PUBLIC])
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def signed(body: bytes, timestamp: str = "1795367400") -> Callback:
    signature = private_key(PRIVATE).sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    headers = {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}
    return Callback("https://hooks.example.com/webhooks/sendgrid", headers, body)


def batch(*events: Any) -> Callback:
    """Events as SendGrid posts them, with the line end that is signed too."""
    return signed(json.dumps(events).encode() + b"\r\n")


def event(kind: str, **more: Any) -> dict[str, Any]:
    common = {"email": "ana@example.com", "timestamp": int(AT.timestamp()), "attempt": "7b1b2f:mail:1"}
    ids = {"sg_event_id": "rbtnWrG1DVDGGGFHFyun0A==", "sg_message_id": "14c5d75ce93.filter0001.16648.5515.0"}
    return {**common, **ids, "event": kind, **more}


GENUINE = batch(event("delivered"))


@pytest.mark.parametrize(
    "callback",
    [
        Callback(GENUINE.url, {}, GENUINE.body),
        Callback(GENUINE.url, {**GENUINE.headers, TIMESTAMP: "1795367401"}, GENUINE.body),
        Callback(GENUINE.url, {**GENUINE.headers, TIMESTAMP: "\ud800"}, GENUINE.body),
        Callback(GENUINE.url, {SIGNATURE: GENUINE.headers[SIGNATURE]}, GENUINE.body),
        Callback(GENUINE.url, GENUINE.headers, GENUINE.body.strip()),
        Callback(GENUINE.url, {**GENUINE.headers, SIGNATURE: "not base64"}, GENUINE.body),
        Callback(GENUINE.url, {**GENUINE.headers, SIGNATURE: "\u00e9"}, GENUINE.body),
        Callback(GENUINE.url, {**GENUINE.headers, SIGNATURE: "AAAA"}, GENUINE.body),
        Callback(GENUINE.url, {**GENUINE.headers, SIGNATURE: ""}, GENUINE.body),
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(callback: Callback) -> None:
    """A missing, broken or foreign signature, and any change of time or body, is a bad signature."""
    with pytest.raises(BadSignature):
        finished(READER.read(callback, NOW))


def test_another_key_does_not_verify() -> None:
    """The signature is the account's own."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    public = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    reader = SendGridCallbackReader([base64.b64encode(public).decode()])

    with pytest.raises(BadSignature):
        finished(reader.read(GENUINE, NOW))


@pytest.mark.parametrize(
    "callback",
    [
        signed(b""),
        signed(b"not json"),
        signed(b"\xff\xfe\xff"),
        signed(b"{}"),
        signed(b"[" * 100_000),
    ],
)
def test_what_sendgrid_signed_and_nobody_can_read_is_malformed(callback: Callback) -> None:
    """A genuine body that is no list of events is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(callback, NOW))


@pytest.mark.parametrize(
    "bad",
    [
        [],
        None,
        {},
        {"event": 5},
        {"event": "delivered"},
        event("delivered", sg_event_id=7),
        event("delivered", sg_event_id=""),
        event("delivered", sg_event_id="\ud800"),
        event("delivered", sg_event_id="a\x00"),
        event("delivered", timestamp="now"),
        event("delivered", timestamp=True),
        event("delivered", timestamp=1e300),
        event("delivered", timestamp=float("nan")),
    ],
)
def test_an_event_that_cannot_be_read_takes_no_other_with_it(bad: Any) -> None:
    """What is no event is counted, and the unsubscribe beside it is heard."""
    wish = event("unsubscribe", sg_event_id="wish")

    reading = finished(READER.read(batch(bad, wish, bad), NOW))

    assert [(report.event_id, report.at) for report in reading.reports] == [("wish", AT)]
    assert reading.unreadable == 2


@settings(deadline=None)  # the machine may be busy
@given(
    st.dictionaries(st.sampled_from([SIGNATURE, TIMESTAMP]) | st.text(), st.text()),
    st.binary(),
)
def test_hostile_requests_are_a_bad_signature_and_nothing_else(headers: dict[str, str], body: bytes) -> None:
    """No header or body gets in, and none makes the reader fall over."""
    with pytest.raises(BadSignature):
        finished(READER.read(Callback("https://hooks.example.com", headers, body), NOW))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = ["event", "sg_event_id", "sg_message_id", "timestamp", "attempt", "reason", "status", "type"]
WORDS = st.sampled_from(["open", "bounce", "dropped", "blocked", "delivered", "5.1.1"])


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | WORDS)))
def test_genuine_batches_are_read_event_by_event_whatever_they_hold(events: list[dict[str, Any]]) -> None:
    """Each event of a signed batch is a report, means nothing to us, or cannot be read."""
    readings = [finished(READER.read(signed(json.dumps([event]).encode()), NOW)) for event in events]
    whole = finished(READER.read(signed(json.dumps(events).encode()), NOW))

    assert whole.reports == tuple(report for reading in readings for report in reading.reports)
    assert whole.unreadable == sum(reading.unreadable for reading in readings)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (event("processed"), DeliveryStatus.QUEUED),
        (event("delivered"), DeliveryStatus.DELIVERED),
        (event("open"), DeliveryStatus.OPENED),
        (event("open", sg_machine_open=False), DeliveryStatus.OPENED),
        (event("open", sg_machine_open=True), DeliveryStatus.DELIVERED),
        (event("click"), DeliveryStatus.CLICKED),
        (event("bounce", type="bounce"), DeliveryStatus.BOUNCED),
        (event("bounce", type="blocked"), DeliveryStatus.FAILED),
        (event("dropped", reason="Unsubscribed Address"), DeliveryStatus.OPTED_OUT),
        (event("dropped", reason="Bounced Address"), DeliveryStatus.BOUNCED),
        (event("dropped", reason="Spam Reporting Address"), DeliveryStatus.COMPLAINED),
        (event("dropped", reason="Invalid SMTPAPI header"), DeliveryStatus.FAILED),
        (event("dropped", reason=["odd"]), DeliveryStatus.FAILED),
        (event("spamreport"), DeliveryStatus.COMPLAINED),
        (event("unsubscribe"), DeliveryStatus.OPTED_OUT),
        (event("group_unsubscribe"), DeliveryStatus.OPTED_OUT),
        (event("deferred", attempt="5"), None),
        (event("group_resubscribe"), None),
        (event("something_new", sg_event_id=None), None),
    ],
)
def test_events_have_one_meaning(told: dict[str, Any], status: DeliveryStatus | None) -> None:
    """Each of SendGrid's words is one of ours; what means nothing to us is left out."""
    reading = finished(READER.read(batch(told), NOW))

    assert reading.unreadable == 0
    assert [getattr(report, "status", None) for report in reading.reports] == (
        [] if status is None else [status]
    )


def test_a_batch_is_one_report_an_event_with_its_correlation() -> None:
    """Each report names the event, the attempt, and the message as the send was answered."""
    reading = finished(
        READER.read(batch(event("processed"), event("deferred"), event("open", sg_event_id="b")), NOW)
    )

    assert reading.reports == (
        StatusReport(
            "rbtnWrG1DVDGGGFHFyun0A==",
            DeliveryStatus.QUEUED,
            AT,
            "7b1b2f:mail:1",
            "14c5d75ce93",
            ref_varies=True,
        ),
        StatusReport("b", DeliveryStatus.OPENED, AT, "7b1b2f:mail:1", "14c5d75ce93", ref_varies=True),
    )


def test_an_event_without_correlation_or_time_is_still_a_report() -> None:
    """The test event of SendGrid's settings page has no arguments of ours."""
    [report] = finished(READER.read(batch({"event": "delivered", "sg_event_id": "a"}), NOW)).reports

    assert report == StatusReport("a", DeliveryStatus.DELIVERED, NOW, None, None, ref_varies=True)


@pytest.mark.parametrize(
    ("more", "detail"),
    [
        ({"status": "5.1.1", "reason": "550 5.1.1 <ana@example.com> unknown"}, "5.1.1"),
        ({"status": "ana@example.com"}, ""),
        ({"reason": "550 <ana@example.com> unknown"}, ""),
        ({"status": {}, "reason": []}, ""),
    ],
)
def test_the_detail_is_a_code_and_quotes_nobody(more: dict[str, Any], detail: str) -> None:
    """Reasons are written by mail servers, which quote the address."""
    [report] = finished(READER.read(batch(event("bounce", **more)), NOW)).reports

    assert isinstance(report, StatusReport)
    assert report.detail == detail


def test_while_a_key_is_replaced_either_verifies() -> None:
    """The reader takes the current key and the one before."""
    current = new_key_pair()[1]

    assert finished(SendGridCallbackReader([current, PUBLIC]).read(GENUINE, NOW)).reports
    with pytest.raises(BadSignature):
        finished(SendGridCallbackReader([current]).read(GENUINE, NOW))


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, len(GENUINE.body) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(place: int, change: int) -> None:
    """Whatever byte of a genuine batch is changed, it is a bad signature."""
    body = bytearray(GENUINE.body)
    body[place] ^= change

    with pytest.raises(BadSignature):
        finished(READER.read(Callback(GENUINE.url, GENUINE.headers, bytes(body)), NOW))


def rsa_key() -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("make", [lambda: "", lambda: "AAAA", lambda: "\u00e9", rsa_key])
def test_a_key_that_is_none_is_refused_at_once(make: Any) -> None:
    """A wrong setting is named when the reader is made, not when the first callback comes."""
    with pytest.raises(ValueError, match="public_key must be"):
        SendGridCallbackReader([make()])
