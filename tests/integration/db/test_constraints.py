"""What the database itself refuses, whoever asks; and that refusals quote no data."""

import traceback
from enum import StrEnum

import pytest
from sqlalchemy import Enum, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db.database import SqlDatabase
from adapters.db.errors import StatementRefused
from adapters.db.tables import batches, metadata
from application.ports.consents import Consent
from domain.batches import BatchState
from domain.circuit import Circuit
from domain.pauses import Pause
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import (
    attempted,
    claimed,
    contact,
    enrolled,
    enrollment,
    handoff,
    interaction,
    key,
    webhook,
)

CHOICES = [
    (table.name, column.name, column.type)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]


_BATCH = {
    "id": "b-1",
    "tenant": "acme",
    "campaign": "hello",
    "version": 1,
    "source": "upload",
    "time_scale": 1,
    "state": BatchState.DONE,
    "problems": [],
    "created_at": NOW,
    "received": 1,
    "rejected": 0,
    "enrolled": 1,
    "already": 0,
    "started": 1,
    "refused": 0,
}


async def _fill(database: SqlDatabase) -> None:
    """One row in every table that has a choice."""
    await enrolled(database, "ada")
    await attempted(database, claimed())
    async with database.transaction() as tx:
        await tx.interactions.add([interaction(enrollment_id="e-ada")])
        await tx.webhooks.stage(webhook())
        await tx.campaigns.pause("acme", "hello", Pause(NOW))
        await tx.consents.add("c-ada", [Consent(Channel.SMS, True, "import", NOW)])
        await tx.suppressions.add("acme", claimed().channel, "+15550100001", "opted_out", NOW)
        await tx.circuits.note(claimed().channel, "twilio", Circuit(), Circuit(faults=1, last_fault_at=NOW))
    async with database.engine.begin() as connection:
        await connection.execute(batches.insert().values(**_BATCH))


@pytest.mark.parametrize(("table", "column", "kind"), CHOICES, ids=lambda value: str(value).split("(")[0])
async def test_a_choice_takes_all_members_and_nothing_else(
    sql_database: SqlDatabase, engine: AsyncEngine, table: str, column: str, kind: Enum
) -> None:
    """Every member of the domain's enum can be stored (the migrated CHECK knows it), and nothing else can."""
    await _fill(sql_database)
    also = ", finished_at = created_at" if column == "outcome" else ""
    change = text(f"UPDATE {table} SET {column} = :value{also}")
    members: type[StrEnum] = kind.enum_class

    async with engine.begin() as connection:
        for member in members:
            await connection.execute(change, {"value": member.value})

    with pytest.raises(IntegrityError, match=f"ck_{table}_{column}"):
        async with engine.begin() as connection:
            await connection.execute(change, {"value": "other"})


REFUSED = {
    "an enrollment of nobody": lambda tx: tx.enrollments.add([enrollment("nobody")]),
    "an enrollment in no campaign": lambda tx: tx.enrollments.add([enrollment("bob", version=9)]),
    "an attempt of no enrollment": lambda tx: tx.attempts.claim(claimed(key("nobody"))),
    "an attempt before the first": lambda tx: tx.attempts.claim(claimed(key(attempt=0))),
    "a handoff of no enrollment": lambda tx: tx.handoffs.add(handoff("nobody")),
    "an interaction of nobody": lambda tx: tx.interactions.add([interaction(enrollment_id="e-nobody")]),
    "a contact with a taken id": lambda tx: tx.contacts.upsert("acme", [contact("eve", id="c-ada")]),
    "a consent of nobody": lambda tx: tx.consents.add(
        "c-nobody", [Consent(Channel.SMS, True, "import", NOW)]
    ),
    "a place on no version": lambda tx: tx.enrollments.place("e-ada", 9, "text"),
    "a time without a zone": lambda tx: tx.attempts.claim(claimed(claimed_at=NOW.replace(tzinfo=None))),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_would_be_a_bug_is_refused(sql_database: SqlDatabase, name: str) -> None:
    """A row that refers to nothing, or breaks a rule, is refused with our own error and rolled back."""
    await enrolled(sql_database, "ada")
    async with sql_database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("bob")])

    async def attempt() -> None:
        async with sql_database.transaction() as tx:
            await tx.webhooks.stage(webhook())
            await REFUSED[name](tx)

    with pytest.raises(StatementRefused):
        await attempt()

    async with sql_database.transaction() as tx:
        assert await tx.webhooks.stage(webhook())


async def test_a_refusal_quotes_no_data(sql_database: SqlDatabase) -> None:
    """Neither the message nor the traceback of a refusal shows what was in the row."""
    await enrolled(sql_database, "ada")
    twin = contact("secret-name", id="c-ada", phone="+15550109999")

    async def attempt() -> None:
        async with sql_database.transaction() as tx:
            await tx.contacts.upsert("acme", [twin])

    with pytest.raises(StatementRefused) as refused:
        await attempt()

    shown = "".join(traceback.format_exception(refused.value))
    assert "contacts" in str(refused.value)
    assert not [word for word in ("secret-name", "+15550109999", "c-ada") if word in shown]
