"""Drumbeat in one process: a migrated SQLite file, a worker, the HTTP app on a free port, real Temporal."""

import socket
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from attrs import field, frozen
from sqlalchemy import func, select
from sqlalchemy.sql import ColumnElement
from temporalio.client import Client, WorkflowHandle

from adapters.db import migrate, tables
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.http.app import HttpOptions, HttpServices, create_app
from adapters.http.serving import listen, serving
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import build_worker
from application.check_wait import CheckWait
from application.create_handoff import CreateHandoff
from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.gate import Gate
from application.ingest_provider_event import IngestProviderEvent
from application.local_calendar import LocalCalendar
from application.log_interactions import LogInteractions
from application.ports.callbacks import CallbackReader
from application.ports.enrollments import Enrollment
from application.ports.handoffs import HandoffDesk
from application.ports.interactions import Interaction
from application.ports.messaging import MessageProvider
from application.ports.telemetry import NoTelemetry
from application.prepare_step import PrepareStep
from application.relay_events import RelayEvents
from application.send_message import SendMessage
from application.show_handoff import ShowHandoff
from application.start_runs import StartRuns
from domain.contact import NewContact
from domain.idempotency import AttemptKey, workflow_id
from domain.statuses import Channel
from tests.fakes.calendar import FakeCalendar
from tests.fakes.desk import FakeDesk
from tests.fakes.rendering import FakeRenderer
from tests.fakes.signing import TWILIO_TOKEN, SendGridAccount, SignedRequest, twilio_request

TENANT = "acme"
SOON = timedelta(milliseconds=50)
SENDGRID = SendGridAccount()


@asynccontextmanager
async def sqlite(folder: Path, *, migrated: bool = True) -> AsyncIterator[SqlDatabase]:
    """A database in a file, closed at the end."""
    engine = create_engine(f"sqlite:///{folder / 'drumbeat.db'}")
    try:
        if migrated:
            await migrate.upgrade(engine)
        yield SqlDatabase(engine)
    finally:
        await engine.dispose()


@asynccontextmanager
async def http_app(
    database: SqlDatabase,
    runs: TemporalRuns,
    *,
    relay: bool = False,
    listener: socket.socket | None = None,
    readers: Mapping[str, CallbackReader] | None = None,
    desk: HandoffDesk | None = None,
) -> AsyncIterator[str]:
    """The HTTP app over a database and Temporal; gives its address, which is its public address too.

    Args:
        database: where webhooks are stored.
        runs: who is signalled.
        relay: whether it relays, at short intervals and without a time of grace. It races with webhooks then,
            and a run may hear of one twice.
        listener: where to listen, from `listen`; on any free port unless one is given.
        readers: of further vendors, by name.
        desk: where cases are shown as people left them; nowhere unless one is given.
    """
    dispatch = DispatchEvents(database, runs)
    relay_events = RelayEvents(
        database, dispatch, StartRuns(database, runs, _now), _now, grace=timedelta(seconds=0)
    )
    services = HttpServices(
        readers={
            "twilio": TwilioCallbackReader([TWILIO_TOKEN]),
            "sendgrid": SendGridCallbackReader([SENDGRID.public_key]),
            **(readers or {}),
        },
        ingest=IngestProviderEvent(database, dispatch, _now, "default"),
        clock=_now,
        checks={"database": database.check},
        relay=relay_events if relay else None,
        show_handoff=None if desk is None else ShowHandoff(database, desk, FakeRenderer()),
    )
    listener = listener or listen("127.0.0.1", 0)
    url = "http://{}:{}".format(*listener.getsockname())
    async with serving(create_app(services, HttpOptions(url, SOON)), listener):
        yield url


@frozen
class System:
    """What a test does with the system, and what it may look at.

    Args:
        client: of Temporal.
        runs: the port to it.
        database: the database.
        http: an HTTP client.
    """

    client: Client
    runs: TemporalRuns
    database: SqlDatabase
    http: httpx.AsyncClient = field(repr=False)

    async def publish(self, definition: Mapping[str, Any]) -> None:
        """Publish a campaign version."""
        async with self.database.transaction() as tx:
            await tx.campaigns.publish(TENANT, definition, _now())

    async def enroll(self, campaign: str, phone: str) -> str:
        """Enroll a new person and start the run; returns the enrollment's id."""
        enroll = EnrollContacts(self.database, StartRuns(self.database, self.runs, _now), _now, _new_id)
        await enroll(TENANT, campaign, 1, [NewContact(phone, phone=phone)])
        async with self.database.transaction() as tx:
            ids = await tx.enrollments.open_to(TENANT, Channel.SMS, phone)
        return next(enrollment.id for enrollment in ids if enrollment.campaign == campaign)

    def run_of(self, enrollment: str) -> WorkflowHandle[Any, Any]:
        """The run of an enrollment."""
        return self.client.get_workflow_handle(workflow_id(enrollment))

    async def signals(self, enrollment: str) -> list[str]:
        """The names of all signals in a run's history."""
        history = await self.run_of(enrollment).fetch_history()
        return [
            event.workflow_execution_signaled_event_attributes.signal_name
            for event in history.events
            if event.HasField("workflow_execution_signaled_event_attributes")
        ]

    async def post(self, signed: SignedRequest, **changes: Any) -> httpx.Response:
        """Deliver a callback to where it is addressed."""
        arguments = {"headers": dict(signed.headers), "content": signed.body} | changes
        return await self.http.post(signed.url, **arguments)

    async def enrollment(self, enrollment: str) -> Enrollment:
        """The enrollment as it is stored."""
        async with self.database.transaction() as tx:
            stored = await tx.enrollments.get(enrollment)
        assert stored is not None
        return stored

    async def timeline(self, enrollment: str) -> list[Interaction]:
        """The enrollment's rows, oldest first."""
        async with self.database.transaction() as tx:
            return await tx.interactions.of_enrollment(enrollment)

    async def staged(self, *where: ColumnElement[bool]) -> int:
        """How many deliveries are in the staging table."""
        async with self.database.engine.begin() as connection:
            found = await connection.execute(select(func.count()).select_from(tables.webhooks).where(*where))
        return int(found.scalar_one())


@asynccontextmanager
async def running_system(
    client: Client,
    task_queue: str,
    database: SqlDatabase,
    *providers: MessageProvider,
    desk: HandoffDesk | None = None,
) -> AsyncIterator[System]:
    """A worker over a database, for the length of the block.

    Args:
        client: of Temporal.
        task_queue: of the test's own.
        database: migrated.
        providers: those of each channel that is used, in the order in which they are tried.
        desk: takes handoffs; one that only keeps them unless another is given.
    """
    renderer, places = FakeRenderer(), LocalCalendar(FakeCalendar())
    carriers = {each.channel: [one for one in providers if one.channel is each.channel] for each in providers}
    send = SendMessage(database, carriers, Gate(renderer, places), _now, NoTelemetry())
    worker = build_worker(
        client,
        send_message=send,
        log_interactions=LogInteractions(database, NoTelemetry()),
        create_handoff=CreateHandoff(database, desk or FakeDesk(), renderer, _now),
        prepare_step=PrepareStep(database, places),
        check_wait=CheckWait(database, _now),
        task_queue=task_queue,
        drain=timedelta(seconds=5),
    )
    async with worker, httpx.AsyncClient(trust_env=False) as http:
        yield System(client, TemporalRuns(client, task_queue), database, http)


def twilio_status(base_url: str, key: AttemptKey, status: str) -> SignedRequest:
    """Twilio's report about a message that `FakeProvider` has taken, addressed to an app."""
    fields = {"MessageSid": f"ref-{key}", "MessageStatus": status, "To": "+12025550101"}
    return twilio_request(f"{base_url}/webhooks/twilio?attempt={key}", fields)


def twilio_text(base_url: str, sender: str, words: str, sid: str = "SM2") -> SignedRequest:
    """A person's text, as Twilio passes it on."""
    fields = {"MessageSid": sid, "SmsStatus": "received", "From": sender, "Body": words}
    return twilio_request(f"{base_url}/webhooks/twilio", fields)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())
