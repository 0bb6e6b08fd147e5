"""The end of a wait, looked at by the campaign's pauses."""

from datetime import datetime, timedelta

import pytest

from application.errors import UnknownEnrollment
from domain.pauses import PausePolicy
from tests.fakes.clock import NOW
from tests.unit.application.world import World


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


async def ask(world: World, when: float, *pauses: tuple[float, float | None]) -> datetime | None:
    """Ask at a minute about a wait from 0 to 60; each pause is from one minute to another."""
    enrollment = await world.enroll()
    for begin, end in pauses:
        world.clock.now = at(begin)
        await world.pause()
        if end is not None:
            world.clock.now = at(end)
            await world.resume()
    world.clock.now = at(when)
    return await world.check_wait(enrollment, at(0), at(60))


@pytest.mark.parametrize(
    ("when", "pauses", "until"),
    [
        pytest.param(60, [], None, id="no pause"),
        pytest.param(60, [(-20, -10)], None, id="over before it began"),
        pytest.param(60, [(20, 50)], 90, id="stood still within it"),
        pytest.param(90, [(20, 50)], 90, id="asked again at the end that was told"),
        pytest.param(60, [(-10, 5), (50, 55)], 70, id="two"),
        pytest.param(62, [(61, 62)], None, id="begun after its end"),
        pytest.param(62, [(30, None)], 70, id="goes on: asked again after a quarter of it"),
        pytest.param(60, [(10, 20), (60, None)], 61, id="another one goes on"),
    ],
)
async def test_a_wait_goes_on_for_as_long_as_its_campaign_stood_still(
    world: World, when: float, pauses: list[tuple[float, float | None]], until: float | None
) -> None:
    """None where it is over; while a pause goes on, the time at which to ask again."""
    assert await ask(world, when, *pauses) == (None if until is None else at(until))


@pytest.mark.parametrize("policy", [PausePolicy.EXPIRE, PausePolicy.CATCH_UP])
async def test_waits_go_on_in_pauses_that_do_not_freeze(world: World, policy: PausePolicy) -> None:
    """There only touches are held up, also while the pause goes on."""
    enrollment = await world.enroll()
    await world.pause(policy)

    assert await world.check_wait(enrollment, at(0), at(60)) is None


async def test_a_clock_that_is_behind_ends_no_wait(world: World) -> None:
    """The run's own clock may be ahead of ours: while a pause goes on, so does the wait, by both of them."""
    enrollment = await world.enroll()
    world.clock.now = at(30)
    await world.pause()
    world.clock.now = at(31)

    assert await world.check_wait(enrollment, at(0), at(60), at(60)) == at(67.5)


async def test_the_wait_of_nobody_cannot_be_checked(world: World) -> None:
    """An enrollment that was erased has no campaign to ask for."""
    with pytest.raises(UnknownEnrollment):
        await world.check_wait("nobody", at(0), at(60))
