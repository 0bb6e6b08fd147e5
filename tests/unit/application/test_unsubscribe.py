"""A click on a message's link opts out, once, for good, and for all that is open."""

import pytest
from attrs import evolve

from application.errors import BadLink, DatabaseUnavailable
from application.ports.interactions import Dispatch
from application.preferences import Preferences
from application.unsubscribe import Unsubscribe
from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from tests.unit.application.world import TENANT, World

EMAIL = "ann@example.com"


def unsubscribing(world: World) -> Unsubscribe:
    return Unsubscribe(world.database, world.dispatch, world.clock)


async def sent(world: World, state: AttemptState = AttemptState.ACCEPTED, **person: str) -> AttemptKey:
    """An e-mail that has gone out."""
    return await world.attempt(await world.enroll(**person), state, "mail", Channel.EMAIL)


async def test_a_click_suppresses_the_address_and_ends_the_enrollment(world: World) -> None:
    """It is a row of the timeline with the message's step and attempt, and the run hears of it at once."""
    key = await sent(world)
    channel = await unsubscribing(world)(key)
    [row] = await world.timeline(key.enrollment_id)

    assert channel is Channel.EMAIL
    assert await world.is_suppressed(Channel.EMAIL, EMAIL)
    assert not await world.is_suppressed(Channel.SMS)
    assert (row.key, row.kind, row.status) == (
        f"link:{key}:unsubscribe",
        "opted_out",
        DeliveryStatus.OPTED_OUT,
    )
    assert (row.step, row.attempt, row.provider, row.dispatch) == ("mail", 1, "link", Dispatch.DISPATCHED)
    assert [told.key for told in world.runs.told] == [row.key]
    assert (await world.stored(key)).delivery is DeliveryStatus.OPTED_OUT


async def test_clicking_again_changes_nothing(world: World) -> None:
    """Mail programs repeat a POST, and people press a button twice."""
    key = await sent(world)
    await unsubscribing(world)(key)
    before = world.database.state.copy()
    world.clock.advance(hours=1)
    await unsubscribing(world)(key)
    after = world.database.state

    assert (after.interactions, after.enrollments, after.attempts, after.suppressions) == (
        before.interactions,
        before.enrollments,
        before.attempts,
        before.suppressions,
    )
    assert len(world.runs.told) == 1


async def test_every_open_enrollment_to_the_address_hears_of_it(world: World) -> None:
    """Another campaign of the tenant stops as well, and one that was not started yet never starts."""
    key = await sent(world)
    other = await world.enroll(campaign="summer")
    unstarted = await world.enroll("ann-2", phone=None, campaign="autumn", started=False)
    stranger = await world.enroll("bob", phone=None, email="bob@example.com")
    await unsubscribing(world)(key)

    assert world.runs.opted_out == [other]
    assert [row.kind for row in await world.timeline(other)] == ["opt_out"]
    assert world.database.state.enrollments[unstarted].outcome is Outcome.OPTED_OUT
    assert await world.timeline(stranger) == []


async def test_an_ended_enrollment_still_suppresses(world: World) -> None:
    """The link in an old message works as long as the message exists."""
    key = await sent(world)
    await world.finish(key.enrollment_id)
    await unsubscribing(world)(key)
    [row] = await world.timeline(key.enrollment_id)

    assert await world.is_suppressed(Channel.EMAIL, EMAIL)
    assert row.dispatch is Dispatch.LATE
    assert world.runs.told == []


async def test_a_click_after_coming_back_counts_anew(world: World) -> None:
    """Who has allowed e-mails again and uses the old link again is left alone again, and it is on record."""
    key = await sent(world)
    await unsubscribing(world)(key)
    await world.finish(key.enrollment_id, Outcome.OPTED_OUT)
    world.clock.advance(days=1)
    choose = Preferences(world.database, world.dispatch, world.clock).set
    await choose(key.enrollment_id, Channel.EMAIL, wanted=True)
    world.clock.advance(days=1)
    await unsubscribing(world)(key)
    await unsubscribing(world)(key)

    assert await world.is_suppressed(Channel.EMAIL, EMAIL)
    kinds = [row.kind for row in await world.timeline(key.enrollment_id)]
    assert kinds == ["opted_out", "opted_in", "opted_out"]


async def test_while_the_runs_cannot_be_reached_the_relay_tells_them(world: World) -> None:
    """The person has their answer: what is stored is not lost."""
    key = await sent(world)
    world.runs.down = True
    await unsubscribing(world)(key)
    [waiting] = await world.timeline(key.enrollment_id)
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert waiting.dispatch is Dispatch.PENDING
    assert [told.key for told in world.runs.told] == [waiting.key]


async def test_nothing_is_half_done_while_the_database_is_away(world: World) -> None:
    """The click is refused as a whole."""
    key = await sent(world)
    before = world.database.state.copy()
    world.database.down = True
    with pytest.raises(DatabaseUnavailable):
        await unsubscribing(world)(key)

    assert world.database.state == before


async def test_a_click_proves_that_an_email_in_doubt_arrived(world: World) -> None:
    """Nobody else has the link; the attempt counts as accepted."""
    key = await sent(world, AttemptState.UNKNOWN)
    await unsubscribing(world)(key)

    assert (await world.stored(key)).state is AttemptState.ACCEPTED


async def test_a_complaint_is_not_made_weaker(world: World) -> None:
    """What no word takes back stays the reason."""
    key = await sent(world)
    async with world.database.transaction() as tx:
        await tx.suppressions.add(TENANT, Channel.EMAIL, EMAIL, "complained", world.clock())
    await unsubscribing(world)(key)
    async with world.database.transaction() as tx:
        against = await tx.suppressions.of(TENANT, Channel.EMAIL, EMAIL)

    assert [row.reason for row in against] == ["complained"]


async def test_a_contact_without_the_address_still_ends_the_enrollment(world: World) -> None:
    """The person has asked; that their address has changed meanwhile makes no difference to the run."""
    key = await sent(world)
    people = world.database.state.contacts
    for name, person in list(people.items()):
        people[name] = evolve(person, email=None)
    await unsubscribing(world)(key)
    await unsubscribing(world)(key)

    assert len(world.runs.told) == 1
    assert world.database.state.suppressions == {}


@pytest.mark.parametrize("step", ["mail", "text"])
async def test_a_link_to_a_message_that_is_gone_is_no_link(world: World, step: str) -> None:
    """Neither a message that was never sent nor an enrollment that was erased."""
    enrollment = await world.enroll()
    gone = AttemptKey(enrollment if step == "mail" else "nobody", step, 1)
    with pytest.raises(BadLink):
        await unsubscribing(world)(gone)

    assert world.rows == []
