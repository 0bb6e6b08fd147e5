"""The app over an in-memory world, called without a network."""

from collections.abc import AsyncIterable, Iterable, Mapping
from datetime import datetime
from typing import Any

import httpx
from attrs import define, evolve, field
from fastapi import FastAPI

from adapters.http.app import HttpOptions, HttpServices, create_app
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from application.ports.callbacks import Callback, Reading
from domain.idempotency import AttemptKey
from tests.fakes.signing import TWILIO_TOKEN, SendGridAccount, SignedRequest, twilio_request
from tests.unit.application.world import World

PUBLIC_URL = "https://drumbeat.example.com"
SENDGRID = SendGridAccount()


@define
class Site:
    """The app, and the world behind it.

    Args:
        world: what the use cases work on.
        services: what the app is made of; changed with `with_`.
        options: how it behaves.
    """

    world: World
    services: HttpServices = field()
    options: HttpOptions = field(factory=lambda: HttpOptions(PUBLIC_URL + "/"))

    @services.default
    def _services(self) -> HttpServices:
        return HttpServices(
            readers={
                "twilio": TwilioCallbackReader([TWILIO_TOKEN]),
                "sendgrid": SendGridCallbackReader([SENDGRID.public_key]),
            },
            ingest=self.world.ingest,
            clock=self.world.clock,
            telemetry=self.world.telemetry,
        )

    @property
    def app(self) -> FastAPI:
        """The app as it is now made up."""
        return create_app(self.services, self.options)

    def with_(self, **services: Any) -> "Site":
        """The same site with other services."""
        return evolve(self, services=evolve(self.services, **services))

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call the app."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://internal:8000") as client:
            return await client.request(method, path, **arguments)

    async def post(self, signed: SignedRequest, **changes: Any) -> httpx.Response:
        """Deliver a signed request, as a proxy does: to our own address, path and query untouched."""
        path = signed.url.removeprefix(PUBLIC_URL)
        arguments = {"headers": dict(signed.headers), "content": signed.body} | changes
        return await self.request("POST", path, **arguments)


@define
class Recorder:
    """A reader that keeps what it is given, and makes of it what it is told to."""

    name: str = "recorder"
    callbacks: list[Callback] = field(factory=list)
    reading: Reading = field(factory=Reading)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        self.callbacks.append(callback)
        return self.reading


def message_status(key: AttemptKey | str, status: str = "failed", sid: str = "SM1") -> SignedRequest:
    """Twilio's report about a message."""
    url = f"{PUBLIC_URL}/webhooks/twilio?attempt={key}"
    return twilio_request(url, {"MessageSid": sid, "MessageStatus": status, "To": "+15550100001"})


async def call_raw(
    app: FastAPI,
    raw_path: bytes,
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    messages: Iterable[Mapping[str, Any]] = (),
) -> tuple[int, dict[str, str], bytes]:
    """Call the app as a server does, with bytes that no client library would send.

    Returns:
        Status, headers and body of the answer.
    """
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": raw_path.decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": query,
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    incoming = iter([*messages, {"type": "http.disconnect"}])
    sent: list[dict[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return next(incoming)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type] # looser types than Starlette's own
    start, *rest = sent
    answer = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], answer, b"".join(message.get("body", b"") for message in rest)


def body_of(*pieces: bytes) -> list[Mapping[str, Any]]:
    """A body in pieces, as a server passes it on."""
    last = len(pieces) - 1
    return [
        {"type": "http.request", "body": piece, "more_body": index < last}
        for index, piece in enumerate(pieces)
    ]


async def endless(piece: bytes = b"x" * 65_536) -> AsyncIterable[bytes]:
    """A body without an end and without a stated length."""
    while True:
        yield piece
