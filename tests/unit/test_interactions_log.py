"""The activity that writes what only a run knows."""

from datetime import UTC, datetime

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from adapters.temporal.activities.interactions_log import InteractionsLog
from adapters.temporal.common.mapping import dump_records
from adapters.temporal.common.payloads import FinishPayload, RecordPayload, RecordsPayload
from application.ports.enrollments import Place
from application.ports.interactions import Interaction
from domain.attempts import AttemptState
from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction, SendMessage
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from tests.unit.application.world import World

AT = datetime(2030, 1, 15, 12, 0, 0, 250, tzinfo=UTC)
ROW = RecordInteraction(InteractionKind.TIMED_OUT, AT, "text", 1, "unanswered")


async def test_rows_and_outcome_are_written_once() -> None:
    """The rows of one decision and the outcome are stored; the same call again changes nothing."""
    world = World()
    await world.publish()
    enrollment = await world.enroll()
    ended = RecordInteraction(InteractionKind.FINISHED, AT, "text", 1, "exhausted: unanswered")
    payload = dump_records([ROW, ended, Finish(Outcome.EXHAUSTED, AT)])
    log = InteractionsLog(world.log_interactions).interactions_log
    new = [await ActivityEnvironment().run(log, enrollment, payload) for _ in range(2)]
    async with world.database.transaction() as tx:
        rows = await tx.interactions.of_enrollment(enrollment)
        stored = await tx.enrollments.get(enrollment)

    assert new == [2, 0]
    assert {(row.kind, row.step, row.attempt, row.at, row.detail) for row in rows} == {
        ("timed_out", "text", 1, AT, "unanswered"),
        ("finished", "text", 1, AT, "exhausted: unanswered"),
    }
    assert all(isinstance(row, Interaction) and row.provider is None for row in rows)
    assert stored is not None
    assert (stored.outcome, stored.finished_at) == (Outcome.EXHAUSTED, AT)


async def test_a_run_that_ends_leaves_no_attempt_in_flight_in_the_books() -> None:
    """Nobody will ask about it any more; a callback may yet tell that it was accepted."""
    world = World()
    await world.publish()
    enrollment = await world.enroll()
    claimed = await world.attempt(enrollment, AttemptState.CLAIMED)
    released = await world.attempt(enrollment, AttemptState.RELEASED, step="mail")
    payload = dump_records([ROW, Finish(Outcome.CANCELLED, AT)])
    await ActivityEnvironment().run(
        InteractionsLog(world.log_interactions).interactions_log, enrollment, payload
    )

    assert (await world.stored(claimed)).state is AttemptState.UNKNOWN
    assert (await world.stored(released)).state is AttemptState.RELEASED


def test_rows_travel_as_readable_json() -> None:
    """Rows are words, numbers and ISO 8601 times; other orders of the decision are left out."""
    payload = dump_records([ROW, SendMessage("text", 2, Channel.SMS), Finish(Outcome.EXITED, AT)])

    assert payload == RecordsPayload(
        records=[
            RecordPayload("timed_out", "2030-01-15T12:00:00.000250+00:00", "text", 1, detail="unanswered")
        ],
        finish=FinishPayload("exited", "2030-01-15T12:00:00.000250+00:00"),
    )


async def test_where_the_enrollment_stands_travels_with_its_rows() -> None:
    """The place is written with the rows of the decision that led there."""
    world = World()
    await world.publish()
    enrollment = await world.enroll()
    payload = dump_records([ROW], Place(2, "mail"))
    assert payload is not None
    await ActivityEnvironment().run(
        InteractionsLog(world.log_interactions).interactions_log, enrollment, payload
    )

    assert (payload.step, payload.version) == ("mail", 2)
    stored = world.database.state.enrollments[enrollment]
    assert (stored.step, stored.version) == ("mail", 2)


def test_a_decision_without_rows_writes_nothing() -> None:
    """No call is made where nothing is to be written."""
    assert dump_records([SendMessage("text", 1, Channel.SMS)]) is None


async def test_a_database_that_is_down_is_tried_again() -> None:
    """The failure is retryable and tells what is the matter."""
    world = World()
    world.database.down = True
    log = InteractionsLog(world.log_interactions).interactions_log

    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(log, "e", dump_records([ROW]))
    assert raised.value.type == "DatabaseUnavailable"
    assert not raised.value.non_retryable
