"""SendGrid's e-mail adapter over a mocked transport."""

import json
from collections.abc import Callable
from time import time
from typing import Any

import httpx
import pytest
from attrs import evolve

from adapters.providers.sendgrid.email import SendGridEmailProvider
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel

TO = "ana@example.com"
KEY = AttemptKey("7b1b2f", "mail", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana", "Tea?", "<p>Hi Ana</p>"))

Handler = Callable[[httpx.Request], httpx.Response]


def email_over(handler: Handler, **changes: Any) -> SendGridEmailProvider:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    given: dict[str, Any] = {"client": client, "api_key": "SG.s3cret", "from_address": "hello@example.com"}
    return SendGridEmailProvider(**{**given, **changes})


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=json, headers=headers)


async def test_an_email_is_one_json_post_with_its_key_as_custom_argument() -> None:
    """The request is what mail/send takes: text before html, and the attempt key in the personalization."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, headers={"X-Message-Id": "14c5d75ce93"})

    accepted = await email_over(handle, from_name="Tea House").send(MESSAGE)

    assert accepted == Accepted("14c5d75ce93")
    assert str(seen[0].url) == "https://api.sendgrid.com/v3/mail/send"
    assert seen[0].headers["authorization"] == "Bearer SG.s3cret"
    assert json.loads(seen[0].content) == {
        "personalizations": [{"to": [{"email": TO}], "custom_args": {"attempt": "7b1b2f:mail:1"}}],
        "from": {"email": "hello@example.com", "name": "Tea House"},
        "subject": "Tea?",
        "content": [
            {"type": "text/plain", "value": "Hi Ana"},
            {"type": "text/html", "value": "<p>Hi Ana</p>"},
        ],
        "headers": {"References": "<attempt.7b1b2f.mail.1@example.com>"},
    }


async def test_an_email_without_html_has_one_part() -> None:
    """Plain text alone is sent alone."""
    bodies: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(202, headers={"X-Message-Id": "1"})

    await email_over(handle).send(OutboundMessage(KEY, TO, Content("Hi", "Tea?")))

    assert bodies[0]["content"] == [{"type": "text/plain", "value": "Hi"}]
    assert bodies[0]["from"] == {"email": "hello@example.com"}
    assert "reply_to" not in bodies[0]


async def test_answers_and_the_wish_to_unsubscribe_go_to_the_reply_address() -> None:
    """A mail program's own button writes STOP there (RFC 2369); tracking stays as the account has it."""
    bodies: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(202, headers={"X-Message-Id": "1"})

    await email_over(handle, reply_to="answers@in.example.com").send(MESSAGE)

    assert bodies[0]["reply_to"] == {"email": "answers@in.example.com"}
    assert bodies[0]["headers"]["List-Unsubscribe"] == "<mailto:answers@in.example.com?subject=STOP>"
    assert "tracking_settings" not in bodies[0]
    with pytest.raises(ValueError, match="reply_to must be"):
        email_over(handle, reply_to="nobody")


async def test_one_click_opts_out_where_there_is_a_link() -> None:
    """The link stands before the address for STOP, and one POST to it is enough (RFC 8058)."""
    bodies: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(202, headers={"X-Message-Id": "1"})

    message = evolve(MESSAGE, unsubscribe_url="https://d.example.com/u/t")
    await email_over(handle, reply_to="in@example.com").send(message)

    assert bodies[0]["headers"] == {
        "References": "<attempt.7b1b2f.mail.1@example.com>",
        "List-Unsubscribe": "<https://d.example.com/u/t>, <mailto:in@example.com?subject=STOP>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answering(202), OutcomeUnknown),
        (answering(200, None, **{"x-message-id": "1"}), OutcomeUnknown),
        (answering(401), TransientFault),
        (answering(403), TransientFault),
        (answering(429), TransientFault),
        (answering(503), TransientFault),
        (answering(500), OutcomeUnknown),
        (answering(504), OutcomeUnknown),
    ],
)
async def test_faults_say_whether_the_email_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """An acceptance that names no message is unknown; the rest follows the common table."""
    with pytest.raises(fault):
        await email_over(handler).send(MESSAGE)


def _from_now(value: str) -> str:
    """A time so many seconds from now, by the clock of whoever asks; anything else as it is."""
    words = value.split()
    return str(int(time()) + int(words[1])) if words[:1] == ["in"] else value


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({}, None, None),
        ({"x-ratelimit-reset": "soon"}, None, None),
        ({"x-ratelimit-reset": "in 100 seconds"}, 60, 100),
        ({"x-ratelimit-reset": "in 86400 seconds"}, 900, 900),
        ({"x-ratelimit-reset": "0"}, 0, 0),
        ({"x-ratelimit-reset": "0", "retry-after": "7"}, 7, 7),
    ],
)
async def test_sendgrid_tells_how_long_to_wait(
    status: int, headers: dict[str, str], least: int | None, most: int | None
) -> None:
    """By the time of its next window, in seconds since 1970."""
    told = {name: _from_now(value) for name, value in headers.items()}
    with pytest.raises(TransientFault) as caught:
        await email_over(answering(status, None, **told)).send(MESSAGE)
    wait = caught.value.retry_after

    if least is None or most is None:
        assert wait is None
    else:
        assert wait is not None
        assert least <= wait.total_seconds() <= most


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            {"errors": [{"message": f"bad {TO}", "field": "personalizations.0.to.0.email"}]},
            "HTTP 400 personalizations.0.to.0.email",
        ),
        ({"errors": [{"message": "bad", "field": TO}]}, "HTTP 400"),
        ({"errors": ["bad"]}, "HTTP 400"),
        ({"errors": "bad"}, "HTTP 400"),
        ("bad", "HTTP 400"),
    ],
)
async def test_a_refusal_names_the_field_and_never_quotes_the_vendor(answer: Any, reason: str) -> None:
    """A 400 is permanent for this message and suppresses nobody."""
    assert await email_over(answering(400, answer)).send(MESSAGE) == Refused(reason)


async def test_the_adapter_keeps_its_secret_and_says_what_it_cannot_do() -> None:
    """No repr shows the key, the port is met, and nothing can be looked up."""
    provider: MessageProvider = email_over(answering(202))

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("sendgrid", Channel.EMAIL)
    assert (provider.honours_key, provider.can_look_up) == (False, False)
    assert await provider.find(MESSAGE) is None
