"""From a vendor's webhook to the run that waits for it: real HTTP, real database, real Temporal."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.db import migrate
from adapters.temporal.client import connect
from adapters.temporal.gateway import TemporalRuns
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading
from application.ports.interactions import Dispatch
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey, handoff_key
from tests.fakes.providers import FakeProvider
from tests.fakes.system import (
    SENDGRID,
    System,
    http_app,
    running_system,
    sqlite,
    twilio_status,
    twilio_text,
)
from tests.integration.temporal.world import until

PHONE = "+12025550101"
STEP: dict[str, Any] = {
    "key": "text",
    "channel": "sms",
    "wait": "1d",
    "message": {"text": "Hello {{who}}"},
    "on": {"delivered": "complete"},
}
CAMPAIGN: dict[str, Any] = {"campaign": "spring", "version": 1, "steps": [STEP]}
NOWHERE = "127.0.0.1:1"
"""An address at which nobody listens: port 1 is tcpmux (RFC 1078), long out of use."""


class PressedResolve:
    """A desk's reader that takes every body for the key of a case that was closed."""

    name = "fake-desk"

    async def read(self, callback: Callback, now: datetime) -> Reading:
        key = callback.body.decode()
        return Reading((HandoffReport(f"press:{key}", HandoffAction.RESOLVED, now, key, by="U1"),))


@pytest.fixture
async def system(temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path) -> AsyncIterator[System]:
    """A worker that sends through a provider which accepts everything, and a published campaign."""
    async with (
        sqlite(tmp_path) as database,
        running_system(temporal.client, task_queue, database, FakeProvider(name="twilio")) as system,
    ):
        await system.publish(CAMPAIGN)
        yield system


@pytest.fixture
async def waiting(system: System) -> AttemptKey:
    """The attempt of a run that waits for an answer."""
    enrollment = await system.enroll("spring", PHONE)
    await until(system.run_of(enrollment), status="waiting")
    return AttemptKey(enrollment, "text", 1)


async def test_a_webhook_completes_the_run(system: System, waiting: AttemptKey) -> None:
    """The vendor posts, the workflow receives the signal and completes, and the books say so."""
    async with http_app(system.database, system.runs) as url:
        answer = await system.post(twilio_status(url, waiting, "delivered"))
        outcome = await system.run_of(waiting.enrollment_id).result()

    assert answer.status_code == 200
    assert outcome == "completed"
    assert (await system.enrollment(waiting.enrollment_id)).outcome is Outcome.COMPLETED
    rows = await system.timeline(waiting.enrollment_id)
    assert [(row.kind, row.dispatch) for row in rows] == [
        ("delivered", Dispatch.DISPATCHED),
        ("finished", Dispatch.NONE),
    ]
    assert await system.signals(waiting.enrollment_id) == ["provider_event"]
    assert await system.staged() == 1


async def test_a_webhook_that_decides_nothing_is_stored_and_not_signalled(
    system: System, waiting: AttemptKey
) -> None:
    """A signal costs money: "sent" is a row and no more."""
    async with http_app(system.database, system.runs) as url:
        answer = await system.post(twilio_status(url, waiting, "sent"))

    assert answer.status_code == 200
    assert [row.kind for row in await system.timeline(waiting.enrollment_id)] == ["sent"]
    assert await system.signals(waiting.enrollment_id) == []


async def test_a_forged_webhook_leaves_no_row_and_no_signal(system: System, waiting: AttemptKey) -> None:
    """The run goes on waiting as if nothing had come."""
    async with http_app(system.database, system.runs) as url:
        forged = {"x-twilio-signature": "Zm9yZ2Vk"}
        answer = await system.post(twilio_status(url, waiting, "delivered"), headers=forged)

    assert answer.status_code == 403
    assert await system.staged() == 0
    assert await system.timeline(waiting.enrollment_id) == []
    assert await system.signals(waiting.enrollment_id) == []


async def test_a_webhook_after_the_end_is_stored_as_late(system: System, waiting: AttemptKey) -> None:
    """The vendor is thanked, the timeline shows it, and no second run begins."""
    async with http_app(system.database, system.runs) as url:
        await system.post(twilio_status(url, waiting, "delivered"))
        await system.run_of(waiting.enrollment_id).result()
        answer = await system.post(twilio_text(url, PHONE, "Sorry, I only saw it now"))
    description = await system.run_of(waiting.enrollment_id).describe()

    assert answer.status_code == 200
    replied = next(row for row in await system.timeline(waiting.enrollment_id) if row.kind == "replied")
    assert (replied.dispatch, replied.text) == (Dispatch.LATE, "Sorry, I only saw it now")
    assert description.close_time is not None


async def test_a_stop_ends_every_run_to_the_address(system: System, waiting: AttemptKey) -> None:
    """One text ends the run that it answers and the others that would go on writing to the person."""
    await system.publish({**CAMPAIGN, "campaign": "summer"})
    other = await system.enroll("summer", PHONE)
    await until(system.run_of(other), status="waiting")

    async with http_app(system.database, system.runs) as url:
        await system.post(twilio_text(url, PHONE, "Stop."))
        outcomes = await asyncio.gather(
            system.run_of(waiting.enrollment_id).result(), system.run_of(other).result()
        )

    assert outcomes == ["opted_out", "opted_out"]


async def test_a_stop_that_was_taken_back_lets_the_next_message_out(
    system: System, waiting: AttemptKey
) -> None:
    """STOP ends the run; after START a new campaign reaches the person."""
    await system.publish({**CAMPAIGN, "campaign": "summer"})
    async with http_app(system.database, system.runs) as url:
        for sid, word in (("SM2", "STOP"), ("SM3", "START")):
            await system.post(twilio_text(url, PHONE, word, sid))
        ended = await system.run_of(waiting.enrollment_id).result()
        later = await system.enroll("summer", PHONE)
        await until(system.run_of(later), status="waiting")

    assert ended == "opted_out"
    assert {row.kind for row in await system.timeline(waiting.enrollment_id)} == {
        "opted_out",
        "opted_in",
        "finished",
    }


async def test_a_batch_is_one_signal_for_each_run(system: System, waiting: AttemptKey) -> None:
    """Three events about one message and one about another's: two signals in all, and both runs end."""
    other = AttemptKey(await system.enroll("spring", "+12025550102"), "text", 1)
    await until(system.run_of(other.enrollment_id), status="waiting")
    events = [
        {"event": event, "sg_event_id": f"{event}-{key.enrollment_id}", "attempt": str(key)}
        for event, key in (
            ("click", waiting),
            ("delivered", waiting),
            ("delivered", other),
            ("open", waiting),
        )
    ]
    async with http_app(system.database, system.runs) as url:
        answer = await system.post(SENDGRID.request(f"{url}/webhooks/sendgrid", events))
        outcomes = [await system.run_of(key.enrollment_id).result() for key in (waiting, other)]

    assert answer.status_code == 200
    assert outcomes == ["completed", "completed"]
    assert [await system.signals(key.enrollment_id) for key in (waiting, other)] == [["provider_event"]] * 2
    rows = await system.timeline(waiting.enrollment_id)
    assert [row.kind for row in rows if row.provider == "sendgrid"] == ["clicked", "delivered", "opened"]


async def test_a_case_that_is_closed_at_the_desk_ends_its_run(system: System) -> None:
    """Nobody answers, a human takes over and presses Resolve: the run that waits for that is over."""
    await system.publish(
        {
            "campaign": "calls",
            "version": 1,
            "at_end": "escalate",
            "handoff": {"summary": "Please call {{who}}", "wait": "1d"},
            "steps": [{**STEP, "wait": "1s"}],
        }
    )
    enrollment = await system.enroll("calls", PHONE)
    await until(system.run_of(enrollment), status="handed_off")
    async with http_app(system.database, system.runs, readers={"fake-desk": PressedResolve()}) as url:
        answer = await system.http.post(f"{url}/webhooks/fake-desk", content=handoff_key(enrollment))
        outcome = await system.run_of(enrollment).result()

    assert answer.status_code == 200
    assert outcome == "resolved"
    assert await system.signals(enrollment) == ["handoff_resolved"]
    assert (await system.enrollment(enrollment)).outcome is Outcome.RESOLVED
    async with system.database.transaction() as tx:
        handoff = await tx.handoffs.get(handoff_key(enrollment))
    assert handoff is not None
    assert handoff.resolved_at is not None


async def test_a_webhook_while_temporal_is_down_is_signalled_later(
    system: System, waiting: AttemptKey
) -> None:
    """Stored, 2xx; once Temporal can be reached again the relay lets the run hear of it."""
    unreachable = TemporalRuns(await connect(address=NOWHERE, lazy=True))
    async with http_app(system.database, unreachable) as url:
        answer = await system.post(twilio_status(url, waiting, "delivered"))
    stored = await system.timeline(waiting.enrollment_id)

    async with http_app(system.database, system.runs, relay=True):
        outcome = await system.run_of(waiting.enrollment_id).result()

    assert answer.status_code == 200
    assert [(row.kind, row.dispatch) for row in stored] == [("delivered", Dispatch.PENDING)]
    assert outcome == "completed"


async def test_a_webhook_while_the_database_is_down_is_asked_for_again(
    temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path
) -> None:
    """Nothing is acknowledged that is not stored; when it comes again, it is."""
    folder = tmp_path / "not yet there"
    key = AttemptKey("nobody", "text", 1)
    async with (
        sqlite(folder, migrated=False) as database,
        http_app(database, TemporalRuns(temporal.client, task_queue)) as url,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        signed = twilio_status(url, key, "delivered")
        statuses = [await _status(http, signed.url, signed.body, signed.headers)]
        ready = [(await http.get(f"{url}/readyz")).status_code]
        folder.mkdir()
        statuses.append(await _status(http, signed.url, signed.body, signed.headers))
        await migrate.upgrade(database.engine)
        statuses.append(await _status(http, signed.url, signed.body, signed.headers))
        ready.append((await http.get(f"{url}/readyz")).status_code)

    assert statuses == [503, 503, 200]
    assert ready == [503, 200]


async def _status(http: httpx.AsyncClient, url: str, body: bytes, headers: Any) -> int:
    return (await http.post(url, content=body, headers=dict(headers))).status_code
