"""Looking at what is published, at where a contact is enrolled, and at whether an address is suppressed."""

import pytest

from application.check_suppression import CheckSuppression
from application.errors import UnknownCampaign
from application.ports.suppressions import EVERYBODY
from application.show_campaigns import ShowCampaigns
from domain.enrollment.state import Outcome
from domain.enrollment.turn import HANDOFF
from domain.statuses import Channel
from tests.unit.application.world import DEFINITION, PHONE, TENANT, World


@pytest.fixture
def show(world: World) -> ShowCampaigns:
    return ShowCampaigns(world.database)


async def place(world: World, enrollment: str, step: str | None) -> None:
    """Put an enrollment at a step."""
    async with world.database.transaction() as tx:
        await tx.enrollments.place(enrollment, 1, step)


async def test_campaigns_come_with_their_versions(world: World, show: ShowCampaigns) -> None:
    """Each with who is in flight on which version; a campaign without any is there, too."""
    await world.publish(version=2)
    await world.publish(campaign="autumn")
    await world.enroll("ann")
    ended = await world.enroll("bob")
    async with world.database.transaction() as tx:
        await tx.enrollments.finish(ended, Outcome.COMPLETED, world.clock())

    autumn, spring = await show(TENANT)

    assert (autumn.key, [each.version for each in autumn.versions], autumn.in_flight) == ("autumn", [1], {})
    assert (spring.key, [each.version for each in spring.versions]) == ("spring", [1, 2])
    assert (spring.in_flight, spring.pause) == ({1: 1}, None)
    assert await show("nobody") == []


async def test_a_pause_is_told_while_it_goes_on(world: World, show: ShowCampaigns) -> None:
    """And not afterwards."""
    await world.pause()
    [held] = await show(TENANT)
    async with world.database.transaction() as tx:
        await tx.campaigns.resume(TENANT, "spring", world.clock.advance(hours=1))
    [released] = await show(TENANT)

    assert held.pause is not None
    assert released.pause is None


async def test_a_version_tells_who_is_at_which_step(world: World, show: ShowCampaigns) -> None:
    """In the order of the steps; whoever has not left the first one is at it."""
    await place(world, await world.enroll("ann"), HANDOFF)
    await place(world, await world.enroll("bob"), "mail")
    await place(world, await world.enroll("cem"), "text")
    await world.enroll("dan")

    state = await show.version(TENANT, "spring")

    assert list(state.in_flight.items()) == [("text", 2), ("mail", 1), (HANDOFF, 1)]
    assert state.definition == DEFINITION
    assert state.published_at == world.clock()


async def test_the_latest_version_is_the_usual_one(world: World, show: ShowCampaigns) -> None:
    """Any other can be asked for."""
    await world.publish(version=10)
    await world.publish(version=9)

    assert (await show.version(TENANT, "spring")).campaign.plan.version == 10
    assert (await show.version(TENANT, "spring", 9)).campaign.plan.version == 9


@pytest.mark.parametrize(("key", "version"), [("summer", None), ("summer", 1), ("spring", 2)])
async def test_what_is_not_published_is_not_known(show: ShowCampaigns, key: str, version: int | None) -> None:
    """Neither a campaign nor a version of one."""
    with pytest.raises(UnknownCampaign, match=key):
        await show.version(TENANT, key, version)


async def test_the_steps_of_all_versions_are_known(world: World, show: ShowCampaigns) -> None:
    """Also of those that later versions lack."""
    step = {"key": "sms", "channel": "sms", "wait": "1d", "message": {"text": "Hello"}}
    await world.publish(version=2, steps=[step])

    assert await show.steps(TENANT, "spring") == {"text", "mail", "broken", "sms"}
    assert await show.steps(TENANT, "summer") == frozenset()


async def test_why_an_address_is_suppressed_is_told(world: World) -> None:
    """For the tenant and for everybody."""
    check = CheckSuppression(world.database)
    async with world.database.transaction() as tx:
        await tx.suppressions.add(TENANT, Channel.SMS, PHONE, "opted_out", world.clock())
        await tx.suppressions.add(EVERYBODY, Channel.SMS, PHONE, "imported", world.clock())

    found = await check(TENANT, Channel.SMS, PHONE)

    assert {each.tenant: each.reason for each in found} == {TENANT: "opted_out", EVERYBODY: "imported"}
    assert await check(TENANT, Channel.VOICE, PHONE) == []
