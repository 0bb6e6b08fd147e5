"""Twilio's callbacks: signatures, hostile input, and what each status means."""

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.twilio.callbacks import MOST_FIELDS, TwilioCallbackReader
from adapters.providers.twilio.signatures import signature as twilio_signature
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, InboundText, StatusReport
from domain.keywords import Keyword
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = "0123456789abcdef0123456789abcdef"
ATTEMPT = "7b1b2f:first-sms:1"
URL = f"https://hooks.example.com/webhooks/twilio?attempt={ATTEMPT}&channel=sms"
SM, CA = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", "CAccccccccccccccccccccccccccccccc1"
READER: CallbackReader = TwilioCallbackReader([TOKEN])


def signed(fields: dict[str, str], url: str = URL, called: str | None = None) -> Callback:
    """A genuine callback with a form, perhaps called under another spelling of the URL."""
    byte_wise = [(key, value.encode().decode("latin-1")) for key, value in fields.items()]
    signature = twilio_signature(TOKEN, url, byte_wise)
    return Callback(called or url, {"x-twilio-signature": signature}, urlencode(fields).encode())


def signed_json(body: bytes) -> Callback:
    """A genuine callback with a JSON body."""
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    return Callback(url, {"x-twilio-signature": twilio_signature(TOKEN, url, [])}, body)


def status_of(fields: dict[str, str], url: str = URL) -> DeliveryStatus | None:
    reports = finished(READER.read(signed(fields, url), NOW)).reports
    assert len(reports) <= 1
    return reports[0].status if reports and isinstance(reports[0], StatusReport) else None


@pytest.mark.parametrize(
    ("url", "fields", "signature"),
    [
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [
                ("CallSid", "CA1234567890ABCDE"),
                ("Digits", "1234"),
                ("From", "+14158675309"),
                ("To", "+18005551212"),
                ("Caller", "+14158675309"),
            ],
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
                ("Digits", "1234"),
            ],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
    ],
)
def test_signatures_agree_with_the_vectors_of_twilios_own_sdk(
    url: str, fields: list[tuple[str, str]], signature: str
) -> None:
    """The cases are those of twilio-python's tests of its RequestValidator (token 12345)."""
    assert twilio_signature("12345", url, fields) == signature


@pytest.mark.parametrize(
    ("made", "called"),
    [
        (URL, URL),
        ("https://hooks.example.com/w", "https://hooks.example.com:443/w"),
        ("https://hooks.example.com:443/w", "https://hooks.example.com/w"),
        ("http://127.0.0.1/w?a=1", "http://127.0.0.1:8000/w?a=1"),
        ("http://127.0.0.1:8000/w?a=1", "http://127.0.0.1:8000/w?a=1"),
        ("https://[::1]/w", "https://[::1]:8443/w"),
    ],
)
def test_the_url_may_be_signed_with_and_without_its_port(made: str, called: str) -> None:
    """Twilio has signed both spellings, and a proxy may add or drop the port."""
    assert finished(
        READER.read(signed({"MessageSid": SM, "MessageStatus": "sent"}, made, called), NOW)
    ).reports


def test_while_the_token_is_replaced_either_signs() -> None:
    """The reader takes the current token and the one before."""
    callback = signed({"MessageSid": SM, "MessageStatus": "sent"})

    assert finished(TwilioCallbackReader(["current", TOKEN]).read(callback, NOW)).reports
    with pytest.raises(BadSignature):
        finished(TwilioCallbackReader(["current"]).read(callback, NOW))


GENUINE = signed({"MessageSid": SM, "MessageStatus": "sent", "ToState": ""})


@pytest.mark.parametrize(
    "callback",
    [
        Callback(GENUINE.url, {}, GENUINE.body),
        Callback(GENUINE.url, {"x-twilio-signature": ""}, GENUINE.body),
        Callback(GENUINE.url, {"x-twilio-signature": "not base64 \u00e9\ud800"}, GENUINE.body),
        Callback(GENUINE.url, GENUINE.headers, GENUINE.body + b"&MessageStatus=delivered"),
        Callback(GENUINE.url, GENUINE.headers, GENUINE.body.replace(b"&ToState=", b"&ToState=x")),
        Callback(GENUINE.url + "1", GENUINE.headers, GENUINE.body),
        Callback("https://[", GENUINE.headers, GENUINE.body),
        Callback(GENUINE.url, GENUINE.headers, b"\xff\xfe%ff=\x00"),
        Callback(signed_json(b"{}").url, signed_json(b"{}").headers, b"[]"),
        Callback(URL + "&bodySHA256=\u00e9", GENUINE.headers, GENUINE.body),
        Callback(GENUINE.url, GENUINE.headers, b"&".join([b"a=1"] * (MOST_FIELDS + 1))),
    ],
)
def test_what_twilio_did_not_sign_is_refused(callback: Callback) -> None:
    """A missing, broken or foreign signature, and any change of URL or body, is a bad signature."""
    with pytest.raises(BadSignature):
        finished(READER.read(callback, NOW))


@pytest.mark.parametrize(
    "callback",
    [
        signed({"AccountSid": "AC1"}),
        signed({"MessageSid": "", "MessageStatus": "sent"}),
        signed({"MessageSid": "S" * 500, "MessageStatus": "sent"}),
        signed({"MessageSid": "SM\x00", "MessageStatus": "sent"}),
        signed({"MessageSid": SM, "SmsStatus": "received", "Body": "hi"}),
        signed({"CallSid": CA, "CallStatus": "busy", "SequenceNumber": "9" * 400}),
        Callback("u", {"x-twilio-signature": twilio_signature(TOKEN, "u", [("Body", "\xff")])}, b"Body=%ff"),
        signed_json(b"not json"),
        signed_json(b"[]"),
        signed_json(b"\xff"),
        signed_json(b"[" * 100_000),
        signed_json(b"9" * 5000),
        signed_json(json.dumps({"MessageSid": "\ud800", "MessageStatus": "sent"}).encode()),
    ],
)
def test_what_twilio_signed_and_nobody_can_read_is_malformed(callback: Callback) -> None:
    """A genuine request without what it must have is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(callback, NOW))


@settings(deadline=None)  # the machine may be busy
@given(
    st.text() | st.just(URL),
    st.dictionaries(st.just("x-twilio-signature") | st.text(), st.text()),
    st.binary(),
)
def test_hostile_requests_are_a_bad_signature_and_nothing_else(
    url: str, headers: dict[str, str], body: bytes
) -> None:
    """No URL, header or body gets in, and none makes the reader fall over."""
    with pytest.raises(BadSignature):
        finished(READER.read(Callback(url, headers, body), NOW))


def _fields(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, len(GENUINE.body) - 1), st.characters(codec="ascii"))
def test_no_changed_character_goes_unnoticed(place: int, character: str) -> None:
    """Whatever character of a genuine form is changed, it is a bad signature, unless no field changes."""
    body = GENUINE.body[:place] + character.encode() + GENUINE.body[place + 1 :]
    if _fields(body) == _fields(GENUINE.body):
        return

    with pytest.raises(BadSignature):
        finished(READER.read(Callback(GENUINE.url, GENUINE.headers, body), NOW))


NAMES = st.sampled_from(
    [
        "MessageSid",
        "SmsSid",
        "MessageStatus",
        "SmsStatus",
        "CallSid",
        "CallStatus",
        "AnsweredBy",
        "From",
        "Body",
        "Timestamp",
        "SequenceNumber",
        "ErrorCode",
        "SipResponseCode",
        "Direction",
        "Digits",
        "OptOutType",
    ]
)
VALUES = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [SM, CA, "received", "sent", "completed", "in-progress", "Fri, 31 Dec 9999 23:59:00 -2359", "1"]
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(NAMES, VALUES), st.sampled_from([URL, f"{URL}&amd=1", f"{URL}&menu=1"]))
def test_genuine_requests_are_read_or_malformed_and_nothing_else(fields: dict[str, str], url: str) -> None:
    """Whatever stands in a signed form is reports or a malformed callback; times are always in UTC."""
    try:
        reports = finished(READER.read(signed(fields, url), NOW)).reports
    except MalformedCallback:
        return

    assert all(report.at.tzinfo is UTC for report in reports)
    assert all(len(getattr(report, "detail", "")) <= 21 for report in reports)


@settings(deadline=None)  # the machine may be busy
@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_genuine_json_is_read_or_malformed_and_nothing_else(body: bytes) -> None:
    """Twilio signs JSON by its hash; a body that says nothing of a message or a call is malformed."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(signed_json(body), NOW))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("accepted", DeliveryStatus.QUEUED),
        ("scheduled", DeliveryStatus.QUEUED),
        ("queued", DeliveryStatus.QUEUED),
        ("sending", DeliveryStatus.QUEUED),
        ("sent", DeliveryStatus.SENT),
        ("delivered", DeliveryStatus.DELIVERED),
        ("read", DeliveryStatus.DELIVERED),
        ("undelivered", DeliveryStatus.FAILED),
        ("failed", DeliveryStatus.FAILED),
        ("canceled", DeliveryStatus.FAILED),
        ("something_new", None),
    ],
)
def test_message_statuses_have_one_meaning(told: str, status: DeliveryStatus | None) -> None:
    """Each of Twilio's words is one of ours; a new word is left out."""
    assert status_of({"MessageSid": SM, "MessageStatus": told}) == status


def test_a_message_status_carries_its_correlation_and_the_vendors_code() -> None:
    """The report names the event, the attempt, the message and the code."""
    [report] = finished(
        READER.read(
            signed({"MessageSid": SM, "MessageStatus": "undelivered", "ErrorCode": "30003", "To": "+1202"}),
            NOW,
        )
    ).reports

    assert report == StatusReport(f"{SM}:undelivered", DeliveryStatus.FAILED, NOW, ATTEMPT, SM, "30003")


def test_the_code_of_an_opted_out_recipient_is_an_opt_out() -> None:
    """21610 on a failed message means that the person has said STOP before."""
    fields = {"MessageSid": SM, "MessageStatus": "failed", "ErrorCode": "21610"}

    assert status_of(fields) is DeliveryStatus.OPTED_OUT


@pytest.mark.parametrize(
    ("more", "keyword"),
    [
        ({}, None),
        ({"OptOutType": "STOP"}, Keyword.STOP),
        ({"OptOutType": "START"}, Keyword.START),
        ({"OptOutType": "HELP"}, Keyword.HELP),
        ({"OptOutType": "NEW"}, None),
    ],
)
def test_an_inbound_sms_is_a_persons_words(more: dict[str, str], keyword: Keyword | None) -> None:
    """Text and sender come through as they are, in any script, and stay out of the repr."""
    text = "S\u00ed, ma\u00f1ana \U0001f44d & m\u00e1s=1+1"
    fields = {"MessageSid": SM, "SmsStatus": "received", "From": "+12025550101", "Body": text, **more}

    [report] = finished(READER.read(signed(fields, "https://hooks.example.com/webhooks/twilio"), NOW)).reports

    assert report == InboundText(SM, Channel.SMS, "+12025550101", text, NOW, keyword)
    assert text not in repr(report)
    assert "+12025550101" not in repr(report)


def test_what_a_database_cannot_hold_is_replaced_in_a_persons_words() -> None:
    """A NUL in a text must not cost us the reply."""
    fields = {"MessageSid": SM, "SmsStatus": "received", "From": "+12025550101", "Body": "a\x00b"}

    [report] = finished(READER.read(signed(fields), NOW)).reports

    assert isinstance(report, InboundText)
    assert report.text == "a\ufffdb"


PLAIN = "https://hooks.example.com/webhooks/twilio?attempt=a:b:1"
DETECTING = f"{PLAIN}&amd=1"


@pytest.mark.parametrize(
    ("url", "told", "answered_by", "status"),
    [
        (PLAIN, "initiated", None, DeliveryStatus.QUEUED),
        (PLAIN, "ringing", None, DeliveryStatus.SENT),
        (PLAIN, "busy", None, DeliveryStatus.BUSY),
        (PLAIN, "no-answer", None, DeliveryStatus.NO_ANSWER),
        (PLAIN, "failed", None, DeliveryStatus.FAILED),
        (PLAIN, "canceled", None, DeliveryStatus.FAILED),
        (PLAIN, "in-progress", None, DeliveryStatus.ANSWERED),
        (DETECTING, "in-progress", None, DeliveryStatus.SENT),
        (DETECTING, "in-progress", "machine_start", DeliveryStatus.VOICEMAIL),
        (PLAIN, "completed", None, DeliveryStatus.DELIVERED),
        (DETECTING, "completed", None, DeliveryStatus.DELIVERED),
        (DETECTING, "completed", "unknown", DeliveryStatus.DELIVERED),
        (DETECTING, "completed", "human", DeliveryStatus.ANSWERED),
        (DETECTING, "completed", "machine_end_beep", DeliveryStatus.VOICEMAIL),
        (DETECTING, "completed", "fax", DeliveryStatus.VOICEMAIL),
        (PLAIN, "something-new", None, None),
    ],
)
def test_call_statuses_have_one_meaning(
    url: str, told: str, answered_by: str | None, status: DeliveryStatus | None
) -> None:
    """With detection on, only its finding is proof of a person."""
    fields = {"CallSid": CA, "CallStatus": told} | ({"AnsweredBy": answered_by} if answered_by else {})

    assert status_of(fields, url) == status


@pytest.mark.parametrize(
    ("answered_by", "status"),
    [
        ("human", DeliveryStatus.ANSWERED),
        ("machine_start", DeliveryStatus.VOICEMAIL),
        ("machine_end_other", DeliveryStatus.VOICEMAIL),
        ("fax", DeliveryStatus.VOICEMAIL),
        ("unknown", None),
    ],
)
def test_a_finding_of_machine_detection_is_a_report_of_its_own(
    answered_by: str, status: DeliveryStatus | None
) -> None:
    """The asynchronous callback has no call status; what it cannot tell is left out."""
    assert status_of({"CallSid": CA, "AnsweredBy": answered_by}, DETECTING) == status


@pytest.mark.parametrize(
    ("fields", "event_id", "detail"),
    [
        ({"CallStatus": "busy", "SequenceNumber": "2", "SipResponseCode": "486"}, f"{CA}:2", "SIP 486"),
        ({"CallStatus": "failed", "SipResponseCode": "404", "ErrorCode": "13224"}, f"{CA}:failed", "13224"),
        ({"CallStatus": "completed", "SequenceNumber": "3", "SipResponseCode": "200"}, f"{CA}:3", ""),
        ({"AnsweredBy": "human"}, f"{CA}:human", ""),
    ],
)
def test_call_events_are_known_by_their_place_in_the_call(
    fields: dict[str, str], event_id: str, detail: str
) -> None:
    """The event id is the same when the callback is repeated; the detail holds codes only."""
    [report] = finished(READER.read(signed({"CallSid": CA, **fields}, PLAIN), NOW)).reports

    assert isinstance(report, StatusReport)
    assert (report.event_id, report.detail, report.attempt_key) == (event_id, detail, "a:b:1")


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("Sun, 22 Nov 2026 17:10:03 +0000", datetime(2026, 11, 22, 17, 10, 3, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 17:10:03 -0000", datetime(2026, 11, 22, 17, 10, 3, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:00 -2359", NOW),
        ("yesterday", NOW),
    ],
)
def test_a_call_event_happened_when_twilio_says(timestamp: str, at: datetime) -> None:
    """A time that cannot be read does not cost us the event."""
    [report] = finished(
        READER.read(signed({"CallSid": CA, "CallStatus": "busy", "Timestamp": timestamp}, PLAIN), NOW)
    ).reports

    assert report.at == at


def test_calls_that_come_in_are_left_out() -> None:
    """Somebody who calls us is not a result of our call."""
    assert status_of({"CallSid": CA, "CallStatus": "ringing", "Direction": "inbound"}) is None


def test_signed_json_is_read_like_a_form() -> None:
    """The fields of a JSON object mean the same."""
    [report] = finished(
        READER.read(signed_json(json.dumps({"MessageSid": SM, "MessageStatus": "sent"}).encode()), NOW)
    ).reports

    assert report == StatusReport(f"{SM}:sent", DeliveryStatus.SENT, NOW, ATTEMPT, SM)


def test_a_correlation_that_is_none_is_left_out_of_the_report() -> None:
    """A report without a usable attempt key is still a report."""
    url = "https://hooks.example.com/webhooks/twilio?attempt=%00"
    [report] = finished(READER.read(signed({"MessageSid": SM, "MessageStatus": "sent"}, url), NOW)).reports

    assert isinstance(report, StatusReport)
    assert report.attempt_key is None


def test_the_reader_keeps_its_secret_and_will_not_work_without_one() -> None:
    """Everybody could sign with an empty token."""
    assert TOKEN not in repr(READER)
    with pytest.raises(ValueError, match="auth_token"):
        TwilioCallbackReader([""])
