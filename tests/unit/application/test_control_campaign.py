"""Holding a whole campaign, and letting it go on."""

import math
from datetime import timedelta

import pytest

from application.errors import UnknownCampaign
from domain.pauses import Pause, PausePolicy
from tests.fakes.clock import NOW
from tests.unit.application.world import TENANT, World


def pauses(world: World) -> list[Pause]:
    return [pause for _, pause in sorted(world.database.state.pauses.items())]


async def test_a_campaign_is_held_and_released(world: World) -> None:
    """The row tells since when, until when, and what becomes of what falls due; no run is told."""
    held = await world.control_campaign.pause(TENANT, "spring", PausePolicy.CATCH_UP, 2.5)
    world.clock.advance(hours=1)
    released = await world.control_campaign.resume(TENANT, "spring")

    assert (held, released) == (True, True)
    assert pauses(world) == [Pause(NOW, PausePolicy.CATCH_UP, 2.5, NOW + timedelta(hours=1))]
    assert world.runs.held == []


async def test_waits_stand_still_unless_it_is_said_otherwise(world: World) -> None:
    """Nothing is lost by a pause that somebody makes in a hurry."""
    await world.control_campaign.pause(TENANT, "spring")

    assert [pause.policy for pause in pauses(world)] == [PausePolicy.FREEZE]


async def test_what_is_held_already_keeps_its_policy(world: World) -> None:
    """The second pause changes nothing and says so; the same for a second end."""
    control = world.control_campaign
    held = [
        await control.pause(TENANT, "spring", policy) for policy in (PausePolicy.FREEZE, PausePolicy.EXPIRE)
    ]
    released = [await control.resume(TENANT, "spring") for _ in range(2)]

    assert (held, released) == ([True, False], [True, False])
    assert [pause.policy for pause in pauses(world)] == [PausePolicy.FREEZE]


async def test_it_can_be_held_again(world: World) -> None:
    """Each pause is a row of its own, and the earlier one still counts for what fell due in it."""
    control = world.control_campaign
    for _ in range(2):
        await control.pause(TENANT, "spring")
        world.clock.advance(minutes=1)
        await control.resume(TENANT, "spring")

    assert [pause.paused_at for pause in pauses(world)] == [NOW, NOW + timedelta(minutes=1)]


@pytest.mark.parametrize(("tenant", "campaign"), [(TENANT, "winter"), ("globex", "spring")])
async def test_what_a_tenant_does_not_have_cannot_be_held(world: World, tenant: str, campaign: str) -> None:
    """The campaign of another tenant is none; nothing is stored."""
    with pytest.raises(UnknownCampaign, match=f"no campaign {campaign}"):
        await world.control_campaign.pause(tenant, campaign)
    with pytest.raises(UnknownCampaign):
        await world.control_campaign.resume(tenant, campaign)

    assert pauses(world) == []


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
async def test_a_rate_at_which_nothing_could_be_caught_up_with_is_refused(world: World, rate: float) -> None:
    """Every send after the pause would fail, or all would go out at once."""
    with pytest.raises(ValueError, match="more than 0 a second"):
        await world.control_campaign.pause(TENANT, "spring", PausePolicy.CATCH_UP, rate)

    assert pauses(world) == []
