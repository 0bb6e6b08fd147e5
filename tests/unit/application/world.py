"""Everything that the use cases work on, in memory, with short ways to bring it into a state."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from attrs import define, field

from application.check_wait import CheckWait
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.create_handoff import CreateHandoff
from application.dispatch_events import DispatchEvents
from application.enroll_contact import EnrollContact
from application.enroll_contacts import EnrollContacts
from application.erase_contact import EraseContact
from application.export_contact import ExportContact
from application.gate import Gate
from application.ingest_provider_event import IngestProviderEvent
from application.local_calendar import LocalCalendar
from application.log_interactions import LogInteractions
from application.move_enrollment import MoveEnrollment
from application.move_enrollments import MoveEnrollments
from application.ports.attempts import Attempt
from application.ports.callbacks import InboundText, Report, StatusReport
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from application.ports.links import Links, NoLinks
from application.ports.pacing import NoPacing, Pacing
from application.ports.webhooks import StagedWebhook, Verdict
from application.prepare_step import PrepareStep
from application.record_event import RecordEvent
from application.relay_events import RelayEvents
from application.send_message import SendMessage
from application.show_enrollment import ShowEnrollment
from application.start_runs import StartRuns
from application.what_is_next import WhatIsNext
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.contact_rules import Cap
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey, enrollment_id, webhook_key
from domain.keywords import Keyword
from domain.pauses import Pause, PausePolicy
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import Counter, FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.desk import FakeDesk
from tests.fakes.providers import FakeProvider
from tests.fakes.rendering import FakeRenderer
from tests.fakes.runs import FakeRuns
from tests.fakes.telemetry import RecordingTelemetry

TENANT = "acme"
PHONE = "+15550100001"
NOTHING: Mapping[str, str] = MappingProxyType({})

DEFINITION: Mapping[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "handoff": {"summary": "Please call {{who}}"},
    "steps": [
        {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello {{who}}"}},
        {
            "key": "mail",
            "channel": "email",
            "wait": "1d",
            "message": {"text": "Hello {{who}}", "subject": "For {{who}}", "html": "<p>{{who}}</p>"},
        },
        {"key": "broken", "channel": "voice", "wait": "1d", "message": {"text": "{{fault}}"}},
    ],
}


@define
class World:
    """One tenant with one published campaign."""

    clock: FakeClock = field(factory=FakeClock)
    runs: FakeRuns = field(factory=FakeRuns)
    sms: FakeProvider = field(factory=FakeProvider)
    email: FakeProvider = field(factory=lambda: FakeProvider(Channel.EMAIL))
    voice: FakeProvider = field(factory=lambda: FakeProvider(Channel.VOICE))
    more_sms: list[FakeProvider] = field(factory=list)
    pacing: Pacing = field(factory=NoPacing)
    desk: FakeDesk = field(factory=FakeDesk)
    renderer: FakeRenderer = field(factory=FakeRenderer)
    calendar: FakeCalendar = field(factory=FakeCalendar)
    links: Links = field(factory=NoLinks)
    caps: tuple[Cap, ...] = ()
    telemetry: RecordingTelemetry = field(factory=RecordingTelemetry)
    database: FakeDatabase = field()

    @database.default
    def _database(self) -> FakeDatabase:
        return FakeDatabase(clock=self.clock)

    @property
    def send(self) -> SendMessage:
        providers = {
            Channel.SMS: [self.sms, *self.more_sms],
            Channel.EMAIL: [self.email],
            Channel.VOICE: [self.voice],
        }
        return SendMessage(self.database, providers, self.gate, self.clock, self.telemetry, self.pacing)

    @property
    def gate(self) -> Gate:
        return Gate(self.renderer, self.places, self.links, self.caps)

    @property
    def places(self) -> LocalCalendar:
        return LocalCalendar(self.calendar)

    @property
    def prepare_step(self) -> PrepareStep:
        return PrepareStep(self.database, self.places)

    @property
    def check_wait(self) -> CheckWait:
        return CheckWait(self.database, self.clock)

    @property
    def control_campaign(self) -> ControlCampaign:
        return ControlCampaign(self.database, self.clock)

    @property
    def control_enrollment(self) -> ControlEnrollment:
        return ControlEnrollment(self.database, self.dispatch, self.clock)

    @property
    def record_event(self) -> RecordEvent:
        return RecordEvent(self.database, self.dispatch, self.clock)

    @property
    def move_enrollments(self) -> MoveEnrollments:
        return MoveEnrollments(self.database, self.clock)

    @property
    def move_enrollment(self) -> MoveEnrollment:
        return MoveEnrollment(self.database, self.dispatch, self.clock)

    @property
    def dispatch(self) -> DispatchEvents:
        return DispatchEvents(self.database, self.runs)

    @property
    def ingest(self) -> IngestProviderEvent:
        return IngestProviderEvent(self.database, self.dispatch, self.clock, TENANT, telemetry=self.telemetry)

    @property
    def start_runs(self) -> StartRuns:
        return StartRuns(self.database, self.runs, self.clock)

    @property
    def relay(self) -> RelayEvents:
        return RelayEvents(self.database, self.dispatch, self.start_runs, self.clock)

    @property
    def enroll_contacts(self) -> EnrollContacts:
        return EnrollContacts(self.database, self.start_runs, self.clock, Counter("contact"))

    @property
    def erase_contact(self) -> EraseContact:
        return EraseContact(self.database, self.dispatch, self.clock)

    @property
    def export_contact(self) -> ExportContact:
        return ExportContact(self.database)

    @property
    def enroll_contact(self) -> EnrollContact:
        return EnrollContact(self.database, self.start_runs, self.clock, Counter("contact"))

    @property
    def show_enrollment(self) -> ShowEnrollment:
        following = WhatIsNext(self.prepare_step, self.places)
        return ShowEnrollment(self.database, self.places, following)

    @property
    def create_handoff(self) -> CreateHandoff:
        return CreateHandoff(self.database, self.desk, self.renderer, self.clock)

    @property
    def log_interactions(self) -> LogInteractions:
        return LogInteractions(self.database, self.telemetry)

    async def publish(self, **changes: Any) -> None:
        """Publish the campaign with some parts of its definition changed."""
        async with self.database.transaction() as tx:
            await tx.campaigns.publish(TENANT, {**DEFINITION, **changes}, self.clock())

    async def enroll(
        self,
        who: str = "ann",
        phone: str | None = PHONE,
        email: str | None = "ann@example.com",
        campaign: str = "spring",
        *,
        started: bool = True,
        timezone: str | None = None,
        attributes: Mapping[str, str] = NOTHING,
        version: int = 1,
        time_scale: float = 1.0,
    ) -> str:
        """Store a contact and its enrollment; returns the enrollment's id."""
        contact = Contact(f"contact-{who}", who, phone, email, timezone, attributes)
        enrollment = Enrollment(
            id=enrollment_id(TENANT, campaign, contact.id),
            tenant=TENANT,
            campaign=campaign,
            version=version,
            contact_id=contact.id,
            created_at=self.clock(),
            time_scale=time_scale,
            started_at=self.clock() if started else None,
        )
        async with self.database.transaction() as tx:
            await tx.contacts.upsert(TENANT, [contact])
            await tx.enrollments.add([enrollment])
        if not started:
            self.runs.missing.add(enrollment.id)
        return enrollment.id

    async def attempt(
        self,
        enrollment: str,
        state: AttemptState = AttemptState.ACCEPTED,
        step: str = "text",
        channel: Channel = Channel.SMS,
    ) -> AttemptKey:
        """Store the first attempt of a step in a state; returns its key."""
        key = AttemptKey(enrollment, step, 1)
        provider = f"fake-{channel.value}"
        async with self.database.transaction() as tx:
            await tx.attempts.claim(Attempt(key, channel, provider, AttemptState.CLAIMED, self.clock()))
            if state is not AttemptState.CLAIMED:
                ref = f"ref-{key}" if state is AttemptState.ACCEPTED else None
                await tx.attempts.record(key, state, self.clock(), provider_ref=ref)
        return key

    async def pause(self, policy: PausePolicy = PausePolicy.FREEZE, rate: float = 1.0) -> Pause:
        """Hold the campaign; returns the pause, from now on."""
        pause = Pause(self.clock(), policy, rate)
        async with self.database.transaction() as tx:
            await tx.campaigns.pause(TENANT, "spring", pause)
        return pause

    async def resume(self) -> None:
        """Let the campaign go on."""
        async with self.database.transaction() as tx:
            await tx.campaigns.resume(TENANT, "spring", self.clock())

    async def place(self, enrollment: str, step: str | None, version: int = 1) -> None:
        """Note where an enrollment stands."""
        async with self.database.transaction() as tx:
            await tx.enrollments.place(enrollment, version, step)

    async def suppress(self, channel: Channel = Channel.SMS, address: str = PHONE) -> None:
        """Suppress an address."""
        async with self.database.transaction() as tx:
            await tx.suppressions.add(TENANT, channel, address, "opted_out", self.clock())

    async def is_suppressed(self, channel: Channel = Channel.SMS, address: str = PHONE) -> bool:
        """Whether an address is suppressed."""
        async with self.database.transaction() as tx:
            return await tx.suppressions.holds(TENANT, channel, address)

    async def finish(self, enrollment: str, outcome: Outcome = Outcome.COMPLETED) -> None:
        """End an enrollment and its run."""
        async with self.database.transaction() as tx:
            await tx.enrollments.finish(enrollment, outcome, self.clock())
        self.runs.ended.add(enrollment)

    async def stored(self, key: AttemptKey) -> Attempt:
        """The attempt as the database has it."""
        async with self.database.transaction() as tx:
            attempt = await tx.attempts.get(key)
        assert attempt is not None
        return attempt

    async def timeline(self, enrollment: str) -> list[Interaction]:
        """The rows of an enrollment."""
        async with self.database.transaction() as tx:
            return await tx.interactions.of_enrollment(enrollment)

    @property
    def rows(self) -> list[Interaction]:
        """The rows of everybody, in the order in which they came."""
        return [row for _, row in self.database.state.interactions.values()]

    async def hear(self, *reports: Report, provider: str = "fake-sms", nonce: str | None = None) -> int:
        """Take in one delivery with these reports."""
        return await self.ingest(delivery(repr(reports).encode(), provider), reports, nonce)

    def status(
        self,
        key: AttemptKey | str | None,
        status: DeliveryStatus,
        event: str = "event-1",
        ref: str | None = None,
        detail: str = "",
    ) -> StatusReport:
        """A report about an attempt."""
        return StatusReport(event, status, self.clock(), None if key is None else str(key), ref, detail)

    def text(
        self,
        words: str,
        event: str = "text-1",
        sender: str = PHONE,
        *,
        channel: Channel = Channel.SMS,
        keyword: Keyword | None = None,
        answers: AttemptKey | str | None = None,
    ) -> InboundText:
        """A message from a person."""
        named = None if answers is None else str(answers)
        return InboundText(event, channel, sender, words, self.clock(), keyword, named)


def delivery(
    body: bytes = b"body", provider: str = "fake-sms", verdict: Verdict = Verdict.READ
) -> StagedWebhook:
    """A delivery as it came."""
    target = f"/webhooks/{provider}"
    now = FakeClock()() + timedelta(0)
    return StagedWebhook(
        webhook_key(provider, target, body), provider, target, "text/plain", body, now, verdict
    )


async def first_row(tx: Transaction, enrollment: str) -> Interaction:
    """The oldest row of an enrollment."""
    return (await tx.interactions.of_enrollment(enrollment))[0]
