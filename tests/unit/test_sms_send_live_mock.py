"""The SMS adapter over a mocked transport and against the sandbox: shape, correlation, classification."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_mock import MockerFixture

from adapters.providers.common.http import LONGEST_WAIT, Timeouts, retry_after
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.temporal.common import retry_policies
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import answering_slowly, cut_before_answer

SID = "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
TO = "+12025550101"
KEY = AttemptKey("7b1b2f", "first-sms", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana, 5 & 6 > 4?"))

Handler = Callable[[httpx.Request], httpx.Response]


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=json, headers=headers)


def raising(error: type[httpx.HTTPError]) -> Handler:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error("broken")

    return handle


def sms_over(handler: Handler, **changes: Any) -> TwilioSmsProvider:
    given: dict[str, Any] = {
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handler)),
        "account_sid": "AC123",
        "auth_token": "s3cret",
        "sender": "+15005550001",
        "callback_base_url": "https://hooks.example.com/",
    }
    return TwilioSmsProvider(**{**given, **changes})


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(hold_seconds=20.0) as running:
        yield running


async def test_a_message_is_one_form_post_with_basic_auth_and_its_key_in_the_callback() -> None:
    """The request is what Twilio's Messages resource takes, and the attempt key comes back signed."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": SID, "status": "queued"})

    assert await sms_over(handle).send(MESSAGE) == Accepted(SID)
    [request] = seen
    form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    callback = urlsplit(form.pop("StatusCallback"))

    assert request.method == "POST"
    assert str(request.url) == "https://api.twilio.com/2010-04-01/Accounts/AC123/Messages.json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["authorization"] == "Basic QUMxMjM6czNjcmV0"
    assert form == {"To": TO, "From": "+15005550001", "Body": "Hi Ana, 5 & 6 > 4?"}
    assert (callback.netloc, callback.path) == ("hooks.example.com", "/webhooks/twilio")
    assert parse_qs(callback.query) == {"attempt": [str(KEY)], "channel": ["sms"]}
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 15.0, "write": 10.0, "pool": 5.0}


async def test_a_messaging_service_takes_the_place_of_the_number() -> None:
    """An MG id goes into MessagingServiceSid."""
    forms: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        forms.append(dict(parse_qsl(request.content.decode())))
        return httpx.Response(201, json={"sid": SID})

    await sms_over(handle, sender="MG123", timeouts=Timeouts(read=1.0)).send(MESSAGE)

    assert forms[0]["MessagingServiceSid"] == "MG123"
    assert "From" not in forms[0]


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (raising(httpx.ConnectError), TransientFault),
        (raising(httpx.ConnectTimeout), TransientFault),
        (raising(httpx.PoolTimeout), TransientFault),
        (raising(httpx.ReadTimeout), OutcomeUnknown),
        (raising(httpx.WriteTimeout), OutcomeUnknown),
        (raising(httpx.ReadError), OutcomeUnknown),
        (raising(httpx.WriteError), OutcomeUnknown),
        (raising(httpx.RemoteProtocolError), OutcomeUnknown),
        (raising(httpx.DecodingError), OutcomeUnknown),
        (answering(401, {"code": 20003}), TransientFault),
        (answering(403), TransientFault),
        (answering(302, None, location="https://elsewhere.example.com/"), TransientFault),
        (answering(408), TransientFault),
        (answering(429, {"code": 20429}), TransientFault),
        (answering(400, {"code": 20429}), TransientFault),
        (answering(503), TransientFault),
        (answering(503, None, **{"retry-after": "1"}), TransientFault),
        (answering(500), OutcomeUnknown),
        (answering(500, None, **{"retry-after": "1"}), OutcomeUnknown),
        (answering(502), OutcomeUnknown),
        (answering(504), OutcomeUnknown),
        (answering(599), OutcomeUnknown),
        (answering(201, {"status": "queued"}), OutcomeUnknown),
        (answering(201, ["no", "object"]), OutcomeUnknown),
        (lambda _request: httpx.Response(201, content=b"<html>"), OutcomeUnknown),
        (lambda _request: httpx.Response(201, content=b"[" * 100_000), OutcomeUnknown),
    ],
)
async def test_faults_say_whether_the_message_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """What was never written is transient; what may have been taken is unknown; no httpx error gets out."""
    with pytest.raises(fault) as caught:
        await sms_over(handler).send(MESSAGE)

    assert TO not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("base_url", ["http://[::1", "ftp://example.com", "nowhere"])
async def test_an_address_that_cannot_be_called_is_transient(base_url: str) -> None:
    """A wrong base URL sends nothing, so a mended setting may try again."""
    async with httpx.AsyncClient() as client:
        with pytest.raises(TransientFault):
            await sms_over(answering(201), client=client, base_url=base_url).send(MESSAGE)


@pytest.mark.parametrize(
    ("handler", "refused"),
    [
        (
            answering(400, {"code": 21211, "message": f"The 'To' number {TO} is not valid"}),
            Refused("21211 not a valid number"),
        ),
        (answering(400, {"code": 21610}), Refused("21610 the recipient has opted out", suppresses=True)),
        (answering(400, {"code": 29999, "message": TO}), Refused("29999 HTTP 400")),
        (answering(404), Refused("HTTP 404")),
        (answering(400, {"code": TO}), Refused("HTTP 400")),
    ],
)
async def test_a_refusal_is_permanent_and_tells_the_code_in_our_own_words(
    handler: Handler, refused: Refused
) -> None:
    """Only 21610 suppresses; an unknown code does not."""
    assert await sms_over(handler).send(MESSAGE) == refused


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, timedelta(seconds=30)),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, timedelta(seconds=30)),
        ({"retry-after": "Sun, 22 Nov 2020 12:00:30 GMT"}, timedelta(0)),
        ({"retry-after": "86400"}, LONGEST_WAIT),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 20)}, None),
    ],
)
def test_the_wait_that_is_asked_for_is_read_and_capped(
    headers: dict[str, str], wait: timedelta | None
) -> None:
    """Retry-After comes in seconds or as a date; other headers mean other things at other vendors."""
    assert retry_after(headers, NOW) == wait


async def test_a_transient_fault_carries_the_wait_that_was_asked_for() -> None:
    """The caller learns from a 429 how long to leave the provider alone."""
    with pytest.raises(TransientFault) as caught:
        await sms_over(answering(429, None, **{"retry-after": "3"})).send(MESSAGE)

    assert caught.value.retry_after == timedelta(seconds=3)


def test_the_adapter_keeps_its_secret_and_says_what_it_cannot_do() -> None:
    """No repr shows the token, the port is met, and a message can be looked up but not sent twice as one."""
    provider: MessageProvider = sms_over(answering(201))

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("twilio", Channel.SMS)
    assert not provider.honours_key
    assert provider.can_look_up


@pytest.mark.parametrize("token", ["", "with space", "line\nbreak", "t\u00f6ken"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_unseen(token: str) -> None:
    """The error names the setting and does not show the value."""
    with pytest.raises(ValueError, match="auth_token must be") as caught:
        sms_over(answering(201), auth_token=token)

    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(("status", "error"), [(201, None), (503, "TransientFault")])
async def test_each_call_is_a_span_without_personal_data(
    mocker: MockerFixture, status: int, error: str | None
) -> None:
    """A span names provider, channel and status, and nobody."""
    exporter = InMemorySpanExporter()
    tracing = TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    mocker.patch("opentelemetry.trace.get_tracer", side_effect=tracing.get_tracer)
    try:
        await sms_over(answering(status, {"sid": SID})).send(MESSAGE)
    except TransientFault:
        assert error == "TransientFault"
    [span] = exporter.get_finished_spans()
    tracing.shutdown()

    assert dict(span.attributes or {}) == {
        "drumbeat.provider": "twilio",
        "drumbeat.channel": "sms",
        "http.response.status_code": status,
    } | ({"error.type": error} if error else {})
    assert not span.events
    assert TO not in span.to_json()


async def test_the_sandbox_takes_a_message_under_its_attempt_key(sandbox: RunningSandbox) -> None:
    """Against a real server: accepted, and in the provider's own books once."""
    key = AttemptKey("taken", "s", 1)
    await sandbox.people(**{TO: "ignores"})

    accepted = await sandbox.sms().send(OutboundMessage(key, TO, Content("Hello")))
    taken = [row for row in (await sandbox.ledger())["accepted"] if row["attempt"] == str(key)]

    assert isinstance(accepted, Accepted)
    assert [row["provider_ref"] for row in taken] == [accepted.provider_ref]


@pytest.mark.parametrize(("fault", "refusals"), [("rate_limited", 1), ("unavailable", 2)])
async def test_a_busy_provider_takes_the_message_in_the_end(
    sandbox: RunningSandbox, fault: str, refusals: int
) -> None:
    """429 and 503 are transient: nothing was taken, and a later try is."""
    message = OutboundMessage(AttemptKey(fault, "s", 1), "+12025550202", Content("Hi"))
    await sandbox.faults(**{"+12025550202": fault})
    for _ in range(refusals):
        with pytest.raises(TransientFault):
            await sandbox.sms().send(message)

    assert isinstance(await sandbox.sms().send(message), Accepted)


async def test_a_provider_that_fails_after_acceptance_leaves_the_outcome_unknown(
    sandbox: RunningSandbox,
) -> None:
    """A 500 does not say that nothing was taken: the message is in the books, and its callbacks come."""
    to, key = "+12025550205", AttemptKey("server-error", "s", 1)
    await sandbox.people(**{to: "ignores"})
    await sandbox.faults(**{to: "server_error"})
    with pytest.raises(OutcomeUnknown, match="HTTP 500"):
        await sandbox.sms().send(OutboundMessage(key, to, Content("Hi")))
    await sandbox.settled()

    assert [row["attempt"] for row in (await sandbox.ledger())["accepted"]].count(str(key)) == 1
    assert str(key) in {getattr(report, "attempt_key", None) for report in sandbox.receiver.reports}


async def test_credentials_that_are_refused_wait_for_a_person(sandbox: RunningSandbox) -> None:
    """A 401 sends nothing and marks nobody as rejected."""
    with pytest.raises(TransientFault, match="credentials"):
        await sandbox.sms(auth_token="wrong").send(MESSAGE)


async def test_somebody_who_opted_out_at_the_provider_is_suppressed(sandbox: RunningSandbox) -> None:
    """Twilio's 21610 says that the address must be left alone."""
    await sandbox.people(**{"+12025550203": "opted_out_before"})
    message = OutboundMessage(AttemptKey("gone", "s", 1), "+12025550203", Content("Hi"))

    assert await sandbox.sms().send(message) == Refused("21610 the recipient has opted out", suppresses=True)


async def test_a_number_that_is_none_is_refused(sandbox: RunningSandbox) -> None:
    """Twilio's 21211 is permanent."""
    message = OutboundMessage(AttemptKey("nobody", "s", 1), "+12", Content("Hi"))

    assert await sandbox.sms().send(message) == Refused("21211 not a valid number")


async def test_a_connection_cut_after_acceptance_leaves_the_outcome_unknown(sandbox: RunningSandbox) -> None:
    """The provider has one message in its books; we cannot know, and say so."""
    key = AttemptKey("cut", "s", 1)
    await sandbox.people(**{TO: "ignores"})
    async with cut_before_answer(sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await sandbox.sms(base_url=url).send(OutboundMessage(key, TO, Content("Hi")))

    assert [row["attempt"] for row in (await sandbox.ledger())["accepted"]].count(str(key)) == 1


async def test_a_provider_that_hangs_after_acceptance_leaves_the_outcome_unknown(
    sandbox: RunningSandbox,
) -> None:
    """The answer does not come in time; the message was taken, and its callbacks come."""
    to, key = "+12025550204", AttemptKey("hangs", "s", 1)
    await sandbox.faults(**{to: "hangs"})
    with pytest.raises(OutcomeUnknown):
        await sandbox.impatient(0.2).sms().send(OutboundMessage(key, to, Content("Hi")))
    await sandbox.settled()

    assert [row["attempt"] for row in (await sandbox.ledger())["accepted"]].count(str(key)) == 1
    assert str(key) in {getattr(report, "attempt_key", None) for report in sandbox.receiver.reports}


async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for() -> None:
    """Each piece comes in time and the whole does not: the total ends the call, with the outcome unknown."""
    timeouts = Timeouts(connect=0.1, read=5.0, pool=0.1, total=0.4)
    async with answering_slowly(201, b'{"sid":"SM1"}', pause=0.1) as url, httpx.AsyncClient() as client:
        with pytest.raises(OutcomeUnknown, match="TimeoutError"):
            await sms_over(answering(201), client=client, base_url=url, timeouts=timeouts).send(MESSAGE)


def test_a_call_ends_before_its_activity_does() -> None:
    """A slow answer is recorded by the call that asked for it."""
    assert Timeouts().total < retry_policies.CALL.total_seconds()


@pytest.mark.parametrize("timeouts", [{"total": 15.0}, {"connect": 10.0}, {"pool": 20.0}])
def test_the_total_leaves_time_to_write_the_request(timeouts: dict[str, float]) -> None:
    """What exceeds the total counts as what may have been taken, so connecting alone must not exceed it."""
    with pytest.raises(ValueError, match="total must be longer"):
        Timeouts(**timeouts)
