"""Handoffs over the API."""

from typing import Any

import pytest

from adapters.http.api.handoffs import HandoffsApi
from application.control_handoffs import ControlHandoffs
from application.show_handoff import ShowHandoff
from domain.idempotency import handoff_key
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite

ALL = "/v1/handoffs"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish()
    return world


@pytest.fixture
def site(world: World) -> ApiSite:
    show = ShowHandoff(world.database, world.desk, world.renderer)
    control = ControlHandoffs(world.database, world.dispatch, lambda: show, world.renderer, world.clock)
    return ApiSite(world, [HandoffsApi(control)])


@pytest.fixture
async def one(world: World) -> str:
    """Where a handoff is."""
    return f"{ALL}/{await handed_over(world)}"


async def handed_over(world: World, who: str = "ann") -> str:
    """An enrollment whose case a human has; returns the handoff's id."""
    enrollment = await world.enroll(who)
    await world.create_handoff(enrollment, "mail", "unanswered")
    return handoff_key(enrollment)


async def test_a_handoff_is_shown_with_its_summary(site: ApiSite, world: World, one: str) -> None:
    """The rest is as lists have it."""
    shown = (await site("GET", one, key="read")).json()
    [listed] = (await site("GET", ALL, key="read")).json()["items"]

    assert shown == {**listed, "summary": "Please call ann"}
    assert listed == {
        "id": one.removeprefix(f"{ALL}/"),
        "enrollment_id": one.removeprefix(f"{ALL}/").removesuffix(":handoff"),
        "campaign": "spring",
        "external_id": "ann",
        "step": "mail",
        "reason": "unanswered",
        "state": "open",
        "desk": "fake-desk",
        "ref": "case-1",
        "created_at": "2030-01-15T12:00:00.000000Z",
        "claimed_by": None,
        "claimed_at": None,
        "resolved_at": None,
    }


async def test_handoffs_are_listed_oldest_first(site: ApiSite, world: World) -> None:
    """In pages, and as far as they are asked for."""
    ids = []
    for who in ("ann", "bob", "cyd"):
        ids.append(await handed_over(world, who))
        world.clock.advance(minutes=1)
    await site("POST", f"{ALL}/{ids[1]}:claim", json={"by": "anna"})
    await site("POST", f"{ALL}/{ids[2]}:resolve")
    first = (await site("GET", ALL, params={"limit": 2})).json()
    rest = (await site("GET", ALL, params={"limit": 2, "cursor": first["next"]})).json()
    filtered = {}
    for name, value in (("state", "open"), ("state", "claimed"), ("external_id", "cyd"), ("campaign", "x")):
        found = (await site("GET", ALL, params={name: value})).json()["items"]
        filtered[value] = [each["id"] for each in found]

    assert [each["id"] for each in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert filtered == {"open": ids[:1], "claimed": ids[1:2], "cyd": ids[2:], "x": []}


@pytest.mark.parametrize("cursor", ["x", "WyIyMDMwLTAxLTAxIl0="])
async def test_a_cursor_of_another_list(site: ApiSite, cursor: str) -> None:
    """It is refused, whatever it holds."""
    answer = await site("GET", ALL, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.cursor")


async def test_a_handoff_is_taken_and_passed_on(site: ApiSite, world: World, one: str) -> None:
    """Nobody else can take what somebody has; they can be given it."""
    claimed = await site("POST", f"{one}:claim", key="write", json={"by": " anna "})
    again = await site("POST", f"{one}:claim", key="write", json={"by": "anna"})
    other = await site("POST", f"{one}:claim", key="write", json={"by": "ben"})
    given = await site("POST", f"{one}:reassign", key="write", json={"to": "ben", "by": "anna"})
    freed = await site("POST", f"{one}:release", key="write")

    assert (claimed.status_code, claimed.json()["claimed_by"]) == (200, "anna")
    assert claimed.json()["state"] == "claimed"
    assert again.json() == claimed.json()
    assert (other.status_code, other.json()["detail"]) == (
        409,
        "The handoff is claimed by anna; reassign gives it to somebody else.",
    )
    assert (given.status_code, given.json()["claimed_by"]) == (200, "ben")
    assert (freed.status_code, freed.json()["claimed_by"], freed.json()["state"]) == (200, None, "open")


@pytest.mark.parametrize("body", [None, {}, {"by": "anna", "note": "Has a new appointment."}])
async def test_a_handoff_is_closed(site: ApiSite, world: World, one: str, body: Any) -> None:
    """Its enrollment hears of it, once; then nobody can take it."""
    closed = await site("POST", f"{one}:resolve", key="write", json=body)
    again = await site("POST", f"{one}:resolve", key="write", json=body)
    late = await site("POST", f"{one}:claim", json={"by": "ben"})

    assert (closed.status_code, closed.json()["state"]) == (200, "resolved")
    assert again.json() == closed.json()
    assert late.status_code == 409
    assert len(world.runs.resolved) == 1


@pytest.mark.parametrize(
    ("verb", "body", "path"),
    [
        ("claim", {}, "body.by"),
        ("claim", {"by": "  "}, "body.by"),
        ("claim", {"by": "x" * 101}, "body.by"),
        ("claim", {"by": "a\nb"}, None),
        ("claim", {"by": "\x07"}, None),
        ("reassign", {"by": "anna"}, "body.to"),
        ("resolve", {"note": "x" * 2001}, "body.note"),
        ("resolve", {"odd": 1}, "body.odd"),
    ],
)
async def test_what_cannot_be_used(site: ApiSite, one: str, verb: str, body: Any, path: str | None) -> None:
    """It is told, and changes nothing."""
    answer = await site("POST", f"{one}:{verb}", json=body)
    errors = answer.json().get("errors")

    assert answer.status_code == 422
    assert (errors[0]["path"] if errors else None) == path
    assert (await site("GET", one)).json()["state"] == "open"


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("POST", ":claim", {"by": "ben"}),
    ("POST", ":reassign", {"to": "ben"}),
    ("POST", ":release", None),
    ("POST", ":resolve", None),
]


@pytest.mark.parametrize(("method", "verb", "body"), CALLS)
async def test_another_tenant_sees_nothing(
    site: ApiSite, one: str, method: str, verb: str, body: Any
) -> None:
    """A key of theirs finds no such handoff; nor does anybody find what is not there."""
    before = (await site("GET", one)).json()
    theirs = await site(method, one + verb, key=OTHERS, json=body)
    unknown = await site(method, f"{ALL}/N%20o{verb}", json=body)

    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert theirs.json() == unknown.json()
    assert (await site("GET", one)).json() == before
    assert (await site("GET", ALL, key=OTHERS)).json()["items"] == []


@pytest.mark.parametrize(("method", "verb", "body"), CALLS[1:])
async def test_a_reader_changes_nothing(site: ApiSite, one: str, method: str, verb: str, body: Any) -> None:
    """That takes another scope."""
    assert (await site(method, one + verb, key="read", json=body)).status_code == 403
