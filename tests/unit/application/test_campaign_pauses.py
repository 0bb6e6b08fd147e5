"""Pauses of a campaign at the gate: what falls due in one, before it and after it, under each policy."""

from datetime import datetime, timedelta

import pytest

from application.errors import OutcomeUnknown
from application.send_message import SendResult, SendStatus
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.pauses import PausePolicy
from domain.refusals import Refusal
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.unit.application.world import TENANT, World

FREEZE, EXPIRE, CATCH_UP = PausePolicy.FREEZE, PausePolicy.EXPIRE, PausePolicy.CATCH_UP
PAUSED, RESUMED = 30, 90
"""Minutes from `NOW` on at which the campaign of these tests is held and released."""


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def held(refusal: Refusal, reason: str, until: datetime | None) -> SendResult:
    return SendResult(SendStatus.REFUSED, reason=reason, until=until, refusal=refusal)


async def send(
    world: World, enrollment: str, when: float, due: float | None = None, since: float | None = None
) -> SendResult:
    """Ask for the first attempt at a minute; when it fell due, and when the wait for that began."""
    world.clock.now = at(when)
    asked = [None if minute is None else at(minute) for minute in (due, since)]
    return await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS, *asked)


async def held_from_30(world: World, policy: PausePolicy, rate: float = 1.0) -> None:
    """Hold the campaign."""
    world.clock.now = at(PAUSED)
    await world.pause(policy, rate)


async def held_30_to_90(world: World, policy: PausePolicy, rate: float = 1.0) -> None:
    """Hold the campaign for an hour."""
    await held_from_30(world, policy, rate)
    world.clock.now = at(RESUMED)
    await world.resume()


@pytest.mark.parametrize("policy", [FREEZE, CATCH_UP])
async def test_what_falls_due_in_a_pause_waits_for_its_end(world: World, policy: PausePolicy) -> None:
    """It asks again after a minute, then ever more rarely; no row is left."""
    enrollment = await world.enroll()
    await held_from_30(world, policy)

    at_once = await send(world, enrollment, 31, due=31)
    later = await send(world, enrollment, 70, due=31)

    assert at_once == held(Refusal.PAUSED, "the campaign is paused", at(32))
    assert later == held(Refusal.PAUSED, "the campaign is paused", at(80))
    assert world.database.state.attempts == {}


@pytest.mark.parametrize("policy", PausePolicy)
async def test_what_fell_due_before_a_pause_and_is_asked_within_waits_too(
    world: World, policy: PausePolicy
) -> None:
    """It stood in a queue when the campaign was held: it goes out right afterwards, by any policy."""
    enrollment = await world.enroll()
    await held_from_30(world, policy)

    within = await send(world, enrollment, 31, due=29, since=0)
    world.clock.now = at(RESUMED)
    await world.resume()
    after = await send(world, enrollment, RESUMED, due=29, since=0)

    assert within == held(Refusal.PAUSED, "the campaign is paused", at(32))
    assert after.status is SendStatus.ACCEPTED


@pytest.mark.parametrize("policy", PausePolicy)
@pytest.mark.parametrize(("due", "since"), [(20, 0), (95, 91), (RESUMED, RESUMED)])
async def test_what_no_pause_has_touched_goes_out(
    world: World, policy: PausePolicy, due: float, since: float
) -> None:
    """It fell due before the pause, or began after it; the moment of its end is after it."""
    enrollment = await world.enroll()
    if due > PAUSED:
        await held_30_to_90(world, policy)
        result = await send(world, enrollment, due, due, since)
    else:
        result = await send(world, enrollment, due, due, since)
        await held_30_to_90(world, policy)

    assert result.status is SendStatus.ACCEPTED


# Freeze ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "due", "goes_out"),
    [
        pytest.param(0, 40, 100, id="the pause began in its wait"),
        pytest.param(0, PAUSED, 90, id="due when the pause began"),
        pytest.param(0, 100, 160, id="the whole pause lay in its wait"),
        pytest.param(40, 60, 110, id="its wait began in the pause"),
    ],
)
async def test_a_wait_that_froze_is_longer_by_exactly_the_pause(
    world: World, since: float, due: float, goes_out: float
) -> None:
    """Only the time in which the campaign ran counts; until that is over it waits on, and then goes out."""
    enrollment = await world.enroll()
    await held_30_to_90(world, FREEZE)
    asked = max(due, RESUMED)
    early = await send(world, enrollment, asked, due, since) if goes_out > asked else None

    just_before = await send(world, enrollment, goes_out - 0.01, due, since)
    then = await send(world, enrollment, goes_out, due, since)

    if goes_out > asked:
        assert early == just_before == held(Refusal.PAUSED, "the campaign was paused", at(goes_out))
    assert then.status is SendStatus.ACCEPTED


async def test_what_was_due_at_once_in_a_frozen_pause_is_due_at_its_end(world: World) -> None:
    """There was no wait to stretch."""
    enrollment = await world.enroll()
    await held_30_to_90(world, FREEZE)

    assert (await send(world, enrollment, RESUMED, due=60)).status is SendStatus.ACCEPTED


async def test_each_of_two_pauses_stretches_a_wait(world: World) -> None:
    """The second one counts also where the wait only reaches it because of the first."""
    enrollment = await world.enroll()
    await held_30_to_90(world, FREEZE)
    world.clock.now = at(95)
    await world.pause()
    world.clock.now = at(115)
    await world.resume()

    early = await send(world, enrollment, 115, due=40, since=0)
    then = await send(world, enrollment, 120, due=40, since=0)

    assert early == held(Refusal.PAUSED, "the campaign was paused", at(120))
    assert then.status is SendStatus.ACCEPTED


# Expire ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [40, RESUMED, 200])
async def test_what_fell_due_in_a_pause_that_lets_expire_is_never_sent(world: World, when: float) -> None:
    """In the pause and after it: the row tells why, and a repeat gives the same answer."""
    enrollment = await world.enroll()
    await (held_30_to_90 if when >= RESUMED else held_from_30)(world, EXPIRE)

    results = [await send(world, enrollment, minute, due=40, since=0) for minute in (when, when + 60)]
    stored = await world.stored(AttemptKey(enrollment, "text", 1))

    assert results == [held(Refusal.EXPIRED, "it fell due while the campaign was paused", None)] * 2
    assert (stored.state, stored.refusal) == (AttemptState.REJECTED, Refusal.EXPIRED)
    assert world.sms.sent == []


async def test_one_that_expires_counts_before_one_that_goes_on(world: World) -> None:
    """What a pause has let expire is not held by the next one."""
    enrollment = await world.enroll()
    await held_30_to_90(world, EXPIRE)
    await world.pause()

    assert (await send(world, enrollment, 100, due=40)).refusal is Refusal.EXPIRED


async def test_what_froze_until_it_falls_due_in_a_pause_that_lets_expire(world: World) -> None:
    """When it fell due is told with the pauses before counted in, not by the time that it once had."""
    enrollment, other = await world.enroll(), await world.enroll("bob")
    await held_30_to_90(world, FREEZE)
    for minute, control in ((95, world.pause), (200, None)):
        world.clock.now = at(minute)
        await (world.resume() if control is None else control(EXPIRE))

    assert (await send(world, enrollment, 200, due=40, since=0)).refusal is Refusal.EXPIRED
    assert (await send(world, other, 205, due=145, since=0)).status is SendStatus.ACCEPTED


# Catch up --------------------------------------------------------------------------------------------


async def test_what_fell_due_in_a_pause_goes_out_spread_by_the_rate(world: World) -> None:
    """Each touch has a slot: one every two seconds at half a touch a second, and then it goes out."""
    enrollments = [await world.enroll(name) for name in ("ann", "bob", "cid")]
    await held_30_to_90(world, CATCH_UP, rate=0.5)

    first, *others = [await send(world, enrollment, 95, due=40) for enrollment in enrollments]
    slots = [95 + seconds / 60 for seconds in (2, 4)]
    then = [await send(world, *each) for each in zip(enrollments[1:], slots, slots, strict=True)]

    assert first.status is SendStatus.ACCEPTED
    assert others == [
        held(Refusal.CATCHING_UP, "the campaign catches up after a pause", at(slot)) for slot in slots
    ]
    assert [result.status for result in then] == [SendStatus.ACCEPTED] * 2


async def test_what_stood_in_a_queue_when_the_pause_began_is_spread_too(world: World) -> None:
    """It fell due before, and was kept back all the same: no burst follows, whatever the queue held."""
    enrollments = [await world.enroll(name) for name in ("ann", "bob", "cid")]
    await held_30_to_90(world, CATCH_UP, rate=0.5)

    results = [await send(world, enrollment, 95, due=29) for enrollment in enrollments]

    assert [result.status is SendStatus.ACCEPTED for result in results] == [True, False, False]
    assert [result.until for result in results[1:]] == [at(95 + seconds / 60) for seconds in (2, 4)]


async def test_what_falls_due_afterwards_waits_for_no_slot(world: World) -> None:
    """New touches are no part of what has to be caught up with, and take no slot from it."""
    late, new, later = [await world.enroll(name) for name in ("ann", "bob", "cid")]
    await held_30_to_90(world, CATCH_UP, rate=0.5)
    await send(world, late, 95, due=40)

    assert (await send(world, new, 95, due=95)).status is SendStatus.ACCEPTED
    assert (await send(world, later, 95 + 2 / 60, due=40)).status is SendStatus.ACCEPTED


async def test_a_wait_for_a_turn_takes_no_second_slot(world: World) -> None:
    """The provider's rate and the campaign's are two: who has a slot waits for the turn and goes out."""

    class Turns:
        async def at_once(self, provider: str, channel: Channel) -> bool:
            return False

        async def turn(self, provider: str, channel: Channel) -> None:
            world.clock.advance(seconds=1)

    world.pacing = Turns()
    enrollment, next_one = await world.enroll(), await world.enroll("bob")
    await held_30_to_90(world, CATCH_UP, rate=0.1)

    assert (await send(world, enrollment, 95, due=40)).status is SendStatus.ACCEPTED
    assert (await send(world, next_one, 95, due=40)).until == at(95 + 10 / 60)


async def test_an_attempt_in_doubt_is_resent_without_a_second_slot(world: World) -> None:
    """It had one when it was claimed; without another it would be given up as unknown."""
    world.sms.honours_key = True
    enrollment, other = await world.enroll(), await world.enroll("bob")
    await held_30_to_90(world, CATCH_UP, rate=0.1)
    world.clock.now = at(95)
    await world.attempt(enrollment, AttemptState.CLAIMED)
    await send(world, other, 95, due=40)

    assert (await send(world, enrollment, 95, due=40)).status is SendStatus.ACCEPTED


@pytest.mark.parametrize("policy", [FREEZE, CATCH_UP])
async def test_an_attempt_in_doubt_outlives_a_pause(world: World, policy: PausePolicy) -> None:
    """It cannot be sent again while the campaign is paused, and is not given up for that."""
    world.sms.honours_key = True
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, AttemptState.CLAIMED)
    await held_from_30(world, policy)
    with pytest.raises(OutcomeUnknown, match="the campaign is paused"):
        await send(world, enrollment, 31, due=0)
    held = await world.stored(key)
    world.clock.now = at(RESUMED)
    await world.resume()

    assert held.state is AttemptState.CLAIMED
    assert (await send(world, enrollment, 95, due=0)).status is SendStatus.ACCEPTED
    assert len(world.sms.sent) == 1


# Whose pause -----------------------------------------------------------------------------------------


async def test_a_pause_holds_all_versions_and_no_other_campaign(world: World) -> None:
    """It is of the campaign and of its tenant."""
    await world.publish(version=2)
    await world.publish(campaign="summer")
    newer = await world.enroll("bob", version=2)
    other = await world.enroll(campaign="summer")
    async with world.database.transaction() as tx:
        await tx.campaigns.publish("globex", {**world.database.state.campaigns[TENANT, "spring", 1]}, NOW)
    await world.control_campaign.pause("globex", "spring")
    before = await send(world, await world.enroll("cid"), 1)
    await world.control_campaign.pause(TENANT, "spring")

    assert before.status is SendStatus.ACCEPTED
    assert (await send(world, newer, 2)).refusal is Refusal.PAUSED
    assert (await send(world, other, 2)).status is SendStatus.ACCEPTED
