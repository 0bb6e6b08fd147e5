"""Enrolling many at once over the API."""

from typing import Any

import pytest

from adapters.files.contact_stream import read_upload
from adapters.http.api.batches import BatchesApi
from application.ports.batches import Batch
from domain.batches import BatchState
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import TENANT, World
from tests.unit.http.api.api_site import OTHERS, ApiSite

CSV = {"Content-Type": "text/csv"}
PEOPLE = "phone,plan\n+12025550123,pro\n12,pro\n"
TO = "/v1/campaigns/spring/enrollments:batch"


@pytest.fixture
async def bulk() -> BulkWorld:
    """A world with one campaign."""
    bulk = BulkWorld(World())
    await bulk.world.publish()
    return bulk


@pytest.fixture
def site(bulk: BulkWorld) -> ApiSite:
    """The part of the API on that world."""
    return ApiSite(bulk.world, [BatchesApi(bulk.store, bulk.order_audience, bulk.control, read_upload)])


async def told(site: ApiSite, method: str, path: str, **arguments: Any) -> tuple[int, Any]:
    """Status and body."""
    answer = await site(method, path, **arguments)
    return answer.status_code, answer.json()


async def test_a_file_is_enrolled(site: ApiSite, bulk: BulkWorld) -> None:
    """The answer is the batch and where to look at it; refused rows show nothing of themselves."""
    answer = await site("POST", f"{TO}?rate=5&version=1", content=PEOPLE, headers=CSV, key="write")
    body = answer.json()

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/batches/{body['id']}"
    assert body == {
        "id": "id-1",
        "campaign": "spring",
        "version": 1,
        "state": "starting",
        "source": "csv",
        "rate": 5.0,
        "received": 2,
        "rejected": 1,
        "enrolled": 1,
        "already": 0,
        "started": 0,
        "refused": 0,
        "cancelled": 0,
        "problems": [
            {
                "line": 3,
                "column": "phone",
                "reason": "phone has no known country code; write it as +44 20 7946 0123, or say which "
                "country it is in",
            }
        ],
        "created_at": "2030-01-15T12:00:00.000000Z",
        "updated_at": "2030-01-15T12:00:00.000000Z",
        "finished_at": None,
    }
    assert await told(site, "GET", answer.headers["location"], key="read") == (200, body)
    assert len(bulk.enrollments) == 1


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl; charset=utf-8"])
async def test_json_lines_are_enrolled(site: ApiSite, media_type: str) -> None:
    """By either of their names."""
    lines = '{"phone": "+12025550123"}\n{"phone": "+12025550124"}\n'
    status, body = await told(site, "POST", TO, content=lines, headers={"Content-Type": media_type})

    assert (status, body["source"], body["enrolled"]) == (202, "jsonl", 2)


async def test_a_dry_run_stores_nothing(site: ApiSite, bulk: BulkWorld) -> None:
    """It tells what is wrong."""
    status, body = await told(site, "POST", f"{TO}?dry_run=true", content=PEOPLE, headers=CSV)

    assert status == 200
    assert body.keys() == {"campaign", "version", "received", "rejected", "problems"}
    assert (body["received"], body["rejected"], len(body["problems"])) == (2, 1, 1)
    assert bulk.world.database.state.batches == {}


@pytest.mark.parametrize(
    ("path", "content", "content_type", "status", "says"),
    [
        (TO, "phone\n", "text/csv", 422, "Body: has a header and no rows."),
        (
            TO,
            b"phone\n\xff",
            "text/csv",
            422,
            "Body:2:1: the byte 0xFF is not UTF-8; save the file as UTF-8.",
        ),
        (TO, "name\nAnn\n", "text/csv", 422, "Body:1: the first line must name the columns"),
        (TO, "", "application/jsonl", 422, "Body: is empty."),
        (TO, PEOPLE, "application/json", 415, "Send the body as text/csv"),
        (f"{TO}?rate=0", PEOPLE, "text/csv", 422, "query.rate"),
        (f"{TO}?version=x", PEOPLE, "text/csv", 422, "query.version"),
        (f"{TO}?version=2", PEOPLE, "text/csv", 404, "There is no version 2 of campaign spring."),
        ("/v1/campaigns/no/enrollments:batch", PEOPLE, "text/csv", 404, "There is no campaign no."),
    ],
)
async def test_what_cannot_be_enrolled_is_told(
    site: ApiSite, bulk: BulkWorld, path: str, content: str | bytes, content_type: str, status: int, says: str
) -> None:
    """And nothing is stored."""
    answer = await told(site, "POST", path, content=content, headers={"Content-Type": content_type})

    assert answer[0] == status
    assert says in answer[1]["detail"]
    assert bulk.world.database.state.batches == {}


async def test_an_audience_is_enrolled_by_the_batchs_run(site: ApiSite, bulk: BulkWorld) -> None:
    """The batch is there at once."""
    await bulk.audiences.put_list(TENANT, "leads", [])
    path = "/v1/campaigns/spring/enrollments:audience"
    answer = await site("POST", path, json={"audience": "leads", "rate": 2})
    unknown = await told(site, "POST", path, json={"audience": "nobody"})
    wrong = await told(site, "POST", path, json={"audience": "leads", "rate": 0})

    body = answer.json()
    assert answer.headers["location"] == f"/v1/batches/{body['id']}"
    assert (answer.status_code, body["source"], body["state"]) == (202, "audience:leads", "storing")
    assert [each.id for each in bulk.runs.started] == [body["id"]]
    assert (unknown[0], unknown[1]["detail"]) == (404, "There is no such audience.")
    assert wrong[0] == 422


async def test_a_batch_is_called_off(site: ApiSite, bulk: BulkWorld) -> None:
    """Once more changes nothing; one that is done stays so."""
    await bulk.stored(1)
    first = await told(site, "POST", "/v1/batches/b-1:cancel")
    second = await told(site, "POST", "/v1/batches/b-1:cancel")
    batch = await bulk.batch()
    bulk.world.database.state.batches["b-2"] = Batch(
        "b-2", TENANT, "spring", 1, "csv", batch.created_at, BatchState.DONE
    )
    done = await told(site, "POST", "/v1/batches/b-2:cancel")

    assert (first[0], first[1]["state"]) == (202, "cancelling")
    assert first == second
    assert done[0] == 409


async def test_batches_come_in_pages(site: ApiSite, bulk: BulkWorld) -> None:
    """Newest first, by a cursor that nobody else has made."""
    for name in ("b-1", "b-2", "b-3"):
        now = bulk.world.clock.advance(seconds=1)
        bulk.world.database.state.batches[name] = Batch(name, TENANT, "spring", 1, "csv", now)
    _, first = await told(site, "GET", "/v1/batches?limit=2")
    _, rest = await told(site, "GET", f"/v1/batches?limit=2&cursor={first['next']}")

    assert [each["id"] for each in first["items"]] == ["b-3", "b-2"]
    assert [each["id"] for each in rest["items"]] == ["b-1"]
    assert rest["next"] is None
    for cursor in ("x", "WyJhIiwiYiJd"):
        assert (await told(site, "GET", f"/v1/batches?cursor={cursor}"))[0] == 422


async def test_others_see_nothing(site: ApiSite, bulk: BulkWorld) -> None:
    """Another tenant's batch and campaign are ones that do not exist; a reader changes nothing."""
    await bulk.stored(1)

    assert (await told(site, "GET", "/v1/batches/b-1", key=OTHERS))[0] == 404
    assert (await told(site, "POST", "/v1/batches/b-1:cancel", key=OTHERS))[0] == 404
    assert (await told(site, "GET", "/v1/batches", key=OTHERS))[1]["items"] == []
    assert (await told(site, "POST", TO, content=PEOPLE, headers=CSV, key=OTHERS))[0] == 404
    assert (await told(site, "POST", TO, content=PEOPLE, headers=CSV, key="read"))[0] == 403
    assert (await bulk.batch()).state is BatchState.STARTING
