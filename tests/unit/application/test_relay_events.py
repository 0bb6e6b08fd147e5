"""The second chance for what was stored and not passed on."""

import pytest

from application.dispatch_events import TOLD_AT_ONCE
from application.errors import RunsUnavailable
from application.ports.interactions import Dispatch, Interaction
from application.relay_events import GRACE
from domain.statuses import DeliveryStatus
from tests.unit.application.world import World


async def _outage(world: World) -> str:
    """An enrollment with a reply that its run could not be told; returns its id."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    world.runs.down = True
    await world.hear(world.status(key, DeliveryStatus.REPLIED))
    world.clock.advance(seconds=GRACE.total_seconds() + 1)
    return enrollment


async def test_pending_events_are_signalled_and_marked(world: World) -> None:
    """After an outage the run hears of it, once."""
    enrollment = await _outage(world)
    world.runs.down = False

    counts = [await world.relay(), await world.relay()]

    assert counts == [1, 0]
    assert [row.status for row in world.runs.told] == [DeliveryStatus.REPLIED]
    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.DISPATCHED]


async def test_what_an_outage_has_left_is_one_signal_for_each_run(world: World) -> None:
    """A run hears at once of all that came while it could not be told."""
    await world.publish(campaign="summer")
    ann, other = await world.enroll(), await world.enroll(campaign="summer")
    world.runs.down = True
    for n, status in enumerate((DeliveryStatus.CLICKED, DeliveryStatus.REPLIED)):
        for enrollment in (ann, other):
            key = await world.attempt(enrollment)
            await world.hear(world.status(key, status, event=f"{enrollment}-{n}"))
    world.runs.down = False
    world.clock.advance(minutes=1)

    assert await world.relay() == 4
    assert world.runs.signals == [ann, other]
    assert len(world.runs.told) == 4


async def test_more_than_one_signal_may_carry_is_several(world: World) -> None:
    """Payloads stay small, whatever has piled up for one run."""
    key = await world.attempt(await world.enroll())
    world.runs.down = True
    for n in range(TOLD_AT_ONCE + 1):
        await world.hear(world.status(key, DeliveryStatus.REPLIED, event=f"event-{n}"))
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert len(world.runs.signals) == 2
    assert [row.key for row in world.runs.told] == [f"fake-sms:event-{n}" for n in range(TOLD_AT_ONCE + 1)]


async def test_an_opt_out_that_was_not_passed_on_reaches_the_other_enrollments(world: World) -> None:
    """Rows for other enrollments are relayed as opt-outs, not as provider events."""
    await world.publish(campaign="summer")
    other = await world.enroll(campaign="summer")
    await world.attempt(await world.enroll())
    world.runs.down = True
    await world.hear(world.text("STOP"))
    world.clock.advance(minutes=1)
    world.runs.down = False

    count = await world.relay()

    assert count == 2
    assert len(world.runs.told) == 1
    assert world.runs.opted_out == [other]


async def test_what_is_nobodys_is_not_held_for_ever(world: World) -> None:
    """A row without an enrollment cannot be told to any run; the relay is done with it."""
    async with world.database.transaction() as tx:
        await tx.interactions.add([Interaction("odd", "replied", world.clock(), dispatch=Dispatch.PENDING)])
    world.clock.advance(minutes=1)

    assert [await world.relay(), await world.relay()] == [1, 0]
    assert [row.dispatch for row in world.rows] == [Dispatch.LATE]


async def test_an_opt_out_that_meets_an_ended_run_is_late(world: World) -> None:
    """There is nothing left to end."""
    await world.publish(campaign="summer")
    other = await world.enroll(campaign="summer")
    await world.attempt(await world.enroll())
    world.runs.ended.add(other)

    await world.hear(world.text("STOP"))

    assert [row.dispatch for row in await world.timeline(other)] == [Dispatch.LATE]


async def test_an_event_whose_run_has_ended_meanwhile_is_late(world: World) -> None:
    """It is marked, so that the relay does not come back to it for ever."""
    enrollment = await _outage(world)
    world.runs.down = False
    world.runs.ended.add(enrollment)

    counts = [await world.relay(), await world.relay()]

    assert counts == [1, 0]
    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.LATE]


async def test_unstarted_runs_are_started(world: World) -> None:
    """An enrollment that was stored before a crash gets its run, once."""
    enrollment = await world.enroll(started=False)
    world.clock.advance(minutes=1)

    counts = [await world.relay(), await world.relay()]

    assert counts == [1, 0]
    assert world.runs.starts == [enrollment]


async def test_what_is_young_is_left_to_whoever_stored_it(world: World) -> None:
    """Within the grace period the relay does not compete with the request that is at work."""
    await world.enroll(started=False)
    world.clock.advance(seconds=GRACE.total_seconds())

    assert await world.relay() == 0
    assert world.runs.starts == []


async def test_what_a_wrong_clock_has_stored_is_not_left_for_hours(world: World) -> None:
    """It bears a time to come: whoever waits until it is old enough waits until that clock is right."""
    enrollment = await _outage(world)
    await world.publish(campaign="summer")
    later = await world.enroll(campaign="summer", started=False)
    world.runs.down = False
    world.clock.advance(hours=-3)

    assert await world.relay() == 2
    assert world.runs.signals == [enrollment]
    assert world.runs.starts == [later]


async def test_while_the_runs_are_down_nothing_is_lost(world: World) -> None:
    """The relay says so, and everything is still pending."""
    enrollment = await _outage(world)

    with pytest.raises(RunsUnavailable):
        await world.relay()

    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.PENDING]


async def test_one_event_that_is_refused_does_not_keep_the_others(world: World) -> None:
    """What a run that takes no more signals would be told is late; everybody behind it hears."""
    await world.publish(campaign="summer")
    full, other = await world.enroll(), await world.enroll(campaign="summer")
    world.runs.down = True
    for n, enrollment in enumerate((full, other)):
        key = await world.attempt(enrollment)
        await world.hear(world.status(key, DeliveryStatus.REPLIED, event=f"event-{n}"))
    world.runs.down, world.runs.refuses = False, {full}
    world.clock.advance(minutes=1)
    await world.relay()

    assert [row.enrollment_id for row in world.runs.told] == [other]
    assert [row.dispatch for row in await world.timeline(full)] == [Dispatch.LATE]


async def test_what_cannot_be_done_does_not_count_as_done(world: World) -> None:
    """A relay that only meets what cannot be started says so, and its caller pauses before the next round."""
    stuck = await world.enroll(started=False)
    world.runs.refuses = {stuck}
    world.clock.advance(minutes=1)

    assert await world.relay() == 0
    assert world.database.state.enrollments[stuck].started_at is None


async def test_a_version_that_can_no_longer_be_read_does_not_keep_the_others(world: World) -> None:
    """A stored campaign that today's rules refuse holds up its own enrollments and nobody else's."""
    await world.publish(campaign="summer")
    gone = await world.enroll(started=False)
    waiting = await world.enroll(campaign="summer", started=False)
    key = await world.attempt(gone)
    world.runs.missing.clear()  # it was started, and that was not noted
    world.database.state.campaigns.pop(next(k for k in world.database.state.campaigns if "spring" in k))
    world.clock.advance(minutes=1)
    done = await world.relay()
    heard = await world.hear(world.status(key, DeliveryStatus.DELIVERED))

    assert (done, heard) == (1, 1)
    assert world.runs.starts == [waiting]
    assert [row.status for row in world.runs.told] == [DeliveryStatus.DELIVERED]


async def test_a_start_that_fails_does_not_keep_signals_nor_other_starts(world: World) -> None:
    """What cannot be started is logged and left; what can be done is done."""
    await world.publish(campaign="summer")
    await world.publish(campaign="autumn")
    stuck = await world.enroll(started=False)
    waiting = await world.enroll(campaign="summer", started=False)
    key = await world.attempt(await world.enroll(campaign="autumn"))
    world.runs.down = True
    await world.hear(world.status(key, DeliveryStatus.REPLIED))
    world.runs.down, world.runs.refuses = False, {stuck}
    world.clock.advance(minutes=1)
    await world.relay()

    assert [row.enrollment_id for row in world.runs.told] == [key.enrollment_id]
    assert world.runs.starts == [waiting]


async def test_a_run_that_does_not_answer_keeps_no_other_waiting(world: World) -> None:
    """The others hear of theirs in the same round; several that do not answer end it."""
    keys = [await world.attempt(await world.enroll(name)) for name in ("ann", "bob")]
    world.runs.down = True
    await world.hear(*(world.status(key, DeliveryStatus.FAILED, f"f-{n}") for n, key in enumerate(keys)))
    world.runs.down = False
    world.runs.unreachable = {keys[0].enrollment_id}
    world.clock.advance(minutes=1)
    with pytest.raises(RunsUnavailable):
        await world.relay()

    assert world.runs.signals == [keys[1].enrollment_id]
