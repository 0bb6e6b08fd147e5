"""Looking up attempts in doubt: SMS in the Reports API by their key, calls in the list by what is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from attrs import evolve

from adapters.providers.vonage.calls import MOST_PAGES, PAGE
from application.errors import TransientFault
from application.ports.messaging import Accepted, Content, OutboundMessage
from domain.idempotency import AttemptKey
from tests.unit.providers.vonage.account import (
    REPORTS,
    TO,
    Handler,
    answering,
    keeping,
    raising,
    sms_over,
    voice_over,
)

SINCE = datetime(2026, 11, 22, 17, 10, tzinfo=UTC)
MESSAGE = OutboundMessage(
    AttemptKey("7b1b2f", "first", 1), TO, Content("Hi"), since=SINCE, known_refs=frozenset({"known"})
)


def records(*rows: Any) -> Handler:
    return answering(200, {"items_count": len(rows), "records": list(rows)})


async def test_an_sms_is_looked_for_by_its_key_around_the_claim() -> None:
    """One question to the Reports API with the account's credentials; it spans less than a day."""
    seen: list[httpx.Request] = []
    row = {"message_id": "0A00", "client_ref": "7b1b2f:first:1"}

    found = await sms_over(keeping(seen, records(row)), reports=REPORTS).find(MESSAGE)
    [request] = seen

    assert found == Accepted("0A00")
    assert (request.method, request.url.path) == ("GET", "/v2/reports/records")
    assert request.headers["authorization"].startswith("Basic ")
    assert dict(request.url.params) == {
        "account_id": "abcd1234",
        "product": "SMS",
        "direction": "outbound",
        "to": "12025550101",
        "client_ref": "7b1b2f:first:1",
        "date_start": "2026-11-22T17:09:00Z",
        "date_end": "2026-11-22T17:20:00Z",
    }


async def test_an_sms_of_an_unknown_time_is_looked_for_in_the_last_day() -> None:
    """Vonage answers for 24 hours at once."""
    seen: list[httpx.Request] = []

    await sms_over(keeping(seen, records()), reports=REPORTS).find(evolve(MESSAGE, since=None))
    begin, end = (datetime.fromisoformat(seen[0].url.params[name]) for name in ("date_start", "date_end"))

    assert end - begin == timedelta(days=1)


@pytest.mark.parametrize(
    "handler",
    [
        records(),
        records({"message_id": "0A00", "client_ref": "7b1b2f:first:10"}),
        records({"message_id": "0A00"}, "odd", {"client_ref": "7b1b2f:first:1"}, {"message_id": "0A00"}),
        answering(200, {"records": None}),
        answering(200, []),
        answering(422, {"title": "Unprocessable entity"}),
    ],
)
async def test_an_sms_without_the_very_key_is_not_ours(handler: Handler) -> None:
    """Whatever else comes back, only a record with our key says that the message was taken."""
    assert await sms_over(handler, reports=REPORTS).find(MESSAGE) is None


def call(uuid: object, **changes: Any) -> dict[str, Any]:
    """A row of the list of calls."""
    ends = {"to": {"type": "phone", "number": "12025550101"}, "from": {"number": "12025550100"}}
    return {"uuid": uuid, "direction": "outbound", "status": "completed", **ends, **changes}


def calls(*rows: Any) -> Handler:
    return answering(200, {"count": len(rows), "_embedded": {"calls": list(rows)}})


async def test_a_call_is_looked_for_around_the_claim() -> None:
    """The one call from our number to this person that is not known already is this attempt's."""
    seen: list[httpx.Request] = []
    others = (
        call("known"),
        call("to-another", to={"type": "phone", "number": "12025550199"}),
        call("from-another", **{"from": {"number": "12025550199"}}),
        call("inbound", direction="inbound"),
        call(5),
        call("odd", to=[]),
    )

    found = await voice_over(keeping(seen, calls(*others, call("ours")))).find(MESSAGE)
    [request] = seen

    assert found == Accepted("ours")
    assert (request.method, request.url.path) == ("GET", "/v1/calls")
    assert request.headers["authorization"].startswith("Bearer ")
    assert dict(request.url.params) == {
        "date_start": "2026-11-22T17:09:00Z",
        "date_end": "2026-11-22T17:15:00Z",
        "page_size": "100",
        "record_index": "0",
    }


async def test_the_called_number_may_stand_in_a_list() -> None:
    """The reference shows it both ways."""
    row = call("ours", to=[{"type": "phone", "number": "12025550101"}])

    assert await voice_over(calls(row)).find(MESSAGE) == Accepted("ours")


@pytest.mark.parametrize(
    "handler",
    [
        calls(),
        calls(call("known")),
        calls(call("one"), call("other")),
        calls(call("one"), "odd"),
        answering(200, {"_embedded": []}),
        answering(404),
    ],
)
async def test_a_call_that_is_not_certain_is_not_found(handler: Handler) -> None:
    """None, two of them, or a list that cannot be read prove nothing."""
    assert await voice_over(handler).find(MESSAGE) is None


@pytest.mark.parametrize("changes", [{"since": None}, {"known_refs": None}])
async def test_without_knowing_our_other_calls_nothing_is_asked(changes: dict[str, Any]) -> None:
    """A call to the same person may be another attempt's that is in doubt as well."""
    seen: list[httpx.Request] = []

    assert await voice_over(keeping(seen, calls(call("ours")))).find(evolve(MESSAGE, **changes)) is None
    assert not seen


def pages(count: int, *last: dict[str, Any]) -> Handler:
    """So many pages full of other calls, then a last one."""
    other = call("other", direction="inbound")

    def handle(request: httpx.Request) -> httpx.Response:
        full = int(request.url.params["record_index"]) < count * PAGE
        return calls(*([other] * PAGE if full else last))(request)

    return handle


async def test_all_pages_are_read_up_to_a_bound() -> None:
    """A call on a later page is found; where there are too many pages, nothing is certain."""
    assert await voice_over(pages(2, call("ours"))).find(MESSAGE) == Accepted("ours")
    assert await voice_over(pages(MOST_PAGES, call("ours"))).find(MESSAGE) is None


@pytest.mark.parametrize(
    "handler",
    [raising(httpx.ConnectError), raising(httpx.ReadTimeout), answering(403), answering(429), answering(500)],
)
async def test_who_cannot_be_asked_now_is_asked_later(handler: Handler) -> None:
    """A question changes nothing, so every fault of it is transient."""
    for provider in (sms_over(handler, reports=REPORTS), voice_over(handler)):
        assert provider.can_look_up
        with pytest.raises(TransientFault) as caught:
            await provider.find(MESSAGE)
        assert "s3cret" not in str(caught.value)
