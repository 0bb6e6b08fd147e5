"""``POST /webhooks/{provider}``: the one door for what vendors call us with.

| answer | when | what the vendor does |
|---|---|---|
| 200 | the delivery and its events are stored, known or not, repeated or not | nothing more |
| 200 | the same, though some of its events cannot be read; the body is kept | nothing more |
| 400 | signed, but the body as a whole cannot be read; it is kept | nothing, or repeats in vain |
| 403 | the signature is missing or wrong; nothing is kept | stops |
| 404 | nobody reads callbacks of this provider | stops |
| 408, 413 | the body is too slow or too long; nothing is kept | as it likes |
| 503 | it could not be stored | comes again |
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter

import structlog
from attrs import field, frozen
from fastapi import Request, Response
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from adapters.http.problems import problem
from adapters.http.security import BodyRefused, Limits, read_body
from application.errors import BadSignature, DatabaseUnavailable, MalformedCallback
from application.ingest_provider_event import IngestProviderEvent
from application.ports.callbacks import Callback, CallbackReader, Reading
from application.ports.clock import Clock
from application.ports.telemetry import Telemetry
from application.ports.webhooks import StagedWebhook, Verdict
from domain.idempotency import webhook_key

_log = structlog.get_logger(__name__)

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""To a person's text Twilio wants TwiML: this one sends no reply. Every vendor takes a 200 with any body."""

COME_AGAIN = {"retry-after": "10"}
"""For those who heed it: seconds (RFC 9110, section 10.2.3)."""

_LONGEST_TYPE = 200


class WebhookResult(StrEnum):
    """What became of a request."""

    STORED = "stored"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    FAILED = "failed"


@frozen
class WebhookEndpoint:
    """Verifies, reads, stores and answers.

    Args:
        readers: who reads which provider's callbacks, by the name in the path.
        ingest: takes in what was read.
        clock: the time of receipt.
        telemetry: counts results.
        public_url: our address as vendors call it, without a slash at its end; signatures are made over it.
        limits: what a body may cost.
        tracer: where the span of each delivery goes; nowhere unless the process exports traces.
    """

    readers: Mapping[str, CallbackReader]
    ingest: IngestProviderEvent
    clock: Clock
    telemetry: Telemetry
    public_url: str
    limits: Limits
    tracer: Tracer = field(factory=lambda: trace.get_tracer("drumbeat.http"))

    async def answer(self, provider: str, request: Request) -> Response:
        """Answer one delivery; counts it, logs it and spans it, all by provider and result alone."""
        reader = self.readers.get(provider)
        if reader is None:
            return problem(404, "There is no provider of this name.")
        result, began = WebhookResult.FAILED, perf_counter()
        with _span(self.tracer) as span:
            try:
                result, response = await self._take(provider, reader, request)
            finally:
                span.set_attributes({"drumbeat.provider": provider, "drumbeat.result": result.value})
                self.telemetry.webhook(provider, result.value, perf_counter() - began)
                _log.info("webhook.answered", provider=provider, result=result.value)
        return response

    async def _take(
        self, provider: str, reader: CallbackReader, request: Request
    ) -> tuple[WebhookResult, Response]:
        try:
            body = await read_body(request, self.limits)
        except BodyRefused as refused:
            return WebhookResult.REFUSED, problem(refused.status, str(refused))
        now = self.clock()
        target = _target(request)
        callback = Callback(self.public_url + target, dict(request.headers), body)
        reading: Reading | None = None
        try:
            reading = reader.read(callback, now)
        except BadSignature:
            return WebhookResult.FORBIDDEN, problem(403, "The signature is missing or wrong.")
        except MalformedCallback as fault:
            _log.warning("webhook.malformed", provider=provider, reason=str(fault))
        webhook = StagedWebhook(
            key=webhook_key(provider, target, body),
            provider=provider,
            target=target,
            content_type=request.headers.get("content-type", "")[:_LONGEST_TYPE],
            body=body,
            received_at=now,
            verdict=Verdict.MALFORMED if reading is None or reading.unreadable else Verdict.READ,
        )
        return await self._store(webhook, reading)

    async def _store(self, webhook: StagedWebhook, reading: Reading | None) -> tuple[WebhookResult, Response]:
        """Store a delivery and what it says; None where the body as a whole cannot be read."""
        try:
            await self.ingest(webhook, () if reading is None else reading.reports)
        except DatabaseUnavailable as fault:
            _log.error("webhook.not_stored", provider=webhook.provider, reason=str(fault))
            answer = problem(503, "The callback could not be stored; please come again.", COME_AGAIN)
            return WebhookResult.UNAVAILABLE, answer
        if reading is None:
            return WebhookResult.MALFORMED, problem(400, "The body cannot be read; it was kept.")
        taken = Response(EMPTY_TWIML, media_type="text/xml")
        if reading.unreadable:
            # No refusal: the vendor would repeat the same body, with its good events, in vain.
            _log.warning("webhook.partly_read", provider=webhook.provider, unreadable=reading.unreadable)
            return WebhookResult.MALFORMED, taken
        return WebhookResult.STORED, taken


@contextmanager
def _span(tracer: Tracer) -> Iterator[Span]:
    """A server span without anybody's data: of an exception it tells the type, never the text."""
    with tracer.start_as_current_span(
        "webhook", kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _target(request: Request) -> str:
    """Path and query as they were requested, percent-encoding untouched: signatures are made over that."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return (path + b"?" + query if query else path).decode("latin-1")
