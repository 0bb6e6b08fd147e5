"""The SMS adapter over a mocked transport: shape, correlation, classification."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.providers.vonage.encoding import message_type
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.providers.vonage.account import TO, Handler, answering, keeping, raising, sms_over

KEY = AttemptKey("7b1b2f", "first-sms", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana, 5 & 6 > 4?"))


def parts(*statuses: object) -> dict[str, Any]:
    """An answer with one entry for each part of a message."""
    entries = [{"message-id": f"0A0{nth}", "to": TO, "status": told} for nth, told in enumerate(statuses)]
    return {"message-count": str(len(entries)), "messages": entries}


async def test_a_message_is_one_form_post_whose_client_reference_is_the_attempt_key() -> None:
    """The request is what the SMS API takes: numbers without a plus, and receipts come to our address."""
    seen: list[httpx.Request] = []

    accepted = await sms_over(keeping(seen, answering(200, parts("0")))).send(MESSAGE)
    [request] = seen

    assert accepted == Accepted("0A00")
    assert request.method == "POST"
    assert str(request.url) == "https://rest.nexmo.com/sms/json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert dict(parse_qsl(request.content.decode(), strict_parsing=True)) == {
        "api_key": "abcd1234",
        "api_secret": "s3cret-api",
        "from": "12025550100",
        "to": "12025550101",
        "text": "Hi Ana, 5 & 6 > 4?",
        "type": "text",
        "client-ref": "7b1b2f:first-sms:1",
        "status-report-req": "true",
        "callback": "https://hooks.example.com/webhooks/vonage",
    }
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 15.0, "write": 10.0, "pool": 5.0}


async def test_an_address_that_is_too_long_for_vonage_is_left_to_the_accounts_settings() -> None:
    """A callback of more than 100 characters would have the message refused."""
    seen: list[httpx.Request] = []
    base = f"https://{'h' * 90}.example.com"

    await sms_over(keeping(seen, answering(200, parts("0"))), callback_base_url=base).send(MESSAGE)

    assert b"callback" not in seen[0].content


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi \u00e9\u00f1\u00df [1] {2} ~ | \\ ^ 5\u20ac", "text"),
        ("", "text"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", "unicode"),
        ("Hi \U0001f44d", "unicode"),
        ("\u00e1", "unicode"),
        ("it\u2019s", "unicode"),
    ],
)
def test_a_text_goes_out_in_the_alphabet_that_can_hold_it(text: str, kind: str) -> None:
    """What is not in the GSM alphabet would arrive as question marks."""
    assert message_type(text) == kind


@given(st.text(st.characters(max_codepoint=127, exclude_categories=["Cc"])))
def test_plain_ascii_needs_no_unicode_but_for_the_backtick(text: str) -> None:
    """The GSM alphabet has all of it, with that one exception."""
    assert message_type(text) == ("unicode" if "`" in text else "text")


def test_the_longest_attempt_key_fits_the_client_reference() -> None:
    """Vonage takes 100 characters: an enrollment id, a step's key and the number of the attempt are fewer."""
    key = AttemptKey("7b1b2f00-0000-5000-8000-000000000000", "s" * 40, 999_999_999)

    assert len(str(key)) <= 100


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (raising(httpx.ConnectError), TransientFault),
        (raising(httpx.PoolTimeout), TransientFault),
        (raising(httpx.ReadTimeout), OutcomeUnknown),
        (raising(httpx.WriteError), OutcomeUnknown),
        (raising(httpx.RemoteProtocolError), OutcomeUnknown),
        (answering(401), TransientFault),
        (answering(429), TransientFault),
        (answering(503), TransientFault),
        (answering(500), OutcomeUnknown),
        (answering(502), OutcomeUnknown),
        (answering(200, parts("1")), TransientFault),
        (answering(200, parts("4")), TransientFault),
        (answering(200, parts("8")), TransientFault),
        (answering(200, parts("9")), TransientFault),
        (answering(200, parts("10")), TransientFault),
        (answering(200, parts("11")), TransientFault),
        (answering(200, parts("14")), TransientFault),
        (answering(200, parts("32")), TransientFault),
        (answering(200, parts("1", "3")), TransientFault),
        (answering(200, parts("5")), OutcomeUnknown),
        (answering(200, parts("1", "5")), OutcomeUnknown),
        (answering(200, parts("ok")), OutcomeUnknown),
        (answering(200, parts(None)), OutcomeUnknown),
        (answering(200, {"messages": []}), OutcomeUnknown),
        (answering(200, {"messages": ["0"]}), OutcomeUnknown),
        (answering(200, {"messages": [{"status": "0"}]}), OutcomeUnknown),
        (answering(200, ["no", "object"]), OutcomeUnknown),
        (lambda _request: httpx.Response(200, content=b"<html>"), OutcomeUnknown),
    ],
)
async def test_faults_say_whether_the_message_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """What was never taken is transient; what may have been is unknown; nothing of anybody's is told."""
    with pytest.raises(fault) as caught:
        await sms_over(handler).send(MESSAGE)

    assert TO.removeprefix("+") not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("2", "2 a parameter is missing"),
        ("3", "3 a parameter is not valid"),
        ("6", "6 the number cannot be reached"),
        ("7", "7 the number is barred"),
        ("12", "12 too long"),
        ("15", "15 the sender may not be used"),
        ("22", "22 not a valid network"),
        ("23", "23 not a valid callback address"),
        ("29", "29 the account is on trial and may not send there"),
        ("33", "33 the number is no longer active"),
        ("99", "99 refused"),
    ],
)
async def test_a_refusal_is_permanent_and_tells_the_status_in_our_own_words(status: str, reason: str) -> None:
    """Nobody is suppressed, barred or not: an opt-out is told by a receipt."""
    entry = {"status": status, "error-text": f"not for {TO}"}

    refused = await sms_over(answering(200, {"messages": [entry]})).send(MESSAGE)

    assert refused == Refused(reason, suppresses=False)


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_another_http_status_is_permanent_and_does_not_suppress(status: int) -> None:
    """Nothing is guessed of an unlisted 4xx."""
    assert await sms_over(answering(status, parts("0"))).send(MESSAGE) == Refused(f"HTTP {status}")


@pytest.mark.parametrize(
    ("statuses", "ref"),
    [(("0", "0", "0"), "0A00"), (("0", "1"), "0A00"), (("5", "0"), "0A01"), ((0,), "0A00")],
)
async def test_a_message_of_which_a_part_was_taken_is_accepted(
    statuses: tuple[object, ...], ref: str
) -> None:
    """Sending it again would repeat the part that the person gets; it is known by the first one taken."""
    assert await sms_over(answering(200, parts(*statuses))).send(MESSAGE) == Accepted(ref)


@pytest.mark.parametrize("status", [429, 200])
async def test_a_transient_fault_carries_the_wait_that_was_asked_for(status: int) -> None:
    """Both ways to say that it is too much: in the status, and in the body."""
    with pytest.raises(TransientFault) as caught:
        await sms_over(answering(status, parts("1"), **{"retry-after": "3"})).send(MESSAGE)

    assert caught.value.retry_after == timedelta(seconds=3)


async def test_the_adapter_keeps_its_secret_and_says_what_it_cannot_do() -> None:
    """No repr shows the secret, the port is met, and without the Reports API nothing is looked up."""
    provider: MessageProvider = sms_over(answering(200))

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("vonage", Channel.SMS)
    assert not provider.honours_key
    assert not provider.can_look_up
    assert await provider.find(MESSAGE) is None


@pytest.mark.parametrize("secret", ["", "with space", "s\u00e9cret"])
def test_a_secret_that_is_none_is_refused_unseen(secret: str) -> None:
    """The error names the setting and does not show the value."""
    with pytest.raises(ValueError, match="api_secret must be") as caught:
        sms_over(answering(200), api_secret=secret)

    assert not secret or secret not in str(caught.value)
