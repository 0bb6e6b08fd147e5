"""Vonage's adapters over a wire that a test holds the other end of."""

from collections.abc import Callable
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.providers.common.menu import Menu
from adapters.providers.vonage.application import VonageApplication
from adapters.providers.vonage.ncco import Speaker
from adapters.providers.vonage.reports import VonageReports
from adapters.providers.vonage.sms import VonageSmsProvider
from adapters.providers.vonage.voice import VonageVoiceProvider

TO, CALLER = "+12025550101", "+12025550100"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
APPLICATION = VonageApplication("aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", KEY)
REPORTS = VonageReports("abcd1234", "s3cret-api")
MENU = Menu("1, 2 or 9?", "Confirmed.", "We call back.", "No more calls.", "Goodbye.", "9?")
SPEAKER = Speaker("en-GB", MENU)

Handler = Callable[[httpx.Request], httpx.Response]


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    """A vendor that always answers the same."""
    return lambda _request: httpx.Response(status, json=json, headers=headers)


def raising(error: type[httpx.HTTPError]) -> Handler:
    """A wire that breaks."""

    def handle(_request: httpx.Request) -> httpx.Response:
        raise error("broken")

    return handle


def keeping(seen: list[httpx.Request], handler: Handler) -> Handler:
    """The same, and every request is kept."""

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return handler(request)

    return handle


def sms_over(handler: Handler, **changes: Any) -> VonageSmsProvider:
    """The SMS adapter."""
    given: dict[str, Any] = {
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handler)),
        "api_key": "abcd1234",
        "api_secret": "s3cret-api",
        "sender": CALLER,
        "callback_base_url": "https://hooks.example.com/",
    }
    return VonageSmsProvider(**{**given, **changes})


def voice_over(handler: Handler, **changes: Any) -> VonageVoiceProvider:
    """The voice adapter."""
    given: dict[str, Any] = {
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handler)),
        "application": APPLICATION,
        "caller": CALLER,
        "signature_secret": "s3cret-signature",
        "callback_base_url": "https://hooks.example.com/",
        "speaker": SPEAKER,
    }
    return VonageVoiceProvider(**{**given, **changes})
