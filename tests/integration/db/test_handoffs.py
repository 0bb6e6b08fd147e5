"""The handoffs table: one for each key, found by key or by the desk's own id, closed once."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db.handoffs import SqlHandoffs
from adapters.db.statements import Statements
from application.ports.database import Database
from application.ports.handoffs import HandoffCase, HandoffQuery
from domain.handoffs import HandoffState
from tests.fakes.clock import NOW
from tests.integration.db.rows import enrolled, handoff
from tests.integration.db.test_query_plans import Explained


async def test_a_handoff_is_stored_once(database: Database) -> None:
    """A second handoff under the same key gives back the first one, with the desk's id once it is there."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        first = await tx.handoffs.add(handoff())
        await tx.handoffs.record(first.key, "C1:123.456")
        second = await tx.handoffs.add(handoff(reason="another", desk="other"))

    assert first == handoff()
    assert second == handoff(ref="C1:123.456")


async def test_a_handoff_is_found_by_its_key(database: Database) -> None:
    """There is one, or none."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        await tx.handoffs.add(handoff())
        found = await tx.handoffs.get(handoff().key)
        nothing = await tx.handoffs.get("e-bob:handoff")

    assert found == handoff()
    assert nothing is None


async def test_a_handoff_is_found_by_what_its_desk_calls_it(database: Database) -> None:
    """Ids of another desk, and handoffs that no desk has taken yet, are not mistaken for it."""
    await enrolled(database, "ada", "bob", "cyd")

    async with database.transaction() as tx:
        for name, desk in (("ada", "slack"), ("bob", "jira"), ("cyd", "slack")):
            await tx.handoffs.add(handoff(name, desk=desk))
        for name in ("ada", "bob"):
            await tx.handoffs.record(handoff(name).key, "77")
        found = await tx.handoffs.by_ref("slack", "77")
        nothing = await tx.handoffs.by_ref("linear", "77"), await tx.handoffs.by_ref("slack", "")

    assert found == handoff(ref="77")
    assert nothing == (None, None)


async def test_of_two_handoffs_with_one_ref_the_newest_is_meant(database: Database) -> None:
    """A desk that was emptied may count from the start again."""
    await enrolled(database, "ada", "bob")
    newer = handoff("bob", created_at=NOW + timedelta(days=1))

    async with database.transaction() as tx:
        for each in (newer, handoff("ada")):
            await tx.handoffs.add(each)
            await tx.handoffs.record(each.key, "1")
        found = await tx.handoffs.by_ref("slack", "1")

    assert found is not None
    assert found.key == newer.key


async def test_a_handoff_is_resolved_once(database: Database) -> None:
    """The first time stays, other handoffs stay open, and one that is not there is not made."""
    await enrolled(database, "ada", "bob")

    async with database.transaction() as tx:
        for name in ("ada", "bob"):
            await tx.handoffs.add(handoff(name))
        firsts = [await tx.handoffs.resolve(handoff().key, NOW + timedelta(hours=hours)) for hours in (1, 2)]
        unknown = await tx.handoffs.resolve("e-cyd:handoff", NOW)
        found = await tx.reports.handoffs("acme", "hello")

    assert (firsts, unknown) == ([True, False], False)
    assert found == [handoff(resolved_at=NOW + timedelta(hours=1)), handoff("bob")]


async def test_a_handoff_is_claimed_by_one(database: Database) -> None:
    """Whoever has it has it since the first time; nobody takes what is closed, or not there."""
    await enrolled(database, "ada", "bob")
    key, later = handoff().key, NOW + timedelta(hours=1)

    async with database.transaction() as tx:
        for name in ("ada", "bob"):
            await tx.handoffs.add(handoff(name))
        claimed = [
            await tx.handoffs.claim(key, by, at)
            for by, at in (("anna", NOW), ("anna", later), ("ben", later))
        ]
        found = await tx.handoffs.get(key)
        other = await tx.handoffs.get(handoff("bob").key)
        await tx.handoffs.resolve(key, later)
        closed = await tx.handoffs.claim(key, "anna", later)
        unknown = await tx.handoffs.claim("e-cyd:handoff", "anna", later)

    assert claimed == [True, True, False]
    assert found == handoff(claimed_by="anna", claimed_at=NOW)
    assert other == handoff("bob")
    assert (closed, unknown) == (False, False)


async def test_a_handoff_is_given_to_somebody(database: Database) -> None:
    """Whoever has it, or to nobody; but not once it is closed."""
    await enrolled(database, "ada")
    key, later = handoff().key, NOW + timedelta(hours=1)

    async with database.transaction() as tx:
        await tx.handoffs.add(handoff(claimed_by="anna", claimed_at=NOW))
        given = await tx.handoffs.assign(key, "ben", later), await tx.handoffs.get(key)
        freed = await tx.handoffs.assign(key, None, later), await tx.handoffs.get(key)
        await tx.handoffs.resolve(key, later)
        closed = await tx.handoffs.assign(key, "ben", later)

    assert given == (True, handoff(claimed_by="ben", claimed_at=later))
    assert freed == (True, handoff())
    assert closed is False


async def test_handoffs_are_listed_oldest_first(database: Database) -> None:
    """Page by page; each with its campaign and the caller's name of the contact."""
    await enrolled(database, "ada", "bob", "cyd", "dan")
    ages = {"ada": 2, "bob": 1, "cyd": 1, "dan": 0}

    async with database.transaction() as tx:
        for name, days in ages.items():
            await tx.handoffs.add(handoff(name, created_at=NOW + timedelta(days=days)))
        first = await tx.handoffs.page("acme", HandoffQuery(), None, 2)
        place = (first[-1].handoff.created_at, first[-1].handoff.key)
        rest = await tx.handoffs.page("acme", HandoffQuery(), place, 9)
        others = await tx.handoffs.page("others", HandoffQuery(), None, 9)

    assert first[0] == HandoffCase(handoff("dan", created_at=NOW), "hello", "dan")
    assert [[case.external_id for case in page] for page in (first, rest)] == [["dan", "bob"], ["cyd", "ada"]]
    assert others == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (HandoffQuery(), ["ada", "bob", "cyd"]),
        (HandoffQuery(state=HandoffState.OPEN), ["ada"]),
        (HandoffQuery(state=HandoffState.CLAIMED), ["bob"]),
        (HandoffQuery(state=HandoffState.RESOLVED), ["cyd"]),
        (HandoffQuery(campaign="hello", external_id="bob"), ["bob"]),
        (HandoffQuery(campaign="other"), []),
        (HandoffQuery(external_id="eve"), []),
        (HandoffQuery(HandoffState.OPEN, external_id="bob"), []),
    ],
)
async def test_a_list_of_handoffs_holds_what_is_asked_for(
    database: Database, query: HandoffQuery, names: list[str]
) -> None:
    """By how they stand, by campaign and by contact."""
    await enrolled(database, "ada", "bob", "cyd")

    async with database.transaction() as tx:
        for name in ("ada", "bob", "cyd"):
            await tx.handoffs.add(handoff(name))
        for name in ("bob", "cyd"):
            await tx.handoffs.claim(handoff(name).key, "anna", NOW)
        await tx.handoffs.resolve(handoff("cyd").key, NOW)
        found = await tx.handoffs.page("acme", query, None, 9)

    assert [case.external_id for case in found] == names


async def test_a_handoff_is_found_with_its_case_by_its_tenant_alone(database: Database) -> None:
    """For anybody else there is none."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        await tx.handoffs.add(handoff())
        found = [await tx.handoffs.case(tenant, handoff().key) for tenant in ("acme", "others")]

    assert found == [HandoffCase(handoff(), "hello", "ada"), None]


async def test_the_list_for_people_at_work_uses_its_index(postgres_engine: AsyncEngine) -> None:
    """However many cases are closed, those that are not are read in order, from where the page begins."""
    async with postgres_engine.connect() as connection:
        for statement in _FILL.split(";"):
            await connection.execute(text(statement))
        explained, plans = Explained(connection, postgres_engine), []
        for state in (HandoffState.OPEN, HandoffState.CLAIMED):
            query = HandoffQuery(state)
            plans.append(await explained.plan(partial(_page, query)))
        await connection.rollback()

    assert all("ix_handoffs_unresolved" in plan and "Sort" not in plan for plan in plans)


async def _page(query: HandoffQuery, run: Statements) -> None:
    await SqlHandoffs(run).page("acme", query, (NOW, "e-10-handoff"), 50)


_FILL = """
TRUNCATE campaigns, contacts CASCADE;
INSERT INTO campaigns SELECT 'acme', 'hello', 1, '{}', now();
INSERT INTO contacts (id, tenant, external_id, attributes) SELECT 'c-' || i, 'acme', 'x-' || i, '{}'
  FROM generate_series(1, 20000) i;
INSERT INTO enrollments (id, tenant, campaign, version, contact_id, created_at, time_scale)
  SELECT 'e-' || i, 'acme', 'hello', 1, 'c-' || i, now(), 1 FROM generate_series(1, 20000) i;
INSERT INTO handoffs (key, enrollment_id, step, reason, created_at, desk, resolved_at)
  SELECT e.id || '-handoff', e.id, 'text', 'failed', now(), 'slack', CASE WHEN random() < 0.9 THEN now() END
  FROM enrollments e;
ANALYZE
"""
