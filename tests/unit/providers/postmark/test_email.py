"""Postmark's e-mail adapter over a mocked transport."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adapters.providers.postmark.email import PostmarkEmailProvider
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel

TO = "ana@example.com"
KEY = AttemptKey("7b1b2f", "mail", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana", "Tea?", "<p>Hi Ana</p>"))
REF = "b7bc2f4a-e38e-4336-af7d-e6c392c2f817"
TAKEN = {"To": TO, "SubmittedAt": "2026-11-22T12:00:00Z", "MessageID": REF, "ErrorCode": 0, "Message": "OK"}
FOUND = {"MessageID": REF, "Metadata": {"attempt": str(KEY)}}

Handler = Callable[[httpx.Request], httpx.Response]


def email_over(handler: Handler, **changes: Any) -> PostmarkEmailProvider:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    given: dict[str, Any] = {"client": client, "server_token": "s3cret", "sender": "Tea <tea@example.com>"}
    return PostmarkEmailProvider(**{**given, **changes})


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=json, headers=headers)


async def sent(
    content: Content = MESSAGE.content, unsubscribe_url: str | None = None, **changes: Any
) -> tuple[httpx.Request, dict[str, Any]]:
    """The request for a message, and its body."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TAKEN)

    message = OutboundMessage(KEY, TO, content, unsubscribe_url=unsubscribe_url)
    assert await email_over(handle, **changes).send(message) == Accepted(REF)
    return seen[0], json.loads(seen[0].content)


async def test_an_email_is_one_json_post_with_its_key_as_metadata_and_message_id() -> None:
    """The request is what Postmark's /email takes, with a Message-ID that Postmark is told to keep."""
    request, body = await sent()

    assert str(request.url) == "https://api.postmarkapp.com/email"
    assert request.headers["x-postmark-server-token"] == "s3cret"
    assert request.headers["accept"] == request.headers["content-type"] == "application/json"
    assert body == {
        "From": "Tea <tea@example.com>",
        "To": TO,
        "Subject": "Tea?",
        "TextBody": "Hi Ana",
        "HtmlBody": "<p>Hi Ana</p>",
        "MessageStream": "outbound",
        "Metadata": {"attempt": "7b1b2f:mail:1"},
        "Headers": [
            {"Name": "Message-ID", "Value": "<attempt.7b1b2f.mail.1@example.com>"},
            {"Name": "X-PM-KeepID", "Value": "true"},
        ],
    }


async def test_answers_go_where_the_settings_say() -> None:
    """A reply-to address brings answers back to us, and lets a mail program write STOP there."""
    _, body = await sent(Content("Hi"), reply_to="in+1@example.com", message_stream="news")

    assert body["ReplyTo"] == "in+1@example.com"
    assert body["Headers"][-1] == {
        "Name": "List-Unsubscribe",
        "Value": "<mailto:in+1@example.com?subject=STOP>",
    }
    assert body["MessageStream"] == "news"
    assert body["Subject"] == ""
    assert "HtmlBody" not in body


async def test_one_click_opts_out_where_there_is_a_link() -> None:
    """The link stands before the address for STOP, and one POST to it is enough (RFC 8058)."""
    _, body = await sent(unsubscribe_url="https://d.example.com/u/t", reply_to="in@example.com")

    assert body["Headers"][2:] == [
        {
            "Name": "List-Unsubscribe",
            "Value": "<https://d.example.com/u/t>, <mailto:in@example.com?subject=STOP>",
        },
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


async def test_a_key_of_usual_length_fits_into_metadata() -> None:
    """Postmark takes 80 characters; the longest step of an enrollment fits for 99 attempts."""
    key = AttemptKey("0f8fad5b-d9cb-469f-a165-70867728950e", "s" * 40, 99)

    assert len(str(key)) <= 80


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answering(200), OutcomeUnknown),
        (answering(200, []), OutcomeUnknown),
        (answering(200, {"ErrorCode": 0}), OutcomeUnknown),
        (answering(200, {"ErrorCode": 0, "MessageID": ""}), OutcomeUnknown),
        (answering(500, {"ErrorCode": 500}), OutcomeUnknown),
        (answering(401, {"ErrorCode": 10}), TransientFault),
        (answering(429, {"ErrorCode": 429}), TransientFault),
        (answering(503, {"ErrorCode": 100}), TransientFault),
        (answering(422, {"ErrorCode": 100}), TransientFault),
        (answering(422, {"ErrorCode": 401}), TransientFault),
        (answering(422, {"ErrorCode": 405}), TransientFault),
        (answering(422, {"ErrorCode": 412}), TransientFault),
        (answering(200, {"ErrorCode": 413}), TransientFault),
    ],
)
async def test_faults_say_whether_the_email_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """An acceptance that names no message is unknown; what a person can mend in the account can wait."""
    with pytest.raises(fault) as raised:
        await email_over(handler).send(MESSAGE)

    assert TO not in str(raised.value)


async def test_the_wait_that_postmark_asks_for_is_kept() -> None:
    """A 429 says when to come again."""
    with pytest.raises(TransientFault) as raised:
        await email_over(answering(429, None, **{"retry-after": "7"})).send(MESSAGE)

    assert raised.value.retry_after is not None
    assert raised.value.retry_after.total_seconds() == 7


@pytest.mark.parametrize(
    ("handler", "refused"),
    [
        (
            answering(422, {"ErrorCode": 300, "Message": f"bad {TO}"}),
            Refused("300 not a valid e-mail request"),
        ),
        (
            answering(422, {"ErrorCode": 406, "Message": f"inactive {TO}"}),
            Refused("406 inactive recipient"),
        ),
        (answering(200, {"ErrorCode": 406}), Refused("406 inactive recipient")),
        (answering(422, {"ErrorCode": 1235}), Refused("1235 HTTP 422")),
        (answering(422, {"ErrorCode": "406"}), Refused("HTTP 422")),
        (answering(413, "too large"), Refused("HTTP 413")),
        (answering(404), Refused("HTTP 404")),
    ],
)
async def test_a_refusal_is_permanent_and_suppresses_nobody(handler: Handler, refused: Refused) -> None:
    """Its code is kept, its text never. An inactive address may have bounced, which is no opt-out."""
    assert await email_over(handler).send(MESSAGE) == refused


async def test_an_attempt_is_looked_up_by_its_metadata_in_its_stream() -> None:
    """The search is for the one key, and the message that has it is the attempt's."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"TotalCount": 1, "Messages": [{"MessageID": "x"}, 5, FOUND]})

    assert await email_over(handle, message_stream="news").find(MESSAGE) == Accepted(REF)
    assert seen[0].method == "GET"
    assert seen[0].url.path == "/messages/outbound"
    assert dict(seen[0].url.params) == {
        "count": "50",
        "offset": "0",
        "metadata_attempt": "7b1b2f:mail:1",
        "messagestream": "news",
    }
    assert seen[0].headers["x-postmark-server-token"] == "s3cret"


@pytest.mark.parametrize(
    "found",
    [
        [],
        [{**FOUND, "Metadata": {"attempt": "7b1b2f:mail:2"}}],
        [{**FOUND, "Metadata": {}}],
        [{**FOUND, "Metadata": None}],
        [{**FOUND, "MessageID": None}],
    ],
)
async def test_another_message_is_not_taken_for_the_attempt(found: list[Any]) -> None:
    """Only a message that certainly is this attempt's counts."""
    assert await email_over(answering(200, {"Messages": found})).find(MESSAGE) is None


@pytest.mark.parametrize(
    "handler",
    [
        answering(200),
        answering(200, {"Messages": "none"}),
        answering(401),
        answering(422, {"ErrorCode": 600, "Messages": []}),
        answering(500),
    ],
)
async def test_a_look_up_that_fails_proves_nothing(handler: Handler) -> None:
    """Whatever goes wrong, the attempt stays in doubt and is looked up later."""
    with pytest.raises(TransientFault):
        await email_over(handler).find(MESSAGE)


async def test_the_adapter_keeps_its_secret_and_says_what_it_can_do() -> None:
    """No repr shows the token, the port is met, and attempts can be looked up."""
    provider: MessageProvider = email_over(answering(200))

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("postmark", Channel.EMAIL)
    assert (provider.honours_key, provider.can_look_up) == (False, True)


@pytest.mark.parametrize("changes", [{"sender": "Tea"}, {"reply_to": "Tea"}, {"server_token": ""}])
def test_settings_that_cannot_be_used_are_refused_at_once(changes: dict[str, str]) -> None:
    """A wrong setting is named when the adapter is made, not when the first message goes."""
    with pytest.raises(ValueError, match="must be"):
        email_over(answering(200), **changes)
