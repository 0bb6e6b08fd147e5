"""One enrollment's timeline."""

from collections.abc import Sequence

import pytest

from application.errors import UnknownEnrollment
from application.ports.interactions import Interaction
from application.show_timeline import ShowTimeline, TimelineEntry, after
from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind, RecordInteraction
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from tests.unit.application.world import TENANT, World


def lines(entries: Sequence[TimelineEntry]) -> list[tuple[object, ...]]:
    """What differs from line to line, but for keys and times."""
    return [
        (each.kind, each.channel, each.step, each.attempt, each.provider, each.status, each.detail)
        for each in entries
    ]


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

    entries = await ShowTimeline(world.database)(TENANT, enrollment)

    sms = Channel.SMS
    assert lines(entries) == [
        ("enrolled", None, None, None, None, None, "spring version 1"),
        ("attempt", sms, "text", 1, "fake-sms", "accepted", f"ref-{key}"),
        ("delivered", sms, "text", 1, "fake-sms", "delivered", "code 0"),
        ("moved_on", sms, "text", 1, None, None, "unanswered"),
    ]
    assert len({entry.key for entry in entries}) == 4


async def test_late_news_and_news_without_a_step_are_shown(world: World) -> None:
    """An event after the end says so; one that belongs to no step has no place."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.finish(enrollment)
    await world.hear(world.status(key, DeliveryStatus.REPLIED))
    async with world.database.transaction() as tx:
        await tx.interactions.add([Interaction("note-1", "note", world.clock(), enrollment)])

    entries = await ShowTimeline(world.database)(TENANT, enrollment)

    assert [(entry.kind, entry.late) for entry in entries if entry.late] == [("replied", True)]
    assert ("note", None, None, None, None, None, "") in lines(entries)


async def test_what_our_own_gate_kept_back_met_no_provider(world: World) -> None:
    """The row names one, since somebody would have been called."""
    await world.suppress()
    enrollment = await world.enroll()
    await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)

    entries = await ShowTimeline(world.database)(TENANT, enrollment)

    [kept_back] = [each for each in lines(entries) if each[0] == "attempt"]
    assert kept_back[4:] == (None, AttemptState.REJECTED.value, "the address is suppressed")


async def test_what_follows_a_line_that_was_shown_is_found(world: World) -> None:
    """Also where that line is an attempt that was claimed anew since, and so stands further down."""
    enrollment = await world.enroll()
    for number in range(3):
        world.clock.advance(seconds=1)
        async with world.database.transaction() as tx:
            await tx.interactions.add([Interaction(f"note-{number}", "note", world.clock(), enrollment)])
    entries = await ShowTimeline(world.database)(TENANT, enrollment)

    assert list(after(entries, entries[1].at, entries[1].key)) == entries[2:]
    assert list(after(entries, entries[1].at, "gone")) == entries[2:]
    assert list(after(entries, entries[-1].at, entries[-1].key)) == []


@pytest.mark.parametrize("tenant", [TENANT, "others"])
async def test_an_unknown_enrollment_has_no_timeline(world: World, tenant: str) -> None:
    """The answer is a sentence, not an empty list; another tenant's is unknown, too."""
    enrollment = await world.enroll()
    asked = "nobody" if tenant == TENANT else enrollment

    with pytest.raises(UnknownEnrollment, match="no enrollment"):
        await ShowTimeline(world.database)(tenant, asked)
