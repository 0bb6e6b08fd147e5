"""The command line on fakes: real files, a database in memory, and runs that only take note."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, evolve, field
from typer.testing import CliRunner

from adapters.cli.__main__ import _tools
from adapters.cli.commands import make_app
from adapters.cli.tools import UseCases
from application.check_suppression import CheckSuppression
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.find_enrollments import FindEnrollments
from application.import_suppressions import ImportSuppressions
from application.move_enrollments import MoveEnrollments
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Interaction
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.show_campaigns import ShowCampaigns
from application.show_timeline import ShowTimeline
from application.start_runs import StartRuns
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from domain.contact import Contact
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import Counter, FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.rendering import FakeRenderer
from tests.fakes.runs import FakeRuns

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
    """

    folder: Path
    clock: FakeClock = field(factory=FakeClock)
    runs: FakeRuns = field(factory=FakeRuns)
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

        tools = evolve(_tools(), prepare=lambda: None, open=opened, asks=typed is not None)
        result = CliRunner().invoke(make_app(tools), [str(word) for word in words], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    @property
    def use_cases(self) -> UseCases:
        """The use cases on the fakes."""
        database, clock = self.database, self.clock
        dispatch = DispatchEvents(database, self.runs)
        start = StartRuns(database, self.runs, clock)
        return UseCases(
            tenant=TENANT,
            publish_campaign=PublishCampaign(database, FakeRenderer(), FakeCalendar(), clock),
            enroll_contacts=EnrollContacts(database, start, clock, Counter()),
            summarize_campaign=SummarizeCampaign(database),
            reconcile_campaign=ReconcileCampaign(database),
            show_timeline=ShowTimeline(database),
            show_campaigns=ShowCampaigns(database),
            move_enrollments=MoveEnrollments(database, clock),
            control_campaign=ControlCampaign(database, clock),
            control_enrollment=ControlEnrollment(database, dispatch, clock),
            find_enrollments=FindEnrollments(database),
            record_event=RecordEvent(database, dispatch, clock),
            import_suppressions=ImportSuppressions(database, dispatch, clock),
            check_suppression=CheckSuppression(database),
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
