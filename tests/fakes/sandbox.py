"""The sandbox as tests start it, and a receiver that keeps what it calls back with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
from attrs import Factory, define, field, frozen
from fastapi import FastAPI, Request, Response

from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.keys import new_key_pair
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.sendgrid.email import SendGridEmailProvider
from adapters.providers.slack.desk import SlackDesk
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.providers.twilio.voice import TwilioVoiceProvider
from application.ports.callbacks import Callback, Report
from tests.fakes.serving import serve

ACCOUNT = "AC00000000000000000000000000000001"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
API_KEY = "SG.sandbox"
SLACK_TOKEN = "xoxb-sandbox"

key_pair = cache(new_key_pair)
"""One pair for the whole test run."""


@define(eq=False)
class Receiver:
    """Takes webhooks, verifies and reads them with our own readers.

    Args:
        refusals: how many requests are answered with 503 before the first is read.
    """

    refusals: int = 0
    url: str = ""
    callbacks: list[Callback] = Factory(list)
    reports: list[Report] = Factory(list)

    def app(self) -> FastAPI:
        """The app to serve."""
        readers = {
            reader.name: reader
            for reader in (TwilioCallbackReader(AUTH_TOKEN), SendGridCallbackReader(key_pair()[1]))
        }
        app = FastAPI()

        @app.post("/webhooks/{provider}")
        async def receive(provider: str, request: Request) -> Response:
            if self.refusals > 0:
                self.refusals -= 1
                return Response(status_code=503)
            query = request.scope["query_string"].decode()
            url = f"{self.url}{request.url.path}{'?' + query if query else ''}"
            callback = Callback(url, dict(request.headers), await request.body())
            self.callbacks.append(callback)
            self.reports.extend(readers[provider].read(callback, datetime.now(UTC)).reports)
            return Response(status_code=204)

        return app


@frozen
class RunningSandbox:
    """A sandbox that serves, and the adapters that speak to it."""

    url: str
    receiver: Receiver
    client: httpx.AsyncClient = field(repr=False)

    async def ledger(self) -> dict[str, Any]:
        """The ledger as it is."""
        page: dict[str, Any] = (await self.client.get(f"{self.url}/sandbox/ledger")).json()
        return page

    async def settled(self) -> dict[str, Any]:
        """The ledger when no callback is on its way any more."""
        while (page := await self.ledger())["callbacks"]["pending"]:  # noqa: ASYNC110 - only HTTP tells
            await asyncio.sleep(0.02)
        return page

    async def people(self, **personas: str) -> None:
        """Name people by address."""
        (await self.client.put(f"{self.url}/sandbox/people", json=personas)).raise_for_status()

    async def faults(self, **faults: str) -> None:
        """Name faults by address."""
        (await self.client.put(f"{self.url}/sandbox/faults", json=faults)).raise_for_status()

    def sms(self, **changes: Any) -> TwilioSmsProvider:
        """The SMS adapter."""
        return TwilioSmsProvider(**self._twilio(sender="+15005550001", **changes))

    def voice(self, **changes: Any) -> TwilioVoiceProvider:
        """The voice adapter."""
        return TwilioVoiceProvider(**self._twilio(caller="+15005550001", **changes))

    def email(self, **changes: Any) -> SendGridEmailProvider:
        """The e-mail adapter."""
        given = {"api_key": API_KEY, "from_address": "hello@example.com", "base_url": self.url}
        return SendGridEmailProvider(**{"client": self.client, **given, **changes})

    def desk(self, **changes: Any) -> SlackDesk:
        """The desk adapter."""
        given = {"token": SLACK_TOKEN, "channel": "C0000000001", "base_url": f"{self.url}/api"}
        return SlackDesk(**{"client": self.client, **given, **changes})

    def _twilio(self, **changes: Any) -> dict[str, Any]:
        given = {"account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "base_url": self.url}
        return {"client": self.client, "callback_base_url": self.receiver.url, **given, **changes}


@asynccontextmanager
async def running_sandbox(refusals: int = 0, **changes: Any) -> AsyncIterator[RunningSandbox]:
    """Serve a receiver and a sandbox that calls it back.

    Args:
        refusals: how many callbacks the receiver refuses first.
        changes: to `SandboxSettings`.
    """
    receiver = Receiver(refusals)
    async with serve(receiver.app()) as receiver.url:
        settings = SandboxSettings(
            **{
                "port": 0,
                "callback_base_url": receiver.url,
                "twilio_account_sid": ACCOUNT,
                "twilio_auth_token": AUTH_TOKEN,
                "sendgrid_api_key": API_KEY,
                "sendgrid_private_key": key_pair()[0],
                "slack_token": SLACK_TOKEN,
                "speed": 50.0,
                **changes,
            }
        )
        async with serve(create_app(settings)) as url, httpx.AsyncClient() as client:
            yield RunningSandbox(url, receiver, client)
