"""A world full of one tenant's things, each under an id that tests know."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from adapters.db import tables
from application.ports.handoffs import Handoff
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.schedules import Interval, Schedule
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.api.wired import WiredApi
from tests.integration.db.rows import attempted, claimed, contact, enrollment, interaction
from tests.integration.db.rows import handoff as handoff_row

TENANT = "acme"
SECRET = "Countess"
"""Stands in everything of the tenant that can be shown, and in no request."""
PHONE = "+12025550123"
EMAIL = "ada@example.com"
CAMPAIGN: Mapping[str, Any] = {
    "campaign": "hello",
    "version": 1,
    "handoff": {"summary": f"Call the {SECRET}"},
    "steps": [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": f"Dear {SECRET}"}}],
}
_BATCH = {
    "id": "batch-1",
    "tenant": TENANT,
    "campaign": "hello",
    "version": 1,
    "source": f"audience:{SECRET}",
    "state": "starting",
    "time_scale": 1.0,
    **dict.fromkeys(("received", "rejected", "enrolled", "already", "started", "refused"), 1),
    "problems": [{"line": 1, "column": "row", "reason": SECRET}],
    "created_at": NOW,
}
_AUDIENCE = {"tenant": TENANT, "key": "leads", "created_at": NOW, "updated_at": NOW}


def _ada() -> Contact:
    return contact("ada", phone=PHONE, email=EMAIL, attributes={"title": SECRET})


def _handoff() -> Handoff:
    return handoff_row("ada", reason="unanswered", ref=SECRET)


async def fill(api: WiredApi) -> None:
    """Store one thing of each kind."""
    database = api.container.database()
    async with database.transaction() as tx:
        for version in (1, 2):
            await tx.campaigns.publish(TENANT, {**CAMPAIGN, "version": version}, NOW)
        await tx.contacts.upsert(TENANT, [_ada()])
        await tx.enrollments.add([enrollment("ada", batch="batch-1", started_at=NOW)])
        await tx.handoffs.add(_handoff())
        await tx.interactions.add([interaction("one", enrollment_id="e-ada", detail=SECRET)])
        for channel, address in ((Channel.SMS, PHONE), (Channel.EMAIL, EMAIL)):
            await tx.suppressions.add(TENANT, channel, address, SECRET.lower(), NOW)
    await attempted(database, claimed(), AttemptState.ACCEPTED)
    async with database.engine.begin() as connection:
        await connection.execute(insert(tables.batches).values(_BATCH))
        await connection.execute(insert(tables.audiences).values({**_AUDIENCE, "definition": {}}))
        member = {"tenant": TENANT, "audience": "leads", "contact_id": "c-ada"}
        await connection.execute(insert(tables.audience_members).values(member))
    await api.container.schedules().put(
        TENANT, Schedule("daily", "hello", "leads", Interval(timedelta(days=1)), note=SECRET)
    )


async def everything(api: WiredApi) -> set[str]:
    """Every row there is, and every schedule, as text."""
    found = {repr(item) for item in api.container.schedules().kept.items()}
    async with api.container.database().engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            rows = (await connection.execute(select(table))).mappings()
            found |= {f"{table.name} {dict(row)!r}" for row in rows}
    return found
