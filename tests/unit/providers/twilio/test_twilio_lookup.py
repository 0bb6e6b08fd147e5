"""Which of Twilio's messages and calls is taken for an attempt's, and which is not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from attrs import evolve

from adapters.providers.twilio.lookup import SKEW
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.providers.twilio.voice import TwilioVoiceProvider
from application.errors import TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey

SINCE = datetime(2026, 11, 22, 12, 0, 0, 700_000, tzinfo=UTC)
TO, FROM = "+12025550101", "+15005550001"
MESSAGE = OutboundMessage(AttemptKey("7b1b2f", "first", 1), TO, Content("Hi Ana"), SINCE, frozenset({"SM9"}))
GIVEN: dict[str, Any] = {
    "account_sid": "AC123",
    "auth_token": "s3cret",
    "callback_base_url": "https://hooks.example.com",
}

Build = Callable[[httpx.AsyncClient], MessageProvider]
Handler = Callable[[httpx.Request], httpx.Response]


def sms(client: httpx.AsyncClient) -> MessageProvider:
    return TwilioSmsProvider(client=client, sender=FROM, **GIVEN)


def by_service(client: httpx.AsyncClient) -> MessageProvider:
    return TwilioSmsProvider(client=client, sender="MG1", **GIVEN)


def voice(client: httpx.AsyncClient) -> MessageProvider:
    return TwilioVoiceProvider(client=client, caller=FROM, **GIVEN)


def row(sid: str = "SM1", at: datetime = SINCE, **changes: Any) -> dict[str, Any]:
    """A message as Twilio lists it."""
    common = {"sid": sid, "to": TO, "from": FROM, "body": "Hi Ana", "direction": "outbound-api"}
    return {**common, "date_created": format_datetime(at), "date_sent": None, "status": "queued", **changes}


def listing(*rows: Any, **changes: Any) -> Handler:
    page = {"messages": rows, "calls": rows, "next_page_uri": None, **changes}
    return lambda _request: httpx.Response(200, json=page)


async def found(handler: Handler, build: Build = sms, message: OutboundMessage = MESSAGE) -> str | None:
    """The id that is found."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        accepted = await build(client).find(message)
    return None if accepted is None else accepted.provider_ref


@pytest.mark.parametrize(
    ("build", "path", "asked"),
    [
        (sms, "Messages", {"To": TO, "From": FROM, "PageSize": "1000"}),
        (by_service, "Messages", {"To": TO, "PageSize": "1000"}),
        (voice, "Calls", {"To": TO, "From": FROM, "PageSize": "1000"}),
    ],
)
async def test_the_list_is_asked_for_by_recipient_and_sender(
    build: Build, path: str, asked: dict[str, str]
) -> None:
    """One signed-in GET, and no date in it: what is still queued has none that Twilio could compare."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return listing(row(from_="", messaging_service_sid="MG1"))(request)

    assert await found(handle, build) == "SM1"
    [request] = seen
    assert request.method == "GET"
    assert request.url.path == f"/2010-04-01/Accounts/AC123/{path}.json"
    assert dict(request.url.params) == asked
    assert request.headers["authorization"] == "Basic QUMxMjM6czNjcmV0"


@pytest.mark.parametrize(
    ("rows", "sid"),
    [
        ([row()], "SM1"),
        ([row(at=SINCE + timedelta(hours=3))], "SM1"),
        ([row(at=SINCE - SKEW + timedelta(seconds=1))], "SM1"),
        ([row(status="failed")], "SM1"),
        ([row(), row()], "SM1"),
        ([row(), row("SM9")], "SM1"),
        ([row(), row("SM2", body="Hi Ben")], "SM1"),
        ([row(), row("SM2", SINCE - timedelta(days=1))], "SM1"),
        ([], None),
        ([row("SM9")], None),
        ([row(), row("SM2")], None),
        ([row(at=SINCE - SKEW - timedelta(seconds=1))], None),
        ([row(body="Hi Ana ")], None),
        ([row(to="+12025550102")], None),
        ([row(**{"from": "+15005550002"})], None),
        ([row(direction="inbound")], None),
        ([row(direction="outbound-reply")], None),
        ([row(date_created="yesterday")], None),
        ([row(date_created=None)], None),
        ([row(date_created="Fri, 31 Dec 9999 23:59:00 -2359")], None),
        ([row(sid=None)], None),
        (["odd", 5, None], None),
    ],
)
async def test_only_a_message_that_can_be_no_other_is_taken_for_the_attempts(
    rows: list[Any], sid: str | None
) -> None:
    """Same people, same words, created since the claim, no other attempt's, and the only one."""
    assert await found(listing(*rows)) == sid


async def test_what_a_messaging_service_has_sent_is_known_by_the_service() -> None:
    """It picks the number itself, after it has taken the message."""
    ours = row(**{"from": None}, messaging_service_sid="MG1")

    assert await found(listing(ours), by_service) == "SM1"
    assert await found(listing(row(messaging_service_sid="MG2")), by_service) is None


async def test_a_call_is_known_by_its_people_and_time_alone() -> None:
    """A call shows no text."""
    assert await found(listing(row("CA1", body=None)), voice) == "CA1"
    assert await found(listing(row("CA1"), row("CA2")), voice) is None


@pytest.mark.parametrize("changes", [{"since": None}, {"known_refs": None}])
async def test_nobody_is_asked_where_nothing_could_be_certain(changes: dict[str, None]) -> None:
    """Without the time of the claim, or with another attempt in doubt, no message can be told from others."""

    def handle(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("nobody should be asked")

    assert await found(handle, message=evolve(MESSAGE, **changes)) is None


async def test_a_list_that_goes_on_proves_nothing() -> None:
    """The only one on this page may not be the only one."""
    assert (
        await found(listing(row(), next_page_uri="/2010-04-01/Accounts/AC123/Messages.json?Page=1")) is None
    )


@pytest.mark.parametrize("status", [400, 404])
async def test_a_look_up_that_is_refused_finds_nothing(status: int) -> None:
    """A refusal to tell says nothing about the message."""
    assert await found(lambda _request: httpx.Response(status)) is None


def raising(error: type[httpx.HTTPError]) -> Handler:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error("broken")

    return handle


@pytest.mark.parametrize(
    "handler",
    [
        raising(httpx.ConnectError),
        raising(httpx.ReadTimeout),
        lambda _request: httpx.Response(401),
        lambda _request: httpx.Response(429, headers={"retry-after": "3"}),
        lambda _request: httpx.Response(500),
        lambda _request: httpx.Response(503),
        lambda _request: httpx.Response(200, content=b"<html>"),
        lambda _request: httpx.Response(200, json={"messages": "many"}),
        lambda _request: httpx.Response(200, json=[row()]),
    ],
)
async def test_a_look_up_that_cannot_be_made_now_is_made_again(handler: Handler) -> None:
    """That Twilio cannot be asked, or talks nonsense, is transient and names nobody."""
    with pytest.raises(TransientFault) as caught:
        await found(handler)

    assert TO not in str(caught.value)
    assert "s3cret" not in str(caught.value)


async def test_the_accepted_message_carries_twilios_id() -> None:
    """What is found is what the send would have been answered with."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(listing(row()))) as client:
        assert await sms(client).find(MESSAGE) == Accepted("SM1")
