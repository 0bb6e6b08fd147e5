"""Previews over the API."""

from typing import Any

import pytest

from adapters.files.addresses import FileAddresses
from adapters.http.api.templates import TemplatesApi
from adapters.templates.jinja import JinjaRenderer
from application.preview_campaign import PreviewCampaign
from application.preview_messages import PreviewMessages
from application.validate_campaign import ValidateCampaign
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite

PATH = "/v1/templates:preview"
TEXT = {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hi {{first_name}}"}}
MAIL = {
    "key": "mail",
    "channel": "email",
    "wait": "1d",
    "message": {"subject": "For {{first_name}}", "text": "Hi", "html": "<p>{{first_name}}</p>"},
}
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "attributes": {"first_name": "text"},
    "steps": [TEXT, MAIL],
}
ANN = {"external_id": "ann", "phone": "+1 202 555 0123", "attributes": {"first_name": "Ann & Co"}}


@pytest.fixture
async def site() -> ApiSite:
    """Previews of a world with a campaign, and a contact without a first name."""
    world = World()
    await world.publish(**CAMPAIGN)
    await world.enroll("bob", email=None)
    renderer = JinjaRenderer()
    preview = PreviewMessages(
        world.database, ValidateCampaign(renderer, world.calendar), PreviewCampaign(renderer)
    )
    return ApiSite(world, [TemplatesApi(preview, FileAddresses())])


@pytest.mark.parametrize("source", [{"definition": CAMPAIGN}, {"campaign": "spring"}])
async def test_every_step_is_rendered_for_a_contact(site: ApiSite, source: dict[str, Any]) -> None:
    """Of a definition, or of what is published; nothing is stored of a contact that is given along."""
    answer = await site("POST", PATH, key="read", json={**source, "contact": ANN})

    text, mail = answer.json()["steps"]
    assert (answer.status_code, answer.json()["version"], answer.json()["external_id"]) == (200, 1, "ann")
    assert (text["text"], text["sms"]) == (
        "Hi Ann & Co",
        {"parts": 1, "characters": 11, "encoding": "GSM-7"},
    )
    assert (mail["subject"], mail["html"]) == ("For Ann & Co", "<p>Ann &amp; Co</p>")
    assert mail["problems"] == ["the contact has no e-mail address"]
    assert "ann" not in {name for _, name in site.world.database.state.contacts}


async def test_what_a_contact_lacks_is_a_problem_of_the_step(site: ApiSite) -> None:
    """Not of the request."""
    body = {"campaign": "spring", "version": 1, "step": "text", "external_id": "bob"}
    answer = await site("POST", PATH, json=body)

    [text] = answer.json()["steps"]
    assert text["text"] is None
    assert text["problems"] == ["the contact has no first_name, and the template needs it"]


async def test_for_nobody_in_particular_somebody_is_made_up(site: ApiSite) -> None:
    """Who has everything."""
    answer = await site("POST", PATH, json={"definition": CAMPAIGN})

    assert [step["problems"] for step in answer.json()["steps"]] == [[], []]


def _deep(depth: int) -> Any:
    data: Any = 1
    for _ in range(depth):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"definition": {}}, 422, "body.definition.campaign"),
        (
            {"definition": {**CAMPAIGN, "steps": [{**TEXT, "wait": "soon"}]}},
            422,
            "body.definition.steps[0].wait",
        ),
        ({"definition": {**CAMPAIGN, "more": _deep(200)}}, 422, None),
        ({"campaign": "spring", "step": "txt"}, 422, "body.step"),
        ({"campaign": "spring", "contact": {"phone": "1"}}, 422, "body.contact.phone"),
        ({"campaign": "spring", "contact": ANN, "external_id": "bob"}, 422, "body"),
        ({"campaign": "spring", "definition": CAMPAIGN}, 422, "body"),
        ({"definition": CAMPAIGN, "version": 1}, 422, "body"),
        ({}, 422, "body"),
        ({"campaign": "autumn"}, 404, None),
        ({"campaign": "spring", "version": 2}, 404, None),
        ({"campaign": "spring", "external_id": "nobody"}, 404, None),
    ],
)
async def test_what_cannot_be_shown_is_a_problem(
    site: ApiSite, body: dict[str, Any], status: int, path: str | None
) -> None:
    """With the field at fault."""
    answer = await site("POST", PATH, json=body)

    assert answer.status_code == status
    assert path in (None, *(each["path"] for each in answer.json().get("errors", ())))


async def test_another_tenants_campaign_and_contact_are_unknown(site: ApiSite) -> None:
    """Like those that do not exist."""
    campaign = await site("POST", PATH, key=OTHERS, json={"campaign": "spring"})
    contact = await site("POST", PATH, key=OTHERS, json={"definition": CAMPAIGN, "external_id": "bob"})

    assert (campaign.status_code, contact.status_code) == (404, 404)
