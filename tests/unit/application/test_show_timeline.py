"""One enrollment's timeline, as a person reads it."""

import pytest

from application.errors import UnknownEnrollment
from application.ports.interactions import Interaction
from application.show_timeline import ShowTimeline, TimelineEntry
from domain.enrollment.commands import InteractionKind, RecordInteraction
from domain.statuses import DeliveryStatus
from tests.unit.application.world import World


async def test_what_was_sent_heard_and_decided_is_merged_by_time(world: World) -> None:
    """The lines come in the order in which we took notice."""
    enrollment = await world.enroll()
    world.clock.advance(seconds=1)
    key = await world.attempt(enrollment)
    world.clock.advance(seconds=1)
    await world.hear(world.status(key, DeliveryStatus.DELIVERED, detail="code 0"))
    world.clock.advance(seconds=1)
    decided = RecordInteraction(InteractionKind.MOVED_ON, world.clock(), "text", 1, "unanswered")
    await world.log_interactions(enrollment, [decided])

    entries = await ShowTimeline(world.database)(enrollment)

    assert [(entry.where, entry.what, entry.detail) for entry in entries] == [
        ("", "enrolled", "spring version 1"),
        ("text #1", "sms accepted", f"ref-{key}"),
        ("text #1", "delivered", "code 0, from fake-sms"),
        ("text #1", "moved_on", "unanswered"),
    ]


async def test_late_news_and_news_without_a_step_are_shown(world: World) -> None:
    """An event after the end says so; one that belongs to no step has no place."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.finish(enrollment)
    await world.hear(world.status(key, DeliveryStatus.REPLIED))
    async with world.database.transaction() as tx:
        await tx.interactions.add([Interaction("note-1", "note", world.clock(), enrollment)])

    entries = await ShowTimeline(world.database)(enrollment)

    assert ("text #1", "replied", "from fake-sms, after the end") in [
        (entry.where, entry.what, entry.detail) for entry in entries
    ]
    assert TimelineEntry(world.clock(), "", "note", "") in entries


async def test_an_unknown_enrollment_has_no_timeline(world: World) -> None:
    """The answer is a sentence, not an empty list."""
    with pytest.raises(UnknownEnrollment, match="no enrollment nobody"):
        await ShowTimeline(world.database)("nobody")
