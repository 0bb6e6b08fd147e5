"""What happens to one person in the world of the example campaigns, and what they let Drumbeat know."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

from attrs import define, field, frozen

from adapters.db.database import SqlDatabase
from adapters.links.signed import SignedLinks
from adapters.temporal.gateway import TemporalRuns
from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.ingest_provider_event import IngestProviderEvent
from application.ports.attempts import Attempt
from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, Report, StatusReport
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from application.ports.webhooks import StagedWebhook, Verdict
from application.record_event import RecordEvent
from application.start_runs import StartRuns
from application.unsubscribe import Unsubscribe
from domain.idempotency import webhook_key
from domain.statuses import DeliveryStatus
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.virtual_time import VirtualTime
from tests.integration.temporal.example_people import Person, Touch, nothing

TENANT = "acme"
LINKS = SignedLinks("https://drumbeat.example.com", ("a secret of the tests, long enough",))

Errand = Callable[[], Awaitable[object]]


@frozen
class HearingRuns(TemporalRuns):
    """The real runs, and which of them have heard anything lately."""

    heard: set[str] = field(factory=set)

    async def _signal(self, enrollment_id: str, name: str, *args: Any) -> bool:
        self.heard.add(enrollment_id)
        return await super()._signal(enrollment_id, name, *args)


@frozen
class Drumbeat:
    """What people meet of it.

    Args:
        time: by which it goes.
        database: its books.
        runs: its runs.
        desk: where the cases are that people must see to.
    """

    time: VirtualTime
    database: SqlDatabase
    runs: HearingRuns
    desk: FakeDesk = field(factory=FakeDesk)
    _numbers: Iterator[int] = field(factory=count)

    @property
    def dispatch(self) -> DispatchEvents:
        """Lets the runs know."""
        return DispatchEvents(self.database, self.runs)

    def name(self) -> str:
        """A name that no event has."""
        return f"event-{next(self._numbers)}"


@define
class Life:
    """One person, by a clock of their own, which goes from one time at which anything happens to the next.

    Attributes:
        name: theirs.
        drumbeat: what reaches them.
        enrolled: enrollment id to who they were then.
    """

    name: str
    drumbeat: Drumbeat
    enrolled: dict[str, Person] = field(factory=dict)
    _clock: FakeClock = field(factory=FakeClock)
    _due: dict[str, datetime] = field(factory=dict)
    _agenda: list[tuple[datetime, int, Errand]] = field(factory=list)
    _numbers: Iterator[int] = field(factory=count)

    async def live(self) -> None:
        """Live until nothing will happen any more."""
        self.drumbeat.time.clock.go_by(self._clock)
        while self._agenda or self._due:
            enrollment = min(self._due, key=self._due.__getitem__, default=None)
            if enrollment is None or (self._agenda and self._agenda[0][0] <= self._due[enrollment]):
                self._clock.now, _, errand = heappop(self._agenda)
                await errand()
            else:
                self._clock.now = self._due[enrollment]
                await self._follow(enrollment)

    def plan(self, at: datetime, errand: Errand) -> None:
        """Let something happen at a time."""
        heappush(self._agenda, (at, next(self._numbers), errand))

    def react(self, touch: Touch) -> None:
        """Plan what the person does about a message."""
        for deed in touch.person.does.get(touch.step, nothing(touch)):
            self.plan(self._clock() + deed.after, lambda deed=deed: deed.act(self, touch))

    # What is told of them ----------------------------------------------------------------------------

    async def enter(self, campaign: str, person: Person) -> None:
        """An application enrolls the person, or tells what is known of them now."""
        database, contact_id = self.drumbeat.database, f"contact-{self.name}"
        start = StartRuns(database, self.drumbeat.runs, self._clock)
        enroll = EnrollContacts(database, start, self._clock, lambda: contact_id)
        await enroll(TENANT, campaign, 1, [person.contact])
        async with database.transaction() as tx:
            latest = await tx.enrollments.latest(TENANT, campaign, [contact_id])
        enrollment = latest[contact_id]
        if enrollment.id not in self.enrolled:
            self.enrolled[enrollment.id] = person
            self.drumbeat.time.clock.tie(enrollment.id)
            await self._follow(enrollment.id)

    async def change(self, touch: Touch, attributes: Mapping[str, str]) -> None:
        """An application tells what has changed about the person."""
        enrollments = {each.id: each for each in await self.enrollments()}
        campaign = enrollments[touch.message.key.enrollment_id].campaign
        await self.enter(campaign, touch.person.who(touch.person.does, **attributes))

    async def happens(self, event: str) -> None:
        """An application tells of an event."""
        record = RecordEvent(self.drumbeat.database, self.drumbeat.dispatch, self._clock)
        await self._let_hear(record(TENANT, self.name, event, self.drumbeat.name()))

    async def report(self, touch: Touch, status: str, pressed: str | None = None) -> None:
        """A provider reports."""
        key, name = str(touch.message.key), self.drumbeat.name()
        told = StatusReport(name, DeliveryStatus(status), self._clock(), key, None, pressed=pressed)
        await self._tell(told, f"fake-{touch.channel.value}")

    async def write(self, touch: Touch, text: str) -> None:
        """The person answers."""
        told = InboundText(self.drumbeat.name(), touch.channel, touch.message.to, text, self._clock())
        await self._tell(told, f"fake-{touch.channel.value}")

    async def resolve(self) -> None:
        """A human closes the person's case."""
        desk = self.drumbeat.desk
        mine = [ticket for ticket in desk.opened if ticket.enrollment_id in self.enrolled]
        told = HandoffReport(self.drumbeat.name(), HandoffAction.RESOLVED, self._clock(), mine[-1].key)
        await self._tell(told, desk.name)

    async def unsubscribe(self, touch: Touch) -> None:
        """The person uses the link in a message."""
        token = str(touch.message.unsubscribe_url).rpartition("/")[2]
        act = Unsubscribe(self.drumbeat.database, self.drumbeat.dispatch, self._clock)
        await self._let_hear(act(LINKS.read_unsubscribe(token)))

    async def _tell(self, told: Report, provider: str) -> None:
        body = told.event_id.encode()
        key = webhook_key(provider, "/", body)
        webhook = StagedWebhook(key, provider, "/", "text/plain", body, self._clock(), Verdict.READ)
        ingest = IngestProviderEvent(self.drumbeat.database, self.drumbeat.dispatch, self._clock, TENANT)
        await self._let_hear(ingest(webhook, [told]))

    # What stands in the books ------------------------------------------------------------------------

    async def enrollments(self) -> list[Enrollment]:
        """All enrollments, as they are stored."""
        async with self.drumbeat.database.transaction() as tx:
            found = [await tx.enrollments.get(id_) for id_ in self.enrolled]
        return [each for each in found if each is not None]

    async def attempts(self) -> list[Attempt]:
        """The attempts of all enrollments."""
        async with self.drumbeat.database.transaction() as tx:
            return [row for id_ in self.enrolled for row in await tx.attempts.of_enrollment(id_)]

    async def timeline(self) -> list[Interaction]:
        """The rows of all enrollments."""
        async with self.drumbeat.database.transaction() as tx:
            return [row for id_ in self.enrolled for row in await tx.interactions.of_enrollment(id_)]

    # How it works ------------------------------------------------------------------------------------

    async def _follow(self, enrollment_id: str) -> None:
        """Let a run do all that falls due until now."""
        self._note(enrollment_id, await self.drumbeat.time.follow(enrollment_id))

    async def _let_hear(self, news: Awaitable[object]) -> None:
        """Let runs hear of news when it is news, and do what they make of it."""
        for id_ in self._due:
            await self.drumbeat.time.bring(id_)
        await news
        for id_ in self._due.keys() & self.drumbeat.runs.heard:
            self._note(id_, await self.drumbeat.time.settled(id_))
            self.drumbeat.runs.heard.discard(id_)

    def _note(self, enrollment_id: str, due: datetime | None) -> None:
        self._due.pop(enrollment_id, None)
        if due is not None:
            self._due[enrollment_id] = due
