"""What every request passes: keys, scopes, ids, and one form for whatever goes wrong."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from structlog.testing import capture_logs

from adapters.http.api.app import ApiServices, add_api
from adapters.http.api.problems import ALL
from tests.unit.http.api.api_site import ApiSite
from tests.unit.http.api.things import ThingsApi

JSON = {"Content-Type": "application/json"}


def problem(response: httpx.Response) -> dict[str, Any]:
    """The problem that an answer tells of."""
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["status"] == response.status_code
    assert told["type"] in {f"/problems/{each.name}" for each in ALL}
    return told


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer nobody", "Basic admin", "admin", "Bearer admin admin"],
)
@pytest.mark.parametrize("path", ["/v1/things/lamp", "/v1/nowhere"])
async def test_a_request_needs_a_good_key(site: ApiSite, authorization: str | None, path: str) -> None:
    """Whatever is wrong with it, the answer is the same; it does not tell which paths there are."""
    headers = {} if authorization is None else {"Authorization": authorization}

    response = await site("GET", path, key=None, headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert problem(response)["type"] == "/problems/unauthenticated"


@pytest.mark.parametrize(
    ("key", "method", "path", "status"),
    [
        ("read", "GET", "/v1/things/lamp", 200),
        ("read", "POST", "/v1/things/lamp/poke", 403),
        ("read", "DELETE", "/v1/things/lamp", 403),
        ("write", "GET", "/v1/things/lamp", 200),
        ("write", "POST", "/v1/things/lamp/poke", 200),
        ("write", "DELETE", "/v1/things/lamp", 403),
        ("admin", "DELETE", "/v1/things/lamp", 204),
    ],
)
async def test_a_key_does_what_its_scopes_allow(
    site: ApiSite, things: ThingsApi, key: str, method: str, path: str, status: int
) -> None:
    """Each scope allows what the ones before it allow; what is refused is not done."""
    response = await site(method, path, key=key)

    assert response.status_code == status
    assert bool(things.made) is (status < 300 and method != "GET")


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/v1/things/unknown", 404, "not-found"),
        ("GET", "/v1/things/broken", 500, "internal"),
        ("GET", "/v1/things/down", 503, "unavailable"),
        ("GET", "/v1/nowhere", 404, "not-found"),
        ("GET", "/v1/", 404, "not-found"),
        ("GET", "/v1", 404, "not-found"),
        ("PATCH", "/v1/things/lamp", 405, "method-not-allowed"),
        ("HEAD", "/v1/things/lamp", 405, "method-not-allowed"),
        ("BREW", "/v1/things", 405, "method-not-allowed"),
        ("GET", "/v1/things/a%00b", 422, "invalid-request"),
        ("GET", "/v1/things/a?q=%00", 422, "invalid-request"),
    ],
)
async def test_whatever_goes_wrong_is_told_in_one_form(
    site: ApiSite, method: str, path: str, status: int, name: str
) -> None:
    """Also what no handler has to do with, and what nobody has foreseen."""
    response = await site(method, path)

    assert response.status_code == status
    if method != "HEAD":
        assert problem(response)["type"] == f"/problems/{name}"
        assert "nobody has foreseen" not in response.text
    if status == 405:
        assert response.headers["allow"] in ("POST", "DELETE, GET")
    if status == 503:
        assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "content_type", "status", "path"),
    [
        (b'{"name": "lamp"}', "application/json", 201, None),
        (b'{"name": "lamp"}', "Application/JSON; charset=utf-8", 201, None),
        (b'{"name": "lamp"}', "application/vnd.thing+json", 201, None),
        (b'{"name": "lamp"}', "text/plain", 415, None),
        (b'{"name": "lamp"}', "", 415, None),
        (b"", "application/json", 422, "body"),
        (b"", "", 422, "body"),
        (b"{", "application/json", 422, "body"),
        (b"\xff", "application/json", 422, "body"),
        (b"[" * 100_000, "application/json", 422, "body"),
        (b'{"name": ' + b"9" * 5_000 + b"}", "application/json", 422, "body"),
        (b"{}", "application/json", 422, "body.name"),
        (b"[]", "application/json", 422, "body"),
        (b" null\n", "application/json", 422, "body"),
        (b'{"name": 1}', "application/json", 422, "body.name"),
        (b'{"name": "a", "size": 2}', "application/json", 422, "body.size"),
        (b'{"name": "a", "\\ud800": 2}', "application/json", 422, "body"),
        (b'{"name": "a\\u0000b"}', "application/json", 422, "body"),
        (b'{"name": "a\\\\\\u0000b"}', "application/json", 422, "body"),
        (b'{"name": "a\\udc00b"}', "application/json", 422, "body"),
        ('{"name": "a\\u0000b"}'.encode("utf-16-le"), "application/json", 422, "body"),
        ('{"name": "a"}'.encode("utf-32"), "application/json", 422, "body"),
        (b'\xef\xbb\xbf{"name": "a"}', "application/json", 201, None),
        (b'{"name": "a\\\\u0000b \\\\ud800"}', "application/json", 201, None),
        (b'{"name": "\\ud83d\\ude00"}', "application/json", 201, None),
    ],
)
async def test_a_body_is_json_with_what_is_asked_for(
    site: ApiSite, things: ThingsApi, body: bytes, content_type: str, status: int, path: str | None
) -> None:
    """What cannot be read, used or stored is refused with the place and the reason."""
    response = await site("POST", "/v1/things", content=body, headers={"Content-Type": content_type})

    assert response.status_code == status
    assert len(things.made) == (status == 201)
    if path is not None:
        assert [error["path"] for error in problem(response)["errors"]] == [path]


async def test_a_body_is_no_longer_than_allowed(site: ApiSite) -> None:
    """Whether it says how long it is, or comes in parts."""

    async def parts() -> Any:
        for _ in range(20):
            yield b"a" * 65_536

    declared = await site("POST", "/v1/things", content=b"a" * 1_048_577, headers=JSON)
    streamed = await site("POST", "/v1/things/lamp/poke", content=parts())

    assert [problem(each)["type"] for each in (declared, streamed)] == ["/problems/body-too-long"] * 2


@pytest.mark.parametrize(
    ("given", "taken"), [("abc-1.2_3", True), ("a" * 101, False), ("a b", False), ("", False)]
)
async def test_every_answer_has_a_request_id(site: ApiSite, given: str, taken: bool) -> None:
    """The request's own where it is a plain token, whatever the answer."""
    for key, path in (("admin", "/v1/things/lamp"), ("nobody", "/v1/things/lamp"), ("admin", "/v1/nowhere")):
        response = await site("GET", path, key=key, headers={"Request-Id": given})

        assert response.headers["request-id"]
        assert (response.headers["request-id"] == given) is taken


async def test_each_request_leaves_one_line(site: ApiSite) -> None:
    """With what an operator needs, and nothing that stands in the path, the query, the body or the key."""
    with capture_logs() as log:
        await site("GET", "/v1/things/Jane?phone=123", headers={"Request-Id": "r-1"})
        await site("POST", "/v1/things", key="read", json={"name": "Jane"})
        await site("GET", "/v1/Jane", key="sesame")

    assert [{**line, "milliseconds": 0} for line in log] == [
        {
            "event": "api.request",
            "log_level": "info",
            "method": method,
            "route": route,
            "status": status,
            "key_id": key_id,
            "tenant": tenant,
            "milliseconds": 0,
        }
        for method, route, status, key_id, tenant in (
            ("GET", "/v1/things/{name}", 200, "k-admin", "acme"),
            ("POST", "/v1/things", 403, "k-read", "acme"),
            ("GET", "", 401, None, None),
        )
    ]


async def test_the_log_says_why_a_request_failed(site: ApiSite) -> None:
    """A line with the traceback comes before the request's own."""
    with capture_logs() as log:
        await site("GET", "/v1/things/broken")

    assert [(line["event"], line.get("exc_info"), line["route"]) for line in log] == [
        ("api.failed", True, "/v1/things/{name}"),
        ("api.request", None, "/v1/things/{name}"),
    ]


async def test_problem_types_have_pages(site: ApiSite) -> None:
    """Each type that answers refer to can be looked up, without a key."""
    for each in ALL:
        response = await site("GET", f"/problems/{each.name}", key=None)

        assert response.json() == {
            "type": f"/problems/{each.name}",
            "title": each.title,
            "status": each.status,
        }
    assert (await site("GET", "/problems/nothing", key=None)).status_code == 404


def test_a_handler_that_asks_for_no_caller_is_refused(site: ApiSite) -> None:
    """It could not know whose data it may show."""

    class Open:
        def add_routes(self, router: APIRouter) -> None:
            router.add_api_route("/open", self.get_open)

        async def get_open(self) -> None:
            """Show something to anybody."""

    with pytest.raises(ValueError, match="get_open needs a parameter `caller: Reader`"):
        add_api(FastAPI(), ApiServices(site.gate, [Open()]), "https://drumbeat.example.com")
