"""What Vonage's callbacks mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.providers.vonage.correlation import CallNote, event_url, read_note
from application.errors import MalformedCallback
from application.ports.callbacks import InboundText, StatusReport
from domain.statuses import Channel, DeliveryStatus
from tests.unit.providers.vonage.signing import (
    ATTEMPT,
    BASE,
    CALL_URL,
    DETECTING_URL,
    NOW,
    REF,
    SECRET,
    URL,
    read,
    with_sig,
    with_token,
)

RECEIPT = {"msisdn": "15005550006", "to": "15005550001", "messageId": "0A0000001234567B"}
RECEIPT |= {"client-ref": ATTEMPT, "message-timestamp": "2026-11-22 17:10:00", "err-code": "0"}
MESSAGE = {"message_uuid": REF, "to": "15005550006", "from": "15005550001", "channel": "sms"}
MESSAGE |= {"client_ref": ATTEMPT, "timestamp": "2026-11-22T17:10:00.000Z"}
CALL = {"uuid": REF, "direction": "outbound", "timestamp": "2026-11-22T17:10:00.000Z"}
AT = datetime(2026, 11, 22, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize(
    ("told", "code", "status", "detail"),
    [
        ("accepted", "0", DeliveryStatus.SENT, ""),
        ("buffered", "0", DeliveryStatus.SENT, ""),
        ("delivered", "0", DeliveryStatus.DELIVERED, ""),
        ("expired", "2", DeliveryStatus.FAILED, "2"),
        ("failed", "3", DeliveryStatus.FAILED, "3"),
        ("rejected", "6", DeliveryStatus.FAILED, "6"),
        ("failed", "9", DeliveryStatus.OPTED_OUT, "9"),
        ("rejected", "9", DeliveryStatus.OPTED_OUT, "9"),
        ("failed", "to +15005550006", DeliveryStatus.FAILED, ""),
    ],
)
def test_a_receipt_has_one_meaning(
    told: str, code: str, status: DeliveryStatus, detail: str, *, form: bool
) -> None:
    """Each status of the SMS API is one of ours; the code for people who have opted out is an opt-out."""
    [report] = read(with_sig(RECEIPT, status=told, form=form, **{"err-code": code})).reports

    ref = RECEIPT["messageId"]
    assert report == StatusReport(f"{ref}:{told}", status, AT, ATTEMPT, ref, detail, ref_varies=True)


@pytest.mark.parametrize("told", ["unknown", "something_new", ""])
def test_a_receipt_that_says_nothing_is_left_out(told: str) -> None:
    """A status that is not known is not guessed."""
    assert read(with_sig(RECEIPT, status=told)).reports == ()


@pytest.mark.parametrize(
    ("told", "more", "status", "detail"),
    [
        ("submitted", {}, DeliveryStatus.SENT, ""),
        ("delivered", {}, DeliveryStatus.DELIVERED, ""),
        ("read", {}, DeliveryStatus.DELIVERED, ""),
        ("rejected", {"error": {"title": 1300, "detail": "to +15005550006"}}, DeliveryStatus.FAILED, "1300"),
        ("undeliverable", {"error": {"title": "1240"}}, DeliveryStatus.FAILED, "1240"),
        ("rejected", {"error": "broken"}, DeliveryStatus.FAILED, ""),
    ],
)
def test_a_status_of_the_messages_api_has_one_meaning(
    told: str, more: dict[str, Any], status: DeliveryStatus, detail: str
) -> None:
    """The detail is Vonage's code alone, which quotes nobody."""
    [report] = read(with_token({**MESSAGE, "status": told, **more})).reports

    assert report == StatusReport(f"{REF}:{told}", status, AT, ATTEMPT, REF, detail)


@pytest.mark.parametrize(
    "fields",
    [{**MESSAGE, "status": "new"}, {**MESSAGE, "status": "read", "channel": "whatsapp"}],
)
def test_what_the_messages_api_tells_of_something_else_is_left_out(fields: dict[str, Any]) -> None:
    """A status that is not known, and another channel, are nothing to us."""
    assert read(with_token(fields)).reports == ()


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
def test_an_inbound_sms_is_a_persons_words(*, form: bool) -> None:
    """Sender and text come through in any script, the number with its plus, and stay out of the repr."""
    text = "S\u00ed, ma\u00f1ana \U0001f44d & m\u00e1s=1+1"
    fields = {"msisdn": "12025550101", "to": "12025550100", "messageId": "0B00", "text": text, "type": "text"}
    fields["message-timestamp"] = "2026-11-22 17:10:00 +0000"

    [report] = read(with_sig(fields, form=form)).reports

    assert report == InboundText("0B00", Channel.SMS, "+12025550101", text, AT)
    assert text not in repr(report)


def test_an_inbound_message_is_a_persons_words() -> None:
    """The same from the Messages API; what a database cannot hold is replaced."""
    fields = {"message_uuid": REF, "from": "12025550101", "channel": "sms", "text": "a\x00b"}
    fields["timestamp"] = "2026-11-22T17:10:00Z"

    [report] = read(with_token(fields)).reports

    assert report == InboundText(REF, Channel.SMS, "+12025550101", "a\ufffdb", AT)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("started", DeliveryStatus.QUEUED),
        ("ringing", DeliveryStatus.SENT),
        ("answered", DeliveryStatus.ANSWERED),
        ("human", DeliveryStatus.ANSWERED),
        ("machine", DeliveryStatus.VOICEMAIL),
        ("busy", DeliveryStatus.BUSY),
        ("unanswered", DeliveryStatus.NO_ANSWER),
        ("timeout", DeliveryStatus.NO_ANSWER),
        ("rejected", DeliveryStatus.FAILED),
        ("failed", DeliveryStatus.FAILED),
        ("cancelled", DeliveryStatus.FAILED),
        ("completed", DeliveryStatus.DELIVERED),
    ],
)
def test_a_call_event_has_one_meaning(told: str, status: DeliveryStatus) -> None:
    """Each status of a call is one of ours, with the attempt key of the address that was called."""
    [report] = read(with_token({**CALL, "status": told}, CALL_URL)).reports

    assert report == StatusReport(f"{REF}:{told}", status, AT, ATTEMPT, REF)


@pytest.mark.parametrize("told", ["answered", "completed"])
def test_while_vonage_listens_for_a_machine_an_answer_is_no_proof_of_a_person(told: str) -> None:
    """Something has picked up; the finding comes as an event that names the call in another way."""
    [picked_up] = read(with_token({**CALL, "status": told}, DETECTING_URL)).reports
    [found] = read(with_token({"call_uuid": REF, "status": "machine"}, DETECTING_URL)).reports

    assert isinstance(picked_up, StatusReport)
    assert picked_up.status is DeliveryStatus.SENT
    assert found == StatusReport(f"{REF}:machine", DeliveryStatus.VOICEMAIL, NOW, ATTEMPT, REF)


@pytest.mark.parametrize(
    ("detail", "kept"),
    [("remote_busy", "remote_busy"), ("called +15005550006", ""), (["x"], ""), ("A" * 100, "")],
)
def test_a_call_that_failed_tells_why_in_one_word_of_vonages(detail: object, kept: str) -> None:
    """Anything but a word of theirs may quote somebody."""
    [report] = read(with_token({**CALL, "status": "busy", "detail": detail}, CALL_URL)).reports

    assert isinstance(report, StatusReport)
    assert report.detail == kept


@pytest.mark.parametrize(
    "fields",
    [
        {**CALL, "status": "something_new"},
        {**CALL, "status": ["answered"]},
        {**CALL, "status": "answered", "direction": "inbound"},
        {"conversation_uuid_from": "CON-1", "conversation_uuid_to": "CON-2", "uuid": REF},
        {"reason": "Syntax error in NCCO.", "conversation_uuid": "CON-1"},
        {},
    ],
)
def test_events_that_mean_nothing_to_us_are_left_out(fields: dict[str, Any]) -> None:
    """New words, calls that come in, transfers and notes about NCCOs are no result of a call of ours."""
    reading = read(with_token(fields, CALL_URL))

    assert (reading.reports, reading.answer) == ((), None)


@pytest.mark.parametrize(
    "callback",
    [
        with_sig({"status": "delivered"}),
        with_sig({"messageId": "", "status": "delivered"}),
        with_sig({"messageId": "M" * 500, "status": "delivered"}),
        with_sig({"messageId": "M\x00", "status": "delivered"}),
        with_sig({"messageId": "0B00", "text": "hi"}),
        with_sig({"messageId": "0B00", "text": "hi", "msisdn": "AcmeInc"}),
        with_token({"message_uuid": 5, "status": "delivered"}),
        with_token({"message_uuid": REF, "text": "hi", "from": {"number": "1"}}),
        with_token({"status": "answered"}, CALL_URL),
        with_token({"uuid": ["x"], "status": "answered"}, CALL_URL),
        with_token({"dtmf": {"digits": "1"}}, CALL_URL),
    ],
)
def test_what_vonage_signed_and_nobody_can_read_is_malformed(callback: Any) -> None:
    """A genuine request without what it must have is malformed, whatever is wrong with it."""
    with pytest.raises(MalformedCallback):
        read(callback)


def test_a_call_whose_address_is_not_ours_is_known_by_its_id() -> None:
    """Where the application's own event URL is called, there is no attempt key."""
    [report] = read(with_token({**CALL, "status": "busy"}, URL)).reports

    assert report == StatusReport(f"{REF}:busy", DeliveryStatus.BUSY, AT, None, REF)


def test_a_correlation_that_is_none_is_left_out_of_the_report() -> None:
    """A report without a usable attempt key is still a report."""
    [report] = read(with_sig(RECEIPT, status="delivered", **{"client-ref": "\x00"})).reports

    assert isinstance(report, StatusReport)
    assert report.attempt_key is None


@pytest.mark.parametrize("stamp", ["yesterday", "", "0001-01-01T00:00:00+23:59", 5, None])
def test_a_time_that_cannot_be_read_is_the_time_of_receipt(stamp: object) -> None:
    """It does not cost us the event."""
    [report] = read(with_token({**CALL, "status": "busy", "timestamp": stamp}, CALL_URL)).reports

    assert report.at == NOW


def pressed(key: object, url: str = CALL_URL) -> tuple[tuple[Any, ...], list[dict[str, Any]]]:
    """What a key is reported as, and what the call does then."""
    reading = read(with_token({**CALL, "dtmf": key}, url))
    assert reading.answer is not None
    assert reading.answer.media_type == "application/json"
    return reading.reports, json.loads(reading.answer.body)


@pytest.mark.parametrize(
    ("key", "keys", "status", "told", "said"),
    [
        ("1", "", DeliveryStatus.REPLIED, "1", "Confirmed."),
        ("2", "", DeliveryStatus.REPLIED, "2", "We call back."),
        ("9", "", DeliveryStatus.OPTED_OUT, None, "No more calls."),
        ("1", "12", DeliveryStatus.REPLIED, "1", "Confirmed."),
        ("2", "12", DeliveryStatus.REPLIED, "2", "Confirmed."),
        ("#", "0*#", DeliveryStatus.REPLIED, "#", "Confirmed."),
        ("9", "0*#", DeliveryStatus.OPTED_OUT, None, "No more calls."),
    ],
)
@pytest.mark.parametrize("wrap", [True, False], ids=["object", "text"])
def test_a_key_is_reported_and_answered_with_an_ncco(
    key: str, keys: str, status: DeliveryStatus, told: str | None, said: str, *, wrap: bool
) -> None:
    """A key that counts on the call is a reply, 9 is an opt-out; the call says so and ends."""
    url = event_url(BASE, CallNote(ATTEMPT, keys=keys), SECRET)
    reports, ncco = pressed({"digits": key, "timed_out": False} if wrap else key, url)

    assert reports == (StatusReport(f"{REF}:pressed-{key}", status, AT, ATTEMPT, REF, pressed=told),)
    assert ncco == [{"action": "talk", "text": said, "language": "en-US"}]


def test_a_key_that_means_nothing_is_told_the_menu_once_more() -> None:
    """The second time the call says goodbye; neither is reported."""
    reports, ncco = pressed({"digits": "5", "timed_out": False})
    [talk, keys] = ncco
    [url] = keys["eventUrl"]
    later, end = pressed({"digits": "5", "timed_out": False}, url)

    assert (reports, later) == ((), ())
    assert (talk["text"], talk["bargeIn"]) == ("1, 2 or 9?", True)
    assert read_note(url, [SECRET]).again
    assert [action["text"] for action in end] == ["Goodbye."]


@pytest.mark.parametrize("key", ["2", "3"])
def test_a_key_that_the_campaign_does_not_name_is_asked_for_once_more(key: str) -> None:
    """Also one of the general menu. The campaign's text is not at hand: 9 is named, and every key counts."""
    reports, ncco = pressed(key, event_url(BASE, CallNote(ATTEMPT, keys="1*"), SECRET))
    [talk, keys] = ncco
    [url] = keys["eventUrl"]
    later, end = pressed(key, url)
    [[right], _] = pressed("*", url)

    assert (reports, later, right.pressed) == ((), (), "*")
    assert talk["text"] == "9?"
    assert read_note(url, [SECRET]) == CallNote(ATTEMPT, again=True, keys="1*")
    assert [action["text"] for action in end] == ["Goodbye."]


@pytest.mark.parametrize("key", [{"digits": "", "timed_out": True}, "", None, [], {"digits": "12"}])
def test_nobody_who_presses_no_key_is_asked_again(key: object) -> None:
    """The time is up, or a machine listens: there is nothing more to do, and the call ends."""
    assert pressed(key) == ((), [])


def test_a_wrong_key_in_a_call_that_is_not_ours_ends_it() -> None:
    """Without our note there is nothing that the next key could be told of."""
    assert pressed("5", URL)[1] == [{"action": "talk", "text": "Goodbye.", "language": "en-US"}]
