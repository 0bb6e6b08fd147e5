"""Campaigns over the API."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.files.campaign_text import read_definition
from adapters.http.api.campaign_changes import CampaignChangesApi
from adapters.http.api.campaigns import CampaignsApi
from adapters.templates.jinja import JinjaRenderer
from application.publish_campaign import PublishCampaign
from application.show_campaigns import ShowCampaigns
from application.summarize_campaign import CountCampaign
from application.validate_campaign import ValidateCampaign
from domain.enrollment.turn import HANDOFF
from domain.statuses import DeliveryStatus
from tests.unit.application.world import DEFINITION, TENANT, World
from tests.unit.http.api.api_site import OTHERS, ApiSite

STEP = {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello"}}
AUTUMN: Mapping[str, Any] = {"campaign": "autumn", "version": 1, "steps": [STEP]}
YAML = """\
campaign: autumn
version: 1
steps:
  - {key: text, channel: sms, wait: 1d, message: {text: Hello}}
"""


@pytest.fixture
async def site() -> ApiSite:
    """The campaigns of a world with one campaign in one version."""
    world = World()
    await world.publish()
    database, show = world.database, ShowCampaigns(world.database)
    renderer, calendar = JinjaRenderer(), world.calendar
    looking = CampaignsApi(show, CountCampaign(database), world.move_enrollments)
    changing = CampaignChangesApi(
        read=read_definition,
        validate=ValidateCampaign(renderer, calendar),
        publish=PublishCampaign(database, renderer, calendar, world.clock),
        show=show,
        moves=world.move_enrollments,
        control=world.control_campaign,
    )
    return ApiSite(world, [looking, changing])


async def published(site: ApiSite, body: str, media_type: str = "application/yaml") -> Any:
    """Publish a definition as text."""
    return await site("POST", "/v1/campaigns", content=body, headers={"Content-Type": media_type})


# Publishing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (json.dumps(AUTUMN), "application/json"),
        (YAML, "application/yaml; charset=utf-8"),
        (YAML, "text/yaml"),
    ],
)
async def test_a_version_is_published_once(site: ApiSite, body: str, media_type: str) -> None:
    """The same content again changes nothing, in whichever form; other content is a conflict."""
    first = await published(site, body, media_type)
    again = await published(site, YAML)
    other = await published(site, YAML.replace("1d", "2d"))
    found = await site("GET", first.headers["location"], key="read")

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == {"campaign": "autumn", "version": 1, "new": True, "warnings": []}
    assert again.json()["new"] is False
    assert other.json()["type"] == "/problems/version-taken"
    assert found.json()["definition"] == AUTUMN


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (json.dumps({**AUTUMN, "steps": [{**STEP, "wait": "soon"}]}), ["body.steps[0].wait"]),
        (json.dumps({**AUTUMN, "version": 0, "steps": []}), ["body.version", "body.steps"]),
        ("[]", ["body"]),
        ("null", ["body"]),
        ("campaign: [", ["body"]),
        ("", ["body"]),
        (YAML.replace("Hello", '"{{ who"'), ["body.steps[0].message.text"]),
        (YAML.replace("Hello", '"a\\0b"'), ["body.steps[0].message.text"]),
        ("a: " * 300 + "1", ["body"]),
        ("[" * 3000, ["body"]),
        ("".join(f"{' ' * depth}a{depth}:\n" for depth in range(300)), ["body"]),
        (YAML.replace("version: 1", f"version: {10**30}"), ["body.version"]),
        (YAML.replace("version: 1", f"version: {2**31}"), ["body.version"]),
        ("a" * 300_000, ["body"]),
    ],
)
async def test_all_that_is_wrong_is_told_with_its_path(site: ApiSite, body: str, paths: list[str]) -> None:
    """Whatever comes, it is a problem of the request, and nothing is stored."""
    answer = await published(site, body)
    told = [each["path"] for each in answer.json()["errors"]]

    assert answer.status_code == 422
    assert [path for path in paths if not any(each.startswith(path) for each in told)] == []
    assert list(site.world.database.state.campaigns) == [(TENANT, "spring", 1)]


async def test_the_examples_can_be_published(site: ApiSite) -> None:
    """Both forms, which are of one campaign."""
    operation = site.app.openapi()["paths"]["/v1/campaigns"]["post"]
    site.world.database.state.campaigns.clear()
    content = operation["requestBody"]["content"]
    first = await site("POST", "/v1/campaigns", json=content["application/json"]["example"])
    second = await published(site, json.dumps(content["application/yaml"]["example"]))

    assert (first.status_code, second.status_code) == (201, 200)


async def test_the_place_in_a_text_is_told(site: ApiSite) -> None:
    """Where it is no campaign yet, there are no paths; there are lines."""
    answer = await published(site, "campaign: spring\ncampaign: autumn\n")

    [error] = answer.json()["errors"]
    assert error["detail"].startswith("Line 2, column 1: the key 'campaign' stands on line 1 already")


@pytest.mark.parametrize("path", ["/campaigns/spring:pause", "/campaigns/spring/versions/1:move"])
async def test_a_method_that_is_none_of_a_verb_s_is_refused(site: ApiSite, path: str) -> None:
    """With the method of that path, and not with those of a campaign that is called so."""
    answer = await site("PATCH", f"/v1{path}")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_another_sort_of_body_is_refused(site: ApiSite) -> None:
    """With the sorts that are taken."""
    answer = await published(site, YAML, "text/plain")

    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/media-type")


async def test_a_campaign_is_checked_without_being_published(site: ApiSite) -> None:
    """With what to look at before."""
    long = {**STEP, "message": {"text": "x" * 700}}
    body = {**AUTUMN, "steps": [long]}
    answer = await site("POST", "/v1/campaigns:validate", key="write", json=body)

    [warning] = answer.json()["warnings"]
    assert (answer.status_code, answer.json()["campaign"]) == (200, "autumn")
    assert warning["path"] == "body.steps[0].message.text"
    assert "parts" in warning["detail"]
    assert (await site("GET", "/v1/campaigns/autumn")).status_code == 404


# Looking ---------------------------------------------------------------------------------------------


async def test_campaigns_are_listed_in_pages(site: ApiSite) -> None:
    """By their keys, with versions, who is in flight, and whether they are held."""
    await published(site, YAML)
    await site.world.enroll()
    await site.world.pause()
    first = (await site("GET", "/v1/campaigns", key="read", params={"limit": 1})).json()
    second = (await site("GET", "/v1/campaigns", params={"limit": 1, "cursor": first["next"]})).json()

    assert [each["campaign"] for each in first["items"]] == ["autumn"]
    assert second == {
        "items": [
            {
                "campaign": "spring",
                "versions": [{"version": 1, "published_at": "2030-01-15T12:00:00.000000Z", "in_flight": 1}],
                "paused": {"since": "2030-01-15T12:00:00.000000Z", "then": "freeze", "rate": 1.0},
            }
        ],
        "next": None,
    }


async def test_versions_are_listed_and_shown(site: ApiSite) -> None:
    """The latest one unless another is named."""
    await site.world.publish(version=2)
    await site.world.enroll(version=2)
    first = (await site("GET", "/v1/campaigns/spring/versions", params={"limit": 1})).json()
    path = "/v1/campaigns/spring/versions"
    second = (await site("GET", path, params={"limit": 1, "cursor": first["next"]})).json()
    latest = (await site("GET", "/v1/campaigns/spring")).json()
    named = (await site("GET", "/v1/campaigns/spring/versions/1")).json()

    assert [each["version"] for each in (*first["items"], *second["items"])] == [1, 2]
    assert second["next"] is None
    assert (latest["version"], latest["in_flight"]) == (2, {"text": 1})
    assert (named["version"], named["definition"]) == (1, dict(DEFINITION))


@pytest.mark.parametrize(
    ("query", "media_type", "begins"),
    [
        ("", "text/vnd.mermaid", "flowchart"),
        ("?format=mermaid&version=1", "text/vnd.mermaid", "flowchart"),
        ("?format=svg", "image/svg+xml", "<svg"),
    ],
)
async def test_a_campaign_is_drawn(site: ApiSite, query: str, media_type: str, begins: str) -> None:
    """As text, or as a picture."""
    answer = await site("GET", f"/v1/campaigns/spring/graph{query}", key="read")

    assert answer.headers["content-type"].split(";")[0] == media_type
    assert begins in answer.text[:300]


async def test_versions_are_told_apart(site: ApiSite) -> None:
    """A sentence for each difference."""
    first, *others = DEFINITION["steps"]
    await site.world.publish(version=2, steps=[{**first, "wait": "2d"}, *others])
    answer = await site("GET", "/v1/campaigns/spring/diff?from=1&to=2", key="read")

    assert answer.json()["differences"] == [
        "version: 2 instead of 1",
        "step text waits 2 days instead of 1 day",
    ]


async def test_the_figures_are_counts_of_nobody(site: ApiSite) -> None:
    """Enrollments, messages, cases and rates."""
    world = site.world
    ann = await world.enroll("ann")
    bob = await world.enroll("bob", phone="+15550100002")
    await world.hear(world.status(await world.attempt(ann), DeliveryStatus.REPLIED))
    await world.finish(ann)
    await world.place(bob, HANDOFF)
    await world.create_handoff(bob, "text", "unanswered")
    answer = await site("GET", "/v1/campaigns/spring/stats", key="read")

    assert answer.json() == {
        "campaign": "spring",
        "enrollments": {
            "total": 2,
            "open": 1,
            "by_outcome": {"completed": 1},
            "by_step": {"handoff": 1},
        },
        "messages": {"sms": {"replied": 1}},
        "handoffs": {"open": 1, "resolved": 0},
        "rates": {"finished": 0.5, "won": 0.0, "completed": 1.0, "opted_out": 0.0},
        "message_rates": {"sms": {"sent": 1, "delivered": 1.0, "answered": 1.0, "opted_out": 0.0}},
    }


# Changing --------------------------------------------------------------------------------------------


async def test_enrollments_go_over_to_a_version(site: ApiSite) -> None:
    """Those at a step for which something is said; first it is told who would be."""
    world = site.world
    await world.publish(version=2, steps=[{**STEP, "key": "sms"}])
    ann, bob = await world.enroll("ann"), await world.enroll("bob")
    await world.place(bob, "mail")
    impact = await site("GET", "/v1/campaigns/spring/versions/2/impact", key="read")
    moves = [{"step": "text", "to": "sms"}, {"step": "mail", "end": True}]
    moved = await site("POST", "/v1/campaigns/spring/versions/2:move", json={"moves": moves})
    told = [row.detail for id_ in (ann, bob) for row in await world.timeline(id_)]

    assert impact.json()["places"] == [
        {"version": 1, "step": "text", "in_flight": 1, "remains": False},
        {"version": 1, "step": "mail", "in_flight": 1, "remains": False},
    ]
    assert (moved.status_code, moved.json()) == (200, {"told": 2})
    assert told == ["to version 2: mail -> :end, text -> sms"] * 2


@pytest.mark.parametrize(
    ("moves", "path"),
    [
        ([{"step": "txt", "to": "text"}], "body.moves[0].step"),
        ([{"step": "text", "to": "gone"}], "body.moves[0].to"),
        ([{"step": "mail", "to": "mail"}, {"step": "handoff", "to": "text"}], "body.moves[1].to"),
        ([{"step": "text", "to": "text"}, {"step": "text", "end": True}], "body.moves[1].step"),
        ([{"step": "text"}], "body.moves[0]"),
        ([{"step": "text", "to": "text", "end": True}], "body.moves[0]"),
        ([], "body.moves"),
    ],
)
async def test_a_move_to_nowhere_is_refused(site: ApiSite, moves: list[dict[str, Any]], path: str) -> None:
    """Nobody is told anything."""
    await site.world.enroll()
    answer = await site("POST", "/v1/campaigns/spring/versions/1:move", json={"moves": moves})

    assert answer.status_code == 422
    assert [each["path"] for each in answer.json()["errors"]] == [path]
    assert site.world.rows == []


async def test_a_campaign_is_held_and_goes_on(site: ApiSite) -> None:
    """What becomes of what falls due is said when it is held; with nothing said, waits are longer."""
    path = "/v1/campaigns/spring"
    answers = [
        await site("POST", f"{path}:pause", key="write", json={"then": "catch_up", "rate": 5}),
        await site("POST", f"{path}:pause"),
        await site("POST", f"{path}:resume"),
        await site("POST", f"{path}:resume"),
    ]

    assert [(each.status_code, each.json()["changed"]) for each in answers] == [
        (200, True),
        (200, False),
        (200, True),
        (200, False),
    ]
    assert answers[1].json()["paused"] == {
        "since": "2030-01-15T12:00:00.000000Z",
        "then": "catch_up",
        "rate": 5.0,
    }
    assert answers[2].json()["paused"] is None


@pytest.mark.parametrize(
    "body", [{"rate": 5}, {"then": "catch_up", "rate": 0}, {"then": "catch_up", "rate": 1e9}, {"then": "x"}]
)
async def test_a_pause_that_cannot_be_is_refused(site: ApiSite, body: dict[str, Any]) -> None:
    """A rate goes with catching up only, and within limits."""
    answer = await site("POST", "/v1/campaigns/spring:pause", json=body)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/versions", None),
        ("GET", "/versions/1", None),
        ("GET", "/versions/1/impact", None),
        ("GET", "/graph", None),
        ("GET", "/diff?from=1&to=1", None),
        ("GET", "/stats", None),
        ("POST", ":pause", None),
        ("POST", ":resume", None),
        ("POST", "/versions/1:move", {"moves": [{"step": "text", "end": True}]}),
    ],
)
async def test_another_tenants_campaign_is_unknown(
    site: ApiSite, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Like one that does not exist, and like a version that does not."""
    theirs = await site(method, f"/v1/campaigns/spring{path}", key=OTHERS, json=body)
    nobodys = await site(method, f"/v1/campaigns/winter{path}", json=body)

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["detail"].replace("spring", "winter") == nobodys.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/v1/campaigns/spring/versions/99999999999", "/v1/campaigns/spring/versions/0"]
)
async def test_a_number_that_no_version_has_is_refused(site: ApiSite, path: str) -> None:
    """Before any database is asked, which may not be able to hold it."""
    answer = await site("GET", path)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "path.version")


@pytest.mark.parametrize("path", ["", ":validate", "/spring:pause", "/spring:resume"])
async def test_whoever_may_only_look_changes_nothing(site: ApiSite, path: str) -> None:
    """403."""
    answer = await site("POST", f"/v1/campaigns{path}", key="read")

    assert answer.status_code == 403
