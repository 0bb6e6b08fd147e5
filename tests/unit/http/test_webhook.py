"""``POST /webhooks/{provider}``: every answer, and what is stored for it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from attrs import define, evolve
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs

from adapters.http.app import HttpOptions
from adapters.http.security import Limits
from adapters.http.webhook import WebhookEndpoint
from application.errors import TransientFault
from application.ports.callbacks import Answer, Callback, Reading
from application.ports.interactions import Dispatch
from application.ports.webhooks import Verdict
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus
from tests.fakes.signing import SignedRequest, twilio_request
from tests.unit.application.world import PHONE
from tests.unit.http.site import (
    PUBLIC_URL,
    SENDGRID,
    Recorder,
    Site,
    body_of,
    call_raw,
    endless,
    message_status,
)


@pytest.fixture
async def key(site: Site) -> AttemptKey:
    """An accepted attempt of an open enrollment."""
    return await site.world.attempt(await site.world.enroll())


async def test_a_genuine_callback_is_stored_and_signalled(site: Site, key: AttemptKey) -> None:
    """The vendor gets a 200 without a body, the books the delivery and its event, the run a signal."""
    signed = message_status(key)

    answer = await site.post(signed)

    assert (answer.status_code, answer.content) == (200, b"")
    [staged] = site.world.database.state.webhooks.values()
    assert (staged.provider, staged.body, staged.verdict) == ("twilio", signed.body, Verdict.READ)
    assert staged.target == f"/webhooks/twilio?attempt={key}"
    assert staged.content_type.startswith("application/x-www-form-urlencoded")
    assert staged.received_at == site.world.clock()
    assert [row.status for row in site.world.runs.told] == [DeliveryStatus.FAILED]
    assert site.world.telemetry.webhooks == [("twilio", "stored")]


async def test_a_batch_is_stored_event_by_event(site: Site, key: AttemptKey) -> None:
    """SendGrid reports many messages at once, and repeats itself inside a batch."""
    event = {"event": "open", "sg_event_id": "e1", "sg_message_id": "m.filter", "attempt": str(key)}
    batch = [event, {**event, "sg_event_id": "e2", "event": "click"}, event]

    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", batch))

    assert answer.status_code == 200
    assert {row.key for row in site.world.rows} == {"sendgrid:e1", "sendgrid:e2"}


async def test_a_repeated_delivery_gets_the_same_answer_and_changes_nothing(
    site: Site, key: AttemptKey
) -> None:
    """One row, one signal, however often the vendor calls."""
    answers = [await site.post(message_status(key)) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert len(site.world.rows) == len(site.world.runs.told) == 1
    assert len(site.world.database.state.webhooks) == 1


@pytest.mark.parametrize("signature", [None, "", "AAAA", "é", "x" * 5000])
async def test_a_wrong_signature_is_forbidden_and_leaves_no_row(
    site: Site, key: AttemptKey, signature: str | None
) -> None:
    """Nothing of a forged request is kept."""
    headers = {} if signature is None else {"x-twilio-signature": signature.encode()}

    answer = await site.post(message_status(key), headers=headers)

    assert answer.status_code == 403
    assert answer.json()["title"] == "Forbidden"
    assert site.world.database.state.webhooks == {}
    assert site.world.rows == []
    assert site.world.telemetry.webhooks == [("twilio", "forbidden")]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"content": b"MessageSid=SM1&MessageStatus=delivered"}, id="another body"),
        pytest.param({"params": {"attempt": "someone-else:text:1"}}, id="another query"),
    ],
)
async def test_a_signature_covers_body_and_query(
    site: Site, key: AttemptKey, change: dict[str, object]
) -> None:
    """A genuine signature does not pass with anything else changed."""
    answer = await site.post(message_status(key), **change)

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"not json", b"{}", b"\xff\xfe", b""])
async def test_a_malformed_body_with_a_good_signature_is_kept_and_refused(site: Site, body: bytes) -> None:
    """It is staged for a human to look at, and the vendor hears that it cannot be read."""
    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", body))

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    [staged] = site.world.database.state.webhooks.values()
    assert (staged.verdict, staged.body) == (Verdict.MALFORMED, body)
    assert site.world.telemetry.webhooks == [("sendgrid", "malformed")]


@pytest.mark.parametrize("bad", [1, {"event": 1}, {"event": "open"}, {"event": "open", "sg_event_id": ""}])
async def test_an_unreadable_event_does_not_keep_the_others_out(
    site: Site, key: AttemptKey, bad: object
) -> None:
    """The vendor is not asked to come again in vain: what can be read counts, and the body is kept."""
    wish = {"event": "unsubscribe", "sg_event_id": "e1", "attempt": str(key)}
    signed = SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", [bad, wish, bad])
    with capture_logs() as lines:
        answer = await site.post(signed)

    assert answer.status_code == 200
    [staged] = site.world.database.state.webhooks.values()
    assert (staged.verdict, staged.body) == (Verdict.MALFORMED, signed.body)
    assert [(row.key, row.status) for row in site.world.rows] == [("sendgrid:e1", DeliveryStatus.OPTED_OUT)]
    assert site.world.telemetry.webhooks == [("sendgrid", "malformed")]
    assert [line for line in lines if line["log_level"] == "warning"] == [
        {"event": "webhook.partly_read", "log_level": "warning", "provider": "sendgrid", "unreadable": 2}
    ]


async def test_a_batch_without_a_readable_event_is_acknowledged_too(site: Site) -> None:
    """There is nothing in a repeat that was not in the first delivery."""
    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", b"[1]"))

    assert answer.status_code == 200
    [staged] = site.world.database.state.webhooks.values()
    assert (staged.verdict, staged.body) == (Verdict.MALFORMED, b"[1]")
    assert site.world.rows == []


async def test_a_partly_read_batch_that_cannot_be_stored_is_asked_for_again(site: Site) -> None:
    """Nothing is acknowledged that is not stored."""
    site.world.database.down = True

    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", b"[1]"))

    assert answer.status_code == 503


@pytest.mark.parametrize("query", ["?attempt=nobody:text:1", "?attempt=nonsense", ""])
async def test_an_unknown_attempt_is_stored_and_acknowledged(site: Site, query: str) -> None:
    """The vendor has done its part; who it was about is ours to find out."""
    url = f"{PUBLIC_URL}/webhooks/twilio{query}"

    answer = await site.post(twilio_request(url, {"MessageSid": "SM1", "MessageStatus": "failed"}))

    assert answer.status_code == 200
    [row] = site.world.rows
    assert (row.enrollment_id, row.dispatch) == (None, Dispatch.NONE)


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/TWILIO", "/webhooks/", "/webhooks/twilio/"])
async def test_an_unknown_provider_is_not_found(site: Site, path: str) -> None:
    """Nobody reads it, so nothing is kept and nothing is counted under a name from outside."""
    answer = await site.request("POST", path, content=b"a=b")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert site.world.telemetry.webhooks == []


async def test_a_person_who_writes_stop_is_opted_out(site: Site, key: AttemptKey) -> None:
    """An inbound text is answered with TwiML that sends no reply of ours."""
    fields = {
        "MessageSid": "SM9",
        "SmsStatus": "received",
        "From": PHONE,
        "Body": "Stop",
        "OptOutType": "STOP",
    }

    answer = await site.post(twilio_request(f"{PUBLIC_URL}/webhooks/twilio", fields))

    assert "<Response" in answer.text
    assert "<Message" not in answer.text
    assert await site.world.is_suppressed()


async def test_without_a_database_the_vendor_is_told_to_come_again(site: Site, key: AttemptKey) -> None:
    """Nothing is acknowledged that is not stored; afterwards the same delivery goes through."""
    site.world.database.down = True
    refused = await site.post(message_status(key))
    site.world.database.down = False
    accepted = await site.post(message_status(key))

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert accepted.status_code == 200
    assert len(site.world.rows) == 1
    assert site.world.telemetry.webhooks == [("twilio", "unavailable"), ("twilio", "stored")]


async def test_a_malformed_body_that_cannot_be_stored_is_asked_for_again(site: Site) -> None:
    """A 400 would end the repeats of something that was not kept."""
    site.world.database.down = True

    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", b"not json"))

    assert answer.status_code == 503


async def test_without_temporal_the_vendor_is_acknowledged(site: Site, key: AttemptKey) -> None:
    """The event is stored and pending: the relay signals it later."""
    site.world.runs.down = True

    answer = await site.post(message_status(key))

    assert answer.status_code == 200
    assert [row.dispatch for row in site.world.rows] == [Dispatch.PENDING]


@pytest.mark.parametrize("length", [b"1048577", b"99999999999999999999999999", b"9" * 5000, b"000002000000"])
async def test_a_body_that_says_it_is_too_long_is_not_read(site: Site, length: bytes) -> None:
    """The answer comes before the body does."""
    status, _, _ = await call_raw(site.app, b"/webhooks/twilio", headers=[(b"content-length", length)])

    assert status == 413
    assert site.world.telemetry.webhooks == [("twilio", "refused")]


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"5")], [(b"content-length", b"-1")]])
async def test_a_body_that_turns_out_too_long_is_cut_off(
    site: Site, headers: list[tuple[bytes, bytes]]
) -> None:
    """It is counted while it streams, whatever its header says."""
    piece = b"x" * 262_144

    status, _, _ = await call_raw(
        site.app, b"/webhooks/twilio", headers=headers, messages=body_of(*[piece] * 5)
    )

    assert status == 413
    assert site.world.database.state.webhooks == {}


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    """A stream without a length cannot fill the memory."""
    answer = await site.request("POST", "/webhooks/twilio", content=endless())

    assert answer.status_code == 413


async def test_a_body_of_exactly_the_limit_is_read(site: Site) -> None:
    """The limit itself is allowed."""
    events = b"[" + b" " * (1_048_576 - 2) + b"]"

    answer = await site.post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", events))

    assert answer.status_code == 200


async def test_a_body_that_does_not_come_is_not_waited_for(site: Site) -> None:
    """A slow sender cannot hold a connection for ever."""
    limits = Limits(body_time=timedelta(milliseconds=20))
    slow = evolve(site, options=HttpOptions(PUBLIC_URL, limits=limits))

    async def never() -> AsyncIterator[bytes]:
        yield b"Message"
        await asyncio.Event().wait()

    answer = await slow.request("POST", "/webhooks/twilio", content=never())

    assert answer.status_code == 408
    assert site.world.database.state.webhooks == {}


async def test_a_request_that_breaks_off_is_not_stored(site: Site) -> None:
    """Half a body is no body."""
    half = [{"type": "http.request", "body": b"MessageSid=", "more_body": True}]

    status, _, _ = await call_raw(site.app, b"/webhooks/twilio", messages=half)

    assert status == 400
    assert site.world.database.state.webhooks == {}


class BrokenReader(Recorder):
    """A reader with a bug, whose words hold personal data."""

    async def read(self, callback: Callback, now: datetime) -> Reading:
        raise LookupError(f"secret detail about {PHONE}")


@define
class CutOff(Recorder):
    """A reader that cannot fetch what it verifies with."""

    retry_after: timedelta | None = None

    async def read(self, callback: Callback, now: datetime) -> Reading:
        raise TransientFault("the certificate cannot be fetched", self.retry_after)


@pytest.mark.parametrize(
    ("raw_path", "query", "url"),
    [
        (b"/webhooks/recorder", b"", "/webhooks/recorder"),
        (b"/webhooks/recorder", b"b=2&a=%7e+x%20y&&c", "/webhooks/recorder?b=2&a=%7e+x%20y&&c"),
        (b"/webhooks/rec%6frder", b"a=%C3%A9", "/webhooks/rec%6frder?a=%C3%A9"),
    ],
)
async def test_the_address_that_was_signed_is_left_as_it_was_called(
    site: Site, raw_path: bytes, query: bytes, url: str
) -> None:
    """Public address, path and query reach the reader with order and percent-encoding untouched."""
    recorder = Recorder()
    app = site.with_(readers={"recorder": recorder}).app
    scope_path = raw_path.replace(b"%6f", b"o")

    async def decoded(scope: dict[str, object], receive: object, send: object) -> None:
        await app({**scope, "path": scope_path.decode()}, receive, send)  # type: ignore[arg-type] # raw ASGI

    await call_raw(decoded, raw_path, query, messages=body_of(b"bo", b"dy"))  # type: ignore[arg-type] # raw ASGI

    [callback] = recorder.callbacks
    assert callback.url == PUBLIC_URL + url
    assert callback.body == b"body"


@pytest.mark.parametrize(
    ("answer", "media_type", "body"),
    [
        (None, None, b""),
        (Answer("<Response/>", "text/xml"), "text/xml; charset=utf-8", b"<Response/>"),
        (Answer('{"challenge": "3eZbr"}', "application/json"), "application/json", b'{"challenge": "3eZbr"}'),
        (Answer("é\ud800", "text/plain"), "text/plain; charset=utf-8", b"\xc3\xa9?"),
    ],
)
@pytest.mark.parametrize("unreadable", [0, 1])
async def test_the_vendor_reads_what_its_reader_says(
    site: Site, answer: Answer | None, media_type: str | None, body: bytes, unreadable: int
) -> None:
    """TwiML, a challenge given back, or nothing but the status; half a character is no reason to fail."""
    recorder = Recorder(reading=Reading(unreadable=unreadable, answer=answer))

    given = await site.with_(readers={"recorder": recorder}).request("POST", "/webhooks/recorder")

    assert (given.status_code, given.headers.get("content-type"), given.content) == (200, media_type, body)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, "10"), (timedelta(seconds=2.5), "3"), (timedelta(0), "10"), (timedelta(milliseconds=1), "1")],
)
async def test_what_cannot_be_verified_now_is_asked_for_again(
    site: Site, retry_after: timedelta | None, seconds: str
) -> None:
    """Nothing is kept of what nobody has vouched for, and nothing is acknowledged."""
    cut_off = CutOff(retry_after=retry_after)

    answer = await site.with_(readers={"cut-off": cut_off}).request("POST", "/webhooks/cut-off")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
    assert site.world.database.state.webhooks == {}
    assert site.world.telemetry.webhooks == [("cut-off", "unavailable")]


async def test_a_signature_that_another_delivery_has_used_is_forbidden(site: Site) -> None:
    """Where the signature is over a nonce alone, a copied one must not carry another body."""
    recorder = Recorder(reading=Reading(nonce="n-1"))
    replayed = site.with_(readers={"recorder": recorder})
    bodies = (b"genuine", b"genuine", b"forged", b"genuine")

    statuses = [
        (await replayed.request("POST", "/webhooks/recorder", content=body)).status_code for body in bodies
    ]

    assert statuses == [200, 200, 403, 200]
    assert [webhook.body for webhook in site.world.database.state.webhooks.values()] == [b"genuine"]
    assert [result for _, result in site.world.telemetry.webhooks] == [
        "stored",
        "stored",
        "forbidden",
        "stored",
    ]


async def test_header_names_are_in_lower_case(site: Site) -> None:
    """Readers look signatures up by one spelling."""
    recorder = Recorder()

    await site.with_(readers={"recorder": recorder}).request(
        "POST", "/webhooks/recorder", headers={"X-Twilio-Signature": "abc"}
    )

    assert recorder.callbacks[0].headers["x-twilio-signature"] == "abc"


async def test_a_log_line_names_provider_and_result_and_nothing_personal(site: Site, key: AttemptKey) -> None:
    """One line per delivery, without query, body or signature."""
    fields = {"MessageSid": "SM9", "SmsStatus": "received", "From": PHONE, "Body": "My secret words"}
    with capture_logs() as lines:
        await site.post(twilio_request(f"{PUBLIC_URL}/webhooks/twilio?attempt={key}", fields))

    answered = [line for line in lines if line["event"] == "webhook.answered"]
    assert answered == [
        {"event": "webhook.answered", "log_level": "info", "provider": "twilio", "result": "stored"}
    ]
    assert not any(word in str(lines) for word in (PHONE, "secret", "attempt="))


async def span_of(site: Site, signed: SignedRequest) -> ReadableSpan:
    """The one span of a delivery."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    services, options = site.services, site.options
    endpoint = WebhookEndpoint(
        services.readers,
        services.ingest,
        services.clock,
        services.telemetry,
        options.public_url,
        options.limits,
        tracer=provider.get_tracer("test"),
    )
    app = site.app
    app.router.routes.clear()
    app.add_api_route("/webhooks/{provider}", endpoint.answer, methods=["POST"])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        await client.post(signed.url, content=signed.body, headers=dict(signed.headers))
    provider.shutdown()
    [span] = exporter.get_finished_spans()
    return span


async def test_each_delivery_has_a_span(site: Site, key: AttemptKey) -> None:
    """Traces name provider and result alone."""
    span = await span_of(site, message_status(key))

    assert (span.name, dict(span.attributes or {})) == (
        "webhook",
        {"drumbeat.provider": "twilio", "drumbeat.result": "stored"},
    )


async def test_the_span_of_a_bug_tells_its_type_and_not_its_words(site: Site, key: AttemptKey) -> None:
    """The text of an unexpected exception may quote a person; traces go to people who may not know them."""
    broken = site.with_(readers={"twilio": BrokenReader()})

    span = await span_of(broken, message_status(key))

    assert dict(span.attributes or {}) == {
        "drumbeat.provider": "twilio",
        "drumbeat.result": "failed",
        "error.type": "LookupError",
    }
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert not span.events
    assert "secret" not in span.to_json()
    assert PHONE not in span.to_json()


async def test_a_bug_is_a_500_that_tells_nothing_and_is_counted(site: Site, key: AttemptKey) -> None:
    """The vendor comes again, and the figures show it."""
    answer = await site.with_(readers={"broken": BrokenReader()}).request("POST", "/webhooks/broken")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert site.world.telemetry.webhooks == [("broken", "failed")]
