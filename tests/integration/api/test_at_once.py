"""The same request fifty times at once, to the running API."""

import asyncio
from collections.abc import Sequence

import httpx

from tests.fakes.api_process import ApiProcess

REPEATS = 50
CAMPAIGN = {
    "campaign": "hello",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": "Hello"}}],
}
ANN = {"contact": {"external_id": "ann", "phone": "+12025550199"}}


async def enroll_at_once(client: httpx.AsyncClient, headers: dict[str, str]) -> Sequence[httpx.Response]:
    """Enroll one contact so many times."""
    (await client.post("/v1/campaigns", json=CAMPAIGN)).raise_for_status()
    posts = (
        client.post("/v1/campaigns/hello/enrollments", json=ANN, headers=headers) for _ in range(REPEATS)
    )
    return await asyncio.gather(*posts)


async def enrolled(client: httpx.AsyncClient) -> list[str]:
    """The ids of all enrollments of the tenant."""
    return [each["id"] for each in (await client.get("/v1/enrollments")).json()["items"]]


async def test_one_idempotency_key_is_one_request(running_api: ApiProcess) -> None:
    """One answer, which all get who are not told that it is being made."""
    async with running_api.client(await running_api.key("at-once-keyed")) as client:
        answers = await enroll_at_once(client, {"Idempotency-Key": "ann"})
        [enrollment] = await enrolled(client)

    done = [each for each in answers if each.status_code == 201]
    others = {each.json()["type"] for each in answers if each not in done}
    assert {each.content for each in done} == {done[0].content}
    assert done[0].json()["id"] == enrollment
    assert [each.headers.get("idempotent-replayed") for each in done].count(None) == 1
    assert others <= {"/problems/idempotency-key-in-use"}


async def test_without_a_key_it_is_one_enrollment(running_api: ApiProcess) -> None:
    """Whoever comes second finds the contact enrolled."""
    async with running_api.client(await running_api.key("at-once-bare")) as client:
        answers = await enroll_at_once(client, {})
        [enrollment] = await enrolled(client)

    assert sorted(each.status_code for each in answers) == [200] * (REPEATS - 1) + [201]
    assert {each.json()["id"] for each in answers} == {enrollment}
    assert [each.json()["already"] for each in answers].count(False) == 1
