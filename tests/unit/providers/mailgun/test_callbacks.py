"""Mailgun's webhooks: signatures, their age, hostile input, and what each event means."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.mailgun.callbacks import AHEAD, OLDEST, MailgunCallbackReader
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, InboundText, Reading, StatusReport
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.coroutines import finished

AT = datetime(2026, 11, 22, 17, 10, 0, 250000, tzinfo=UTC)
NOW = AT + timedelta(seconds=2)
SENT = str(int(AT.timestamp()))
URL = "https://hooks.example.com/webhooks/mailgun"
KEY, PREVIOUS = "0123456789abcdef", "fedcba9876543210"
READER: CallbackReader = MailgunCallbackReader([KEY, PREVIOUS])
TOKEN = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c0"
REF = "attempt.7b1b2f.mail.1@mg.example.com"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def signature(timestamp: Any = SENT, token: str = TOKEN, key: str = KEY) -> dict[str, Any]:
    signed = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signed}


def posted(data: Any, **changes: Any) -> Callback:
    """An event as Mailgun posts it."""
    return Callback(URL, JSON, json.dumps({"signature": signature(**changes), "event-data": data}).encode())


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "event": kind,
        "id": "DACSsAdVSeGpLid7TN03WA",
        "timestamp": AT.timestamp(),
        "recipient": "ana@example.com",
        "user-variables": {"attempt": "7b1b2f:mail:1"},
        "message": {"headers": {"message-id": REF, "to": "ana@example.com"}},
        **more,
    }


def failed(severity: str, reason: Any, **status: Any) -> dict[str, Any]:
    return event("failed", severity=severity, reason=reason, **{"delivery-status": status})


def read(data: Any) -> Reading:
    return finished(READER.read(posted(data), NOW))


@pytest.mark.parametrize("key", [KEY, PREVIOUS])
def test_the_current_and_the_previous_key_sign(key: str) -> None:
    """While the key is replaced callbacks come signed with either, and each is good for one delivery."""
    reading = finished(READER.read(posted(event("delivered"), key=key), NOW))

    assert len(reading.reports) == 1
    assert reading.nonce == TOKEN


def test_a_time_that_is_a_number_is_signed_too() -> None:
    """The time is text in the vendor's examples and a number in its table."""
    assert finished(READER.read(posted(event("delivered"), timestamp=int(SENT)), NOW)).reports


@pytest.mark.parametrize(
    ("age", "is_of_our_time"),
    [
        (timedelta(0), True),
        (OLDEST - timedelta(seconds=1), True),
        (OLDEST + timedelta(seconds=1), False),
        (timedelta(seconds=1) - AHEAD, True),
        (-timedelta(seconds=1) - AHEAD, False),
        (timedelta(days=4000), False),
    ],
)
def test_a_signature_is_good_as_long_as_mailgun_repeats(age: timedelta, *, is_of_our_time: bool) -> None:
    """Too old is refused, and so is what comes from the future."""
    made = datetime.fromtimestamp(int(SENT), UTC)
    callback = posted(event("delivered"))

    if is_of_our_time:
        assert finished(READER.read(callback, made + age)).reports
    else:
        with pytest.raises(BadSignature, match="time"):
            finished(READER.read(callback, made + age))


def test_a_digit_may_not_move_between_time_and_token() -> None:
    """Both are signed as one text; moved digits would make another nonce of the same signature."""
    right = signature()
    for moved in (
        {**right, "timestamp": SENT + TOKEN[0], "token": TOKEN[1:]},
        {**right, "timestamp": SENT[:-1], "token": SENT[-1] + TOKEN},
    ):
        body = json.dumps({"signature": moved, "event-data": event("delivered")}).encode()

        with pytest.raises(BadSignature):
            finished(READER.read(Callback(URL, JSON, body), NOW))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        None,
        "odd",
        [],
        {**signature(), "signature": ""},
        {**signature(), "signature": "\u00e9"},
        {**signature(), "signature": "\ud800"},
        {**signature(), "signature": 5},
        {**signature(), "signature": signature()["signature"].upper()},
        {**signature(), "token": "x" + TOKEN[1:]},
        {**signature(), "token": None},
        {**signature(token=""), "token": ""},
        signature(token="x" * 101),
        signature(token="\u00e9"),
        {**signature(), "timestamp": str(int(SENT) + 1)},
        {**signature(), "timestamp": None},
        {**signature(), "timestamp": True},
        {**signature(), "timestamp": float("nan")},
        signature(timestamp="now"),
        signature(timestamp="-1"),
        signature(timestamp=f" {SENT}"),
        signature(timestamp="\u0661\u0662"),
        signature(timestamp="9" * 13),
        signature(timestamp=10**300),
        signature(key="another"),
    ],
)
def test_what_mailgun_did_not_sign_is_refused(wrong: Any) -> None:
    """A missing, broken or foreign signature is refused, and so is one over what is no time or token."""
    body = json.dumps({"signature": wrong, "event-data": event("delivered")}).encode()
    form = urlencode(wrong if isinstance(wrong, dict) else {}, errors="replace").encode()

    for headers, sent in ((JSON, body), (FORM, form)):
        with pytest.raises(BadSignature):
            finished(READER.read(Callback(URL, headers, sent), NOW))


GENUINE = posted(event("delivered"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, GENUINE.body),
        ({"content-type": "text/plain"}, GENUINE.body),
        ({"content-type": "\ud800"}, GENUINE.body),
        (FORM, GENUINE.body),
        ({"content-type": "multipart/form-data; boundary=x"}, GENUINE.body),
        (JSON, GENUINE.body[:-20]),
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b"\xff\xfe\xff"),
        (JSON, b"[" * 100_000),
        (JSON, b"9" * 100_000),
    ],
)
def test_a_body_that_cannot_be_read_is_not_from_there(headers: dict[str, str], body: bytes) -> None:
    """The signature stands in the body: without a body that can be read, nobody has signed."""
    with pytest.raises(BadSignature):
        finished(READER.read(Callback(URL, headers, body), NOW))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"event": 5},
        {"event": "delivered"},
        event("delivered", id=7),
        event("delivered", id=""),
        event("delivered", id="a\x00"),
        event("delivered", timestamp="now"),
        event("delivered", timestamp=True),
        event("delivered", timestamp=1e300),
        event("delivered", timestamp=float("nan")),
    ],
)
def test_what_mailgun_signed_and_nobody_can_read_is_malformed(data: Any) -> None:
    """A genuine delivery whose event is none is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback) as caught:
        read(data)

    assert caught.value.nonce == TOKEN, "the signature is used up all the same"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
TYPES = st.sampled_from(["application/json", FORM["content-type"], "multipart/form-data; boundary=x"])


@settings(deadline=None)  # the machine may be busy
@given(TYPES | st.text(), st.binary() | ANYTHING.map(json.dumps).map(str.encode))
def test_hostile_requests_are_a_bad_signature_and_nothing_else(content_type: str, body: bytes) -> None:
    """No type and no body gets in, and none makes the reader fall over."""
    with pytest.raises(BadSignature):
        finished(READER.read(Callback(URL, {"content-type": content_type}, body), NOW))


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(["timestamp", "token", "signature"]), st.data())
def test_no_change_of_the_signature_is_let_in(name: str, data: st.DataObject) -> None:
    """Any other character in the place of the right one is refused."""
    right = signature()
    place = data.draw(st.integers(0, len(right[name]) - 1))
    other = data.draw(st.characters().filter(lambda c: c != right[name][place]))
    changed = right[name][:place] + other + right[name][place + 1 :]
    body = json.dumps({"signature": {**right, name: changed}, "event-data": event("delivered")})

    with pytest.raises(BadSignature):
        finished(READER.read(Callback(URL, JSON, body.encode()), NOW))


FIELDS = ["event", "id", "timestamp", "severity", "reason", "delivery-status", "user-variables", "message"]
WORDS = st.sampled_from(["opened", "failed", "permanent", "bounce", {"bot": "apple"}, {"code": 550}])


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from([*FIELDS, "client-info"]), ANYTHING | WORDS))
def test_a_genuine_event_is_read_or_malformed_whatever_it_holds(data: dict[str, Any]) -> None:
    """Wrong types in any place make a report, nothing, or a malformed callback."""
    try:
        reading = read(data)
    except MalformedCallback:
        return

    assert reading.nonce == TOKEN
    assert all(isinstance(report, StatusReport) for report in reading.reports)


@pytest.mark.parametrize(
    ("data", "status", "detail"),
    [
        (event("accepted"), DeliveryStatus.QUEUED, ""),
        (event("delivered", **{"delivery-status": {"code": 250}}), DeliveryStatus.DELIVERED, ""),
        (event("opened"), DeliveryStatus.OPENED, ""),
        (event("opened", **{"client-info": {"bot": ""}}), DeliveryStatus.OPENED, ""),
        (event("opened", **{"client-info": {"bot": "apple"}}), DeliveryStatus.DELIVERED, ""),
        (event("opened", **{"client-info": {"bot": "gmail"}}), DeliveryStatus.DELIVERED, ""),
        (event("clicked"), DeliveryStatus.CLICKED, ""),
        (event("clicked", **{"client-info": {"bot": "generic"}}), DeliveryStatus.DELIVERED, ""),
        (event("unsubscribed"), DeliveryStatus.OPTED_OUT, ""),
        (event("complained"), DeliveryStatus.COMPLAINED, ""),
        (event("rejected", reason="Sandbox subdomains are for test purposes"), DeliveryStatus.FAILED, ""),
        (failed("temporary", "generic", code=452), None, ""),
        (failed("temporary", "suppress-unsubscribe"), None, ""),
        (failed("odd", "bounce"), None, ""),
        (failed("permanent", "bounce", code=550), DeliveryStatus.BOUNCED, "bounce 550"),
        (
            failed("permanent", "bounce", **{"code": 550, "bounce-type": "hard", "enhanced-code": "5.1.1"}),
            DeliveryStatus.BOUNCED,
            "bounce 550 5.1.1",
        ),
        (
            failed("permanent", "bounce", **{"code": 552, "bounce-type": "soft"}),
            DeliveryStatus.FAILED,
            "bounce 552",
        ),
        (failed("permanent", "suppress-bounce", code=605), DeliveryStatus.BOUNCED, "suppress-bounce 605"),
        (
            failed("permanent", "suppress-unsubscribe", code=606),
            DeliveryStatus.OPTED_OUT,
            "suppress-unsubscribe 606",
        ),
        (
            failed("permanent", "suppress-complaint", code=607),
            DeliveryStatus.COMPLAINED,
            "suppress-complaint 607",
        ),
        (failed("permanent", "generic", code=554), DeliveryStatus.FAILED, "generic 554"),
        (failed("permanent", "old"), DeliveryStatus.FAILED, "old"),
        (failed("permanent", "<ana@example.com> unknown"), DeliveryStatus.FAILED, ""),
        (failed("permanent", ["odd"], code="550"), DeliveryStatus.FAILED, ""),
        (event("stored"), None, ""),
        (event("something_new", id=None), None, ""),
    ],
)
def test_events_have_one_meaning(data: dict[str, Any], status: DeliveryStatus | None, detail: str) -> None:
    """Each of Mailgun's words is one of ours or left out; what a bot opened nobody has read."""
    found = [
        (report.status, report.detail) for report in read(data).reports if isinstance(report, StatusReport)
    ]

    assert found == ([] if status is None else [(status, detail)])


def test_a_report_names_the_message_the_attempt_and_the_day() -> None:
    """Mailgun's ids are unique within a day: the event's name and its day make ours unique for good."""
    assert read(event("opened")).reports == (
        StatusReport(
            event_id="DACSsAdVSeGpLid7TN03WA:opened:2026-11-22",
            status=DeliveryStatus.OPENED,
            at=AT,
            attempt_key="7b1b2f:mail:1",
            provider_ref=REF,
        ),
    )


def test_an_event_without_correlation_or_time_is_still_a_report() -> None:
    """The test event of Mailgun's settings page has no variables of ours."""
    assert read({"event": "opened", "id": "a", "user-variables": []}).reports == (
        StatusReport("a:opened:2026-11-22", DeliveryStatus.OPENED, NOW, None, None),
    )


def mail(**more: str) -> dict[str, str]:
    headers = [
        ["Message-Id", "<r1@example.com>"],
        ["In-Reply-To", f"<{REF}>"],
        ["References", f"<first@x> <{REF}>"],
    ]
    return {
        "recipient": "answers@mg.example.com",
        "sender": "bounces+ana@mailer.example.com",
        "from": "Ana <Ana@Example.com>",
        "subject": "Re: Tea?",
        "body-plain": "Yes!\r\n\r\nOn Sunday, Tea <tea@example.com> wrote:\r\n> Tea?",
        "stripped-text": "Yes!",
        "message-headers": json.dumps(headers),
        **signature(),
        **more,
    }


def read_mail(fields: dict[str, str]) -> Reading:
    return finished(READER.read(Callback(URL, FORM, urlencode(fields).encode()), NOW))


def test_an_answer_is_the_persons_own_words_and_names_the_attempt() -> None:
    """A route's form gives the sender, the words without what they quote, and the attempt answered."""
    reading = read_mail(mail())
    [report] = reading.reports

    assert isinstance(report, InboundText)
    assert reading.nonce == TOKEN
    assert report.event_id.startswith("inbound:")
    assert "ana" not in report.event_id.lower()
    assert (report.channel, report.sender, report.text) == (Channel.EMAIL, "Ana@example.com", "Yes!")
    assert report.at == datetime.fromtimestamp(int(SENT), UTC)
    assert report.attempt_key == "7b1b2f:mail:1"


def test_a_form_with_an_attachment_is_read_too() -> None:
    """With files the form is multipart/form-data."""
    files: dict[str, Any] = {name: (None, value) for name, value in mail().items()}
    request = httpx.Request("POST", URL, files={**files, "attachment-1": ("a.png", b"\xff" * 100)})

    reading = finished(READER.read(Callback(URL, dict(request.headers), request.read()), NOW))

    assert reading == read_mail(mail())


def test_a_message_has_one_id_however_often_it_is_signed() -> None:
    """The id comes from the message; another sender cannot take its place."""
    once = read_mail(mail()).reports[0].event_id
    again = read_mail(mail(**signature(token="another"))).reports[0].event_id
    other = read_mail(mail(**{"from": "bo@example.com"})).reports[0].event_id

    assert once == again != other


@pytest.mark.parametrize(
    ("more", "sender", "text", "attempt"),
    [
        ({"stripped-text": ""}, "Ana@example.com", "Yes!", "7b1b2f:mail:1"),
        (
            {"stripped-text": "", "body-plain": "", "subject": "STOP"},
            "Ana@example.com",
            "STOP",
            "7b1b2f:mail:1",
        ),
        ({"from": ""}, "bounces+ana@mailer.example.com", "Yes!", "7b1b2f:mail:1"),
        ({"message-headers": "[]"}, "Ana@example.com", "Yes!", None),
        ({"message-headers": ""}, "Ana@example.com", "Yes!", None),
        ({"message-headers": "[5, [1], {}]"}, "Ana@example.com", "Yes!", None),
        (
            {"message-headers": f'[["References", "<{REF}> <x@y>"]]'},
            "Ana@example.com",
            "Yes!",
            "7b1b2f:mail:1",
        ),
    ],
)
def test_what_is_missing_is_found_elsewhere(
    more: dict[str, str], sender: str, text: str, attempt: str | None
) -> None:
    """The text, the sender and the attempt each have a second place."""
    [report] = read_mail(mail(**more)).reports

    assert isinstance(report, InboundText)
    assert (report.sender, report.text, report.attempt_key) == (sender, text, attempt)


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "STOP", "stripped-text": "", "body-plain": ""},
        {
            "subject": "STOP",
            "stripped-text": "This message was automatically generated by Gmail.",
            "body-plain": "This message was automatically generated by Gmail.",
        },
        {
            "subject": "stop",
            "stripped-text": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
            "body-plain": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
        },
        {
            "subject": "",
            "stripped-text": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
            "body-plain": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
        },
        {"subject": "STOP", "message-headers": '[["Auto-Submitted", "auto-generated"]]'},
    ],
)
def test_a_mail_program_that_unsubscribes_is_heard(more: dict[str, str]) -> None:
    """Gmail and Apple Mail write words of their own, and a program may say that it wrote."""
    [report] = read_mail(mail(**more)).reports

    assert isinstance(report, InboundText)
    assert Keywords().of(report.text) is Keyword.STOP


def test_an_absence_note_is_no_answer() -> None:
    """A program's answer is left out; its token is used up all the same."""
    note = mail(**{"message-headers": '[["Auto-Submitted", "auto-replied"]]'})

    assert read_mail(note) == Reading(nonce=TOKEN)


@pytest.mark.parametrize(
    "more",
    [
        {"from": "nobody", "sender": ""},
        {"from": "", "sender": ""},
        {"message-headers": "{"},
        {"message-headers": "{}"},
        {"message-headers": "[" * 100_000},
    ],
)
def test_mail_of_nobody_is_malformed(more: dict[str, str]) -> None:
    """Without a sender, or with headers that are none, nothing can be made of it."""
    with pytest.raises(MalformedCallback):
        read_mail(mail(**more))


@pytest.mark.parametrize("timestamp", [SENT, int(SENT)])
@pytest.mark.parametrize("more", [{}, {"from": "ana@example.com"}, {"message-headers": []}])
def test_json_that_is_no_event_is_malformed_and_uses_its_signature_up(
    timestamp: Any, more: dict[str, Any]
) -> None:
    """Mail comes as a form, whose time is a text; whatever else is signed is good for one delivery too."""
    body = json.dumps({**signature(timestamp=timestamp), **more}).encode()
    if timestamp == SENT and "from" in more:
        assert finished(READER.read(Callback(URL, JSON, body), NOW)).nonce == TOKEN
        return
    with pytest.raises(MalformedCallback) as caught:
        finished(READER.read(Callback(URL, JSON, body), NOW))

    assert caught.value.nonce == TOKEN


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from(list(mail())[:7]), st.text()))
def test_a_genuine_form_is_read_or_malformed_whatever_it_holds(more: dict[str, str]) -> None:
    """People write what they like."""
    body = urlencode(mail(**more), errors="replace").encode()
    try:
        reading = finished(READER.read(Callback(URL, FORM, body), NOW))
    except MalformedCallback:
        return

    assert all(isinstance(report, InboundText) for report in reading.reports)


@pytest.mark.parametrize("key", ["", "two words", "\u00e9"])
def test_a_key_that_is_none_is_refused_at_once(key: str) -> None:
    """A wrong setting is named when the reader is made, and no secret is shown."""
    with pytest.raises(ValueError, match="must be printable"):
        MailgunCallbackReader([KEY, key])

    assert KEY not in repr(READER)
