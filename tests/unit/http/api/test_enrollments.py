"""Enrollments over the API."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from adapters.files.addresses import FileAddresses
from adapters.http.api.enrollments import EnrollmentsApi
from adapters.http.api.pages import LARGEST
from application.find_enrollments import FindEnrollments
from application.ports.interactions import Interaction
from application.show_timeline import ShowTimeline
from domain.enrollment.state import Outcome
from domain.statuses import DeliveryStatus
from tests.unit.application.world import TENANT, World
from tests.unit.http.api.api_site import OTHERS, ApiSite

START = "/v1/campaigns/spring/enrollments"
ANN = {"external_id": "ann", "phone": "+1 202 555 0123", "attributes": {"first_name": "Ann"}}


@pytest.fixture
async def site() -> ApiSite:
    """The enrollments of a world with one campaign."""
    world = World()
    await world.publish()
    api = EnrollmentsApi(
        enroll=world.enroll_contact,
        addresses=FileAddresses(),
        show=world.show_enrollment,
        timeline=ShowTimeline(world.database),
        find=FindEnrollments(world.database),
        control=world.control_enrollment,
    )
    return ApiSite(world, [api])


async def test_a_contact_is_stored_and_enrolled(site: ApiSite) -> None:
    """201 with the enrollment and its place; asking again changes nothing and says so."""
    first = await site("POST", START, key="write", json={"contact": ANN})
    again = await site("POST", START, json={"external_id": "ann"})
    found = await site("GET", first.headers["location"], key="read")

    shown = first.json()
    assert (first.status_code, again.status_code, found.status_code) == (201, 200, 200)
    assert (shown["already"], again.json()["already"]) == (False, True)
    assert shown["id"] == again.json()["id"] == found.json()["id"]
    assert (shown["campaign"], shown["version"], shown["external_id"]) == ("spring", 1, "ann")
    assert (shown["status"], shown["step"], shown["outcome"]) == ("scheduled", "text", None)
    assert list(site.world.runs.started) == [shown["id"]]
    [contact] = site.world.database.state.contacts.values()
    assert (contact.phone, contact.attributes) == ("+12025550123", {"first_name": "Ann"})


async def test_while_temporal_is_away_it_is_stored_all_the_same(site: ApiSite) -> None:
    """The run begins later, which the answer says."""
    site.world.runs.down = True
    answer = await site("POST", START, json={"contact": ANN})

    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["next"]["action"]) == ("starting", "start")


@pytest.mark.parametrize(
    ("path", "body", "status", "wrong"),
    [
        (START, {"external_id": "nobody"}, 404, None),
        (START, {"contact": ANN, "version": 9}, 404, None),
        ("/v1/campaigns/autumn/enrollments", {"contact": ANN}, 404, None),
        (START, {"contact": {"phone": "12"}}, 422, "body.contact.phone"),
        (START, {"contact": {"email": "x", "timezone": "Mars"}}, 422, "body.contact.email"),
        (START, {"contact": {"first_name": "Ann"}}, 422, "body.contact.first_name"),
        (START, {}, 422, "body"),
        (START, {"contact": ANN, "external_id": "ann"}, 422, "body"),
        (START, {"contact": ANN, "version": 2**31}, 422, "body.version"),
        (START, {"contact": ANN, "version": 0}, 422, "body.version"),
    ],
)
async def test_what_cannot_be_enrolled_is_a_problem(
    site: ApiSite, path: str, body: dict[str, Any], status: int, wrong: str | None
) -> None:
    """With the field at fault, and nothing stored."""
    answer = await site("POST", path, json=body)

    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert wrong in (None, *(each["path"] for each in answer.json().get("errors", ())))
    assert not site.world.database.state.enrollments


async def test_one_is_shown_with_its_timeline_and_what_comes_next(site: ApiSite) -> None:
    """The message was delivered; unless an answer comes, the next one goes out when the wait is over."""
    world = site.world
    id_ = await world.enroll()
    key = await world.attempt(id_)
    await world.hear(world.status(key, DeliveryStatus.DELIVERED, detail="code 0"))
    state = world.database.state.enrollments
    state[id_] = evolve(state[id_], due_at=world.clock() + timedelta(days=1))

    shown = (await site("GET", f"/v1/enrollments/{id_}", key="read")).json()

    assert (shown["status"], shown["step"], shown["timezone"]) == ("waiting", "text", "UTC")
    assert shown["next"] == {
        "action": "send",
        "at": "2030-01-16T12:00:00.000000Z",
        "step": "mail",
        "channel": "email",
        "attempt": 1,
        "unless": "answer",
        "reason": None,
    }
    assert [line["kind"] for line in shown["timeline"]] == ["enrolled", "attempt", "delivered"]
    assert shown["timeline"][2] == {
        "at": "2030-01-15T12:00:00.000000Z",
        "kind": "delivered",
        "channel": "sms",
        "step": "text",
        "attempt": 1,
        "provider": "fake-sms",
        "status": "delivered",
        "detail": "code 0",
        "late": False,
    }
    assert shown["timeline_next"] is None


async def test_a_long_timeline_comes_in_pages(site: ApiSite) -> None:
    """The enrollment has the beginning, and the cursor for what follows."""
    world = site.world
    id_ = await world.enroll()
    for number in range(LARGEST + 5):
        async with world.database.transaction() as tx:
            await tx.interactions.add([Interaction(f"n-{number}", f"note-{number}", world.clock(), id_)])
    shown = (await site("GET", f"/v1/enrollments/{id_}")).json()
    path = f"/v1/enrollments/{id_}/timeline"
    rest = (await site("GET", path, params={"cursor": shown["timeline_next"]})).json()
    first = (await site("GET", path, params={"limit": 2})).json()
    second = (await site("GET", path, params={"limit": 2, "cursor": first["next"]})).json()

    kinds = [line["kind"] for line in (*shown["timeline"], *rest["items"])]
    assert kinds == ["enrolled", *(f"note-{number}" for number in range(LARGEST + 5))]
    assert rest["next"] is None
    assert [line["kind"] for line in (*first["items"], *second["items"])] == kinds[:4]


async def test_a_list_is_filtered_and_comes_in_pages(site: ApiSite) -> None:
    """Newest first."""
    world = site.world
    ids = []
    for name in ("ann", "bob", "cyd"):
        ids.append(await world.enroll(name))
        world.clock.advance(hours=1)
    await world.finish(ids[0], Outcome.WON)
    await world.control_enrollment.pause(TENANT, ids[1])

    async def listed(**params: str) -> list[str]:
        answer = await site("GET", "/v1/enrollments", key="read", params=params)
        return [each["id"] for each in answer.json()["items"]]

    first = (await site("GET", "/v1/enrollments", params={"limit": 2})).json()
    after = (await site("GET", "/v1/enrollments", params={"limit": 2, "cursor": first["next"]})).json()

    assert [each["id"] for each in (*first["items"], *after["items"])] == ids[::-1]
    assert after["next"] is None
    assert await listed(status="open", campaign="spring", version="1") == [ids[2], ids[1]]
    assert await listed(status="finished") == await listed(outcome="won") == [ids[0]]
    assert await listed(external_id="bob", paused="true") == [ids[1]]
    assert await listed(created_after="2030-01-15T14:00:00Z") == [ids[2]]
    assert await listed(created_before="2030-01-15T14:00:00+01:00") == [ids[0]]
    assert await listed(step="mail") == await listed(batch="none") == []


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"cursor": "x"}, 422),
        ({"cursor": "WyIyMDMwIiwiYSJd"}, 422),
        ({"cursor": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwiYSJd"}, 422),
        ({"status": "running"}, 422),
        ({"version": "99999999999"}, 422),
        ({"created_after": "2030-01-15T12:00:00"}, 422),
        ({"created_after": "0001-01-01T00:00:00+23:00"}, 422),
        ({"limit": "0"}, 422),
        ({"external_id": "nobody"}, 404),
    ],
)
async def test_a_list_that_cannot_be_is_a_problem(site: ApiSite, params: dict[str, str], status: int) -> None:
    """Which says what is wrong with the query."""
    answer = await site("GET", "/v1/enrollments", params=params)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_one_is_held_goes_on_and_ends(site: ApiSite) -> None:
    """Each at once in the books; its run hears of it."""
    id_ = await site.world.enroll()
    path = f"/v1/enrollments/{id_}"
    answers = [
        await site("POST", f"{path}:pause", key="write"),
        await site("POST", f"{path}:pause"),
        await site("POST", f"{path}:resume", json={"then": "catch_up"}),
        await site("POST", f"{path}:resume"),
        await site("POST", f"{path}:cancel"),
    ]

    told = [(each.status_code, each.json()["changed"], each.json()["status"]) for each in answers]
    assert told == [
        (200, True, "paused"),
        (200, False, "paused"),
        (200, True, "scheduled"),
        (200, False, "scheduled"),
        (202, True, "scheduled"),
    ]
    assert [word.split()[0] for _, word in site.world.runs.held] == ["pause", "resume", "cancel"]


async def test_what_was_not_started_ends_at_once(site: ApiSite) -> None:
    """Nothing may start it any more."""
    id_ = await site.world.enroll(started=False)
    answer = await site("POST", f"/v1/enrollments/{id_}:cancel")

    assert (answer.json()["status"], answer.json()["outcome"]) == ("finished", "cancelled")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/timeline"),
        ("POST", ":pause"),
        ("POST", ":resume"),
        ("POST", ":cancel"),
    ],
)
async def test_another_tenants_enrollment_is_unknown(site: ApiSite, method: str, path: str) -> None:
    """Like one that does not exist."""
    id_ = await site.world.enroll()
    theirs = await site(method, f"/v1/enrollments/{id_}{path}", key=OTHERS)
    nobodys = await site(method, f"/v1/enrollments/nobody{path}")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["detail"].replace(id_, "nobody") == nobodys.json()["detail"]


@pytest.mark.parametrize("path", [START, "/v1/enrollments/x:pause", "/v1/enrollments/x:cancel"])
async def test_whoever_may_only_look_changes_nothing(site: ApiSite, path: str) -> None:
    """403."""
    answer = await site("POST", path, key="read", json={"contact": ANN})

    assert answer.status_code == 403


async def test_another_tenants_list_is_empty(site: ApiSite) -> None:
    """And their campaign is unknown."""
    await site.world.enroll()

    assert (await site("GET", "/v1/enrollments", key=OTHERS)).json() == {"items": [], "next": None}
    assert (await site("POST", START, key=OTHERS, json={"contact": ANN})).status_code == 404
