"""What Twilio is answered while it waits: keys that were pressed on a call, and texts that came in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from adapters.providers.common.menu import Menu
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.providers.twilio.gather import SpokenMenu
from application.errors import BadSignature
from application.ports.callbacks import Callback, CallbackReader, Reading, StatusReport
from domain.keywords import Keyword, Keywords
from domain.statuses import DeliveryStatus
from tests.fakes.coroutines import finished
from tests.fakes.signing import TWILIO_TOKEN, twilio_request

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CA, SM = "CAccccccccccccccccccccccccccccccc1", "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
HOOK = "https://hooks.example.com/webhooks/twilio"
MENU = Menu("Press 1, 2 or 9.", "Thanks.", "Later.", "Gone.", "Bye.", "Press 9.")
GERMAN = Keywords.of_languages(["en", "de"])
READER: CallbackReader = TwilioCallbackReader(
    [TWILIO_TOKEN], keywords=GERMAN, help_text="Tea House & Co: call 5550100", menu=SpokenMenu(MENU)
)


def read(url: str, fields: Mapping[str, str], reader: CallbackReader = READER) -> Reading:
    request = twilio_request(url, fields)
    return finished(reader.read(Callback(request.url, request.headers, request.body), NOW))


def pressed(key: str, nth: str = "1", keys: str = "") -> Reading:
    """A key on a call, as Twilio's Gather tells it; perhaps on one whose campaign names keys of its own."""
    fields = {"CallSid": CA, "CallStatus": "in-progress", "Direction": "outbound-api", "msg": "Gather End"}
    url = f"{HOOK}?attempt=a%3Ab%3A1&channel=voice&menu={nth}" + (f"&keys={quote(keys)}" if keys else "")
    return read(url, {**fields, "Digits": key})


def said(reading: Reading) -> list[str | None]:
    """What Twilio is told to say."""
    assert reading.answer is not None
    assert reading.answer.media_type == "text/xml"
    return [verb.text for verb in ElementTree.fromstring(reading.answer.body).iter("Say")]


@pytest.mark.parametrize(
    ("key", "keys", "status", "told", "words"),
    [
        ("1", "", DeliveryStatus.REPLIED, "1", "Thanks."),
        ("2", "", DeliveryStatus.REPLIED, "2", "Later."),
        ("9", "", DeliveryStatus.OPTED_OUT, None, "Gone."),
        ("1", "12", DeliveryStatus.REPLIED, "1", "Thanks."),
        ("2", "12", DeliveryStatus.REPLIED, "2", "Thanks."),
        ("#", "0*#", DeliveryStatus.REPLIED, "#", "Thanks."),
        ("9", "0*#", DeliveryStatus.OPTED_OUT, None, "Gone."),
        ("9", "99", DeliveryStatus.OPTED_OUT, None, "Gone."),
    ],
)
def test_a_key_is_an_answer_and_the_person_hears_so(
    key: str, keys: str, status: DeliveryStatus, told: str | None, words: str
) -> None:
    """The report names the attempt, the call and the key, and is the same when Twilio repeats itself."""
    reading = pressed(key, keys=keys)

    [report] = reading.reports
    assert report == StatusReport(f"{CA}:pressed:{key}", status, NOW, "a:b:1", CA, pressed=told)
    assert said(reading) == [words]
    assert pressed(key, "2", keys).reports == reading.reports


@pytest.mark.parametrize("key", ["0", "", "#", "11", "\u0661", "9 "])
def test_a_key_that_means_nothing_is_asked_for_once_more(key: str) -> None:
    """The menu alone is said again, once; then the call ends, and nothing is reported."""
    first, second = pressed(key), pressed(key, "2")
    assert first.answer is not None
    [gather] = ElementTree.fromstring(first.answer.body)

    assert first.reports == second.reports == ()
    assert said(first) == ["Press 1, 2 or 9."]
    assert gather.get("action") == f"{HOOK}?attempt=a%3Ab%3A1&channel=voice&menu=2"
    assert said(second) == ["Bye."]


@pytest.mark.parametrize("key", ["2", "3", "", "13", "\u0661"])
def test_a_key_that_the_campaign_does_not_name_is_asked_for_once_more(key: str) -> None:
    """Also one of the general menu. The campaign's text is not at hand: 9 is named, and every key counts."""
    first, second = pressed(key, keys="1*"), pressed(key, "2", "1*")
    assert first.answer is not None
    [gather] = ElementTree.fromstring(first.answer.body)

    assert first.reports == second.reports == ()
    assert said(first) == ["Press 9."]
    assert gather.get("action") == f"{HOOK}?attempt=a%3Ab%3A1&channel=voice&menu=2&keys=1%2A"
    assert gather.get("finishOnKey") == ""
    assert said(second) == ["Bye."]


def test_keys_that_twilio_did_not_sign_are_refused() -> None:
    """The address is signed with the body, so nobody can say which keys count but us."""
    fields = {"CallSid": CA, "Direction": "outbound-api", "Digits": "5"}
    genuine = twilio_request(f"{HOOK}?attempt=a%3Ab%3A1&menu=1&keys=1", fields)
    changed = Callback(genuine.url.replace("keys=1", "keys=5"), genuine.headers, genuine.body)

    with pytest.raises(BadSignature):
        finished(READER.read(changed, NOW))


def test_a_key_beats_what_machine_detection_finds() -> None:
    """Only people press keys: an answer outranks the finding whichever comes first."""
    [finding] = read(
        f"{HOOK}?attempt=a%3Ab%3A1&amd=1", {"CallSid": CA, "AnsweredBy": "machine_start"}
    ).reports
    [answer] = pressed("1").reports

    assert isinstance(finding, StatusReport)
    assert isinstance(answer, StatusReport)
    assert finding.status is DeliveryStatus.VOICEMAIL
    assert answer.status.rank > finding.status.rank


def text_in(body: str, reader: CallbackReader = READER, **more: str) -> Reading:
    fields = {"MessageSid": SM, "SmsStatus": "received", "From": "+12025550101", "Body": body, **more}
    return read(HOOK, fields, reader)


def texted_back(reading: Reading) -> list[str | None]:
    """What the person is answered."""
    assert reading.answer is not None
    return [verb.text for verb in ElementTree.fromstring(reading.answer.body)]


@pytest.mark.parametrize("body", ["HELP", " info. ", "Hilfe!"])
def test_somebody_who_asks_for_help_is_answered(body: str) -> None:
    """The settings' text goes back as a message, by any of the words that count."""
    reading = text_in(body)

    assert texted_back(reading) == ["Tea House & Co: call 5550100"]
    assert len(reading.reports) == 1


@pytest.mark.parametrize(
    "reading",
    [
        text_in("HELP", OptOutType="HELP"),
        text_in("STOP"),
        text_in("START", OptOutType="START"),
        text_in("Yes, that suits me."),
        text_in("Do you need help?"),
        text_in("HELP", TwilioCallbackReader([TWILIO_TOKEN])),
    ],
)
def test_nobody_is_answered_twice_or_unasked(reading: Reading) -> None:
    """What Twilio has answered itself, and what is no question, gets an empty answer."""
    assert texted_back(reading) == []
    assert len(reading.reports) == 1


def test_a_wish_is_told_by_twilios_word_and_else_by_the_text() -> None:
    """The reader passes Twilio's own reading on; without one the lists decide where it is stored."""
    [told] = text_in("STOPPT", OptOutType="STOP").reports
    [untold] = text_in(" Stop \n").reports

    assert getattr(told, "keyword", None) is Keyword.STOP
    assert getattr(untold, "keyword", "") is None
    assert GERMAN.of(getattr(untold, "text", "")) is Keyword.STOP
