"""Frequency caps at the gate: how often a contact is reached, whatever the campaign."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from application.send_message import SendResult, SendStatus
from domain.attempts import AttemptState
from domain.contact_rules import Cap
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.fakes.database import FakeAttempts, FakeContacts, FakeDatabase, FakeTransaction
from tests.unit.application.world import World

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.fixture
def world() -> World:
    """A world in which each test publishes a campaign with its own caps."""
    return World()


def capped(cap: str, until_after: timedelta) -> SendResult:
    reason = f"no more than {cap}"
    return SendResult(SendStatus.REFUSED, reason=reason, until=NOW + until_after, refusal=Refusal.CAP)


async def text(world: World, enrollment: str, attempt: int = 1) -> SendResult:
    return await world.send(AttemptKey(enrollment, "text", attempt), Channel.SMS)


async def mail(world: World, enrollment: str, attempt: int = 1) -> SendResult:
    return await world.send(AttemptKey(enrollment, "mail", attempt), Channel.EMAIL)


async def test_a_cap_counts_all_campaigns_and_names_the_time_when_it_is_free(world: World) -> None:
    """What another campaign has sent counts; a day after it the message goes out; no row is left."""
    await world.publish(campaign="summer")
    await world.publish(caps={"per_day": 1})
    other, enrollment = await world.enroll(campaign="summer"), await world.enroll()
    await text(world, other)
    world.clock.advance(hours=1)

    result = await text(world, enrollment)
    rows = set(world.database.state.attempts)
    world.clock.now = NOW + DAY
    later = await text(world, enrollment)

    assert result == capped("1 message per day", DAY)
    assert rows == {AttemptKey(other, "text", 1)}
    assert later.status is SendStatus.ACCEPTED


async def test_it_is_free_again_when_the_oldest_leaves_the_span(world: World) -> None:
    """Of three a week that were sent on three days the first one counts; later ones do not shift it."""
    await world.publish(caps={"per_week": 3})
    enrollment = await world.enroll()
    for attempt, hours in ((1, 0), (2, 24), (3, 48)):
        world.clock.now = NOW + timedelta(hours=hours)
        await text(world, enrollment, attempt)

    result = await text(world, enrollment, 4)
    world.clock.now = NOW + WEEK - timedelta.resolution
    too_soon = await text(world, enrollment, 4)
    world.clock.now = NOW + WEEK
    fourth = await text(world, enrollment, 4)
    fifth = await text(world, enrollment, 5)

    assert result == too_soon == capped("3 messages per week", WEEK)
    assert fourth.status is SendStatus.ACCEPTED
    assert fifth == capped("3 messages per week", timedelta(hours=24) + WEEK)


async def test_of_several_caps_the_one_that_lasts_longest_is_named(world: World) -> None:
    """All of them must hold, so there is no use in asking before."""
    await world.publish(caps={"per_day": 1, "per_week": 1, "sms": {"per_day": 1}})
    enrollment = await world.enroll()
    await text(world, enrollment)

    assert await text(world, enrollment, 2) == capped("1 message per week", WEEK)


async def test_a_channels_cap_counts_that_channel_alone(world: World) -> None:
    """E-mails neither fill it nor mind it."""
    await world.publish(caps={"sms": {"per_day": 1}})
    enrollment = await world.enroll()

    results = [
        await mail(world, enrollment),
        await text(world, enrollment),
        await text(world, enrollment, 2),
        await mail(world, enrollment, 2),
    ]

    assert results[2] == capped("1 sms per day", DAY)
    assert [results[n].status for n in (0, 1, 3)] == [SendStatus.ACCEPTED] * 3


async def test_a_cap_of_all_channels_counts_them_together(world: World) -> None:
    """A text in the morning and an e-mail in the evening are two."""
    await world.publish(caps={"per_day": 1})
    enrollment = await world.enroll()
    await text(world, enrollment)

    assert await mail(world, enrollment) == capped("1 message per day", DAY)


async def test_the_deployments_caps_hold_for_every_campaign(world: World) -> None:
    """One that has none of its own keeps to them, and so does one that would allow more."""
    world.caps = (Cap(1, DAY),)
    await world.publish()
    await world.publish(campaign="summer", caps={"per_day": 5})
    enrollments = [await world.enroll(), await world.enroll(campaign="summer")]
    await text(world, enrollments[0])

    results = [await text(world, enrollment, 2) for enrollment in enrollments]

    assert results == [capped("1 message per day", DAY)] * 2


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (AttemptState.ACCEPTED, True),
        (AttemptState.CLAIMED, True),
        (AttemptState.UNKNOWN, True),
        (AttemptState.RELEASED, False),
        (AttemptState.REJECTED, False),
    ],
)
async def test_what_was_or_may_have_been_sent_counts(world: World, state: AttemptState, counts: bool) -> None:
    """What nobody got, because a provider or we ourselves have refused it, does not."""
    await world.publish(caps={"per_day": 1})
    enrollment = await world.enroll()
    await world.attempt(enrollment, state)

    result = await text(world, enrollment, 2)

    assert result.status is (SendStatus.REFUSED if counts else SendStatus.ACCEPTED)


async def test_an_attempt_does_not_count_against_itself(world: World) -> None:
    """One in doubt that is handed over again is the same message."""
    await world.publish(caps={"per_day": 1})
    world.sms.honours_key = True
    enrollment = await world.enroll()
    await world.attempt(enrollment, AttemptState.CLAIMED)

    assert (await text(world, enrollment)).status is SendStatus.ACCEPTED


async def test_nobody_is_held_up_by_what_others_get(world: World) -> None:
    """A cap is of a person: two who share a number are two."""
    await world.publish(caps={"per_day": 1})
    await text(world, await world.enroll("ann"))

    assert (await text(world, await world.enroll("bob"))).status is SendStatus.ACCEPTED


async def test_of_two_workers_at_once_one_keeps_to_the_cap(world: World) -> None:
    """Both find room for one message; the second to look finds the first."""
    world.caps = (Cap(1, DAY),)
    await world.publish()
    await world.publish(campaign="summer")
    enrollments = [await world.enroll(), await world.enroll(campaign="summer")]

    results = await asyncio.gather(*(text(world, enrollment) for enrollment in enrollments))

    assert sorted(result.status for result in results) == [SendStatus.ACCEPTED, SendStatus.REFUSED]
    assert len(world.sms.sent) == 1


async def test_in_a_demonstration_the_span_is_scaled(world: World) -> None:
    """Where a day takes a second the next message goes out after a second."""
    await world.publish(caps={"per_day": 1})
    enrollment = await world.enroll(time_scale=1 / 86_400)
    await text(world, enrollment)

    result = await text(world, enrollment, 2)
    world.clock.advance(seconds=1)

    assert result == capped("1 message per day", timedelta(seconds=1))
    assert (await text(world, enrollment, 2)).status is SendStatus.ACCEPTED


async def test_the_contact_is_locked_before_it_is_counted(world: World) -> None:
    """And only where there is something to count: the other sends of a contact wait for nobody."""
    await world.publish(caps={"sms": {"per_day": 1}})
    enrollment = await world.enroll()
    asked: list[str] = []

    class Contacts(FakeContacts):
        async def lock(self, contact_id: str) -> None:
            asked.append("lock")

    class Attempts(FakeAttempts):
        async def nth_latest(
            self, contact_id: str, nth: int, channel: Channel | None, apart_from: AttemptKey
        ) -> datetime | None:
            asked.append("count")
            return await super().nth_latest(contact_id, nth, channel, apart_from)

    class Database(FakeDatabase):
        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[FakeTransaction]:
            async with super().transaction() as tx:
                tx.contacts, tx.attempts = Contacts(tx.contacts.state), Attempts(tx.attempts.state)
                yield tx

    world.database = Database(clock=world.clock, state=world.database.state)
    await mail(world, enrollment)
    await text(world, enrollment)

    assert asked == ["lock", "count"]
