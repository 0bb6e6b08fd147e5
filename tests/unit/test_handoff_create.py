"""The Slack desk: the shape of its request, its errors, its waits and its escaping."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.providers.slack.desk import SlackDesk
from adapters.providers.slack.message import escape
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.handoffs import HandoffDesk, Ticket
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer

TICKET = Ticket("7b1b2f:handoff", "7b1b2f", "spring", "unanswered", "Call <!channel> Ana & Co")

Handler = Callable[[httpx.Request], httpx.Response]


def desk_over(handler: Handler) -> SlackDesk:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return SlackDesk(client, token="xoxb-s3cret", channel="C0123456789")


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(status, json=json, headers=headers)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(hold_seconds=20.0) as running:
        yield running


async def test_a_handoff_is_one_message_with_its_key_in_the_metadata() -> None:
    """The request is what chat.postMessage takes, with all that the human needs."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True, "channel": "C0123456789", "ts": "1795367400.000100"})

    ref = await desk_over(handle).open(TICKET)
    [request] = seen
    message = json.loads(request.content)

    assert ref == "C0123456789:1795367400.000100"
    assert request.method == "POST"
    assert str(request.url) == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-s3cret"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert message["channel"] == "C0123456789"
    assert message["text"] == "Call &lt;!channel&gt; Ana &amp; Co"
    assert message["metadata"] == {
        "event_type": "drumbeat_handoff",
        "event_payload": {"handoff": "7b1b2f:handoff"},
    }
    assert not message["unfurl_links"]


async def test_the_blocks_show_summary_campaign_reason_and_enrollment() -> None:
    """The human sees the case without opening anything."""
    bodies: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, json={"ok": True, "channel": "C1", "ts": "1.2"})

    await desk_over(handle).open(TICKET)
    summary, fields, context, _buttons = json.loads(bodies[0])["blocks"]

    assert summary["text"] == {"type": "mrkdwn", "text": "Call &lt;!channel&gt; Ana &amp; Co"}
    assert [field["text"] for field in fields["fields"]] == ["*Campaign:* spring", "*Reason:* unanswered"]
    assert context["elements"] == [{"type": "mrkdwn", "text": "*Enrollment:* 7b1b2f"}]


@pytest.mark.parametrize(
    ("text", "longest", "escaped"),
    [
        ("a & <b>", 100, "a &amp; &lt;b&gt;"),
        ("&amp;", 100, "&amp;amp;"),
        ("abcdef", 3, "abc"),
        ("ab&c", 6, "ab"),
        ("ab&c", 7, "ab&amp;"),
        ("", 10, ""),
    ],
)
def test_slack_control_characters_are_escaped_and_never_cut_in_two(
    text: str, longest: int, escaped: str
) -> None:
    """No text can mention a channel or make a link, and a limit falls between whole characters."""
    assert escape(text, longest) == escaped


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answering(200, {"ok": False, "error": "channel_not_found"}), TransientFault),
        (answering(200, {"ok": False, "error": "invalid_auth"}), TransientFault),
        (answering(200, {"ok": False, "error": "ratelimited"}), TransientFault),
        (answering(200, {"ok": False}), TransientFault),
        (answering(200, {"ok": False, "error": "fatal_error"}), OutcomeUnknown),
        (answering(200, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
        (answering(200, {"ok": True}), OutcomeUnknown),
        (answering(200, "text"), OutcomeUnknown),
        (answering(404), TransientFault),
        (answering(302), TransientFault),
        (answering(429), TransientFault),
        (answering(503), TransientFault),
        (answering(500, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
        (answering(502), OutcomeUnknown),
    ],
)
async def test_no_error_loses_a_case(handler: Handler, fault: type[ApplicationError]) -> None:
    """Whatever Slack answers is raised as something to try again, with HTTP 200 too."""
    with pytest.raises(fault) as caught:
        await desk_over(handler).open(TICKET)

    assert "Ana" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "handler",
    [
        answering(429, {"ok": False, "error": "ratelimited"}, **{"retry-after": "30"}),
        answering(200, {"ok": False, "error": "ratelimited"}, **{"retry-after": "30"}),
    ],
)
async def test_slack_tells_how_long_to_wait(handler: Handler) -> None:
    """Retry-After is honoured on a 429 and beside an ``ok: false``."""
    with pytest.raises(TransientFault) as caught:
        await desk_over(handler).open(TICKET)

    assert caught.value.retry_after == timedelta(seconds=30)


def test_the_desk_keeps_its_secret() -> None:
    """No repr shows the token or the summary, and the port is met."""
    desk: HandoffDesk = desk_over(answering(200))

    assert desk.name == "slack"
    assert "s3cret" not in repr(desk)
    assert "Ana" not in repr(TICKET)


async def test_the_sandbox_takes_a_handoff_under_its_key(sandbox: RunningSandbox) -> None:
    """Against a real server: the desk's ref is the one in its books."""
    ref = await sandbox.desk().open(TICKET)

    assert [
        (row["attempt"], row["provider_ref"])
        for row in (await sandbox.ledger())["handoffs"]
        if row["attempt"] == TICKET.key
    ] == [(TICKET.key, ref)]


async def test_a_wrong_token_is_tried_again_later(sandbox: RunningSandbox) -> None:
    """Slack says invalid_auth with HTTP 200; the case waits for a person."""
    with pytest.raises(TransientFault, match="invalid_auth"):
        await sandbox.desk(token="xoxb-wrong").open(TICKET)


async def test_a_busy_desk_takes_the_case_in_the_end(sandbox: RunningSandbox) -> None:
    """A 429 asks for a second, and then the case is taken once."""
    ticket = Ticket("busy:handoff", "busy", "spring", "busy", "Call back")
    await sandbox.faults(**{ticket.key: "rate_limited"})
    with pytest.raises(TransientFault) as caught:
        await sandbox.desk().open(ticket)
    await sandbox.desk().open(ticket)

    assert caught.value.retry_after == timedelta(seconds=1)
    assert [row["attempt"] for row in (await sandbox.ledger())["handoffs"]].count(ticket.key) == 1


async def test_a_desk_that_fails_after_taking_the_case_is_unknown_and_takes_it_again(
    sandbox: RunningSandbox,
) -> None:
    """A case is handed over at least once: after a 500 the same key may be in the desk's books twice."""
    ticket = Ticket("failed:handoff", "failed", "spring", "busy", "Call")
    await sandbox.faults(**{ticket.key: "server_error"})
    with pytest.raises(OutcomeUnknown, match="HTTP 500"):
        await sandbox.desk().open(ticket)
    ref = await sandbox.desk().open(ticket)
    rows = [row for row in (await sandbox.ledger())["handoffs"] if row["attempt"] == ticket.key]

    assert len(rows) == 2
    assert rows[1]["provider_ref"] == ref


async def test_a_desk_that_is_cut_or_hangs_after_taking_the_case_is_unknown(sandbox: RunningSandbox) -> None:
    """The case is in the desk's books, and we say that we cannot know."""
    cut, hung = (Ticket(f"{name}:handoff", name, "spring", "busy", "Call") for name in ("cut", "hung"))
    await sandbox.faults(**{hung.key: "hangs"})
    async with cut_before_answer(sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await sandbox.desk(base_url=f"{url}/api").open(cut)
    with pytest.raises(OutcomeUnknown):
        await sandbox.impatient(0.2).desk().open(hung)
    taken = [row["attempt"] for row in (await sandbox.ledger())["handoffs"]]

    assert (taken.count(cut.key), taken.count(hung.key)) == (1, 1)
