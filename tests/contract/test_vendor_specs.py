"""Our requests, checked against the vendors' own OpenAPI files.

The files are not part of this project. VENDOR_SPECS names a folder that holds them as their vendors publish
them (twilio_api_v2010.json of twilio-oai, tsg_mail_v3.json of sendgrid-oai); without it, they are skipped.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from adapters.providers.common.menu import Menu
from adapters.providers.sendgrid.email import SendGridEmailProvider
from adapters.providers.twilio.gather import SpokenMenu
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.providers.twilio.twiml import Speech
from adapters.providers.twilio.voice import Detection, TwilioVoiceProvider
from application.ports.messaging import Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey

FOLDER = os.environ.get("VENDOR_SPECS")
TWILIO = "twilio_api_v2010.json"
SENDGRID = "tsg_mail_v3.json"

pytestmark = pytest.mark.skipif(not FOLDER, reason="VENDOR_SPECS names no folder of OpenAPI files")

Build = Callable[["Recorder"], MessageProvider]

KEY = AttemptKey("7b1b2f", "first", 1)
ACCOUNT = "AC" + "0" * 32


@cache
def document(name: str) -> dict[str, Any]:
    """A vendor's file as it is."""
    read: dict[str, Any] = json.loads((Path(FOLDER or "") / name).read_text(encoding="utf-8"))
    return read


@cache
def specification(name: str) -> OpenAPI:
    """A vendor's file; Twilio's takes some seconds to read."""
    return OpenAPI.from_dict(document(name))


class Recorder:
    """A transport that keeps the request and accepts it."""

    def __init__(self) -> None:
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        page = {"sid": "SM1", "messages": [], "calls": []}
        return httpx.Response(202, json=page, headers={"x-message-id": "m1"})


def as_openapi(request: httpx.Request) -> MockRequest:
    """The request in the form that openapi-core checks."""
    return MockRequest(
        f"{request.url.scheme}://{request.url.host}",
        request.method.lower(),
        request.url.path,
        args=dict(request.url.params),
        headers=dict(request.headers),
        data=request.content,
        content_type=request.headers.get("content-type", ""),
    )


def sms(recorder: Recorder, sender: str = "+15005550001") -> MessageProvider:
    return TwilioSmsProvider(recorder.client, ACCOUNT, "token", sender, "https://hooks.example.com")


def voice(recorder: Recorder) -> MessageProvider:
    speech = Speech("en-US", "Polly.Joanna")
    menu = SpokenMenu(Menu("Press 1, 2 or 9.", "Thanks.", "Later.", "Gone.", "Bye."), speech)
    return TwilioVoiceProvider(
        recorder.client,
        ACCOUNT,
        "token",
        "+15005550001",
        "https://hooks.example.com",
        menu=menu,
        offers_menu=True,
        speech=speech,
    )


def recorded_voice(recorder: Recorder) -> MessageProvider:
    return TwilioVoiceProvider(
        recorder.client,
        ACCOUNT,
        "token",
        "+15005550001",
        "https://hooks.example.com",
        detection=Detection.MESSAGE_END,
        asynchronous=False,
    )


def email(recorder: Recorder) -> MessageProvider:
    reply_to = "answers@in.example.com"
    return SendGridEmailProvider(recorder.client, "key", "us@example.com", "Our Clinic", reply_to)


@pytest.mark.parametrize(
    ("provider", "name", "to", "content"),
    [
        (sms, TWILIO, "+12025550101", Content("Hi Ana, 5 & 6 > 4? Grüße")),
        (lambda recorder: sms(recorder, "MG" + "0" * 32), TWILIO, "+12025550101", Content("Hi")),
        (voice, TWILIO, "+12025550101", Content("Hello <Ana> & others")),
        (recorded_voice, TWILIO, "+12025550101", Content("Hello Ana")),
        (email, SENDGRID, "ana@example.com", Content("Hi Ana", "Tuesday")),
        (email, SENDGRID, "ana@example.com", Content("Hi Ana", "Tuesday", "<p>Hi Ana</p>")),
    ],
    ids=["sms", "sms by messaging service", "call", "call for machines", "e-mail", "e-mail with HTML"],
)
async def test_requests_are_right_by_the_vendors_own_specification(
    provider: Build, name: str, to: str, content: Content
) -> None:
    """Address, credentials, encoding and every field pass the vendor's OpenAPI file."""
    recorder = Recorder()
    await provider(recorder).send(OutboundMessage(KEY, to, content))

    specification(name).validate_request(as_openapi(recorder.request))


@pytest.mark.parametrize(
    "provider",
    [sms, lambda recorder: sms(recorder, "MG" + "0" * 32), voice],
    ids=["sms", "sms by messaging service", "call"],
)
async def test_look_ups_are_right_by_twilios_own_specification(provider: Build) -> None:
    """Address, credentials and every filter pass Twilio's OpenAPI file, and no filter is unknown to it."""
    recorder = Recorder()
    asked = OutboundMessage(KEY, "+12025550101", Content("Hi"), datetime.now(UTC), frozenset())
    await provider(recorder).find(asked)
    resource = recorder.request.url.path.rpartition("/")[2]
    operation = document(TWILIO)["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{resource}"]["get"]

    specification(TWILIO).validate_request(as_openapi(recorder.request))
    assert set(recorder.request.url.params) <= {parameter["name"] for parameter in operation["parameters"]}


@pytest.mark.parametrize(
    ("provider", "name", "spoil"),
    [
        (sms, TWILIO, (b"To=", b"Too=")),
        (email, SENDGRID, (b'"from"', b'"form"')),
    ],
    ids=["sms", "e-mail"],
)
async def test_the_check_can_fail(provider: Build, name: str, spoil: tuple[bytes, bytes]) -> None:
    """A field that the vendor needs and does not get is found."""
    recorder = Recorder()
    to = "ana@example.com" if name == SENDGRID else "+12025550101"
    await provider(recorder).send(OutboundMessage(KEY, to, Content("Hi", "Hi")))
    sent = recorder.request
    spoiled = httpx.Request(sent.method, sent.url, headers=sent.headers, content=sent.content.replace(*spoil))
    assert spoiled.content != sent.content

    with pytest.raises(OpenAPIError):
        specification(name).validate_request(as_openapi(spoiled))
