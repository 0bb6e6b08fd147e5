"""``POST /webhooks/{provider}``: the one door for what vendors call us with.

| answer | when | what the vendor does |
|---|---|---|
| 200 | the delivery and its events are stored, known or not, repeated or not | nothing more |
| 200 | the same, though some of its events cannot be read; the body is kept | nothing more |
| 400 | signed, but the body as a whole cannot be read; it is kept | nothing, or repeats in vain |
| 400 | a trusted proxy forwards it from nowhere; nothing is kept | as it likes |
| 403 | the signature is missing, wrong or used before; nothing is kept | stops |
| 404 | nobody reads callbacks of this provider | stops |
| 408, 413 | the body is too slow or too long; nothing is kept | as it likes |
| 503 | it could not be verified or stored now | comes again |

Of what is not kept, a counter remains. The body of a 200 is what the reader says that the vendor wants.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from time import perf_counter

import structlog
from attrs import field, frozen
from fastapi import Request, Response
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from starlette.background import BackgroundTask

from adapters.http.problems import problem
from adapters.http.proxies import Proxies, WrongForwarding
from adapters.http.security import BodyRefused, Limits, read_body
from application.errors import BadSignature, DatabaseUnavailable, MalformedCallback, TransientFault
from application.ingest_provider_event import IngestProviderEvent
from application.ports.callbacks import Answer, Callback, CallbackReader, Reading
from application.ports.clock import Clock
from application.ports.telemetry import Telemetry
from application.ports.webhooks import StagedWebhook, Verdict
from application.show_handoff import ShowHandoff
from domain.idempotency import webhook_key

_log = structlog.get_logger(__name__)

COME_AGAIN = timedelta(seconds=10)
"""Told to those who heed it, in Retry-After (RFC 9110, section 10.2.3)."""

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
        proxies: which ones are believed what they say of a request.
        show_handoff: lets a desk show what people did, once it has its answer; None where nobody needs it.
        tracer: where the span of each delivery goes; nowhere unless the process exports traces.
    """

    readers: Mapping[str, CallbackReader]
    ingest: IngestProviderEvent
    clock: Clock
    telemetry: Telemetry
    public_url: str
    limits: Limits
    proxies: Proxies = field(factory=Proxies)
    show_handoff: ShowHandoff | None = None
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
            origin, client = self.proxies.origin(request, self.public_url), self.proxies.client(request)
            body = await read_body(request, self.limits)
        except WrongForwarding as fault:
            return WebhookResult.REFUSED, problem(400, str(fault))
        except BodyRefused as refused:
            return WebhookResult.REFUSED, problem(refused.status, str(refused))
        now = self.clock()
        target = _target(request)
        callback = Callback(origin + target, dict(request.headers), body, client)
        reading, nonce = None, None
        try:
            reading = await reader.read(callback, now)
        except BadSignature:
            return WebhookResult.FORBIDDEN, _forbidden()
        except TransientFault as fault:
            _log.warning("webhook.not_verified", provider=provider, reason=fault.reason)
            return WebhookResult.UNAVAILABLE, _unavailable("verified", fault.retry_after)
        except MalformedCallback as fault:
            _log.warning("webhook.malformed", provider=provider, reason=str(fault))
            nonce = fault.nonce
        webhook = StagedWebhook(
            key=webhook_key(provider, target, body),
            provider=provider,
            target=target,
            content_type=request.headers.get("content-type", "")[:_LONGEST_TYPE],
            body=body,
            received_at=now,
            verdict=Verdict.MALFORMED if reading is None or reading.unreadable else Verdict.READ,
        )
        return await self._store(webhook, reading, nonce)

    async def _store(
        self, webhook: StagedWebhook, reading: Reading | None, nonce: str | None
    ) -> tuple[WebhookResult, Response]:
        """Store a delivery and what it says; None where the body as a whole cannot be read."""
        told = Reading(nonce=nonce) if reading is None else reading
        try:
            new = await self.ingest(webhook, told.reports, told.nonce)
        except BadSignature as fault:
            _log.warning("webhook.used_before", provider=webhook.provider, reason=str(fault))
            return WebhookResult.FORBIDDEN, _forbidden()
        except DatabaseUnavailable as fault:
            _log.error("webhook.not_stored", provider=webhook.provider, reason=str(fault))
            return WebhookResult.UNAVAILABLE, _unavailable("stored", None)
        if reading is None:
            return WebhookResult.MALFORMED, problem(400, "The body cannot be read; it was kept.")
        if reading.unreadable:
            # No refusal: the vendor would repeat the same body, with its good events, in vain.
            _log.warning("webhook.partly_read", provider=webhook.provider, unreadable=reading.unreadable)
            return WebhookResult.MALFORMED, _taken(reading.answer)
        taken = _taken(reading.answer)
        if new and self.show_handoff is not None:
            taken.background = BackgroundTask(self.show_handoff, webhook.provider, told.reports)
        return WebhookResult.STORED, taken


def _taken(answer: Answer | None) -> Response:
    if answer is None:
        return Response()
    # What is echoed may hold what UTF-8 does not know, such as half a character out of JSON.
    return Response(answer.body.encode("utf-8", "replace"), media_type=answer.media_type)


def _forbidden() -> Response:
    return problem(403, "The signature is missing or wrong.")


def _unavailable(what: str, retry_after: timedelta | None) -> Response:
    seconds = max(1, math.ceil((retry_after or COME_AGAIN).total_seconds()))
    headers = {"retry-after": str(seconds)}
    return problem(503, f"The callback could not be {what} now; please come again.", headers)


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
