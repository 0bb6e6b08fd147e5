"""The command line on fakes: real files, a database in memory, and runs that only take note."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, evolve, field
from typer.testing import CliRunner

from adapters.cli.commands import make_app
from adapters.cli.tools import UseCases
from adapters.files.addresses import FileAddresses
from application.authenticate_key import AuthenticateKey
from application.check_providers import CheckProviders, InUse
from application.check_suppression import CheckSuppression
from application.control_api_keys import ControlApiKeys
from application.control_batches import ControlBatches
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.control_handoffs import ControlHandoffs
from application.control_schedules import ControlSchedules
from application.control_suppressions import ControlSuppressions
from application.dispatch_events import DispatchEvents
from application.enroll_audience import EnrollAudience, OrderAudience
from application.enroll_contacts import EnrollContacts
from application.erase_contact import EraseContact
from application.export_contact import ExportContact
from application.find_contacts import FindContacts
from application.find_enrollments import FindEnrollments
from application.find_stuck import FindStuck
from application.import_suppressions import ImportSuppressions
from application.keep_audiences import KeepAudiences
from application.keep_contacts import KeepContacts
from application.local_calendar import LocalCalendar
from application.move_enrollment import MoveEnrollment
from application.move_enrollments import MoveEnrollments
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from application.prepare_step import PrepareStep
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.send_test import SendTest
from application.show_campaigns import ShowCampaigns
from application.show_enrollment import ShowEnrollment
from application.show_handoff import ShowHandoff
from application.start_runs import StartRuns
from application.store_batch import StoreBatch
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from application.what_is_next import WhatIsNext
from bootstrap.command_line import tools as wired_tools
from domain.contact import Contact
from domain.statuses import Channel
from tests.fakes.bulk import FakeBatchRuns
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import Counter, FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.desk import FakeDesk
from tests.fakes.keys import FakeHasher, FakeRandom
from tests.fakes.providers import FakeProvider
from tests.fakes.rendering import FakeRenderer
from tests.fakes.runs import FakeRuns
from tests.fakes.schedules import FakeSchedules
from trials.commands import add_trials

TENANT = "acme"
_T = TypeVar("_T")


def definition(version: int = 1, *steps: str, **changes: Any) -> dict[str, Any]:
    """A campaign of SMS steps: ``text`` and ``again`` unless others are named."""
    return {
        "campaign": "spring",
        "version": version,
        "steps": [
            {"key": key, "channel": "sms", "wait": "1d", "message": {"text": "Hello"}}
            for key in steps or ("text", "again")
        ],
        **changes,
    }


@define
class Said:
    """What a command said.

    Args:
        status: its exit status.
        out: what was asked for.
        err: everything else.
    """

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.out)


@define
class CommandLine:
    """Runs commands in a folder of their own.

    Args:
        folder: where files are written.
        tools: other ones than the wired ones, by their names in `Tools`.
    """

    folder: Path
    clock: FakeClock = field(factory=FakeClock)
    runs: FakeRuns = field(factory=FakeRuns)
    schedules: FakeSchedules = field(factory=FakeSchedules)
    batch_runs: FakeBatchRuns = field(factory=FakeBatchRuns)
    batch_ids: Counter = field(factory=lambda: Counter("batch"))
    sms: FakeProvider = field(factory=FakeProvider)
    email: FakeProvider = field(factory=lambda: FakeProvider(Channel.EMAIL))
    in_use: list[InUse] = field(factory=list)
    tools: dict[str, Any] = field(factory=dict)
    random: FakeRandom = field(factory=FakeRandom)
    contact_ids: Counter = field(factory=lambda: Counter("contact"))
    database: FakeDatabase = field()

    @database.default
    def _database(self) -> FakeDatabase:
        return FakeDatabase(clock=self.clock)

    def __call__(self, *words: object, typed: str | None = None) -> Said:
        """Run a command.

        Args:
            words: what is said on the command line.
            typed: what a person types; None where nobody is there to be asked.
        """

        @asynccontextmanager
        async def opened(_: Mapping[str, str]) -> AsyncIterator[UseCases]:
            yield self.use_cases

        fakes = {"prepare": lambda: None, "open": opened, "asks": typed is not None}
        tools = evolve(wired_tools(), **fakes | self.tools)
        result = CliRunner().invoke(make_app(tools, add_trials), [str(word) for word in words], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    @property
    def use_cases(self) -> UseCases:
        """The use cases on the fakes."""
        database, clock = self.database, self.clock
        dispatch = DispatchEvents(database, self.runs)
        start = StartRuns(database, self.runs, clock)
        places = LocalCalendar(FakeCalendar())
        following = WhatIsNext(PrepareStep(database, places), places)
        return UseCases(
            tenant=TENANT,
            publish_campaign=lambda: PublishCampaign(database, FakeRenderer(), FakeCalendar(), clock),
            enroll_contacts=lambda: EnrollContacts(database, start, clock, Counter()),
            summarize_campaign=lambda: SummarizeCampaign(database),
            reconcile_campaign=lambda: ReconcileCampaign(database),
            show_enrollment=lambda: ShowEnrollment(database, places, following),
            show_campaigns=lambda: ShowCampaigns(database),
            move_enrollments=lambda: MoveEnrollments(database, clock),
            move_enrollment=lambda: MoveEnrollment(database, dispatch, clock),
            control_campaign=lambda: ControlCampaign(database, clock),
            control_enrollment=lambda: ControlEnrollment(database, dispatch, clock),
            control_handoffs=lambda: ControlHandoffs(
                database,
                dispatch,
                lambda: ShowHandoff(database, FakeDesk(), FakeRenderer()),
                FakeRenderer(),
                clock,
            ),
            control_schedules=lambda: ControlSchedules(self.schedules, database, clock),
            find_enrollments=lambda: FindEnrollments(database),
            record_event=lambda: RecordEvent(database, dispatch, clock),
            import_suppressions=lambda: ImportSuppressions(database, dispatch, clock),
            check_suppression=lambda: CheckSuppression(database),
            store_batch=lambda: StoreBatch(database, self.batch_runs, clock, self.batch_ids),
            order_audience=lambda: OrderAudience(
                EnrollAudience(database, clock), self.batch_runs, self.batch_ids
            ),
            control_batches=lambda: ControlBatches(database, self.batch_runs, clock),
            keep_audiences=lambda: KeepAudiences(database, clock),
            control_suppressions=lambda: ControlSuppressions(database),
            addresses=FileAddresses(),
            keep_contacts=lambda: KeepContacts(database, clock, self.contact_ids),
            find_contacts=lambda: FindContacts(database),
            export_contact=lambda: ExportContact(database),
            erase_contact=lambda: EraseContact(database, dispatch, clock),
            find_stuck=lambda: FindStuck(database, clock),
            control_api_keys=lambda: ControlApiKeys(database, FakeHasher(), self.random, clock),
            authenticate_key=lambda: AuthenticateKey(database, FakeHasher(), b"process", "decoy"),
            check_providers=lambda: CheckProviders(self.in_use),
            send_test=lambda: SendTest(
                database, {Channel.SMS: [self.sms], Channel.EMAIL: [self.email]}, clock, Counter("test")
            ),
        )

    def file(self, name: str, content: str | Mapping[str, Any]) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    def stored(self, work: Callable[[Transaction], Awaitable[_T]]) -> _T:
        """Do something in a transaction."""

        async def transaction() -> _T:
            async with self.database.transaction() as tx:
                return await work(tx)

        return asyncio.run(transaction())

    def published(self, content: Mapping[str, Any]) -> None:
        """Store a version."""
        self.stored(lambda tx: tx.campaigns.publish(TENANT, content, self.clock()))

    def enrolled(
        self, who: str = "ann", version: int = 1, step: str | None = None, campaign: str = "spring"
    ) -> str:
        """Store a contact and an open enrollment at a step; returns the enrollment's id."""
        contact = Contact(f"contact-{who}", who, "+12025550123")
        enrollment = Enrollment(
            f"{campaign}-{who}", TENANT, campaign, version, contact.id, self.clock(), started_at=self.clock()
        )

        async def add(tx: Transaction) -> None:
            await tx.contacts.upsert(TENANT, [contact])
            await tx.enrollments.add([enrollment])
            await tx.enrollments.place(enrollment.id, version, step)

        self.stored(add)
        return enrollment.id

    @property
    def versions(self) -> list[int]:
        """The versions that are published."""
        found = self.stored(lambda tx: tx.campaigns.versions(TENANT))
        return [each.version for each in found]

    def told(self, enrollment: str) -> list[Interaction]:
        """The rows of an enrollment."""
        return self.stored(lambda tx: tx.interactions.of_enrollment(enrollment))
