"""A person sees what they get from us, and chooses."""

import asyncio

import pytest

from application.errors import DatabaseUnavailable, UnknownEnrollment
from application.ports.interactions import Dispatch
from application.ports.suppressions import EVERYBODY
from application.preferences import Preference, Preferences, Standing, masked
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from tests.unit.application.world import PHONE, TENANT, World

EMAIL = "ann@example.com"
ADDRESSES = {Channel.SMS: PHONE, Channel.VOICE: PHONE, Channel.EMAIL: EMAIL}


def preferences(world: World) -> Preferences:
    return Preferences(world.database, world.dispatch, world.clock)


async def standings(world: World, enrollment: str) -> dict[Channel, Standing]:
    return {each.channel: each.standing for each in await preferences(world).show(enrollment)}


async def suppress(world: World, reason: str, tenant: str = TENANT) -> None:
    async with world.database.transaction() as tx:
        await tx.suppressions.add(tenant, Channel.EMAIL, EMAIL, reason, world.clock())


async def test_each_channel_with_an_address_is_shown_masked(world: World) -> None:
    """Whoever looks over a shoulder learns no address."""
    shown = await preferences(world).show(await world.enroll())

    assert shown == (
        Preference(Channel.SMS, Standing.OPEN, "•••01"),
        Preference(Channel.EMAIL, Standing.OPEN, "a•••@e•••.com"),
        Preference(Channel.VOICE, Standing.OPEN, "•••01"),
    )
    assert "•••" not in repr(shown)


async def test_a_channel_without_an_address_is_not_shown(world: World) -> None:
    """There is nothing to choose; choosing it all the same changes nothing."""
    enrollment = await world.enroll(phone=None)
    now = await preferences(world).set(enrollment, Channel.SMS, wanted=False)

    assert [each.channel for each in now] == [Channel.EMAIL]
    assert world.rows == []


async def test_a_contact_that_was_erased_has_nothing_to_choose(world: World) -> None:
    """The link of its message still opens a page."""
    enrollment = await world.enroll()
    world.database.state.contacts.clear()

    assert await preferences(world).show(enrollment) == ()
    assert await preferences(world).set(enrollment, Channel.SMS, wanted=False) == ()


@pytest.mark.parametrize(
    ("reason", "tenant", "standing"),
    [
        ("opted_out", TENANT, Standing.OFF),
        ("complained", TENANT, Standing.BLOCKED),
        ("bounced", TENANT, Standing.BLOCKED),
        ("opted_out", EVERYBODY, Standing.BLOCKED),
        ("opted_out", "another", Standing.OPEN),
    ],
)
async def test_the_persons_word_is_told_from_what_else_is_against_it(
    world: World, reason: str, tenant: str, standing: Standing
) -> None:
    """Only what the person has said to this tenant is theirs to take back."""
    enrollment = await world.enroll()
    await suppress(world, reason, tenant)
    before = await standings(world, enrollment)
    now = await preferences(world).set(enrollment, Channel.EMAIL, wanted=True)
    after = {each.channel: each.standing for each in now}[Channel.EMAIL]

    assert before == {
        Channel.SMS: Standing.OPEN,
        Channel.EMAIL: standing,
        Channel.VOICE: Standing.OPEN,
    }
    assert after is (Standing.OPEN if standing is Standing.OFF else standing)
    assert [row.kind for row in world.rows] == (["opted_in"] if standing is Standing.OFF else [])


@pytest.mark.parametrize("channel", Channel)
async def test_choosing_against_a_channel_is_an_opt_out(world: World, channel: Channel) -> None:
    """The address is suppressed there, the timeline says so, and every open enrollment to it hears of it."""
    enrollment, other = await world.enroll(), await world.enroll(campaign="summer")
    now = await preferences(world).set(enrollment, channel, wanted=False)
    choice, told = await world.timeline(enrollment)

    assert {each.channel for each in now if each.standing is Standing.OFF} == {channel}
    assert await world.is_suppressed(channel, ADDRESSES[channel])
    assert (choice.kind, choice.provider, choice.detail) == ("opted_out", "link", channel.value)
    assert (told.kind, told.dispatch) == ("opt_out", Dispatch.DISPATCHED)
    assert sorted(world.runs.opted_out) == sorted([enrollment, other])


async def test_choosing_it_again_takes_the_word_back(world: World) -> None:
    """The address is free again and the timeline says so; the enrollment stays ended."""
    enrollment = await world.enroll()
    await preferences(world).set(enrollment, Channel.EMAIL, wanted=False)
    await world.finish(enrollment, Outcome.OPTED_OUT)
    world.clock.advance(minutes=1)
    await preferences(world).set(enrollment, Channel.EMAIL, wanted=True)

    assert not await world.is_suppressed(Channel.EMAIL, EMAIL)
    assert [row.kind for row in await world.timeline(enrollment)] == ["opted_out", "opt_out", "opted_in"]
    assert world.database.state.enrollments[enrollment].outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_same_choice_again_changes_nothing(world: World, *, wanted: bool) -> None:
    """However often a button is pressed, and by how many at once."""
    enrollment = await world.enroll()
    choose = preferences(world)
    if wanted:
        await choose.set(enrollment, Channel.EMAIL, wanted=False)
    await asyncio.gather(*(choose.set(enrollment, Channel.EMAIL, wanted=wanted) for _ in range(3)))
    rows = len(world.rows)
    world.clock.advance(minutes=1)
    await choose.set(enrollment, Channel.EMAIL, wanted=wanted)

    assert len(world.rows) == rows == (3 if wanted else 2)
    assert world.runs.opted_out == [enrollment]


async def test_off_and_on_may_alternate(world: World) -> None:
    """Each change of mind is on record."""
    enrollment = await world.enroll()
    for wanted in (False, True, False, True):
        await preferences(world).set(enrollment, Channel.SMS, wanted=wanted)
        world.clock.advance(seconds=1)
    kinds = [row.kind for row in await world.timeline(enrollment) if row.kind != "opt_out"]

    assert kinds == ["opted_out", "opted_in", "opted_out", "opted_in"]


async def test_nothing_is_half_done_while_the_database_is_away(world: World) -> None:
    """The choice is refused as a whole."""
    enrollment = await world.enroll()
    before = world.database.state.copy()
    world.database.down = True
    with pytest.raises(DatabaseUnavailable):
        await preferences(world).set(enrollment, Channel.EMAIL, wanted=False)

    assert world.database.state == before


async def test_while_the_runs_cannot_be_reached_the_relay_tells_them(world: World) -> None:
    """The person has their answer: what is stored is not lost."""
    enrollment = await world.enroll()
    world.runs.down = True
    await preferences(world).set(enrollment, Channel.EMAIL, wanted=False)
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.runs.opted_out == [enrollment]


async def test_an_enrollment_that_is_gone_has_no_page(world: World) -> None:
    """It was erased, and its messages still exist."""
    with pytest.raises(UnknownEnrollment):
        await preferences(world).show("nobody")
    with pytest.raises(UnknownEnrollment):
        await preferences(world).set("nobody", Channel.SMS, wanted=True)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ann@example.com", "a•••@e•••.com"),
        ("ann@mail.example.co.uk", "a•••@m•••.uk"),
        ("ann@localhost", "a•••@l•••"),
        ("+4915112345678", "•••78"),
    ],
)
def test_an_address_is_masked(address: str, hint: str) -> None:
    """Its owner knows which one it is; nobody else what it is."""
    assert masked(address) == hint
