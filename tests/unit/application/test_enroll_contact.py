"""Enrolling one contact."""

from datetime import timedelta

import pytest

from application.enroll_contact import Enrolled
from application.errors import UnknownCampaign, UnknownContact
from domain.contact import ConsentWord, NewContact
from domain.idempotency import enrollment_id
from domain.statuses import Channel
from tests.unit.application.world import PHONE, TENANT, World

ANN = NewContact("ann", PHONE, consents=(ConsentWord(Channel.SMS, given=True, source="form"),))


async def test_a_contact_that_is_given_along_is_stored_and_enrolled(world: World) -> None:
    """With what it has agreed to; the run begins at once."""
    enrolled = await world.enroll_contact(TENANT, "spring", ANN)

    async with world.database.transaction() as tx:
        contact = await tx.contacts.by_external_id(TENANT, "ann")
        assert contact is not None
        consents = await tx.consents.holds(contact.id, Channel.SMS)
        stored = await tx.enrollments.get(enrolled.enrollment_id)
    assert enrolled == Enrolled(enrollment_id(TENANT, "spring", contact.id), already=False)
    assert consents
    assert stored is not None
    assert (stored.version, stored.started_at) == (1, world.clock())
    assert list(world.runs.started) == [enrolled.enrollment_id]


async def test_a_contact_that_is_stored_is_enrolled_by_name(world: World) -> None:
    """In the latest version unless another one is named."""
    await world.publish(version=2)
    await world.enroll("ann", campaign="other")
    await world.enroll("bob", campaign="other")
    latest = await world.enroll_contact(TENANT, "spring", "ann")
    named = await world.enroll_contact(TENANT, "spring", "bob", 1)

    versions = [world.database.state.enrollments[each.enrollment_id].version for each in (latest, named)]
    assert versions == [2, 1]


async def test_who_is_enrolled_keeps_the_enrollment(world: World) -> None:
    """Nothing is started again."""
    first = await world.enroll_contact(TENANT, "spring", ANN)
    second = await world.enroll_contact(TENANT, "spring", ANN)

    assert second == Enrolled(first.enrollment_id, already=True)
    assert world.runs.starts == [first.enrollment_id]


async def test_who_may_enter_again_does(world: World) -> None:
    """By the campaign's own rule, which counts from the end of the last enrollment."""
    await world.publish(version=2, reentry="1d")
    first = await world.enroll_contact(TENANT, "spring", ANN)
    await world.finish(first.enrollment_id)
    too_early = await world.enroll_contact(TENANT, "spring", ANN)
    world.clock.now += timedelta(days=1)
    again = await world.enroll_contact(TENANT, "spring", ANN)

    assert too_early == Enrolled(first.enrollment_id, already=True)
    assert not again.already
    assert again.enrollment_id != first.enrollment_id


async def test_while_temporal_is_away_the_run_is_left_to_the_relay(world: World) -> None:
    """Whoever enrolls does not notice."""
    world.runs.down = True
    enrolled = await world.enroll_contact(TENANT, "spring", ANN)
    waiting = world.database.state.enrollments[enrolled.enrollment_id].started_at
    world.runs.down = False
    world.clock.advance(minutes=5)
    await world.relay()

    assert waiting is None
    assert list(world.runs.started) == [enrolled.enrollment_id]


async def test_nothing_is_stored_of_what_cannot_be(world: World) -> None:
    """An unknown campaign, version or contact; those of another tenant are unknown, too."""
    await world.enroll_contact(TENANT, "spring", ANN)
    before = world.database.state

    for tenant, campaign, version in (
        (TENANT, "autumn", None),
        (TENANT, "spring", 9),
        ("others", "spring", 1),
    ):
        with pytest.raises(UnknownCampaign):
            await world.enroll_contact(tenant, campaign, NewContact("new", PHONE), version)
    with pytest.raises(UnknownContact):
        await world.enroll_contact(TENANT, "spring", "nobody")
    assert world.database.state.contacts == before.contacts
    assert world.database.state.enrollments == before.enrollments
