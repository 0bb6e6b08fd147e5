"""Idempotency-Key: a POST that is repeated is carried out once."""

import pytest
from fastapi import Request

from adapters.http.api.idempotency import key_of
from adapters.http.api.problems import ApiProblem
from tests.unit.application.world import TENANT
from tests.unit.http.api.api_site import OTHERS, ApiSite
from tests.unit.http.api.things import CSV, ThingsApi

KEY = {"Idempotency-Key": "k-1"}
LAMP = {"name": "lamp"}


async def test_a_repeat_gets_the_first_answer(site: ApiSite, things: ThingsApi) -> None:
    """Status, type and body are the same; a header tells that it was given before."""
    first = await site("POST", "/v1/things", json=LAMP, headers=KEY)
    repeat = await site("POST", "/v1/things", json=LAMP, headers=KEY)

    assert (first.status_code, repeat.status_code) == (201, 201)
    assert first.content == repeat.content
    assert first.headers["content-type"] == repeat.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert repeat.headers["idempotent-replayed"] == "true"
    assert repeat.headers["request-id"] != first.headers["request-id"]
    assert things.made == ["lamp"]


async def test_without_a_key_each_request_is_carried_out(site: ApiSite, things: ThingsApi) -> None:
    """Nothing is kept of them."""
    for _ in range(2):
        await site("POST", "/v1/things", json=LAMP)

    assert things.made == ["lamp", "lamp"]
    assert not site.world.database.state.idempotency_keys


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/v1/things", {"json": {"name": "desk"}}),
        ("/v1/things?x=1", {"json": LAMP}),
        ("/v1/things/lamp/poke", {"json": LAMP}),
        ("/v1/things", {"content": b'{"name":"lamp"}', "headers": {"Content-Type": "application/x+json"}}),
    ],
)
async def test_a_key_stands_for_one_request(
    site: ApiSite, things: ThingsApi, path: str, arguments: dict[str, dict[str, str]]
) -> None:
    """Another path, query, type or body under the same key is refused and not carried out."""
    await site("POST", "/v1/things", json=LAMP, headers=KEY)

    response = await site("POST", path, **arguments | {"headers": KEY | arguments.get("headers", {})})

    assert response.status_code == 409
    assert response.json()["type"] == "/problems/idempotency-key-reused"
    assert things.made == ["lamp"]


async def test_tenants_do_not_share_keys(site: ApiSite, things: ThingsApi) -> None:
    """Nobody gets, or learns of, an answer to another tenant."""
    for key in ("admin", OTHERS):
        response = await site("POST", "/v1/things", key=key, json=LAMP, headers=KEY)

        assert "idempotent-replayed" not in response.headers
    assert things.made == ["lamp", "lamp"]


async def test_an_answer_goes_to_whoever_might_have_asked_for_it(site: ApiSite) -> None:
    """A key that may not do the request does not get the answer to it either."""
    await site("POST", "/v1/things", json=LAMP, headers=KEY)

    response = await site("POST", "/v1/things", key="read", json=LAMP, headers=KEY)

    assert response.status_code == 403


async def test_refusals_are_kept_and_failures_are_not(site: ApiSite, things: ThingsApi) -> None:
    """What will not change is answered again; what may be better next time is tried again."""
    for name in ("unknown", "down", "broken"):
        headers = {"Idempotency-Key": f"for {name}"}
        for _ in range(2):
            await site("POST", f"/v1/things/{name}/poke", headers=headers)

    assert things.made == ["unknown", "down", "down", "broken", "broken"]


@pytest.mark.parametrize("key", ["", "a" * 256, "caf\xe9", "a\tb"])
async def test_a_key_is_printable_ascii(site: ApiSite, things: ThingsApi, key: str) -> None:
    """What is no key is refused before anything is done."""
    response = await site("POST", "/v1/things", json=LAMP, headers={"Idempotency-Key": key.encode("latin-1")})

    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == "header.Idempotency-Key"
    assert things.made == []


def test_two_keys_are_none() -> None:
    """Nobody knows which one is meant."""
    headers = [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]

    with pytest.raises(ApiProblem):
        key_of(Request({"type": "http", "method": "POST", "headers": headers}))


async def test_other_methods_have_no_keys(site: ApiSite, things: ThingsApi) -> None:
    """They may be repeated anyway."""
    for _ in range(2):
        await site("DELETE", "/v1/things/lamp", headers=KEY)

    assert things.made == ["no lamp", "no lamp"]


async def test_an_upload_is_told_by_its_content(site: ApiSite, things: ThingsApi) -> None:
    """The same file again is answered without being read by the handler; another one is refused."""
    headers = KEY | {"Content-Type": CSV}

    statuses = [
        (await site("POST", "/v1/things:upload", content=body, headers=headers)).status_code
        for body in (b"a,b\n", b"a,b\n", b"a,c\n")
    ]

    assert statuses == [200, 200, 409]
    assert len(things.files) == 1


async def test_an_erased_answer_is_gone(site: ApiSite, things: ThingsApi) -> None:
    """It says so; the request is not carried out again."""
    await site("POST", "/v1/things", json=LAMP, headers=KEY)
    async with site.world.database.transaction() as tx:
        assert await tx.idempotency_keys.redact(TENANT, [b"lamp"]) == 1

    response = await site("POST", "/v1/things", json=LAMP, headers=KEY)

    assert response.status_code == 410
    assert response.json()["type"] == "/problems/answer-erased"
    assert things.made == ["lamp"]
