"""Publishing campaign versions."""

import pytest

from application.errors import VersionTaken
from application.publish_campaign import PublishCampaign
from domain.errors import InvalidDefinition
from tests.fakes.calendar import FakeCalendar
from tests.unit.application.world import DEFINITION, TENANT, World


@pytest.fixture
def publish() -> PublishCampaign:
    """Publishing into an empty world."""
    world = World()
    return PublishCampaign(world.database, world.renderer, FakeCalendar(), world.clock)


async def test_a_version_is_published_once(publish: PublishCampaign) -> None:
    """The same content again is no news and no error."""
    answers = [await publish(TENANT, DEFINITION) for _ in range(2)]

    assert answers == [True, False]


async def test_a_published_version_never_changes(publish: PublishCampaign) -> None:
    """Other content under the same version is refused."""
    await publish(TENANT, DEFINITION)

    with pytest.raises(VersionTaken):
        await publish(TENANT, {**DEFINITION, "handoff": {"summary": "Other words"}})


async def test_tenants_do_not_share_versions(publish: PublishCampaign) -> None:
    """Two tenants may use the same key for different campaigns."""
    await publish(TENANT, DEFINITION)

    assert await publish("other", {**DEFINITION, "handoff": {"summary": "Other words"}})


async def test_an_invalid_definition_is_refused(publish: PublishCampaign) -> None:
    """What breaks the rules is never stored."""
    with pytest.raises(InvalidDefinition):
        await publish(TENANT, {**DEFINITION, "steps": []})

    assert publish.database.state.campaigns == {}  # type: ignore[attr-defined] # the fake's


async def test_a_malformed_template_is_refused_with_its_place(publish: PublishCampaign) -> None:
    """A template that nobody could ever be sent is found before anybody is enrolled."""
    broken = {**DEFINITION, "handoff": {"summary": "Call {{malformed"}}

    with pytest.raises(InvalidDefinition, match="handoff.summary: the template is malformed"):
        await publish(TENANT, broken)
