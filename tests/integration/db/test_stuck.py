"""What goes on for too long is found, once, and from an index."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db.statements import Statements
from adapters.db.stuck import SqlStandstills
from application.ports.batches import Batch
from application.ports.database import Database, Transaction
from application.ports.interactions import Dispatch
from application.ports.stuck import SHOWN, Standstill
from domain.attempts import AttemptState
from domain.batches import BatchState
from domain.enrollment.state import Outcome
from domain.pauses import Pause, PausePolicy
from domain.stuck import StuckKind
from tests.fakes.clock import NOW, FakeClock
from tests.integration.db.rows import (
    HELLO,
    attempted,
    claimed,
    contact,
    enrollment,
    handoff,
    interaction,
)
from tests.integration.db.test_query_plans import Explained

OLD = NOW - timedelta(hours=2)
LIMIT = NOW - timedelta(hours=1)
NOTHING = Standstill()
PAUSE = Pause(OLD, PausePolicy.FREEZE)
BATCH = Batch("b-1", "acme", "hello", 1, "csv", OLD, BatchState.STARTING, stored_at=OLD)

_Change = Callable[[Transaction], Awaitable[object]]


@pytest.fixture
async def begun(database: Database) -> Database:
    """Ada's run goes on, bob's is not started yet; both were stored long ago."""
    async with database.transaction() as tx:
        for tenant in ("acme", "others"):
            await tx.campaigns.publish(tenant, HELLO, OLD)
        await tx.contacts.upsert("acme", [contact("ada"), contact("bob")])
        await tx.enrollments.add(
            [
                enrollment("ada", created_at=OLD, started_at=OLD, due_at=OLD),
                enrollment("bob", created_at=OLD),
            ]
        )
    return database


async def look(database: Database, kind: StuckKind, tenant: str | None = "acme") -> Standstill:
    async with database.transaction() as tx:
        return await tx.standstills.of(kind, LIMIT, tenant)


@pytest.mark.parametrize("tenant", ["acme", None])
async def test_an_enrollment_is_overdue(begun: Database, tenant: str | None) -> None:
    """What it was to do next should have happened."""
    found = await look(begun, StuckKind.ENROLLMENT_OVERDUE, tenant)

    assert found == Standstill(1, OLD, ("e-ada",))


@pytest.mark.parametrize(
    "change",
    [
        lambda tx: tx.enrollments.finish("e-ada", Outcome.COMPLETED, NOW),
        lambda tx: tx.enrollments.set_paused("e-ada", NOW),
        lambda tx: tx.campaigns.pause("acme", "hello", PAUSE),
    ],
    ids=["ended", "paused", "campaign paused"],
)
async def test_nothing_is_expected_of_who_has_ended_or_is_paused(begun: Database, change: _Change) -> None:
    """A pause holds it up, by itself or of its campaign."""
    async with begun.transaction() as tx:
        await change(tx)

    assert await look(begun, StuckKind.ENROLLMENT_OVERDUE) == NOTHING


async def test_a_pause_that_is_over_or_another_ones_holds_nobody_up(begun: Database) -> None:
    """What counts is the pause that goes on, of the very campaign of the very tenant."""
    async with begun.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", PAUSE)
        await tx.campaigns.resume("acme", "hello", LIMIT)
        await tx.campaigns.pause("acme", "other", PAUSE)
        await tx.campaigns.pause("others", "hello", PAUSE)

    assert (await look(begun, StuckKind.ENROLLMENT_OVERDUE)).count == 1


@pytest.mark.parametrize(("started", "count"), [(None, 0), (NOW, 0), (OLD, 1)])
async def test_what_waits_for_its_turn_in_a_batch_is_not_overdue(
    database: Database, started: datetime | None, count: int
) -> None:
    """It was due when it was stored; a run can be late only once there is one, for as long as there is."""
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO, OLD)
        await tx.contacts.upsert("acme", [contact("ada")])
        stored = enrollment("ada", created_at=OLD, due_at=OLD, batch="b-1", started_at=started)
        await tx.enrollments.add([stored])

    assert (await look(database, StuckKind.ENROLLMENT_OVERDUE)).count == count


async def test_an_enrollment_has_no_run(begun: Database) -> None:
    """It is stored, and nobody has started it; one of a batch is the batch's matter."""
    async with begun.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("cyd")])
        await tx.enrollments.add([enrollment("cyd", created_at=OLD, batch="b-1")])
    found = await look(begun, StuckKind.ENROLLMENT_NOT_STARTED)
    async with begun.transaction() as tx:
        await tx.enrollments.mark_started(["e-bob"], NOW)

    assert found == Standstill(1, OLD, ("e-bob",))
    assert await look(begun, StuckKind.ENROLLMENT_NOT_STARTED) == NOTHING


@pytest.mark.parametrize(
    ("state", "stuck"),
    [
        (None, True),
        (AttemptState.UNKNOWN, True),
        (AttemptState.ACCEPTED, False),
        (AttemptState.RELEASED, False),
        (AttemptState.REJECTED, False),
    ],
)
async def test_a_send_is_in_doubt(begun: Database, state: AttemptState | None, stuck: bool) -> None:
    """It was claimed, and no answer is known."""
    await attempted(begun, claimed(claimed_at=OLD), state)
    found = await look(begun, StuckKind.SEND_IN_DOUBT)

    assert found == (Standstill(1, OLD, ("e-ada:text:1",)) if stuck else NOTHING)


@pytest.mark.parametrize(("step", "stuck"), [("text", True), ("call", False)])
async def test_a_send_that_the_plan_has_left_behind_is_not_in_doubt(
    begun: Database, step: str, stuck: bool
) -> None:
    """Once its enrollment stands elsewhere, it was decided what follows from not knowing."""
    await attempted(begun, claimed(claimed_at=OLD))
    async with begun.transaction() as tx:
        await tx.enrollments.place("e-ada", 1, step)

    assert (await look(begun, StuckKind.SEND_IN_DOUBT)).count == stuck


async def test_what_is_settled_is_in_doubt_no_more(begun: Database) -> None:
    """It leaves the index by which such sends are found, whatever else is known of its enrollment."""
    await attempted(begun, claimed(claimed_at=OLD))
    async with begun.transaction() as tx:
        await tx.attempts.settle("e-bob", NOW)
    others = await look(begun, StuckKind.SEND_IN_DOUBT)
    async with begun.transaction() as tx:
        await tx.attempts.settle("e-ada", NOW)

    assert others.count == 1
    assert await look(begun, StuckKind.SEND_IN_DOUBT) == NOTHING


async def test_nobody_waits_for_a_send_of_who_has_ended(begun: Database) -> None:
    """An answer would change nothing."""
    await attempted(begun, claimed(claimed_at=OLD))
    async with begun.transaction() as tx:
        await tx.enrollments.finish("e-ada", Outcome.CANCELLED, NOW)

    assert await look(begun, StuckKind.SEND_IN_DOUBT) == NOTHING


@pytest.mark.parametrize(
    ("who", "dispatch", "stuck"),
    [
        ("ada", Dispatch.PENDING, True),
        ("ada", Dispatch.DISPATCHED, False),
        ("ada", Dispatch.NONE, False),
        ("bob", Dispatch.PENDING, False),
    ],
)
async def test_an_event_was_not_passed_on(
    begun: Database, clock: FakeClock, who: str, dispatch: Dispatch, stuck: bool
) -> None:
    """Its run has not heard of it; where there is no run yet, that is what is stuck."""
    clock.now = OLD
    async with begun.transaction() as tx:
        await tx.interactions.add([interaction("one", enrollment_id=f"e-{who}", dispatch=dispatch)])
    found = await look(begun, StuckKind.EVENT_NOT_DISPATCHED)

    assert found == (Standstill(1, OLD, ("one",)) if stuck else NOTHING)


@pytest.mark.parametrize(
    ("changes", "stuck"),
    [
        ({}, True),
        ({"state": BatchState.STORING, "stored_at": None}, True),
        ({"stored_at": NOW}, False),
        ({"created_at": NOW, "stored_at": None}, False),
        ({"state": BatchState.CANCELLING}, False),
        ({"state": BatchState.DONE, "finished_at": NOW}, False),
    ],
)
async def test_a_batch_stands_still(begun: Database, changes: dict[str, object], stuck: bool) -> None:
    """It is not done, and nothing of it was stored for long."""
    async with begun.transaction() as tx:
        await tx.batches.add(evolve(BATCH, **changes))
    found = await look(begun, StuckKind.BATCH_STANDS_STILL)

    assert found == (Standstill(1, OLD, ("b-1",)) if stuck else NOTHING)


@pytest.mark.parametrize(("last", "stuck"), [(OLD, True), (NOW, False)])
async def test_a_batch_whose_runs_start_moves_on(begun: Database, last: object, stuck: bool) -> None:
    """However slowly it may go."""
    async with begun.transaction() as tx:
        await tx.batches.add(BATCH)
        await tx.contacts.upsert("acme", [contact("cyd")])
        await tx.enrollments.add([enrollment("cyd", created_at=OLD, batch="b-1", started_at=last)])

    assert (await look(begun, StuckKind.BATCH_STANDS_STILL)).count == stuck


async def test_nobody_has_taken_a_case(begun: Database) -> None:
    """It is open, and nobody's; also where the enrollment has ended by it."""
    async with begun.transaction() as tx:
        await tx.handoffs.add(handoff("ada", created_at=OLD))
        await tx.handoffs.add(handoff("bob", created_at=OLD))
        await tx.enrollments.finish("e-ada", Outcome.ESCALATED, NOW)
        await tx.handoffs.resolve("e-bob:handoff", NOW)

    assert await look(begun, StuckKind.HANDOFF_UNCLAIMED) == Standstill(1, OLD, ("e-ada:handoff",))


async def test_a_case_that_somebody_has_taken_is_not_stuck(begun: Database) -> None:
    """Until it is given back to nobody."""
    async with begun.transaction() as tx:
        await tx.handoffs.add(handoff("ada", created_at=OLD))
        await tx.handoffs.claim("e-ada:handoff", "grace", NOW)
    taken = await look(begun, StuckKind.HANDOFF_UNCLAIMED)
    async with begun.transaction() as tx:
        await tx.handoffs.assign("e-ada:handoff", None, NOW)

    assert taken == NOTHING
    assert (await look(begun, StuckKind.HANDOFF_UNCLAIMED)).count == 1


@pytest.mark.parametrize("kind", StuckKind)
async def test_another_tenants_are_not_told(begun: Database, kind: StuckKind) -> None:
    """Nor is what is young enough, of anybody."""
    await attempted(begun, claimed(claimed_at=OLD))
    async with begun.transaction() as tx:
        await tx.handoffs.add(handoff("ada", created_at=OLD))
        await tx.batches.add(BATCH)
        young = await tx.standstills.of(kind, OLD, None)

    assert await look(begun, kind, "others") == NOTHING
    assert young == NOTHING


async def test_the_oldest_are_named(begun: Database) -> None:
    """All are counted, and the first few shown, oldest first."""
    names = [f"p{number:02}" for number in range(SHOWN + 5)]
    async with begun.transaction() as tx:
        await tx.contacts.upsert("acme", [contact(name) for name in names])
        await tx.enrollments.add(
            [
                enrollment(name, started_at=OLD, due_at=OLD - timedelta(minutes=number))
                for number, name in enumerate(names, start=1)
            ]
        )
    found = await look(begun, StuckKind.ENROLLMENT_OVERDUE)

    assert found.count == SHOWN + 6
    assert found.since == OLD - timedelta(minutes=SHOWN + 5)
    assert found.ids == tuple(f"e-{name}" for name in reversed(names))[:SHOWN]


# 20,000 people; of every table, a few rows in a thousand go on.
_FILL = """
TRUNCATE campaigns, contacts CASCADE;
INSERT INTO campaigns SELECT 'acme', 'c' || i, 1, '{}', now() FROM generate_series(1, 50) i;
INSERT INTO campaign_pauses SELECT 'acme', 'c' || i, now() - j * interval '1 day', 'freeze', 1,
    CASE WHEN j > 1 OR i % 2 = 0 THEN now() END
  FROM generate_series(1, 50) i, generate_series(1, 40) j;
INSERT INTO contacts (id, tenant, external_id, attributes)
  SELECT 'p-' || i, 'acme', 'x-' || i, '{}' FROM generate_series(1, 20000) i;
INSERT INTO batches SELECT 'b-' || i, 'acme', 'c1', 1, 'csv', CASE WHEN i > 5 THEN 'done' ELSE 'starting' END,
    NULL, 1, 0, 0, 0, 0, 0, 0, '[]', now() - interval '1 day', now() - interval '1 day',
    CASE WHEN i > 5 THEN now() END
  FROM generate_series(1, 2000) i;
INSERT INTO enrollments (id, tenant, campaign, version, contact_id, created_at, time_scale, started_at,
    outcome, finished_at, step, batch, due_at)
  SELECT 'e-' || i, 'acme', 'c' || (i % 50 + 1), 1, 'p-' || i, now() - interval '1 day', 1,
    CASE WHEN i % 1000 <> 1 THEN now() - interval '1 day' END,
    CASE WHEN i % 3 = 0 THEN 'completed' END, CASE WHEN i % 3 = 0 THEN now() END, 'text',
    CASE WHEN i % 2 = 0 THEN 'b-' || (i % 2000 + 1) END,
    now() + (i - 100) * interval '1 minute'
  FROM generate_series(1, 20000) i;
INSERT INTO attempts (key, enrollment_id, step, attempt, channel, provider, state, claimed_at)
  SELECT 'e-' || i || ':text:1', 'e-' || i, 'text', 1, 'sms', 'twilio',
    CASE WHEN i % 1000 < 2 THEN 'unknown' ELSE 'accepted' END, now() - interval '1 day'
  FROM generate_series(1, 20000) i;
INSERT INTO interactions (key, kind, at, enrollment_id, detail, dispatch, stored_at, place)
  SELECT 'i-' || i, 'delivered', now(), 'e-' || i, '', CASE WHEN i % 1000 < 2 THEN 'pending' ELSE 'none' END,
    now() - interval '1 day', 0
  FROM generate_series(1, 20000) i;
INSERT INTO handoffs (key, enrollment_id, step, reason, created_at, desk, resolved_at)
  SELECT 'h-' || i, 'e-' || i, 'text', 'failed', now() - interval '2 days', 'slack',
    CASE WHEN i % 1000 > 2 THEN now() END
  FROM generate_series(1, 20000) i;
ANALYZE
"""

INDEXES = {
    StuckKind.ENROLLMENT_OVERDUE: "ix_enrollments_due",
    StuckKind.ENROLLMENT_NOT_STARTED: "ix_enrollments_unstarted",
    StuckKind.SEND_IN_DOUBT: "ix_attempts_in_doubt",
    StuckKind.EVENT_NOT_DISPATCHED: "ix_interactions_pending",
    StuckKind.BATCH_STANDS_STILL: "ix_batches_in_hand",
    StuckKind.HANDOFF_UNCLAIMED: "ix_handoffs_unresolved",
}


@pytest.fixture(scope="module")
async def explained(shared_postgres_engine: AsyncEngine) -> AsyncIterator[Explained]:
    """A full database, which nobody else ever sees."""
    async with shared_postgres_engine.connect() as connection:
        for statement in _FILL.split(";"):
            await connection.execute(text(statement))
        yield Explained(connection, shared_postgres_engine)
        await connection.rollback()


@pytest.mark.parametrize("tenant", ["acme", None])
@pytest.mark.parametrize("kind", StuckKind)
async def test_a_look_reads_what_goes_on_alone(
    explained: Explained, kind: StuckKind, tenant: str | None
) -> None:
    """However many have ended: no large table is read from its beginning to its end."""
    before = datetime.now(UTC) - timedelta(hours=1)
    plan = await explained.plan(lambda run: SqlStandstills(run).of(kind, before, tenant))
    found = await SqlStandstills(Statements(explained.connection)).of(kind, before, tenant)

    assert found.count > 0
    assert INDEXES[kind] in plan
    for table in ("enrollments", "attempts", "interactions", "batches", "handoffs"):
        assert f"Seq Scan on {table}" not in plan
