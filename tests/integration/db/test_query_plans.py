"""What is asked about running campaigns is answered from an index, however many rows there are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import frozen
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.attempts import SqlAttempts
from adapters.db.batches import SqlBatches
from adapters.db.contacts import SqlContacts
from adapters.db.enrollments import SqlEnrollments
from adapters.db.interactions import SqlInteractions
from adapters.db.salts import ADDRESSES, SaltCache
from adapters.db.statements import Statements
from adapters.db.suppressions import SqlSuppressions
from application.ports.contacts import ContactSearch
from application.ports.enrollments import EnrollmentQuery
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.plans import noted
from tests.integration.db.rows import key

# 20,000 people, each in two campaigns, with two attempts in each; one in ten is still on the way.
_FILL = """
TRUNCATE campaigns, contacts, interactions, suppressions CASCADE;
INSERT INTO campaigns SELECT 'acme', c, 1, '{}', now() FROM unnest(ARRAY['hello', 'other']) c;
INSERT INTO contacts SELECT 'c-' || i, 'acme', 'x-' || i, '+1555' || i, NULL, NULL, '{}'
  FROM generate_series(1, 20000) i;
INSERT INTO enrollments SELECT c || '-' || i, 'acme', c, 1, 'c-' || i, now(), 1, now(),
    CASE WHEN i % 10 > 0 THEN 'completed' END, CASE WHEN i % 10 > 0 THEN now() END, 1,
    CASE WHEN i % 3 > 0 THEN 'text' END
  FROM generate_series(1, 20000) i, unnest(ARRAY['hello', 'other']) c;
INSERT INTO attempts SELECT e.id || ':text:' || a, e.id, 'text', a, 'sms', 'twilio', 'accepted', NULL, NULL,
    NULL, now(), now()
  FROM enrollments e, generate_series(1, 2) a;
INSERT INTO interactions SELECT 'twilio:' || key, 'delivered', now(), enrollment_id, step, attempt, provider,
    'delivered', '', NULL, 'dispatched', now(), 0
  FROM attempts;
INSERT INTO suppressions SELECT 'acme', 'sms', '+1555' || i, 'imported', now()
  FROM generate_series(1, 20000) i;
ANALYZE
"""

_PLACE = datetime.now(UTC) + timedelta(days=1), "hello-500"


_SALTS = SaltCache({ADDRESSES: b"read before"})


Ask = Callable[[Statements], Awaitable[object]]


@frozen
class Explained:
    """A full database, on one connection."""

    connection: AsyncConnection
    engine: AsyncEngine

    async def plan(self, ask: Ask) -> str:
        """Ask something that takes one statement, and tell how the database runs that."""
        with noted(self.engine) as statements:
            await ask(Statements(self.connection))
        ((statement, parameters),) = statements.items()
        told = await self.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(told.scalars())


@pytest.fixture(scope="module")
async def explained(shared_postgres_engine: AsyncEngine) -> AsyncIterator[Explained]:
    """A full database, which nobody else ever sees."""
    async with shared_postgres_engine.connect() as connection:
        for statement in _FILL.split(";"):
            await connection.execute(text(statement))
        yield Explained(connection, shared_postgres_engine)
        await connection.rollback()


QUERIES: dict[str, tuple[Ask, str]] = {
    "counts of who is in flight": (
        lambda run: SqlEnrollments(run).in_flight("acme", "hello"),
        "ix_enrollments_open",
    ),
    "a page of those at a step": (
        lambda run: SqlEnrollments(run).open_at("acme", "hello", 1, "text", "hello-500", 100),
        "ix_enrollments_open",
    ),
    "a page of those at no step": (
        lambda run: SqlEnrollments(run).open_at("acme", "hello", 1, None, "hello-500", 100),
        "ix_enrollments_open",
    ),
    "the open ones of a contact": (
        lambda run: SqlEnrollments(run).open_of("c-10"),
        "ix_enrollments_contact_id",
    ),
    "the latest entries": (
        lambda run: SqlEnrollments(run).latest("acme", "hello", ["c-10", "c-11", "c-12"]),
        "uq_enrollments_tenant_campaign_contact_id_entry",
    ),
    "the newest of a tenant": (
        lambda run: SqlEnrollments(run).search("acme", EnrollmentQuery(), None, 50),
        "ix_enrollments_tenant_created_at_id",
    ),
    "the next page of a campaign": (
        lambda run: SqlEnrollments(run).search("acme", EnrollmentQuery(campaign="hello"), _PLACE, 50),
        "ix_enrollments_tenant_campaign_created_at_id",
    ),
    "the open ones of a campaign at a step": (
        lambda run: SqlEnrollments(run).search(
            "acme", EnrollmentQuery(campaign="hello", is_open=True, step="text"), _PLACE, 50
        ),
        "ix_enrollments_",
    ),
    "all of a contact": (
        lambda run: SqlEnrollments(run).search("acme", EnrollmentQuery(contact_id="c-10"), None, 50),
        "ix_enrollments_contact_id",
    ),
    "all of a batch": (
        lambda run: SqlEnrollments(run).search("acme", EnrollmentQuery(batch="b-10"), _PLACE, 50),
        "ix_enrollments_batch_created_at_id",
    ),
    "the attempts of a page": (
        lambda run: SqlAttempts(run).of_enrollments(["hello-1", "hello-2"]),
        "ix_attempts_enrollment_id",
    ),
    "whose number it is": (
        lambda run: SqlContacts(run).page("acme", ContactSearch(phone="+155510"), "", 50),
        "ix_contacts_phone",
    ),
    "where one stands": (
        lambda run: SqlEnrollments(run).place("hello-10", 1, "call"),
        "pk_enrollments",
    ),
    "when several are due": (
        lambda run: SqlEnrollments(run).set_due(["hello-10", "hello-11"], _PLACE[0]),
        "pk_enrollments",
    ),
    "the nth latest message": (
        lambda run: SqlAttempts(run).nth_latest("c-10", 3, Channel.SMS, key()),
        "ix_attempts_enrollment_id",
    ),
    "a contact by its name": (
        lambda run: SqlContacts(run).by_external_id("acme", "x-10"),
        "uq_contacts_tenant_external_id",
    ),
    "a page of a batch": (
        lambda run: SqlBatches(run).unstarted("b-1", "e-500", 100),
        "ix_enrollments_of_batch",
    ),
    "some of a batch": (
        lambda run: SqlBatches(run).cancel_unstarted("b-1", 100, NOW),
        "ix_enrollments_of_batch",
    ),
    "an attempt by its key": (lambda run: SqlAttempts(run).get(key()), "pk_attempts"),
    "an attempt by the provider's id": (
        lambda run: SqlAttempts(run).by_ref("twilio", "SM1"),
        "ix_attempts_provider_provider_ref",
    ),
    "the message that a person answers": (
        lambda run: SqlAttempts(run).latest_to(Channel.SMS, "+155510"),
        "ix_contacts_phone",
    ),
    "the open ones to an address": (
        lambda run: SqlEnrollments(run).open_to("acme", Channel.SMS, "+155510"),
        "ix_contacts_phone",
    ),
    "what is pending": (
        lambda run: SqlInteractions(run, NOW).pending(NOW, 200),
        "ix_interactions_pending",
    ),
    "what is pending, by whatever clock": (
        lambda run: SqlInteractions(run, NOW).pending(NOW, 200, NOW),
        "ix_interactions_pending",
    ),
    "what is not started, by whatever clock": (
        lambda run: SqlEnrollments(run).unstarted(NOW, 200, NOW),
        "ix_enrollments_unstarted",
    ),
    "what is not started": (
        lambda run: SqlEnrollments(run).unstarted(NOW, 200),
        "ix_enrollments_unstarted",
    ),
    "a lock": (lambda run: SqlContacts(run).lock("c-10"), "pk_contacts"),
    "why an address is suppressed": (
        lambda run: SqlSuppressions(run, _SALTS).of("acme", Channel.SMS, "+155510"),
        "pk_suppressions",
    ),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_uses_its_index(explained: Explained, name: str) -> None:
    """No table is read from its beginning to its end."""
    ask, index = QUERIES[name]
    plan = await explained.plan(ask)

    assert index in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("step", ["text", None])
async def test_a_page_is_not_sorted(explained: Explained, step: str | None) -> None:
    """The index has the order of the pages, so each page costs what it holds, whatever comes after it."""
    plan = await explained.plan(lambda run: SqlEnrollments(run).open_at("acme", "hello", 1, step, "", 10))
    found = await SqlEnrollments(Statements(explained.connection)).open_at("acme", "hello", 1, step, "", 10)

    assert "Sort" not in plan
    assert [row.id for row in found] == sorted(row.id for row in found)
    assert len(found) == 10


@pytest.mark.parametrize(
    "query", [EnrollmentQuery(), EnrollmentQuery(campaign="hello"), EnrollmentQuery(batch="b-10")]
)
async def test_a_page_of_a_list_is_not_sorted(explained: Explained, query: EnrollmentQuery) -> None:
    """It is read backwards from an index, from where the page before has ended."""
    plan = await explained.plan(lambda run: SqlEnrollments(run).search("acme", query, _PLACE, 50))

    assert "Sort" not in plan
    assert "Backward" in plan
