"""What holds for every answer of the app."""

import pytest
from attrs import evolve

from adapters.http.app import HttpOptions
from tests.unit.http.site import Site


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/", 404, "There is nothing at this path."),
        ("POST", "/webhooks/a/b", 404, "There is nothing at this path."),
        ("GET", "/webhooks/twilio", 405, "This path does not take this method."),
        ("POST", "/healthz", 405, "This path does not take this method."),
    ],
)
async def test_refusals_have_one_form(site: Site, method: str, path: str, status: int, detail: str) -> None:
    """Errors are application/problem+json with type, title, status and detail (RFC 9457)."""
    answer = await site.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"], body["detail"]) == ("about:blank", status, detail)
    assert body["title"]


async def test_a_refused_method_names_the_allowed_ones(site: Site) -> None:
    """A 405 carries Allow (RFC 9110, section 15.5.6)."""
    answer = await site.request("DELETE", "/webhooks/twilio")

    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nowhere", "/docs"])
async def test_every_answer_carries_the_safety_headers(site: Site, path: str) -> None:
    """Nothing is cached, and no browser guesses at types."""
    answer = await site.request("GET", path)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_interface_describes_itself(site: Site) -> None:
    """The OpenAPI document names the app, its version and its routes."""
    document = (await site.request("GET", "/openapi.json")).json()

    assert document["info"]["title"] == "Drumbeat"
    assert document["info"]["version"]
    assert set(document["paths"]) == {"/webhooks/{provider}", "/healthz", "/readyz"}
    assert "503" in document["paths"]["/webhooks/{provider}"]["post"]["responses"]


@pytest.mark.parametrize("url", ["https://a.example", "https://a.example/", "https://a.example//"])
def test_the_public_address_has_no_slash_at_its_end(url: str) -> None:
    """Paths are put behind it as they are."""
    assert HttpOptions(url).public_url == "https://a.example"


@pytest.mark.parametrize(("docs", "status"), [(True, 200), (False, 404)])
async def test_the_page_that_shows_the_api_can_be_switched_off(site: Site, docs: bool, status: int) -> None:
    """The document itself is there in any case: clients are made from it."""
    shown = evolve(site, options=evolve(site.options, docs=docs))
    page = await shown.request("GET", "/docs")
    document = await shown.request("GET", "/openapi.json")

    assert (page.status_code, document.status_code) == (status, 200)
