"""Mailgun's e-mail adapter over a mocked transport."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adapters.providers.common.forms import form_fields
from adapters.providers.mailgun.email import MailgunEmailProvider
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel

TO = "ana@example.com"
KEY = AttemptKey("7b1b2f", "mail", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana", "Tea? \u2615", "<p>Hi Ana</p>"))
REF = "attempt.7b1b2f.mail.1@mg.example.com"
TAKEN = {"id": f"<{REF}>", "message": "Queued. Thank you."}
FOUND = {
    "event": "accepted",
    "message": {"headers": {"message-id": REF}},
    "user-variables": {"attempt": str(KEY)},
}

Handler = Callable[[httpx.Request], httpx.Response]


def email_over(handler: Handler, **changes: Any) -> MailgunEmailProvider:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    given = {"api_key": "key-s3cret", "domain": "mg.example.com", "sender": "Tea <tea@mg.example.com>"}
    return MailgunEmailProvider(client=client, **{**given, **changes})


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=json, headers=headers)


async def sent(
    content: Content = MESSAGE.content, unsubscribe_url: str | None = None, **changes: Any
) -> tuple[httpx.Request, dict[str, str]]:
    """The request for a message, and its fields."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TAKEN)

    message = OutboundMessage(KEY, TO, content, unsubscribe_url=unsubscribe_url)
    assert await email_over(handle, **changes).send(message) == Accepted(REF)
    return seen[0], form_fields(seen[0].headers["content-type"], seen[0].content)


async def test_an_email_is_one_form_with_its_key_as_variable_and_message_id() -> None:
    """The request is what /messages takes: multipart/form-data with the attempt key in two places."""
    request, fields = await sent()

    assert str(request.url) == "https://api.mailgun.net/v3/mg.example.com/messages"
    assert request.headers["authorization"] == httpx.BasicAuth("api", "key-s3cret")._auth_header
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert fields == {
        "from": "Tea <tea@mg.example.com>",
        "to": TO,
        "subject": "Tea? \u2615",
        "text": "Hi Ana",
        "html": "<p>Hi Ana</p>",
        "h:Message-Id": f"<{REF}>",
        "v:attempt": "7b1b2f:mail:1",
    }


async def test_answers_go_where_the_settings_say_and_europe_has_an_address_of_its_own() -> None:
    """A reply-to address brings answers back to us, and lets a mail program write STOP there."""
    request, fields = await sent(
        Content("Hi"), reply_to="in+1@mg.example.com", base_url="https://api.eu.mailgun.net/"
    )

    assert str(request.url) == "https://api.eu.mailgun.net/v3/mg.example.com/messages"
    assert fields["h:Reply-To"] == "in+1@mg.example.com"
    assert fields["h:List-Unsubscribe"] == "<mailto:in+1@mg.example.com?subject=STOP>"
    assert fields["subject"] == ""
    assert "html" not in fields


async def test_one_click_opts_out_where_there_is_a_link() -> None:
    """The link stands before the address for STOP, and one POST to it is enough (RFC 8058)."""
    _, fields = await sent(unsubscribe_url="https://d.example.com/u/t", reply_to="in@mg.example.com")

    assert (
        fields["h:List-Unsubscribe"] == "<https://d.example.com/u/t>, <mailto:in@mg.example.com?subject=STOP>"
    )
    assert fields["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answering(200), OutcomeUnknown),
        (answering(200, []), OutcomeUnknown),
        (answering(200, {"id": [5]}), OutcomeUnknown),
        (answering(200, {"id": "<>"}), OutcomeUnknown),
        (answering(500), OutcomeUnknown),
        (answering(502), OutcomeUnknown),
        (answering(401), TransientFault),
        (answering(403), TransientFault),
        (answering(429), TransientFault),
        (answering(503), TransientFault),
    ],
)
async def test_faults_say_whether_the_email_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """An acceptance that names no message is unknown; the rest follows the common table."""
    with pytest.raises(fault):
        await email_over(handler).send(MESSAGE)


async def test_the_wait_that_mailgun_asks_for_is_kept() -> None:
    """A 429 says when to come again."""
    with pytest.raises(TransientFault) as raised:
        await email_over(answering(429, None, **{"retry-after": "7"})).send(MESSAGE)

    assert raised.value.retry_after is not None
    assert raised.value.retry_after.total_seconds() == 7


@pytest.mark.parametrize("status", [400, 402, 404, 413, 421])
async def test_a_refusal_is_permanent_suppresses_nobody_and_never_quotes_the_vendor(status: int) -> None:
    """Mailgun has no codes; its texts quote the address."""
    provider = email_over(answering(status, {"message": f"'to' parameter is not a valid address: {TO}"}))

    assert await provider.send(MESSAGE) == Refused(f"HTTP {status}")


async def test_an_attempt_is_looked_up_by_its_message_id() -> None:
    """The log is asked for the one Message-ID; any event of it proves that the message was taken."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"items": [5, {}, FOUND]})

    assert await email_over(handle).find(MESSAGE) == Accepted(REF)
    assert seen[0].method == "GET"
    assert seen[0].url.path == "/v3/mg.example.com/events"
    assert dict(seen[0].url.params) == {"message-id": REF, "limit": "50"}
    assert seen[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{**FOUND, "message": {"headers": {"message-id": "other@mg.example.com"}}}],
        [{**FOUND, "user-variables": {"attempt": "7b1b2f:mail:2"}}],
        [{**FOUND, "user-variables": []}],
        [{**FOUND, "message": None}],
    ],
)
async def test_another_message_is_not_taken_for_the_attempt(items: list[Any]) -> None:
    """Anybody can write a Message-ID into a message; only with our variable is it ours."""
    assert await email_over(answering(200, {"items": items})).find(MESSAGE) is None


@pytest.mark.parametrize(
    "handler",
    [answering(200), answering(200, {"items": "none"}), answering(404), answering(401), answering(500)],
)
async def test_a_look_up_that_fails_proves_nothing(handler: Handler) -> None:
    """Whatever goes wrong, the attempt stays in doubt and is looked up later."""
    with pytest.raises(TransientFault):
        await email_over(handler).find(MESSAGE)


async def test_the_adapter_keeps_its_secret_and_says_what_it_can_do() -> None:
    """No repr shows the key, the port is met, and attempts can be looked up."""
    provider: MessageProvider = email_over(answering(200))

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("mailgun", Channel.EMAIL)
    assert (provider.honours_key, provider.can_look_up) == (False, True)


@pytest.mark.parametrize(
    "changes", [{"sender": "Tea"}, {"reply_to": "Tea"}, {"api_key": ""}, {"domain": "mg.example.com/x"}]
)
def test_settings_that_cannot_be_used_are_refused_at_once(changes: dict[str, str]) -> None:
    """A wrong setting is named when the adapter is made, not when the first message goes."""
    with pytest.raises(ValueError, match="must"):
        email_over(answering(200), **changes)
