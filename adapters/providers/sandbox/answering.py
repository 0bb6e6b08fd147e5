"""What becomes of the answer to a request on its way out, the same for all vendors that speak HTTP.

A vendor's module answers as the vendor does and knows nothing of it: the switchboard notes on the request's
fate what its fault wants, and the middleware does it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

from attrs import define, field, frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_CUT = "drumbeat.cut"
_RETRY_AFTER = b"retry-after"


@define
class Fate:
    """What is to become of one answer.

    Args:
        cut: the connection is cut in its place.
        bare: it does not say how long to wait.
    """

    cut: bool = False
    bare: bool = False
    _first: Callable[[], Awaitable[None]] | None = field(default=None, init=False)

    def come_after(self, event: asyncio.Event, patience: float, met: Callable[[], None]) -> None:
        """Let the answer come after something else.

        Args:
            event: set once that has happened.
            patience: how many seconds the answer waits for it.
            met: called where it has happened before the answer.
        """

        async def first() -> None:
            try:
                await asyncio.wait_for(event.wait(), patience)
            except TimeoutError:
                return  # it does not come first, then
            met()

        self._first = first

    async def wait(self) -> None:
        """Wait for what comes first, if anything does."""
        if self._first is not None:
            await self._first()


_under_way: ContextVar[Fate | None] = ContextVar("fate", default=None)


def fate() -> Fate:
    """The fate of the answer to the request under way; one that concerns nobody where it is not by HTTP."""
    return _under_way.get() or Fate()


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose app can cut the connection. ASGI knows no way to do so: an app only answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            extensions = {**scope.get("extensions", {}), _CUT: self.transport.abort}
            await served({**scope, "extensions": extensions}, receive, send)

        self.app = app


@frozen
class Answering:
    """The middleware."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and let its answer meet its fate."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = Fate()
        _under_way.set(told)

        async def answer(message: Message) -> None:
            if told.cut:
                return
            if message["type"] == "http.response.start":
                await told.wait()
                if told.bare:
                    _drop_wait(message)
            await send(message)

        await self.app(scope, receive, answer)
        if told.cut:
            await _cut(scope, receive)


def _drop_wait(message: MutableMapping[str, Any]) -> None:
    headers = message.get("headers", ())
    message["headers"] = [(name, value) for name, value in headers if name.lower() != _RETRY_AFTER]


async def _cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection, and wait until it is.

    Raises:
        RuntimeError: the server cannot; it must be run with `CuttableProtocol`.
    """
    cut = scope.get("extensions", {}).get(_CUT)
    if cut is None:
        raise RuntimeError("to cut connections the sandbox must be served with answering.CuttableProtocol")
    cut()
    while (await receive())["type"] != "http.disconnect":
        pass
