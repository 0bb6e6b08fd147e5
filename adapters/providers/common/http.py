"""One way to the wire for every provider: explicit time-outs, one classification of faults, one span.

What becomes of a call, and what it says about the message:

never written (no connection, none free, no valid address)   TransientFault
written, no whole answer (time-out, lost, broken HTTP)       OutcomeUnknown
408, 429, 503                                                TransientFault, with the wait that was asked for
401, 403                                                     TransientFault: credentials refused
3xx                                                          TransientFault: the base URL is not the API's
500, 502, 504 and other 5xx                                  OutcomeUnknown: it may have been taken before
any other whose body is too long to be read                  OutcomeUnknown
2xx, other 4xx                                               an answer, which the vendor's module reads

408, 429 and 503 say that the request was not served (RFC 9110, 15.5.9 and 15.6.4; RFC 6585, 4). A 500 says no
such thing: a vendor may have queued the message and failed after that. A gateway does not know what its
upstream did.

Refused credentials count as transient because nothing was sent and a person can mend the settings: an
attempt goes on trying for as long as its plan has patience, instead of being rejected at once. So does a
redirect: it is not followed, so that no message and no credentials go where nobody meant them to go, and who
answers with one has not taken the message (RFC 9110, 15.4).

A question that ends with OutcomeUnknown is a TransientFault: it changed nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
from attrs import Attribute, field, frozen

from adapters.providers.common.answers import whole
from adapters.providers.common.spans import call_span
from adapters.providers.common.untrusted import optional_identifier
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


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long we are asked to wait, at most `LONGEST_WAIT`; None where nothing readable is said.

    Retry-After gives seconds or a date (RFC 9110, 10.2.3).
    """
    asked = headers.get("retry-after", "")
    seconds = digits(asked)
    wait = _until(asked, now) if seconds is None else timedelta(seconds=seconds)
    return None if wait is None else capped(wait)


def capped(wait: timedelta) -> timedelta:
    """A wait that we keep to: neither negative nor longer than `LONGEST_WAIT`."""
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def digits(text: str) -> int | None:
    """A whole number as a header gives it; None where it is none, or has more than 12 digits."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def _until(date: str, now: datetime) -> timedelta | None:
    try:
        then = parsedate_to_datetime(date)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None


Wait = Callable[[Mapping[str, str], datetime], timedelta | None]
"""Reads a wait from an answer's headers, given our clock."""


@frozen
class Wire:
    """Calls one provider. No cookie goes with a call: the client is shared by all of them.

    Args:
        client: the pooled client, opened and closed by whoever wires the program.
        provider: its name, for spans and error texts.
        channel: ``sms``, ``email``, ``voice`` or ``handoff``, for spans.
        timeouts: for every call.
        wait: reads from the headers of a 408, 429 or 503 how long we are asked to wait.
        reads_refusals: whether a 401 and a 403 are answers, for somebody who asks just that.
    """

    client: httpx.AsyncClient = field(repr=False)
    provider: str
    channel: str
    timeouts: Timeouts
    wait: Wait = field(default=retry_after, repr=False)
    reads_refusals: bool = False

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
            The answer: a 2xx, or a 4xx that says something about this message.

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
            The answer: a 2xx or a 4xx.

        Raises:
            TransientFault: it cannot be asked now.
        """
        try:
            return await self._call("GET", url, params=params, auth=auth, headers=headers)
        except OutcomeUnknown as fault:
            raise TransientFault(str(fault)) from fault

    async def _call(
        self,
        method: str,
        url: str,
        *,
        auth: httpx.Auth | None,
        headers: Mapping[str, str] | None,
        **request: Any,
    ) -> httpx.Response:
        with call_span(self.provider, self.channel) as span:
            try:
                async with asyncio.timeout(self.timeouts.total):
                    asked = self._request(method, url, headers, request)
                    answer = await self.client.send(
                        asked, auth=auth or httpx.Auth(), follow_redirects=False, stream=True
                    )
                    async with aclosing(answer):
                        span.set_attribute("http.response.status_code", answer.status_code)
                        return await self._read(answer)
            except _NEVER_WRITTEN as error:
                raise TransientFault(f"{self.provider}: {type(error).__name__}, nothing was sent") from error
            except (httpx.HTTPError, TimeoutError) as error:
                raise OutcomeUnknown(f"{self.provider}: {type(error).__name__}") from error

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None, request: Mapping[str, Any]
    ) -> httpx.Request:
        given = {"Accept-Encoding": "identity", **(headers or {})}
        timeout = _timeout(self.timeouts)
        asked = self.client.build_request(method, url, headers=given, timeout=timeout, **request)
        asked.headers.pop("cookie", None)
        return asked

    async def _read(self, answer: httpx.Response) -> httpx.Response:
        """The whole answer, unless its status says all there is to know."""
        fault = fault_of(self.provider, answer, datetime.now(UTC), self.wait)
        if fault is not None and not (self.reads_refusals and answer.status_code in _CREDENTIALS):
            raise fault
        read = await whole(answer)
        if read is None:
            raise OutcomeUnknown(f"{self.provider}: HTTP {answer.status_code}, too much to read")
        return read


def fault_of(
    provider: str, response: httpx.Response, now: datetime, wait: Wait = retry_after
) -> ApplicationError | None:
    """The fault that a status stands for; None where the vendor's module must read the answer.

    Args:
        provider: for the text.
        response: what came back; its body is not looked at.
        now: to turn a date in Retry-After into a wait.
        wait: reads it.
    """
    status = response.status_code
    if status in _NOT_SERVED:
        return TransientFault(f"{provider}: HTTP {status}", wait(response.headers, now))
    if status in _CREDENTIALS:
        return TransientFault(f"{provider}: HTTP {status}, credentials refused")
    if response.is_redirect:
        return TransientFault(f"{provider}: HTTP {status}, not followed; the base URL may be wrong")
    if response.is_server_error:
        return OutcomeUnknown(f"{provider}: HTTP {status}")
    return None


def read_object(response: httpx.Response) -> Mapping[str, Any] | None:
    """The JSON object in an answer; None where there is no readable one."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def reference(provider: str, value: object) -> str:
    """The provider's own id of what it has taken, from an answer of success.

    Args:
        provider: for the text.
        value: what stands where the id should be; a whole number is one too.

    Raises:
        OutcomeUnknown: it is no id; the request may have been taken.
    """
    number = isinstance(value, int) and not isinstance(value, bool)
    ref = optional_identifier(str(value) if number else value)
    if ref is None:
        raise OutcomeUnknown(f"{provider}: an answer of success that names nothing")
    return ref


def _timeout(timeouts: Timeouts) -> httpx.Timeout:
    return httpx.Timeout(
        connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
    )
