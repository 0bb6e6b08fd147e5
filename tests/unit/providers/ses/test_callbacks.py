"""What SNS posts for SES: signatures, hostile input, and what each event means."""

import base64
import copy
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.http import Timeouts
from adapters.providers.sandbox.sns import new_certificate, notification
from adapters.providers.ses.callbacks import SesCallbackReader
from adapters.providers.ses.sns import PinnedKeys, SnsEndpoint
from adapters.providers.ses.tags import tag_of
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, Reading, StatusReport
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus
from tests.fakes.coroutines import finished
from tests.unit.providers.ses.envelopes import (
    KEY,
    TOPIC,
    certificate,
    confirmation,
    event,
    fields,
    pem,
    posted,
    private_key,
    signed,
    told,
)

NOW = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
AT = datetime(2026, 11, 22, 12, 0, 1, 123000, tzinfo=UTC)
LIST_TOPIC = "Reminders"
LATER = {"timestamp": "2026-11-22T12:30:00.000Z"}


def nobody(_request: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing is to be asked")


NOWHERE = SnsEndpoint(httpx.AsyncClient(transport=httpx.MockTransport(nobody)), Timeouts())


def reader(*certificates: str, topics: tuple[str, ...] = (TOPIC,)) -> CallbackReader:
    return SesCallbackReader(topics, PinnedKeys(certificates or (certificate(),)), NOWHERE, LIST_TOPIC)


def read(callback: Callback, with_: CallbackReader | None = None) -> Reading:
    return finished((with_ or reader()).read(callback, NOW))


DELIVERY = json.dumps(event("Delivery", "delivery", **LATER))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("changes", [{}, {"Subject": None}])
def test_a_notification_signed_by_sns_is_read(version: str, changes: dict[str, Any]) -> None:
    """By SHA-1 and by SHA-256, with a subject and without."""
    given = fields(DELIVERY, SignatureVersion=version, **changes)
    envelope = {name: value for name, value in given.items() if value is not None}

    assert read(posted(signed(envelope))).reports == (
        StatusReport(
            "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            DeliveryStatus.DELIVERED,
            datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
            str(KEY),
            "0102018f-1",
        ),
    )


def test_the_sandbox_signs_as_the_guide_says() -> None:
    """Its envelope is read like one that is written here from SNS's guide."""
    body = notification(private_key(), TOPIC, "id-1", DELIVERY)

    assert [report.event_id for report in read(posted(body)).reports] == ["id-1"]


GENUINE = signed(fields(DELIVERY))


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": DELIVERY.replace("Delivery", "Complaint")},
        {"MessageId": "22b80b92"},
        {"Subject": "Amazon"},
        {"Subject": None},
        {"Timestamp": "2026-11-22T12:00:02.123Z"},
        {"TopicArn": TOPIC + "s"},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Anything"},
        {"Type": ["Notification"]},
        {"Type": None},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": 1},
        {"SignatureVersion": None},
        {"Signature": None},
        {"Signature": ""},
        {"Signature": "AAAA"},
        {"Signature": "not base64"},
        {"Signature": "\u00e9"},
        {"Signature": 7},
        {"Message": None},
        {"Message": 7},
        {"Message": "\ud800"},
        {"MessageId": "\ud800"},
    ],
)
def test_what_sns_did_not_sign_is_refused(changes: dict[str, Any]) -> None:
    """Any change of what is signed, or of the signature, is a bad signature."""
    envelope = {name: value for name, value in {**GENUINE, **changes}.items() if value is not None}
    with pytest.raises(BadSignature):
        read(posted(envelope))


def test_an_envelope_of_somebody_elses_topic_is_refused() -> None:
    """Anybody can have SNS sign for a topic of their own."""
    with pytest.raises(BadSignature, match="no topic of ours"):
        read(posted(signed(fields(DELIVERY, TopicArn=TOPIC + "s"))))


def test_several_topics_may_be_ours() -> None:
    """Bounces and deliveries may come by topics of their own."""
    with_ = reader(topics=(TOPIC + "s", TOPIC))

    assert len(read(posted(GENUINE), with_).reports) == 1


def test_two_certificates_are_valid_while_one_takes_the_others_place() -> None:
    """The current and the previous one both verify; a foreign one does not."""
    other = new_certificate()[1]

    assert len(read(posted(GENUINE), reader(other, certificate())).reports) == 1
    with pytest.raises(BadSignature):
        read(posted(GENUINE), reader(other))


@pytest.mark.parametrize(
    "make", [certificate, lambda: pem().decode(), lambda: base64.b64encode(pem()).decode()]
)
def test_a_certificate_is_given_as_pem_or_base64(make: Any) -> None:
    """Of PEM or of DER, as a shell or a secret store has it."""
    assert len(read(posted(GENUINE), reader(make())).reports) == 1


@pytest.mark.parametrize("text", ["x", "AAAA", "\u00e9", "-----BEGIN CERTIFICATE-----"])
def test_a_certificate_that_is_none_is_refused_at_once(text: str) -> None:
    """A wrong setting is named when the reader is made."""
    with pytest.raises(ValueError, match="sns_certificate must be"):
        reader(text)


@pytest.mark.parametrize(
    "topics",
    [
        (),
        ("drumbeat",),
        ("arn:aws:sns:eu-west-1:drumbeat",),
        (TOPIC.replace("eu-west-1", "x.evil.example/"),),
        (TOPIC.replace(":sns:", ":sqs:"),),
    ],
)
def test_a_topic_that_is_none_is_refused_at_once(topics: tuple[str, ...]) -> None:
    """A reader of no topic would read nothing, ever."""
    with pytest.raises(ValueError, match="topic_arn must be"):
        reader(topics=topics)


def test_no_other_fields_are_made_of_the_signed_bytes() -> None:
    """The bytes of a genuine envelope, split in another way, are not one: only a message has line ends."""
    genuine = signed(fields("a\nMessageId\nb"))
    moved = {**genuine, "Message": "a", "MessageId": "b\nMessageId\n" + genuine["MessageId"]}

    with pytest.raises(BadSignature, match="not one of SNS"):
        read(posted(moved))


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"7", b"\xff\xfe\xff", b"[" * 100_000, b'{"TopicArn":']
)
def test_a_body_that_is_no_envelope_is_a_bad_signature(body: bytes) -> None:
    """Where no signature can be, there is none."""
    with pytest.raises(BadSignature):
        read(posted(body))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)  # the machine may be busy
@given(
    st.dictionaries(st.text(), st.text()),
    st.binary()
    | st.dictionaries(
        st.sampled_from(sorted(GENUINE)), ANYTHING | st.sampled_from(sorted(GENUINE.values()))
    ).map(lambda envelope: json.dumps(envelope).encode()),
)
def test_hostile_requests_are_a_bad_signature_and_nothing_else(headers: dict[str, str], body: bytes) -> None:
    """No header or body gets in, and none makes the reader fall over."""
    with pytest.raises(BadSignature):
        read(Callback("https://hooks.example.com", headers, body))


SIGNED_FIELDS = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Signature"]


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(SIGNED_FIELDS), st.data())
def test_a_genuine_envelope_with_one_character_changed_is_refused(name: str, data: st.DataObject) -> None:
    """Whichever, wherever."""
    text = GENUINE[name]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[at]))
    changed = {**GENUINE, name: text[:at] + other + text[at + 1 :]}
    if name == "Signature" and other == "\n":
        return  # base64 with a line end in it would say the same, were it read

    with pytest.raises(BadSignature):
        read(posted(changed))


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=3), st.data())
def test_a_genuine_body_with_bytes_changed_is_refused_or_means_the_same(
    piece: bytes, data: st.DataObject
) -> None:
    """JSON has many spellings, and some fields are not signed; nothing else is taken."""
    body = json.dumps(GENUINE).encode()
    at = data.draw(st.integers(0, len(body)))
    genuine = read(posted(GENUINE))
    try:
        reading = read(posted(body[:at] + piece + body[at + len(piece) :]))
    except BadSignature:
        return

    assert reading == genuine


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"eventType": 7}',
        '{"eventType": null, "notificationType": "Delivery"}',
        "[" * 100_000,
        json.dumps(event("Delivery", "delivery", timestamp=7)),
        json.dumps(event("Delivery", "delivery", timestamp="now")),
        json.dumps(event("Delivery", "delivery", timestamp="0001-01-01T00:00:00+14:00")),
    ],
)
def test_what_sns_signed_and_nobody_can_read_is_malformed(message: str) -> None:
    """A genuine envelope with no event in it is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback):
        read(told(message))


EVENT_FIELDS = [
    "eventType",
    "notificationType",
    "mail",
    "bounce",
    "complaint",
    "delivery",
    "subscription",
    "open",
]
INNER_FIELDS = [
    *["timestamp", "bounceType", "bounceSubType", "bouncedRecipients", "complaintFeedbackType", "messageId"],
    *["newTopicPreferences", "unsubscribeAll", "tags", "attempt", "status"],
]
WORDS = st.sampled_from(
    ["Bounce", "Complaint", "Delivery", "Open", "Subscription", "Permanent", LATER["timestamp"]]
)


@settings(deadline=None)  # the machine may be busy
@given(
    st.dictionaries(
        st.sampled_from(EVENT_FIELDS),
        ANYTHING | WORDS | st.dictionaries(st.sampled_from(INNER_FIELDS), ANYTHING | WORDS),
    )
)
def test_genuine_events_are_read_or_malformed_whatever_they_hold(given_: dict[str, Any]) -> None:
    """One report, none, or a callback that cannot be read."""
    try:
        reading = read(told(given_))
    except MalformedCallback:
        return

    assert len(reading.reports) <= 1


def bounce(kind: str, sort: str = "General", **recipient: Any) -> dict[str, Any]:
    recipients = [{"emailAddress": "ana@example.com", **recipient}]
    return event("Bounce", "bounce", bounceType=kind, bounceSubType=sort, bouncedRecipients=recipients)


@pytest.mark.parametrize(
    ("given_", "status"),
    [
        (event("Send", "send"), DeliveryStatus.SENT),
        (event("Delivery", "delivery", smtpResponse="250 ok"), DeliveryStatus.DELIVERED),
        (event("Open", "open", userAgent="Mozilla/5.0"), DeliveryStatus.OPENED),
        (event("Click", "click", link="https://example.com"), DeliveryStatus.CLICKED),
        (event("Reject", "reject", reason="Bad content"), DeliveryStatus.FAILED),
        (event("Rendering Failure", "failure", errorMessage="no name"), DeliveryStatus.FAILED),
        (event("DeliveryDelay", "deliveryDelay", delayType="MailboxFull"), None),
        (bounce("Permanent"), DeliveryStatus.BOUNCED),
        (bounce("Permanent", "OnAccountSuppressionList"), DeliveryStatus.BOUNCED),
        (bounce("Transient", "MailboxFull"), DeliveryStatus.FAILED),
        (bounce("Undetermined", "Undetermined"), DeliveryStatus.FAILED),
        (event("Bounce"), DeliveryStatus.FAILED),
        (event("Complaint", "complaint", complaintFeedbackType="abuse"), DeliveryStatus.COMPLAINED),
        (event("Complaint", "complaint", complaintSubType=None), DeliveryStatus.COMPLAINED),
        (event("Complaint", "complaint", complaintFeedbackType="not-spam"), None),
        (
            event("Subscription", "subscription", newTopicPreferences={"unsubscribeAll": True}),
            DeliveryStatus.OPTED_OUT,
        ),
        (event("Subscription", "subscription", newTopicPreferences={"unsubscribeAll": False}), None),
        (event("Subscription", "subscription", newTopicPreferences={"topicSubscriptionStatus": []}), None),
        (event("Subscription"), None),
        (event("Something New"), None),
    ],
)
def test_events_have_one_meaning(given_: dict[str, Any], status: DeliveryStatus | None) -> None:
    """Each of SES's words is one of ours; what means nothing to us is left out."""
    reports = read(told(given_)).reports

    assert [getattr(report, "status", None) for report in reports] == ([] if status is None else [status])


def preferring(*topics: object, everything: bool = False) -> dict[str, Any]:
    """Somebody has changed what they want to get of our list."""
    wishes = {"unsubscribeAll": everything, "topicSubscriptionStatus": list(topics)}
    return event("Subscription", "subscription", contactList="guests", newTopicPreferences=wishes)


def of_topic(name: Any, status: Any) -> dict[str, Any]:
    return {"topicName": name, "subscriptionStatus": status}


@pytest.mark.parametrize(
    ("given_", "opts_out"),
    [
        (preferring(of_topic(LIST_TOPIC, "OptOut")), True),
        (preferring(of_topic(LIST_TOPIC, "OPT_OUT")), True),
        (preferring(5, of_topic("News", "OptIn"), of_topic(LIST_TOPIC, "OptOut")), True),
        (preferring(of_topic(LIST_TOPIC, "OptIn"), everything=True), True),
        (preferring(of_topic(LIST_TOPIC, "OptIn")), False),
        (preferring(of_topic("News", "OptOut")), False),
        (preferring(of_topic(None, "OptOut"), of_topic(LIST_TOPIC, ["OptOut"])), False),
    ],
)
def test_who_opts_out_of_our_topic_opts_out_of_us(given_: dict[str, Any], *, opts_out: bool) -> None:
    """SES's links to unsubscribe are about the topic that e-mail was sent for; other topics are not ours."""
    reports = read(told(given_)).reports

    assert [getattr(report, "status", None) for report in reports] == [DeliveryStatus.OPTED_OUT] * opts_out


def test_without_a_topic_of_ours_only_everything_counts() -> None:
    """An e-mail that was sent for a list alone is about no topic."""
    reader_ = SesCallbackReader((TOPIC,), PinnedKeys((certificate(),)), NOWHERE)

    assert read(told(preferring(of_topic("", "OptOut"))), reader_) == Reading()
    assert len(read(told(preferring(everything=True)), reader_).reports) == 1


def test_an_event_without_a_time_of_its_own_has_the_envelopes() -> None:
    """A Send and a Reject tell none."""
    [report] = read(told(event("Send", "send"))).reports

    assert report.at == AT


def test_the_older_sort_of_events_is_known_by_the_message_alone() -> None:
    """Notifications of an identity have another name for the type, and no tags."""
    older = copy.deepcopy(event("Delivery", "delivery", **LATER))
    older["notificationType"] = older.pop("eventType")
    del older["mail"]["tags"]
    [report] = read(told(older)).reports

    assert isinstance(report, StatusReport)
    assert (report.status, report.attempt_key, report.provider_ref) == (
        DeliveryStatus.DELIVERED,
        None,
        "0102018f-1",
    )


@pytest.mark.parametrize("value", [[], None, [7], ["="], [tag_of(AttemptKey("a\x00", "b", 1))], "x", {}])
def test_a_tag_that_is_not_ours_is_no_key(value: Any) -> None:
    """It is no reason to turn the event away."""
    given_ = event("Delivery", "delivery")
    given_["mail"]["tags"]["attempt"] = value
    [report] = read(told(given_)).reports

    assert isinstance(report, StatusReport)
    assert report.attempt_key is None


@pytest.mark.parametrize(
    ("given_", "detail"),
    [
        (
            bounce("Permanent", "NoEmail", status="5.1.1", diagnosticCode="550 <ana@example.com>"),
            "Permanent/NoEmail 5.1.1",
        ),
        (bounce("Transient", "MailboxFull"), "Transient/MailboxFull"),
        (bounce("Permanent", "ana@example.com", status="ana@example.com"), "Permanent"),
        (event("Bounce", "bounce", bounceType=7, bouncedRecipients=[7]), ""),
        (event("Complaint", "complaint", complaintFeedbackType="abuse"), "abuse"),
        (
            event("Complaint", "complaint", complaintSubType="OnAccountSuppressionList"),
            "OnAccountSuppressionList",
        ),
        (event("Reject", "reject", reason="virus for ana@example.com"), ""),
    ],
)
def test_the_detail_is_a_code_and_quotes_nobody(given_: dict[str, Any], detail: str) -> None:
    """Diagnostics are written by mail servers, which quote the address."""
    [report] = read(told(given_)).reports

    assert isinstance(report, StatusReport)
    assert report.detail == detail


def test_the_message_by_which_ses_tries_a_topic_is_no_event() -> None:
    """It is no JSON, and no reason to refuse the topic's first notification."""
    assert read(told("Successfully validated SNS topic for Amazon SES event publishing.")) == Reading()
    assert read(told({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "Hi"})) == Reading()


def test_the_news_that_we_are_unsubscribed_is_no_event() -> None:
    """It is logged for a person, and asks for nothing."""
    assert read(posted(signed(confirmation("UnsubscribeConfirmation")))) == Reading()


def test_the_reader_has_the_name_of_its_route() -> None:
    """SNS posts to ``/webhooks/ses``."""
    assert reader().name == "ses"
