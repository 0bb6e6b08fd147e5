"""POST /v1/events."""

from typing import Any

import pytest

from adapters.http.api.events import EventsApi
from tests.fakes.clock import NOW
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite

PURCHASED = {"event": "purchased", "external_id": "ann"}


@pytest.fixture
async def site() -> ApiSite:
    """The part of the API on a world in which one contact is enrolled."""
    world = World()
    await world.publish(goals=["purchased", {"event": "upgraded", "then": "mail"}])
    await world.enroll()
    return ApiSite(world, [EventsApi(world.record_event)])


async def tell(site: ApiSite, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    """Tell of an event; gives the status and the answer."""
    answer = await site("POST", "/v1/events", json=body, **more)
    return answer.status_code, answer.json()


async def test_an_event_wins_and_leads_on(site: ApiSite) -> None:
    """The answer says how many of each."""
    upgraded = {"event": "upgraded", "external_id": "ann", "id": "order-1"}

    assert await tell(site, upgraded, key="write") == (202, {"id": "order-1", "won": 0, "moved": 1})
    assert await tell(site, {**PURCHASED, "id": "order-2"}) == (202, {"id": "order-2", "won": 1, "moved": 0})
    assert await tell(site, {**PURCHASED, "event": "sneezed", "id": "3"}) == (
        202,
        {"id": "3", "won": 0, "moved": 0},
    )


async def test_an_id_counts_once(site: ApiSite) -> None:
    """Whoever tells it again, under another Idempotency-Key, too."""
    told = [
        await tell(site, {**PURCHASED, "id": "order-1"}, headers={"Idempotency-Key": key}) for key in "ab"
    ]

    assert [answer["won"] for _, answer in told] == [1, 0]


async def test_without_an_id_the_idempotency_key_stands_for_it(site: ApiSite) -> None:
    """So it counts once also where the answer was lost before it could be kept."""
    headers = {"Idempotency-Key": "k-1"}
    first = await tell(site, PURCHASED, headers=headers)
    site.world.database.state.idempotency_keys.clear()
    again = await tell(site, PURCHASED, headers=headers)

    assert first == (202, {"id": "key:k-1", "won": 1, "moved": 0})
    assert again == (202, {"id": "key:k-1", "won": 0, "moved": 0})


async def test_without_either_every_request_is_another_event(site: ApiSite) -> None:
    """The answer tells the id that was drawn."""
    told = [await tell(site, PURCHASED) for _ in range(2)]

    assert [answer["won"] for _, answer in told] == [1, 1]
    assert len({answer["id"] for _, answer in told}) == 2


async def test_the_time_is_for_the_timeline(site: ApiSite) -> None:
    """With any offset."""
    await tell(site, {**PURCHASED, "occurred_at": "2030-01-15T12:30:00+01:00"})
    [row] = site.world.rows

    assert (NOW - row.at).total_seconds() == 1800


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_a_time_that_cannot_be_counts_as_now(site: ApiSite, time: str) -> None:
    """It is no reason to lose the event."""
    status, _ = await tell(site, {**PURCHASED, "occurred_at": time})

    assert status == 202
    assert [row.at for row in site.world.rows] == [NOW]


@pytest.mark.parametrize(
    "change",
    [
        {"event": "Has paid"},
        {"event": 5},
        {"event": "x" * 41},
        {"external_id": ""},
        {"external_id": "x" * 201},
        {"id": ""},
        {"id": 17},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2030-01-15T12:30:00"},
        {"occurred_at": 1e30},
        {"amount": 5},
    ],
    ids=str,
)
async def test_what_cannot_be_an_event_is_refused(site: ApiSite, change: dict[str, Any]) -> None:
    """At the field that is wrong."""
    status, problem = await tell(site, {**PURCHASED, **change})

    assert status == 422
    assert [error["path"] for error in problem["errors"]] == [f"body.{field}" for field in change]
    assert site.world.rows == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"event": "purchased", "external_id": "\\ud800"}',
        b"[1]",
        b"{",
        b"",
        b'{"event": "purchased", "external_id": "a\\u0000b"}',
    ],
)
async def test_whatever_json_holds_is_answered(site: ApiSite, body: bytes) -> None:
    """A lone surrogate and a NUL, too."""
    headers = {"Content-Type": "application/json"}
    answer = await site("POST", "/v1/events", content=body, headers=headers)

    assert answer.status_code == 422


async def test_an_unknown_contact_is_not_found(site: ApiSite) -> None:
    """Nor is one of another tenant; the answer does not repeat a name that may be personal."""
    nobody = await tell(site, {**PURCHASED, "external_id": "+4917012345"})
    others = await tell(site, PURCHASED, key=OTHERS)

    assert (nobody[0], others[0]) == (404, 404)
    assert "+4917012345" not in str(nobody)
    assert site.world.rows == []


async def test_it_takes_a_key_that_may_write(site: ApiSite) -> None:
    """To look is not enough."""
    assert (await tell(site, PURCHASED, key="read"))[0] == 403
    assert (await tell(site, PURCHASED, key=None))[0] == 401
