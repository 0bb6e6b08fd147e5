"""A contact is erased while their run is under way: it ends, and Temporal has never known who it was."""

import base64
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.client import WorkflowExecutionDescription, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.erase_contact import EraseContact, Ticket
from application.start_runs import StartRuns
from domain.contact import NewContact
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.desk import FakeDesk
from tests.fakes.providers import FakeProvider
from tests.fakes.system import TENANT, System, http_app, running_system, sqlite, twilio_status, twilio_text
from tests.integration.temporal.world import until

NAME, PHONE, EMAIL, ANSWER = "Annabelle Lovelace", "+12025550142", "annabelle@example.com", "Ring the cottage"
SECRETS = ("Annabelle", "Lovelace", PHONE[1:], EMAIL, "cottage", "Hello", "customer-17")
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "handoff": {"wait": "7d", "summary": "Please call {{who}}"},
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1d",
            "message": {"text": "Hello {{who}}"},
            "on": {"replied": "escalate"},
        }
    ],
}


async def test_the_run_of_an_erased_contact_ends_and_tells_nothing(
    temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> None:
    """Sent, delivered, answered, handed over, erased: cancelled, and nothing personal in all that it left."""
    sms, desk = FakeProvider(name="twilio"), FakeDesk()
    async with (
        sqlite(tmp_path) as database,
        running_system(temporal.client, task_queue, database, sms, desk=desk) as system,
        http_app(database, system.runs) as url,
    ):
        enrollment = await _answered(system, url)
        handle = system.run_of(enrollment)
        erase = EraseContact(database, DispatchEvents(database, system.runs), _now)

        erased = await erase(TENANT, "customer-17")
        outcome = await handle.result()
        late = await system.post(twilio_status(url, AttemptKey(enrollment, "text", 1), "delivered"))

        printed = _print(await handle.fetch_history(), await handle.describe())
        ended = await system.enrollment(enrollment)
        rows = await system.timeline(enrollment)

    assert sms.sent[0].to == PHONE
    assert (outcome, ended.outcome, late.status_code) == ("cancelled", Outcome.CANCELLED, 200)
    assert erased.tickets == (Ticket("fake-desk", "case-1"),)
    assert {row.text for row in rows} == {None}
    assert all(known in printed for known in (enrollment, '"step":"text"', "DrumbeatTenant", TENANT))
    assert [secret for secret in SECRETS if secret.lower() in printed.lower()] == []


async def _answered(system: System, url: str) -> str:
    """Somebody who was sent to, has answered, and whose case a human has; gives the enrollment's id."""
    await system.publish(CAMPAIGN)
    ann = NewContact("customer-17", PHONE, EMAIL, "America/Chicago", {"who": NAME})
    await EnrollContacts(system.database, StartRuns(system.database, system.runs, _now), _now, _new_id)(
        TENANT, "spring", 1, [ann]
    )
    async with system.database.transaction() as tx:
        [enrollment] = await tx.enrollments.open_to(TENANT, Channel.SMS, PHONE)
    await until(system.run_of(enrollment.id), status="waiting")
    await system.post(twilio_status(url, AttemptKey(enrollment.id, "text", 1), "sent"))
    await system.post(twilio_text(url, PHONE, ANSWER))
    await until(system.run_of(enrollment.id), status="handed_off")
    return enrollment.id


def _print(history: WorkflowHistory, described: WorkflowExecutionDescription) -> str:
    """All that a run leaves, memo and search attributes included, line by line, payloads decoded."""
    told = MessageToDict(described.raw_description)
    return "\n".join([*_lines(history.to_json_dict()), *_lines(told)])


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key == "data" and isinstance(inner, str):
                yield base64.b64decode(inner).decode()
            yield from _lines(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner)
    else:
        yield str(value)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())
