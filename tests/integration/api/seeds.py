"""What there must be for the examples of the OpenAPI document to come true, under the ids that stand in them."""

from datetime import UTC, datetime

import httpx

from adapters.http.api.campaign_inputs import EXAMPLE
from application.ports.batches import Batch
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from domain.attempts import AttemptState
from domain.batches import BatchState
from domain.contact import Contact
from domain.idempotency import AttemptKey, handoff_key
from domain.statuses import Channel
from tests.fakes.api_process import ApiProcess
from tests.integration.db.rows import attempted, claimed, interaction

TENANT = "examples"
CONTACT, ENROLLMENT = "5e9f2a4c-6c0e-4c3d-9a57-0d4b3c1f8f11", "5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"
BATCH = "0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10"
PHONE = "+12025550123"
_THEN = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_CALL = {"key": "call", "channel": "voice", "wait": "2d", "message": {"text": "Hello {{first_name}}"}}
_SECOND = {**EXAMPLE, "version": 2, "steps": [*EXAMPLE["steps"], _CALL], "goals": ["purchased"]}
_SCHEDULE = {"campaign": "spring", "audience": "new-leads", "when": {"at": ["09:00"]}}


async def seed(api: ApiProcess) -> str:
    """Store one thing of each kind; gives a key that may do everything with them."""
    async with api.database.transaction() as tx:
        for definition in (EXAMPLE, _SECOND):
            await tx.campaigns.publish(TENANT, definition, _THEN)
        await tx.contacts.upsert(TENANT, list(map(_contact, ("customer-17", "customer-18"))))
        await tx.batches.add(
            Batch(BATCH, TENANT, "spring", 2, "csv", _THEN, BatchState.STARTING, enrolled=1, received=1)
        )
        await tx.enrollments.add([_enrollment()])
        await tx.handoffs.add(_handoff())
        await tx.interactions.add([interaction("seed", enrollment_id=ENROLLMENT, step="text")])
        await tx.suppressions.add(TENANT, Channel.SMS, PHONE, "requested", _THEN)
    await attempted(api.database, claimed(AttemptKey(ENROLLMENT, "text", 1)), AttemptState.ACCEPTED)
    made = await api.key(TENANT)
    async with api.client(made) as client:
        await _put(client, "/v1/audiences/new-leads", {"contacts": ["customer-17", "customer-18"]})
        await _put(client, "/v1/schedules/new-leads", _SCHEDULE)
    return made


async def _put(client: httpx.AsyncClient, path: str, body: object) -> None:
    (await client.put(path, json=body)).raise_for_status()


def _contact(name: str) -> Contact:
    number = name.removeprefix("customer-")
    id, phone = (CONTACT, PHONE) if number == "17" else (f"contact-{number}", f"+120255501{number}")
    return Contact(id, name, phone=phone, attributes={"first_name": "Ann"})


def _enrollment() -> Enrollment:
    return Enrollment(ENROLLMENT, TENANT, "spring", 2, CONTACT, _THEN, started_at=_THEN, batch=BATCH)


def _handoff() -> Handoff:
    return Handoff(handoff_key(ENROLLMENT), ENROLLMENT, "text", "unanswered", _THEN, desk="slack", ref="C1")
