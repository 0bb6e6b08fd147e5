"""Giving a case to a human: once in the books, at least once at the desk."""

import pytest

from application.errors import DatabaseUnavailable, OutcomeUnknown, TransientFault, UnknownEnrollment
from domain.idempotency import handoff_key
from tests.unit.application.world import World


async def test_a_case_is_stored_and_handed_over(world: World) -> None:
    """The desk gets what a human needs, the books get the desk's id."""
    enrollment = await world.enroll()

    ref = await world.create_handoff(enrollment, "mail", "unanswered")

    assert ref == "case-1"
    [ticket] = world.desk.opened
    assert (ticket.key, ticket.enrollment_id) == (handoff_key(enrollment), enrollment)
    assert (ticket.campaign, ticket.reason, ticket.summary) == ("spring", "unanswered", "Please call ann")
    [handoff] = world.database.state.handoffs.values()
    assert (handoff.step, handoff.desk, handoff.ref, handoff.created_at) == (
        "mail",
        "fake-desk",
        "case-1",
        world.clock(),
    )


async def test_a_repeat_gives_back_the_desks_id(world: World) -> None:
    """One enrollment hands over once, whatever the second order says."""
    enrollment = await world.enroll()

    refs = [await world.create_handoff(enrollment, "mail", reason) for reason in ("unanswered", "failed")]

    assert refs == ["case-1", "case-1"]
    assert len(world.desk.opened) == 1
    assert [handoff.reason for handoff in world.database.state.handoffs.values()] == ["unanswered"]


@pytest.mark.parametrize("fault", [TransientFault("ratelimited"), OutcomeUnknown("time-out")])
async def test_a_case_in_doubt_is_handed_over_again_under_its_key(world: World, fault: Exception) -> None:
    """A ticket seen twice is better than a case that is lost; its key lets the desk recognise it."""
    enrollment = await world.enroll()
    world.desk.faults = [fault]

    with pytest.raises(type(fault)):
        await world.create_handoff(enrollment, "mail", "unanswered")
    ref = await world.create_handoff(enrollment, "mail", "unanswered")

    assert ref == "case-2"
    assert [ticket.key for ticket in world.desk.opened] == [handoff_key(enrollment)] * 2
    assert [handoff.ref for handoff in world.database.state.handoffs.values()] == ["case-2"]


async def test_an_unknown_enrollment_hands_nothing_over(world: World) -> None:
    """Neither the books nor the desk hear of it."""
    with pytest.raises(UnknownEnrollment, match="no enrollment nobody"):
        await world.create_handoff("nobody", "mail", "unanswered")

    assert world.database.state.handoffs == {}
    assert world.desk.opened == []


async def test_without_a_database_the_desk_is_not_called(world: World) -> None:
    """The books come first."""
    enrollment = await world.enroll()
    world.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await world.create_handoff(enrollment, "mail", "unanswered")

    assert world.desk.opened == []


async def test_a_summary_that_cannot_be_written_does_not_hold_the_case_up(world: World) -> None:
    """The human gets the case with a sentence that says where to look."""
    await world.publish(campaign="faulty", handoff={"summary": "{{fault}}"})
    enrollment = await world.enroll(campaign="faulty")

    await world.create_handoff(enrollment, "mail", "unanswered")

    assert "look the enrollment up" in world.desk.opened[0].summary


async def test_the_case_of_an_erased_contact_has_no_summary(world: World) -> None:
    """What is erased cannot be shown; the case still reaches a human."""
    enrollment = await world.enroll()
    world.database.state.contacts.clear()

    await world.create_handoff(enrollment, "mail", "unanswered")

    assert world.desk.opened[0].summary == ""


async def test_a_ticket_hides_its_summary(world: World) -> None:
    """A ticket in a log line shows ids only."""
    await world.create_handoff(await world.enroll("Leopold"), "mail", "unanswered")

    assert "Leopold" not in repr(world.desk.opened)
