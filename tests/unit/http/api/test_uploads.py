"""Long bodies are in a file while they are handled."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.http.api.api_site import ApiSite
from tests.unit.http.api.things import CSV, LONGEST, ThingsApi

TYPE = {"Content-Type": CSV}


async def parts(size: int, part: int = 65_536) -> AsyncIterator[bytes]:
    """A body of a size, which does not say so."""
    for start in range(0, size, part):
        yield b"x" * min(part, size - start)


@pytest.mark.parametrize("size", [0, 1, LONGEST])
async def test_an_upload_arrives_whole(site: ApiSite, things: ThingsApi, size: int) -> None:
    """However long it is; its type comes without parameters; its file is gone with the request."""
    response = await site(
        "POST",
        "/v1/things:upload",
        content=parts(size),
        headers={"Content-Type": "Text/CSV; charset=utf-8"},
    )

    assert response.json() == {"size": size, "media_type": CSV}
    assert things.files[0].file.closed


async def test_an_upload_has_a_limit_of_its_own(site: ApiSite, things: ThingsApi) -> None:
    """Whether it says how long it is, or comes in parts."""
    for body in (parts(LONGEST + 1), b"x" * (LONGEST + 1)):
        response = await site("POST", "/v1/things:upload", content=body, headers=TYPE)

        assert response.status_code == 413
        assert response.json()["type"] == "/problems/body-too-long"
    assert things.files == []


@pytest.mark.parametrize("content_type", ["", "application/json", "text/csvx"])
async def test_an_upload_is_of_a_type_that_the_handler_takes(
    site: ApiSite, things: ThingsApi, content_type: str
) -> None:
    """The answer says which these are."""
    response = await site("POST", "/v1/things:upload", content=b"x", headers={"Content-Type": content_type})

    assert response.status_code == 415
    assert "text/csv or application/x-ndjson" in response.json()["detail"]
    assert things.files == []
