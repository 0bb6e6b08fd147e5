"""Postmark's webhooks: who may call, hostile input, and what each record means."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.postmark.callbacks import PostmarkCallbackReader
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, InboundText, Reading, StatusReport
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
AT = datetime(2026, 11, 22, 17, 10, 0, 123456, tzinfo=UTC)
URL = "https://hooks.example.com/webhooks/postmark"
PAIR, PREVIOUS = "hook:s3cret", "hook:bef0re"
READER: CallbackReader = PostmarkCallbackReader([PAIR, PREVIOUS])
REF = "883953f4-6105-42a2-a16a-77a8eac79483"
MINE = {"attempt": "7b1b2f:mail:1"}
AUTHORIZATION = "authorization"


def basic(pair: str, scheme: str = "Basic") -> dict[str, str]:
    return {AUTHORIZATION: f"{scheme} {base64.b64encode(pair.encode()).decode()}"}


def posted(record: Any, pair: str = PAIR, client: str = "") -> Callback:
    body = record if isinstance(record, bytes) else json.dumps(record).encode()
    return Callback(URL, basic(pair), body, client)


def read(record: Any) -> Reading:
    return finished(READER.read(posted(record), NOW))


def record(kind: str, **more: Any) -> dict[str, Any]:
    times = {
        "Delivery": "DeliveredAt",
        "Bounce": "BouncedAt",
        "SpamComplaint": "BouncedAt",
        "SubscriptionChange": "ChangedAt",
    }
    time = {times.get(kind, "ReceivedAt"): "2026-11-22T17:10:00.1234567Z"}
    return {"RecordType": kind, "MessageID": REF, "Metadata": MINE, **time, **more}


GENUINE = posted(record("Delivery"))


@pytest.mark.parametrize("pair", [PAIR, PREVIOUS])
def test_the_current_and_the_previous_credentials_let_in(pair: str) -> None:
    """While a password is replaced, webhooks come with either; the scheme's name is of any case."""
    callback = Callback(URL, basic(pair, "bAsIc"), GENUINE.body)

    assert len(finished(READER.read(callback, NOW)).reports) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {AUTHORIZATION: ""},
        {AUTHORIZATION: "Basic"},
        {AUTHORIZATION: "Basic !!!!"},
        {AUTHORIZATION: "Basic \u00e9"},
        {AUTHORIZATION: "Basic \ud800"},
        basic("hook:wrong"),
        basic("hook:"),
        basic("hook"),
        basic(f"{PAIR} "),
        basic(PAIR, "Bearer"),
        basic(PAIR, ""),
        {AUTHORIZATION: PAIR},
    ],
)
def test_who_does_not_know_the_password_is_refused(headers: dict[str, str]) -> None:
    """Missing, broken and wrong credentials are a bad signature, and the body is not looked at."""
    for body in (GENUINE.body, b"not json"):
        with pytest.raises(BadSignature):
            finished(READER.read(Callback(URL, headers, body), NOW))


@pytest.mark.parametrize(
    ("client", "is_let_in"),
    [
        ("3.134.147.250", True),
        ("::ffff:3.134.147.250", True),
        ("50.31.156.77", True),
        ("2001:db8::1", True),
        ("3.134.147.251", False),
        ("2001:db9::1", False),
        ("127.0.0.1", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_an_allow_list_keeps_others_out(client: str, *, is_let_in: bool) -> None:
    """Where one is set, right credentials from elsewhere are refused; an unknown address is elsewhere."""
    reader = PostmarkCallbackReader([PAIR], ["3.134.147.250", "50.31.156.0/24", "2001:db8::/32"])
    callback = posted(record("Delivery"), client=client)

    if is_let_in:
        assert finished(reader.read(callback, NOW)).reports
    else:
        with pytest.raises(BadSignature):
            finished(reader.read(callback, NOW))


@pytest.mark.parametrize(
    "given",
    [
        ([""], ()),
        (["hook"], ()),
        ([":s3cret"], ()),
        (["hook:"], ()),
        (["hook:s3 cret"], ()),
        ([PAIR], ["here"]),
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_once(given: tuple[list[str], list[str]]) -> None:
    """A wrong setting is named when the reader is made, and no secret is shown."""
    with pytest.raises(ValueError, match=r"must be|appear") as raised:
        PostmarkCallbackReader(*given)

    assert "s3" not in str(raised.value)
    assert "s3cret" not in repr(READER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\xff",
        b"[]",
        b"{}",
        b"5",
        b"[" * 100_000,
        b'{"RecordType":"Delivery"',
        b'{"RecordType":"Delivery"}',
        b'{"RecordType":5}',
        b'{"RecordType":[]}',
        b'{"RecordType":"Open","MessageID":' + b"9" * 5000 + b"}",
        json.dumps(record("Open", MessageID={})).encode(),
        json.dumps(record("Open", MessageID="a\x00")).encode(),
        json.dumps(record("Open", ReceivedAt="now")).encode(),
        json.dumps(record("Open", ReceivedAt=1e300)).encode(),
        json.dumps(record("Open", ReceivedAt=float("nan"))).encode(),
        json.dumps(record("Open", ReceivedAt="0001-01-01T00:00:00+14:00")).encode(),
    ],
)
def test_what_comes_with_the_password_and_cannot_be_read_is_malformed(body: bytes) -> None:
    """A genuine body that is no record is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(posted(body), NOW))


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.just(AUTHORIZATION) | st.text(), st.text()), st.binary(), st.text())
def test_hostile_requests_are_a_bad_signature_and_nothing_else(
    headers: dict[str, str], body: bytes, client: str
) -> None:
    """No header or body gets in, and none makes the reader fall over."""
    with pytest.raises(BadSignature):
        finished(READER.read(Callback(URL, headers, body, client), NOW))


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_no_change_of_the_credentials_is_let_in(data: st.DataObject) -> None:
    """Any other text in the place of the right one is refused."""
    right = GENUINE.headers[AUTHORIZATION]
    place = data.draw(st.integers(6, len(right) - 1))
    other = data.draw(st.characters(codec="ascii", categories=["L", "N"]).filter(lambda c: c != right[place]))
    headers = {AUTHORIZATION: f"{right[:place]}{other}{right[place + 1 :]}"}

    with pytest.raises(BadSignature):
        finished(READER.read(Callback(URL, headers, GENUINE.body), NOW))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = ["RecordType", "MessageID", "Metadata", "Type", "ReceivedAt", "BouncedAt", "SuppressSending", "From"]
FIELDS += ["FromFull", "Headers", "TextBody", "StrippedTextReply", "HtmlBody", "Subject", "SuppressionReason"]
KINDS = ["Open", "Bounce", "SubscriptionChange", "Inbound", "HardBounce", REF, True, "ana@example.com", MINE]


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.sampled_from(KINDS)))
def test_a_genuine_record_is_read_or_malformed_whatever_it_holds(told: dict[str, Any]) -> None:
    """Wrong types in any place make a report, nothing, or a malformed callback."""
    try:
        reading = read(told)
    except MalformedCallback:
        return

    assert reading.unreadable == 0
    assert all(isinstance(report, StatusReport | InboundText) for report in reading.reports)


@pytest.mark.parametrize(
    ("told", "status", "detail"),
    [
        (record("Delivery"), DeliveryStatus.DELIVERED, ""),
        (record("Open"), DeliveryStatus.OPENED, ""),
        (record("Click"), DeliveryStatus.CLICKED, ""),
        (record("SpamComplaint"), DeliveryStatus.COMPLAINED, ""),
        (record("Bounce", Type="HardBounce"), DeliveryStatus.BOUNCED, "HardBounce"),
        (record("Bounce", Type="BadEmailAddress"), DeliveryStatus.BOUNCED, "BadEmailAddress"),
        (record("Bounce", Type="SoftBounce"), DeliveryStatus.FAILED, "SoftBounce"),
        (record("Bounce", Type="Blocked"), DeliveryStatus.FAILED, "Blocked"),
        (record("Bounce", Type="SpamNotification"), DeliveryStatus.FAILED, "SpamNotification"),
        (record("Bounce", Type="ManuallyDeactivated"), DeliveryStatus.FAILED, "ManuallyDeactivated"),
        (record("Bounce", Type="Unsubscribe"), DeliveryStatus.OPTED_OUT, "Unsubscribe"),
        (record("Bounce", Type="SpamComplaint"), DeliveryStatus.COMPLAINED, "SpamComplaint"),
        (record("Bounce", Type="Transient"), None, ""),
        (record("Bounce", Type="DnsError"), None, ""),
        (record("Bounce", Type="AutoResponder"), None, ""),
        (record("Bounce", Type="Unknown"), None, ""),
        (record("Bounce", Type="NewType"), None, ""),
        (record("Bounce", Type=["odd"]), None, ""),
        (record("SubscriptionChange", SuppressSending=False, SuppressionReason=None), None, ""),
        (record("SubscriptionChange", SuppressSending=True, SuppressionReason="New"), None, ""),
        (record("NewRecord"), None, ""),
    ],
)
def test_records_have_one_meaning(told: dict[str, Any], status: DeliveryStatus | None, detail: str) -> None:
    """Each of Postmark's words is one of ours; what means nothing to us is left out."""
    found = [
        (report.status, report.detail) for report in read(told).reports if isinstance(report, StatusReport)
    ]

    assert found == ([] if status is None else [(status, detail)])


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("ManualSuppression", DeliveryStatus.OPTED_OUT),
        ("HardBounce", DeliveryStatus.BOUNCED),
        ("SpamComplaint", DeliveryStatus.COMPLAINED),
    ],
)
def test_a_suppression_is_told_by_its_reason(reason: str, status: DeliveryStatus) -> None:
    """Who unsubscribes is suppressed "manually"; a list that our own side keeps by hand names no message."""
    change = record("SubscriptionChange", SuppressSending=True, SuppressionReason=reason, Origin="Recipient")
    [report] = read(change).reports

    assert isinstance(report, StatusReport)
    assert report.status is status
    assert read({**change, "MessageID": None, "Origin": "Customer"}) == Reading()


def test_a_report_names_the_message_the_attempt_and_the_time() -> None:
    """Repeats have the same id, other events of the message other ones; no id names a person."""
    bounce = record("Bounce", Type="HardBounce", Email="ana@example.com", Details="<ana@example.com> unknown")

    assert (
        read(bounce)
        == read(bounce)
        == Reading(
            (
                StatusReport(
                    event_id=f"Bounce:{REF}:2026-11-22T17:10:00.123456+00:00",
                    status=DeliveryStatus.BOUNCED,
                    at=AT,
                    attempt_key="7b1b2f:mail:1",
                    provider_ref=REF,
                    detail="HardBounce",
                ),
            )
        )
    )
    ids = {read(told).reports[0].event_id for told in (bounce, record("Open"), record("Delivery"))}
    assert len(ids) == 3


def test_a_record_without_correlation_or_time_is_still_a_report() -> None:
    """The test record of Postmark's settings page has no metadata of ours."""
    assert read({"RecordType": "Open", "MessageID": REF}).reports == (
        StatusReport(f"Open:{REF}:", DeliveryStatus.OPENED, NOW, None, REF),
    )


def mail(**more: Any) -> dict[str, Any]:
    common = {
        "From": "ana@example.com",
        "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
        "Subject": "Re: Tea?",
    }
    return {
        **common,
        "FromFull": {"Email": "Ana@Example.com", "Name": "Ana", "MailboxHash": ""},
        "TextBody": "Yes!\n\nOn Sunday, Tea <tea@example.com> wrote:\n> Tea?",
        "StrippedTextReply": "Yes!",
        "Headers": [{"Name": "In-Reply-To", "Value": "<attempt.7b1b2f.mail.1@example.com>"}],
        **more,
    }


def test_an_answer_is_the_persons_own_words_and_names_the_attempt() -> None:
    """A reply comes with its sender, without what it quotes, and with the attempt that it answers."""
    answer = InboundText(
        event_id="inbound:22c74902-a0c1-4511-804f-341342852c90",
        channel=Channel.EMAIL,
        sender="Ana@example.com",
        text="Yes!",
        at=NOW,
        attempt_key="7b1b2f:mail:1",
    )

    assert read(mail()).reports == (answer,)
    assert read(mail(RecordType="Inbound")).reports == (answer,)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"StrippedTextReply": ""}, "Yes!"),
        ({"StrippedTextReply": None, "TextBody": 5}, "Re: Tea?"),
        ({"StrippedTextReply": "", "TextBody": "", "Subject": "STOP"}, "STOP"),
        ({"StrippedTextReply": "", "TextBody": "", "HtmlBody": "<p>STOP</p>"}, "STOP"),
    ],
)
def test_words_are_found_where_they_are(more: dict[str, Any], text: str) -> None:
    """In the stripped reply, else in the text, else in the HTML, else in the subject."""
    [report] = read(mail(**more)).reports

    assert isinstance(report, InboundText)
    assert report.text == text


@pytest.mark.parametrize(
    "more",
    [
        {"Subject": "STOP", "StrippedTextReply": "", "TextBody": ""},
        {
            "Subject": "STOP",
            "StrippedTextReply": "",
            "TextBody": "This message was automatically generated by Gmail.",
        },
        {
            "Subject": "stop",
            "StrippedTextReply": "",
            "TextBody": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
        },
        {
            "Subject": "",
            "StrippedTextReply": "",
            "TextBody": 'Apple Mail sent this email to unsubscribe from the message "Tea?"',
        },
        {"Subject": "STOP", "StrippedTextReply": "", "TextBody": "Unsubscribe me"},
        {
            "Subject": "",
            "StrippedTextReply": "",
            "TextBody": "",
            "HtmlBody": "<p>Apple Mail sent this email to\n unsubscribe</p>",
        },
        {"Subject": "STOP", "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}]},
    ],
)
def test_a_mail_program_that_unsubscribes_is_heard(more: dict[str, Any]) -> None:
    """Gmail and Apple Mail write words of their own, and a program may say that it wrote."""
    [report] = read(mail(**more)).reports

    assert isinstance(report, InboundText)
    assert Keywords().of(report.text) is Keyword.STOP


def test_an_absence_note_is_no_answer() -> None:
    """A program's answer is left out."""
    assert read(mail(Headers=[{"Name": "Auto-Submitted", "Value": "auto-replied"}])) == Reading()


@pytest.mark.parametrize(
    "more",
    [{"FromFull": {"Email": "nobody"}}, {"FromFull": {}}, {"FromFull": None, "From": 5}, {"MessageID": None}],
)
def test_mail_of_nobody_is_malformed(more: dict[str, Any]) -> None:
    """Without a sender or an id nothing can be made of it."""
    with pytest.raises(MalformedCallback):
        read(mail(**more))


def test_mail_that_names_no_attempt_still_has_a_sender() -> None:
    """Headers of wrong types are as good as none."""
    for headers in (None, "odd", [5, {"Name": 5}]):
        [report] = read(mail(Headers=headers, FromFull=None)).reports

        assert isinstance(report, InboundText)
        assert (report.sender, report.attempt_key) == ("ana@example.com", None)
