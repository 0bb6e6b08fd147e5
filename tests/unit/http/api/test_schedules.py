"""Schedules over the API."""

from typing import Any

import pytest

from adapters.http.api.schedules import SchedulesApi
from application.control_schedules import ControlSchedules
from application.ports.batches import Batch
from application.ports.schedules import Firing, FiringState
from tests.fakes.schedules import FakeSchedules
from tests.unit.application.world import TENANT, World
from tests.unit.http.api.api_site import OTHERS, ApiSite

ALL = "/v1/schedules"
ONE = f"{ALL}/leads"
DAILY: dict[str, Any] = {
    "campaign": "spring",
    "audience": "leads",
    "when": {"at": ["09:00"], "weekdays": ["mon-fri"]},
    "time_zone": "America/Chicago",
}


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish()
    async with world.database.transaction() as tx:
        await tx.audiences.put(TENANT, "leads", {}, world.clock())
    return world


@pytest.fixture
def schedules(world: World) -> FakeSchedules:
    return FakeSchedules(world.clock)


@pytest.fixture
def site(world: World, schedules: FakeSchedules) -> ApiSite:
    return ApiSite(world, [SchedulesApi(ControlSchedules(schedules, world.database, world.clock))])


async def test_a_schedule_is_made_and_changed(site: ApiSite) -> None:
    """The second time is a change; it is answered as it stands."""
    made = await site("PUT", ONE, key="write", json=DAILY)
    changed = await site("PUT", ONE, key="write", json={**DAILY, "version": 1, "paused": True})
    body = changed.json()

    assert (made.status_code, made.headers["location"]) == (201, ONE)
    assert changed.status_code == 200
    assert (body["key"], body["version"], body["paused"]) == ("leads", 1, True)
    assert body["in_words"] == "every weekday at 09:00 America/Chicago"
    assert body["when"]["weekdays"] == ["mon", "tue", "wed", "thu", "fri"]
    assert body["when"]["cron"] is None
    assert body["next_at"] == ["2030-01-15T13:00:00.000000Z", "2030-01-15T14:00:00.000000Z"]
    assert body["firings"] == []


@pytest.mark.parametrize(
    ("changes", "path", "detail"),
    [
        ({"when": {"cron": ["0 9 13 * 5"]}}, "body.when.cron[0]", "days of the month and of the week"),
        ({"when": {}}, "body.when", "Says nothing"),
        ({"time_zone": "Mars"}, "body.time_zone", "not a known time zone"),
        ({"rate": 0}, "body", "The rate must be a number above 0."),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "body.starts_at", "is not a moment"),
        ({"note": "\x07"}, "body.note", "one line"),
        ({"odd": 1}, "body.odd", "Extra inputs"),
        ({"overlap": "cancel_other"}, "body.overlap", "skip"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(
    site: ApiSite, changes: dict[str, Any], path: str, detail: str
) -> None:
    """And with what would be right."""
    answer = await site("PUT", ONE, json={**DAILY, **changes})
    [error] = answer.json()["errors"]

    assert answer.status_code == 422
    assert error["path"] == path
    assert detail in error["detail"]


async def test_a_key_has_a_form(site: ApiSite) -> None:
    """It is in the path."""
    answer = await site("PUT", f"{ALL}/No%20Key", json=DAILY)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "path.key")


@pytest.mark.parametrize("changes", [{"campaign": "autumn"}, {"audience": "nobody"}, {"version": 9}])
async def test_what_it_names_must_be_there(site: ApiSite, changes: dict[str, Any]) -> None:
    """It could only fail."""
    assert (await site("PUT", ONE, json={**DAILY, **changes})).status_code == 404


async def test_a_schedule_shows_what_it_has_enrolled(
    site: ApiSite, world: World, schedules: FakeSchedules
) -> None:
    """Firing by firing."""
    await site("PUT", ONE, json=DAILY)
    now = world.clock()
    schedules.fire(
        TENANT,
        "leads",
        Firing(now, now, "b-1", FiringState.DONE),
        Firing(now, now, "b-0", FiringState.FAILED, "there is no such audience"),
    )
    async with world.database.transaction() as tx:
        await tx.batches.add(
            Batch("b-1", TENANT, "spring", 1, "audience:leads", now, enrolled=3, already=2, started=1)
        )
    firings = (await site("GET", ONE, key="read")).json()["firings"]

    assert [(each["state"], each["enrolled"], each["problem"]) for each in firings] == [
        ("done", 3, ""),
        ("failed", None, "there is no such audience"),
    ]
    assert firings[0]["due_at"] == "2030-01-15T12:00:00.000000Z"
    assert (firings[0]["already"], firings[0]["started"], firings[0]["batch_id"]) == (2, 1, "b-1")


async def test_schedules_are_listed_in_pages(site: ApiSite) -> None:
    """By key."""
    for key in ("c", "a", "b"):
        await site("PUT", f"{ALL}/{key}", json=DAILY)
    first = (await site("GET", ALL, key="read", params={"limit": 2})).json()
    rest = (await site("GET", ALL, params={"limit": 2, "cursor": first["next"]})).json()

    assert [each["key"] for each in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None


async def test_a_schedule_is_steered(site: ApiSite, schedules: FakeSchedules) -> None:
    """By what follows its key; a remark is not needed."""
    await site("PUT", ONE, json=DAILY)
    held = await site("POST", f"{ONE}:pause", key="write", json={"remark": "The form is being rebuilt."})
    released = await site("POST", f"{ONE}:unpause", key="write")
    fired = await site("POST", f"{ONE}:trigger", key="write")
    stretch = {"start": "2029-03-01T00:00:00Z", "end": "2029-03-02T00:00:00Z"}
    past = await site("POST", f"{ONE}:backfill", key="write", json=stretch)
    deleted = await site("DELETE", ONE, key="write")
    gone = await site("GET", ONE)

    assert (held.status_code, held.json()["remark"]) == (200, "The form is being rebuilt.")
    assert (released.status_code, released.json()["paused"]) == (200, False)
    assert (fired.status_code, past.status_code) == (202, 202)
    assert (len(schedules.triggered), len(schedules.backfilled)) == (1, 1)
    assert (deleted.status_code, deleted.content, gone.status_code) == (204, b"", 404)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"start": "x", "end": "2029-03-02T00:00:00Z"}, "body.start"),
        ({"start": "2029-03-01T00:00:00Z", "end": "2129-03-02T00:00:00Z"}, "body.end"),
        ({"start": "2029-03-01T00:00:00Z"}, "body.end"),
    ],
)
async def test_a_stretch_that_cannot_be_made_up_for(site: ApiSite, body: dict[str, Any], path: str) -> None:
    """It says which end is wrong."""
    await site("PUT", ONE, json=DAILY)
    answer = await site("POST", f"{ONE}:backfill", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


CALLS = [
    ("GET", ONE, None),
    ("DELETE", ONE, None),
    ("POST", f"{ONE}:trigger", None),
    ("POST", f"{ONE}:pause", {}),
    ("POST", f"{ONE}:unpause", {}),
    ("POST", f"{ONE}:backfill", {"start": "2029-03-01T00:00:00Z", "end": "2029-03-02T00:00:00Z"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_another_tenant_sees_nothing(
    site: ApiSite, schedules: FakeSchedules, method: str, path: str, body: Any
) -> None:
    """A key of theirs finds no such schedule; nor does anybody find what is not there."""
    await site("PUT", ONE, json=DAILY)
    before = dict(schedules.kept)
    answer = await site(method, path, key=OTHERS, json=body)
    unknown = await site(method, path.replace("leads", "N%20o"), json=body)

    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert schedules.kept == before
    assert (await site("GET", ALL, key=OTHERS)).json()["items"] == []


@pytest.mark.parametrize(("method", "path", "body"), [("PUT", ONE, DAILY), *CALLS[1:]])
async def test_a_reader_changes_nothing(site: ApiSite, method: str, path: str, body: Any) -> None:
    """That takes another scope."""
    await site("PUT", ONE, json=DAILY)

    assert (await site(method, path, key="read", json=body)).status_code == 403


async def test_while_temporal_is_down(site: ApiSite, schedules: FakeSchedules) -> None:
    """Whoever asks is to come again."""
    schedules.down = True
    answer = await site("GET", ALL)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
