"""Audiences over the API."""

from typing import Any

import pytest

from adapters.http.api.audiences import AudiencesApi
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite

WHERE = [{"attribute": "plan", "is": "pro"}]
PROS = "/v1/audiences/pros"


@pytest.fixture
async def site() -> ApiSite:
    """The part of the API on a world with three people, two of whom have the plan."""
    bulk = BulkWorld(World())
    await bulk.people({"plan": "pro"}, {"plan": "free"}, {"plan": "pro"})
    return ApiSite(bulk.world, [AudiencesApi(bulk.audiences)])


async def told(site: ApiSite, method: str, path: str, **arguments: Any) -> tuple[int, Any]:
    """Status and body, if there is one."""
    answer = await site(method, path, **arguments)
    return answer.status_code, answer.json() if answer.content else None


async def test_an_audience_is_made_changed_and_deleted(site: ApiSite) -> None:
    """Giving it twice is giving it once."""
    definition = {"where": [{"attribute": "amount", "over": 3}], "attributes": {"amount": "number"}}
    made = await told(site, "PUT", PROS, json={"where": WHERE}, key="write")
    changed = await told(site, "PUT", PROS, json=definition)
    found = await told(site, "GET", PROS, key="read")
    deleted = await told(site, "DELETE", PROS)

    at = "2030-01-15T12:00:00.000000Z"
    shown = {"key": "pros", "created_at": at, "updated_at": at}
    assert made == (201, {**shown, "where": WHERE, "attributes": None, "listed": 0, "unknown": []})
    assert changed[0] == 200
    assert found == (200, {**shown, **definition})
    assert deleted == (204, None)
    assert (await told(site, "GET", PROS))[0] == 404


async def test_members_are_counted_and_shown_by_their_names_alone(site: ApiSite) -> None:
    """In pages."""
    await told(site, "PUT", PROS, json={"where": WHERE})
    count = await told(site, "GET", f"{PROS}:count")
    _, first = await told(site, "GET", f"{PROS}/members?limit=1")
    _, rest = await told(site, "GET", f"{PROS}/members?limit=1&cursor={first['next']}")

    assert count == (200, {"count": 2})
    assert first["items"] == [{"id": "contact-0", "external_id": "c-0"}]
    assert rest == {"items": [{"id": "contact-2", "external_id": "c-2"}], "next": None}


async def test_a_list_is_given_by_names(site: ApiSite) -> None:
    """Those that nobody knows come back."""
    status, body = await told(site, "PUT", PROS, json={"contacts": ["c-1", "c-9"]})

    assert (status, body["where"], body["listed"], body["unknown"]) == (201, None, 1, ["c-9"])
    assert (await told(site, "GET", f"{PROS}:count"))[1] == {"count": 1}


async def test_audiences_come_in_pages(site: ApiSite) -> None:
    """By key."""
    for key in ("b", "a", "c"):
        await told(site, "PUT", f"/v1/audiences/{key}", json={"where": WHERE})
    _, first = await told(site, "GET", "/v1/audiences?limit=2")
    _, rest = await told(site, "GET", f"/v1/audiences?cursor={first['next']}")

    assert [each["key"] for each in first["items"]] == ["a", "b"]
    assert [each["key"] for each in rest["items"]] == ["c"]


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        (PROS, {}, "body"),
        (PROS, {"where": WHERE, "contacts": []}, "body"),
        (PROS, {"contacts": [], "attributes": {}}, "body"),
        (PROS, {"where": []}, "body.where"),
        (PROS, {"where": [{"attribute": "plan", "over": 3}]}, "body.where[0].over"),
        (PROS, {"where": WHERE, "attributes": {"plan": "word"}}, "body.attributes.plan"),
        (PROS, {"contacts": [""]}, "body.contacts[0]"),
        (PROS, {"where": WHERE, "limit": 3}, "body.limit"),
        ("/v1/audiences/No", {"where": WHERE}, "path.key"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(site: ApiSite, path: str, body: Any, place: str) -> None:
    """As fields of the request."""
    status, problem = await told(site, "PUT", path, json=body)

    assert status == 422
    assert [each["path"] for each in problem["errors"]] == [place]


async def test_others_see_nothing(site: ApiSite) -> None:
    """Another tenant's audience is one that does not exist; a reader changes nothing."""
    await told(site, "PUT", PROS, json={"where": WHERE})

    for method, path in (("GET", ""), ("GET", ":count"), ("GET", "/members"), ("DELETE", "")):
        assert (await told(site, method, PROS + path, key=OTHERS))[0] == 404
    assert (await told(site, "GET", "/v1/audiences", key=OTHERS))[1]["items"] == []
    assert (await told(site, "PUT", PROS, json={"where": WHERE}, key="read"))[0] == 403
    assert (await told(site, "DELETE", PROS, key="read"))[0] == 403
