"""A POST that is repeated at once is carried out once, by the whole API."""

import asyncio
from pathlib import Path

from tests.integration.api.wired import wired_api

REPEATS = 20
ANN = {"external_id": "ann", "email": "ann@example.com"}


async def test_one_of_many_repeats_is_carried_out(tmp_path: Path) -> None:
    """The others get its answer, or are told to come again; so does whoever comes later."""
    async with wired_api(tmp_path) as api:
        key = await api.key("acme")

        async def post() -> tuple[int, str | None, bytes]:
            headers = {"Idempotency-Key": "once"}
            answer = await api(key, "POST", "/v1/contacts", json=ANN, headers=headers)
            told = answer.headers.get("retry-after" if answer.status_code == 409 else "idempotent-replayed")
            return answer.status_code, told, b"" if answer.status_code == 409 else answer.content

        at_once = await asyncio.gather(*(post() for _ in range(REPEATS)))
        later = await post()

    done = [each for each in at_once if each[:2] == (201, None)]
    assert len(done) == 1
    assert later == (201, "true", done[0][2])
    assert set(at_once) - set(done) <= {later, (409, "5", b"")}
