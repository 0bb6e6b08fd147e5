"""Rows for tests, with what the test does not care about filled in."""

from collections.abc import Sequence
from typing import Any

from application.ports.attempts import Attempt
from application.ports.database import Database
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.interactions import Interaction
from application.ports.webhooks import StagedWebhook, Verdict
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.clock import NOW

HELLO = {
    "campaign": "hello",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": "Hi"}}],
}


def contact(name: str = "ada", **details: Any) -> Contact:
    given = {"phone": "+15550100001", "email": "ada@example.com", "timezone": "Europe/Berlin"} | details
    return Contact(**({"id": f"c-{name}", "external_id": name} | given))


def enrollment(name: str = "ada", **details: Any) -> Enrollment:
    given = {"id": f"e-{name}", "tenant": "acme", "campaign": "hello", "version": 1, "created_at": NOW}
    return Enrollment(**(given | {"contact_id": f"c-{name}"} | details))


def key(name: str = "ada", step: str = "text", attempt: int = 1) -> AttemptKey:
    return AttemptKey(f"e-{name}", step, attempt)


def claimed(attempt_key: AttemptKey | None = None, **details: Any) -> Attempt:
    given = {"channel": Channel.SMS, "provider": "twilio", "state": AttemptState.CLAIMED, "claimed_at": NOW}
    return Attempt(key=attempt_key or key(), **(given | details))


def interaction(name: str = "one", **details: Any) -> Interaction:
    return Interaction(**({"key": name, "kind": "delivered", "at": NOW} | details))


def handoff(name: str = "ada", **details: Any) -> Handoff:
    given = {"key": f"e-{name}:handoff", "enrollment_id": f"e-{name}", "step": "text"}
    return Handoff(**(given | {"reason": "unanswered", "created_at": NOW, "desk": "slack"} | details))


def webhook(name: str = "one", **details: Any) -> StagedWebhook:
    given = {
        "key": name,
        "provider": "twilio",
        "target": "/webhooks/twilio?x=1",
        "content_type": "text/plain",
    }
    return StagedWebhook(
        **(given | {"body": b"\x00\xff", "received_at": NOW, "verdict": Verdict.READ} | details)
    )


async def enrolled(database: Database, *names: str, people: Sequence[Contact] = ()) -> None:
    """Store a campaign and enrollments of these people in it: what other rows refer to."""
    known = {person.external_id: person for person in people}
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO, NOW)
        await tx.contacts.upsert("acme", [known.get(name, contact(name)) for name in names])
        await tx.enrollments.add([enrollment(name) for name in names])


async def attempted(database: Database, attempt: Attempt, state: AttemptState | None = None) -> None:
    """Store an attempt, in a state."""
    async with database.transaction() as tx:
        await tx.attempts.claim(attempt)
        if state is not None:
            await tx.attempts.record(attempt.key, state, NOW)
