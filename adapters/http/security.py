"""Limits on what comes in, and headers on what goes out."""

import asyncio
from datetime import timedelta

from attrs import frozen
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DIGITS = 19
"""No limit is longer than this many digits, and no longer number is worth reading."""


@frozen
class Limits:
    """What a request body may cost.

    Args:
        body_bytes: the longest body.
        body_time: how long a sender may take for it; vendors give up on us after 10 to 15 seconds.
    """

    body_bytes: int = 1_048_576
    body_time: timedelta = timedelta(seconds=10)


class BodyRefused(Exception):
    """A body was not taken.

    Args:
        status: the HTTP status to answer with.
        sentence: why.
    """

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the raw body, and no more of it than the limits allow.

    Raises:
        BodyRefused: it is longer, takes longer, or ends before its end.
    """
    too_long = BodyRefused(413, f"The body is longer than {limits.body_bytes} bytes.")
    if declared_length(request) > limits.body_bytes:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_time.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise too_long
    except TimeoutError:
        raise BodyRefused(408, "The body did not arrive in time.") from None
    except ClientDisconnect:
        raise BodyRefused(400, "The request ended before its body did.") from None
    return bytes(body)


def declared_length(request: Request) -> int:
    """What Content-Length says; 0 where it says nothing that can be read (the body is counted anyway)."""
    text = request.headers.get("content-length", "").strip()
    return int(text.lstrip("0")[:_DIGITS] or "0") if text.isascii() and text.isdigit() else 0


@frozen
class ResponseHeaders:
    """Middleware: no answer is stored by a cache or taken for another type than it says."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the answer's beginning."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["cache-control"] = "no-store"
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, send_with_headers)
