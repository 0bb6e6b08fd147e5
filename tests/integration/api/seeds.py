"""What there must be for the examples of the OpenAPI document to work, under the ids that stand in them."""

from datetime import UTC, datetime

import httpx

from adapters.http.api.campaign_inputs import EXAMPLE
from application.ports.batches import Batch
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from domain.attempts import AttemptState
from domain.batches import BatchState
from domain.contact import Contact
from domain.idempotency import AttemptKey, handoff_key
from domain.statuses import Channel
from tests.integration.db.rows import attempted, claimed, interaction

TENANT = "examples"
PHONE = "+12025550123"
_CONTACT, _ENROLLMENT = "5e9f2a4c-6c0e-4c3d-9a57-0d4b3c1f8f11", "5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"
_BATCH = "0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10"
_THEN = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_CALL = {"key": "call", "channel": "voice", "wait": "2d", "message": {"text": "Hello {{first_name}}"}}
_SECOND = {**EXAMPLE, "version": 2, "steps": [*EXAMPLE["steps"], _CALL], "goals": ["purchased"]}
_SCHEDULE = {"campaign": "spring", "audience": "new-leads", "when": {"at": ["09:00"]}}


async def seed(database: Database, client: httpx.AsyncClient) -> None:
    """Store one thing of each kind.

    Args:
        database: what the API works on.
        client: calls the API with a key of `TENANT`.
    """
    async with database.transaction() as tx:
        for definition in (EXAMPLE, _SECOND):
            await tx.campaigns.publish(TENANT, definition, _THEN)
        await tx.contacts.upsert(
            TENANT, [_contact(_CONTACT, 17, PHONE), _contact("other", 18, "+12025550118")]
        )
        await tx.batches.add(
            Batch(_BATCH, TENANT, "spring", 2, "csv", _THEN, BatchState.STARTING, enrolled=1)
        )
        await tx.enrollments.add(
            [Enrollment(_ENROLLMENT, TENANT, "spring", 2, _CONTACT, _THEN, started_at=_THEN, batch=_BATCH)]
        )
        await tx.handoffs.add(
            Handoff(
                handoff_key(_ENROLLMENT), _ENROLLMENT, "text", "unanswered", _THEN, desk="slack", ref="C1"
            )
        )
        await tx.interactions.add([interaction("seed", enrollment_id=_ENROLLMENT, step="text")])
        await tx.suppressions.add(TENANT, Channel.SMS, PHONE, "requested", _THEN)
    await attempted(database, claimed(AttemptKey(_ENROLLMENT, "text", 1)), AttemptState.ACCEPTED)
    await _put(client, "/v1/audiences/new-leads", {"contacts": ["customer-17", "customer-18"]})
    await _put(client, "/v1/schedules/new-leads", _SCHEDULE)


async def forget_schedules(client: httpx.AsyncClient) -> None:
    """Delete the schedules of a tenant: they would fire as long as the Temporal server lives."""
    for each in (await client.get("/v1/schedules?limit=200")).json()["items"]:
        await client.delete(f"/v1/schedules/{each['key']}")


async def _put(client: httpx.AsyncClient, path: str, body: object) -> None:
    (await client.put(path, json=body)).raise_for_status()


def _contact(id: str, number: int, phone: str) -> Contact:  # noqa: A002 - the column's name
    return Contact(id, f"customer-{number}", phone=phone, attributes={"first_name": "Ann"})
