"""One way to the wire for every provider: explicit time-outs, one classification of faults, one span.

What becomes of a call, and what it says about the message:

never written (no connection, none free, no valid address)   TransientFault
written, no whole answer (time-out, lost, broken HTTP)       OutcomeUnknown
408, 429, 503                                                TransientFault, with the wait that was asked for
401, 403                                                     TransientFault: credentials refused
500, 502, 504 and other 5xx                                  OutcomeUnknown: it may have been taken before
2xx, 3xx, other 4xx                                          an answer, which the vendor's module reads

408, 429 and 503 say that the request was not served (RFC 9110, 15.5.9 and 15.6.4; RFC 6585, 4). A 500 says no
such thing: a vendor may have queued the message and failed after that. A gateway does not know what its
upstream did.

Refused credentials count as transient because nothing was sent and a person can mend the settings: an
attempt goes on trying for as long as its plan has patience, instead of being rejected at once.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
from attrs import Attribute, field, frozen
from opentelemetry import trace

from application.errors import ApplicationError, OutcomeUnknown, TransientFault

LONGEST_WAIT = timedelta(minutes=15)
"""No Retry-After makes us wait longer than this: a vendor's slip must not park a campaign for a day."""

_NEVER_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_NOT_SERVED = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
)
_CREDENTIALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

Form = Mapping[str, str | Sequence[str]]
"""Form fields; a sequence repeats its key."""


@frozen
class Timeouts:
    """How long a call and each part of it may take, in seconds.

    Args:
        connect: to open a connection, and as long again for TLS.
        read: between two pieces of the answer.
        write: between two pieces of the request.
        pool: to get a connection from the pool.
        total: for all of it, since a provider that answers drop by drop never exceeds ``read``. Longer than
            all that comes before the request is written: a call that exceeds it may have been taken.

    Raises:
        ValueError: the total leaves no time for the request itself.
    """

    connect: float = 5.0
    read: float = 15.0
    write: float = 10.0
    pool: float = 5.0
    total: float = field(default=25.0)

    @total.validator
    def _leaves_time_to_write(self, _attribute: "Attribute[float]", total: float) -> None:
        if total <= self.pool + 2 * self.connect:
            raise ValueError("total must be longer than it may take to connect: pool and twice connect")


def credential(_instance: object, attribute: "Attribute[str]", value: str) -> None:
    """Attrs validator: refuse an empty secret or one that cannot stand in a header, without showing it.

    Raises:
        ValueError: it is empty or holds spaces, control characters or characters beyond ASCII.
    """
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(f"{attribute.name} must be printable ASCII without spaces, and not empty")


def base_address(url: str) -> str:
    """Attrs converter: a base URL without the slash at its end."""
    return url.rstrip("/")


@frozen
class Wire:
    """Calls one provider.

    Args:
        client: the pooled client, opened and closed by whoever wires the program.
        provider: its name, for spans and error texts.
        channel: ``sms``, ``email``, ``voice`` or ``handoff``, for spans.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    provider: str
    channel: str
    timeouts: Timeouts

    async def post(
        self,
        url: str,
        *,
        form: Form | None = None,
        parts: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post once, without following redirects.

        Args:
            url: where to.
            form: fields, urlencoded.
            parts: fields, as multipart/form-data (RFC 7578).
            json: a JSON object.
            content: any other body; its type is one of the headers.
            auth: credentials.
            headers: more of them.

        Returns:
            The answer: a 2xx, a 3xx, or a 4xx that says something about this message.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        files = None if parts is None else {name: (None, value) for name, value in parts.items()}
        return await self._call(
            "POST", url, data=form, files=files, json=json, content=content, auth=auth, headers=headers
        )

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask once, without following redirects. A question changes nothing, so it may be asked again.

        Returns:
            The answer: a 2xx, a 3xx, or a 4xx.

        Raises:
            TransientFault: it cannot be asked now.
        """
        try:
            return await self._call("GET", url, params=params, auth=auth, headers=headers)
        except OutcomeUnknown as fault:
            raise TransientFault(str(fault)) from fault

    async def _call(
        self, method: str, url: str, *, auth: httpx.Auth | None, **request: Any
    ) -> httpx.Response:
        with call_span(self.provider, self.channel) as span:
            try:
                async with asyncio.timeout(self.timeouts.total):
                    response = await self.client.request(
                        method,
                        url,
                        auth=auth or httpx.Auth(),
                        follow_redirects=False,
                        timeout=_timeout(self.timeouts),
                        **request,
                    )
            except _NEVER_WRITTEN as error:
                raise TransientFault(f"{self.provider}: {type(error).__name__}, nothing was sent") from error
            except (httpx.HTTPError, TimeoutError) as error:
                raise OutcomeUnknown(f"{self.provider}: {type(error).__name__}") from error
            span.set_attribute("http.response.status_code", response.status_code)
            fault = fault_of(self.provider, response, datetime.now(UTC))
            if fault is not None:
                raise fault
            return response


def fault_of(provider: str, response: httpx.Response, now: datetime) -> ApplicationError | None:
    """The fault that a status stands for; None where the vendor's module must read the answer.

    Args:
        provider: for the text.
        response: what came back.
        now: to turn a date in Retry-After into a wait.
    """
    status = response.status_code
    if status in _NOT_SERVED:
        return TransientFault(f"{provider}: HTTP {status}", retry_after(response.headers, now))
    if status in _CREDENTIALS:
        return TransientFault(f"{provider}: HTTP {status}, credentials refused")
    if response.is_server_error:
        return OutcomeUnknown(f"{provider}: HTTP {status}")
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long we are asked to wait, at most `LONGEST_WAIT`; None where nothing readable is said.

    Retry-After gives seconds or a date (RFC 9110, 10.2.3); SendGrid gives the time of its next window as
    X-RateLimit-Reset, in seconds since 1970 (its page "Rate Limits").
    """
    asked = headers.get("retry-after")
    if asked is None:
        reset = _digits(headers.get("x-ratelimit-reset", ""))
        wait = None if reset is None else timedelta(seconds=reset - int(now.timestamp()))
    else:
        seconds = _digits(asked)
        wait = _until(asked, now) if seconds is None else timedelta(seconds=seconds)
    return None if wait is None else min(max(wait, timedelta(0)), LONGEST_WAIT)


def read_object(response: httpx.Response) -> Mapping[str, Any] | None:
    """The JSON object in an answer; None where there is no readable one."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _digits(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _until(date: str, now: datetime) -> timedelta | None:
    try:
        then = parsedate_to_datetime(date)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None


def _timeout(timeouts: Timeouts) -> httpx.Timeout:
    return httpx.Timeout(
        connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
    )


@contextmanager
def call_span(provider: str, channel: str) -> Iterator[trace.Span]:
    """A client span that names the provider and the channel, and nobody's data: exceptions stay out of it."""
    tracer = trace.get_tracer("drumbeat.providers")
    with tracer.start_as_current_span(
        f"{provider} {channel}",
        kind=trace.SpanKind.CLIENT,
        attributes={"drumbeat.provider": provider, "drumbeat.channel": channel},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except ApplicationError as fault:
            span.set_attribute("error.type", type(fault).__name__)
            span.set_status(trace.StatusCode.ERROR)
            raise
