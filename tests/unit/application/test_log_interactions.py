"""Writing what only the run knows."""

from datetime import timedelta

import pytest

from application.errors import DatabaseUnavailable, UnknownEnrollment
from application.ports.attempts import Attempt
from application.ports.enrollments import Place
from domain.attempts import AttemptState
from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey, interaction_key
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.unit.application.world import World

TIMED_OUT = RecordInteraction(InteractionKind.TIMED_OUT, NOW, "text", 1, "no answer")
FINISHED = RecordInteraction(InteractionKind.FINISHED, NOW, "text", 1, "exhausted")
FINISH = Finish(Outcome.EXHAUSTED, NOW)


async def test_records_become_rows(world: World) -> None:
    """Each record of a decision is one row of the timeline."""
    enrollment = await world.enroll()

    new = await world.log_interactions(enrollment, [TIMED_OUT, FINISHED])

    assert new == 2
    rows = await world.timeline(enrollment)
    assert {(row.kind, row.step, row.attempt, row.detail, row.at) for row in rows} == {
        ("timed_out", "text", 1, "no answer", NOW),
        ("finished", "text", 1, "exhausted", NOW),
    }
    assert interaction_key(enrollment, "timed_out", "text", 1, None) in {row.key for row in rows}
    assert world.database.state.enrollments[enrollment].outcome is None
    assert world.telemetry.outcomes == []


async def test_the_last_decision_ends_the_enrollment(world: World) -> None:
    """The outcome and its time are stored with the rows, and counted."""
    enrollment = await world.enroll()

    await world.log_interactions(enrollment, [FINISHED], FINISH)

    stored = world.database.state.enrollments[enrollment]
    assert (stored.outcome, stored.finished_at) == (Outcome.EXHAUSTED, NOW)
    assert world.telemetry.outcomes == [("spring", "exhausted")]


@pytest.mark.parametrize("is_last", [True, False])
async def test_the_end_settles_what_is_in_doubt(world: World, is_last: bool) -> None:
    """Whether it was called or given up: nobody waits for an answer any more."""
    enrollment = await world.enroll()
    keys = [AttemptKey(enrollment, "text", number) for number in (1, 2, 3)]
    async with world.database.transaction() as tx:
        for key in keys:
            await tx.attempts.claim(Attempt(key, Channel.SMS, "fake", AttemptState.CLAIMED, NOW))
        await tx.attempts.record(keys[1], AttemptState.UNKNOWN, NOW)
        await tx.attempts.record(keys[2], AttemptState.ACCEPTED, NOW)

    await world.log_interactions(enrollment, [FINISHED], FINISH if is_last else None)

    assert set(world.database.state.settled) == (set(keys[:2]) if is_last else set())


async def test_a_repeat_changes_and_counts_nothing(world: World) -> None:
    """A local activity that runs twice writes once."""
    enrollment = await world.enroll()

    counts = [await world.log_interactions(enrollment, [FINISHED], FINISH) for _ in range(3)]

    assert counts == [1, 0, 0]
    assert world.telemetry.outcomes == [("spring", "exhausted")]


@pytest.mark.parametrize(
    ("records", "finish"),
    [
        ([RecordInteraction(InteractionKind.FINISHED, NOW, "text", 2, "")], Finish(Outcome.CANCELLED, NOW)),
        ([TIMED_OUT], None),
    ],
)
async def test_a_decision_that_is_made_again_cannot_take_back_an_end(
    world: World, records: list[RecordInteraction], finish: Finish | None
) -> None:
    """What was written first counts: the run is told of it, and nothing more is written."""
    enrollment = await world.enroll()
    await world.log_interactions(enrollment, [FINISHED], FINISH)

    told = await world.log_interactions(enrollment, records, finish, Place(1, "mail"), NOW)

    assert told is Outcome.EXHAUSTED
    assert [row.detail for row in await world.timeline(enrollment)] == ["exhausted"]
    stored = world.database.state.enrollments[enrollment]
    assert (stored.outcome, stored.step, stored.due_at) == (Outcome.EXHAUSTED, None, None)
    assert world.telemetry.outcomes == [("spring", "exhausted")]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (kind, 2 if kind.value in {"paused", "resumed", "deferred", "migrated"} else 1)
        for kind in InteractionKind
    ],
)
async def test_what_happens_once_is_one_row_whenever_it_is_told(
    world: World, kind: InteractionKind, rows: int
) -> None:
    """A decision that was interrupted and is made again has another time; pauses come again and again."""
    enrollment = await world.enroll()

    for at in (NOW, NOW + timedelta(seconds=1)):
        await world.log_interactions(enrollment, [RecordInteraction(kind, at, "text", 1, "")])

    assert len(await world.timeline(enrollment)) == rows


async def test_where_an_enrollment_stands_is_noted_with_the_rows(world: World) -> None:
    """Along with the version, which may have become another one; without a place it stays where it is."""
    enrollment = await world.enroll()
    places = []
    for place in (Place(1, "mail"), None, Place(2, "call")):
        await world.log_interactions(enrollment, [TIMED_OUT], place=place)
        stored = world.database.state.enrollments[enrollment]
        places.append((stored.version, stored.step))

    assert places == [(1, "mail"), (1, "mail"), (2, "call")]


async def test_one_that_has_ended_stays_at_the_place_where_it_ended(world: World) -> None:
    """Past its steps there is nothing that a new version could move."""
    enrollment = await world.enroll()
    await world.log_interactions(enrollment, [FINISHED], FINISH, Place(1, "handoff"))

    assert world.database.state.enrollments[enrollment].step is None


async def test_the_timeline_of_an_erased_enrollment_is_refused(world: World) -> None:
    """Nobody is there to write about, and trying again would not help."""
    with pytest.raises(UnknownEnrollment):
        await world.log_interactions("erased", [FINISHED], FINISH)

    assert world.telemetry.outcomes == []
    assert world.rows == []


async def test_without_a_database_nothing_is_counted(world: World) -> None:
    """The fault goes to the retry policy."""
    enrollment = await world.enroll()
    world.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await world.log_interactions(enrollment, [FINISHED], FINISH)

    assert world.telemetry.outcomes == []
