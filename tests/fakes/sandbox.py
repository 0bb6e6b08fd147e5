"""The sandbox as tests start it, adapters that speak to it, and a receiver of its callbacks."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import Factory, define, evolve, field, frozen
from fastapi import FastAPI, Request, Response

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.menu import Calls
from adapters.providers.common.vendor import Wiring
from adapters.providers.sandbox.answering import CuttableProtocol
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site, sandbox_vendor
from application.environment import read_group
from application.errors import BadSignature
from application.ports.callbacks import Callback, CallbackReader, Report
from application.ports.handoffs import HandoffDesk
from application.ports.messaging import MessageProvider
from domain.statuses import Channel
from tests.fakes.serving import serve

ACCOUNT = "AC00000000000000000000000000000001"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
API_KEY = "SG.sandbox"
SLACK_TOKEN = "xoxb-sandbox"
KNOWN = {
    "DRUMBEAT_TWILIO_ACCOUNT_SID": ACCOUNT,
    "DRUMBEAT_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "DRUMBEAT_SENDGRID_API_KEY": API_KEY,
    "DRUMBEAT_SLACK_TOKEN": SLACK_TOKEN,
}
"""Credentials that tests know beforehand."""

TIMEOUTS = Timeouts(connect=5.0, read=15.0, pool=5.0, total=30.0)


@define(eq=False)
class Receiver:
    """Takes webhooks, verifies and reads them with our own readers, and answers as they say.

    Args:
        refusals: how many requests are answered with 503 before the first is read.
    """

    refusals: int = 0
    url: str = ""
    readers: dict[str, CallbackReader] = Factory(dict)
    callbacks: list[Callback] = Factory(list)
    reports: list[Report] = Factory(list)

    def app(self) -> FastAPI:
        """The app to serve."""
        app = FastAPI()

        @app.post("/webhooks/{provider}")
        async def receive(provider: str, request: Request) -> Response:
            if self.refusals > 0:
                self.refusals -= 1
                return Response(status_code=503)
            query = request.scope["query_string"].decode()
            url = f"{self.url}{request.url.path}{'?' + query if query else ''}"
            callback = Callback(url, dict(request.headers), await request.body(), "127.0.0.1")
            self.callbacks.append(callback)
            try:
                reading = await self.readers[provider].read(callback, datetime.now(UTC))
            except BadSignature:
                return Response(status_code=403)
            self.reports.extend(reading.reports)
            answer = reading.answer
            return (
                Response(status_code=204)
                if answer is None
                else Response(answer.body, media_type=answer.media_type)
            )

        return app


@frozen
class RunningSandbox:
    """A sandbox that serves, and the adapters that speak to it.

    Args:
        url: of the sandbox.
        receiver: where it calls back.
        environ: the variables of its accounts: ours, and what only the vendors know.
        wiring: what adapters are built with.
    """

    url: str
    receiver: Receiver
    environ: Mapping[str, str] = field(repr=False)
    wiring: Wiring

    @property
    def client(self) -> httpx.AsyncClient:
        """The client of the adapters."""
        return self.wiring.client

    def settings(self, name: str) -> Any:
        """A vendor's settings, as they are read from its account."""
        return read_group(registry.vendors()[name].settings, name, self.environ)

    def provider(self, name: str, channel: Channel, **changes: Any) -> MessageProvider:
        """A vendor's adapter for a channel; changes are to its settings."""
        settings = evolve(self.settings(name), **changes)
        return registry.vendors()[name].message_provider(channel, settings, self.wiring)

    def desk(self, name: str = "slack", **changes: Any) -> HandoffDesk:
        """A vendor's desk; changes are to its settings."""
        return registry.vendors()[name].handoff_desk(evolve(self.settings(name), **changes), self.wiring)

    def reader(self, name: str, **changes: Any) -> CallbackReader:
        """The reader of a vendor's webhooks; changes are to its settings."""
        return registry.vendors()[name].callback_reader(evolve(self.settings(name), **changes), self.wiring)

    def sms(self, **changes: Any) -> MessageProvider:
        """Twilio's SMS adapter."""
        return self.provider("twilio", Channel.SMS, **changes)

    def voice(self, **changes: Any) -> MessageProvider:
        """Twilio's voice adapter."""
        return self.provider("twilio", Channel.VOICE, **changes)

    def email(self, **changes: Any) -> MessageProvider:
        """SendGrid's e-mail adapter."""
        return self.provider("sendgrid", Channel.EMAIL, **changes)

    def impatient(self, seconds: float) -> "RunningSandbox":
        """The same with adapters that wait this long for an answer."""
        timeouts = Timeouts(connect=1.0, read=seconds, pool=1.0, total=4.0 + seconds)
        return evolve(self, wiring=evolve(self.wiring, timeouts=timeouts))

    def without_menu(self) -> "RunningSandbox":
        """The same with adapters that offer no menu during calls."""
        return evolve(self, wiring=evolve(self.wiring, calls=Calls(offers_menu=False)))

    async def ledger(self) -> dict[str, Any]:
        """The ledger as it is."""
        page: dict[str, Any] = (await self.client.get(f"{self.url}/sandbox/ledger")).json()
        return page

    async def settled(self) -> dict[str, Any]:
        """The ledger when no callback is on its way any more."""
        while (await self.client.get(f"{self.url}/sandbox/pending")).json()["pending"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return await self.ledger()

    async def people(self, **personas: str) -> None:
        """Name people by address."""
        (await self.client.put(f"{self.url}/sandbox/people", json=personas)).raise_for_status()

    async def faults(self, **faults: str) -> None:
        """Name faults by address."""
        (await self.client.put(f"{self.url}/sandbox/faults", json=faults)).raise_for_status()

    async def strangers(self, attempts: Mapping[str, str]) -> None:
        """Name whose attempts stray callbacks name, by attempt."""
        (await self.client.put(f"{self.url}/sandbox/strangers", json=dict(attempts))).raise_for_status()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def open_accounts(vendors: Sequence[str], site: Site) -> dict[str, str]:
    """The variables of new accounts at some vendors: ours, and what only the vendors know."""
    drawn: dict[str, str] = {}
    for name in vendors:
        account = sandbox_vendor(name).open_account(site)
        drawn |= {**account.ours, **account.theirs}
    return drawn | {name: value for name, value in KNOWN.items() if name in drawn}


@asynccontextmanager
async def running_sandbox(
    refusals: int = 0, *, vendors: Sequence[str] = ("twilio", "sendgrid", "slack"), **changes: Any
) -> AsyncIterator[RunningSandbox]:
    """Serve a receiver and a sandbox that calls it back.

    Args:
        refusals: how many callbacks the receiver refuses first.
        vendors: who is in the sandbox.
        changes: to `SandboxSettings`.
    """
    receiver = Receiver(refusals)
    async with serve(receiver.app()) as receiver.url:
        url = f"http://127.0.0.1:{free_port()}"
        environ = open_accounts(vendors, Site(url, receiver.url, free_port))
        given = {"vendors": tuple(vendors), "callback_base_url": receiver.url, "speed": 50.0}
        app = create_app(SandboxSettings(**{**given, **changes}), environ)
        # Without TLS: to read the certificates of all authorities takes longer than most tests.
        to_sandbox = httpx.AsyncClient(trust_env=False, verify=False)
        port = int(url.rpartition(":")[2])
        async with serve(app, port, CuttableProtocol), to_sandbox as client:
            sandbox = RunningSandbox(url, receiver, environ, Wiring(client, receiver.url, TIMEOUTS))
            for name in vendors:
                if registry.vendors()[name].callbacks is not None:
                    receiver.readers[name] = sandbox.reader(name)
            yield sandbox
