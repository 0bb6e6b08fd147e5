"""A batch as large as vendors send them, on a database in a file."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from adapters.db.database import SqlDatabase
from application.dispatch_events import AT_ONCE, DispatchEvents
from application.ingest_provider_event import IngestProviderEvent
from application.ports.attempts import Attempt
from application.ports.callbacks import StatusReport
from application.ports.enrollments import Enrollment
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.idempotency import AttemptKey, enrollment_id
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import NOW
from tests.fakes.runs import FakeRuns
from tests.fakes.system import TENANT, sqlite
from tests.unit.application.world import DEFINITION, delivery

EVENTS = 1_000
"""As many as SendGrid puts into one request."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    """A migrated file with the campaign."""
    async with sqlite(tmp_path) as database:
        async with database.transaction() as tx:
            await tx.campaigns.publish(TENANT, DEFINITION, NOW)
        yield database


async def mails(database: SqlDatabase, count: int) -> list[AttemptKey]:
    """So many people who were sent an e-mail each."""
    contacts = [Contact(f"contact-{n}", f"{n}", email=f"person-{n}@example.com") for n in range(count)]
    ids = [enrollment_id(TENANT, "spring", contact.id) for contact in contacts]
    keys = [AttemptKey(each, "mail", 1) for each in ids]
    async with database.transaction() as tx:
        await tx.contacts.upsert(TENANT, contacts)
        await tx.enrollments.add(
            [
                Enrollment(each, TENANT, "spring", 1, contact.id, NOW, started_at=NOW)
                for each, contact in zip(ids, contacts, strict=True)
            ]
        )
        for key in keys:
            await tx.attempts.claim(Attempt(key, Channel.EMAIL, "sendgrid", AttemptState.CLAIMED, NOW))
            await tx.attempts.record(key, AttemptState.ACCEPTED, NOW, provider_ref=f"ref-{key}")
    return keys


def reports(keys: list[AttemptKey], *statuses: DeliveryStatus) -> list[StatusReport]:
    """All that is told of each mail, mixed as vendors mix it."""
    return [StatusReport(f"{key}:{s}", s, NOW, str(key), None) for s in statuses for key in keys]


class Count:
    """How many statements a database was sent."""

    def __init__(self, database: SqlDatabase) -> None:
        self.statements = self.commits = 0
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._commit)

    def _statement(self, *_: object) -> None:
        self.statements += 1

    def _commit(self, *_: object) -> None:
        self.commits += 1


@pytest.mark.parametrize("people", [EVENTS, EVENTS // 4])
async def test_a_full_batch_is_one_transaction_of_few_statements(database: SqlDatabase, people: int) -> None:
    """At most three statements a message (whose, which enrollment, its status), whatever is told of it."""
    keys = await mails(database, people)
    told = [DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.OPENED]
    ingest = IngestProviderEvent(database, DispatchEvents(database, FakeRuns()), lambda: NOW, TENANT)
    batch = reports(keys, *told[: EVENTS // people])
    count, began = Count(database), time.perf_counter()

    new = await ingest(delivery(b"batch"), batch)
    seconds = time.perf_counter() - began
    print(f"{new} events, {people} mails: {count.statements} statements, {seconds:.2f} s")  # noqa: T201 - the figures of the docs

    assert new == EVENTS
    assert count.commits == 1
    assert count.statements <= 3 * people + 20


async def test_a_full_batch_of_answers_is_signalled_in_part(database: SqlDatabase) -> None:
    """The vendor waits for some signals and not for all: each run gets one, and the relay has the rest."""
    keys = await mails(database, 2 * AT_ONCE)
    runs = FakeRuns()
    ingest = IngestProviderEvent(database, DispatchEvents(database, runs), lambda: NOW, TENANT)

    await ingest(delivery(b"batch"), reports(keys, DeliveryStatus.CLICKED, DeliveryStatus.REPLIED))
    async with database.transaction() as tx:
        left = await tx.interactions.pending(NOW.replace(year=NOW.year + 99), EVENTS)

    assert len(runs.signals) == len(set(runs.signals)) == AT_ONCE
    assert len(runs.told) == len(left) == 2 * AT_ONCE
