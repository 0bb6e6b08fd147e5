"""A world for the example campaigns: all of Drumbeat but its vendors, on a real server that skips time.

The workflow, activities, use cases, database, calendar, links and templates are the real ones. Only the
providers and the desk are fakes: they take everything, and note when. People live side by side, each by a
clock of their own.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from attrs import define, field

from adapters.calendar.world import WorldCalendar
from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.templates.jinja import JinjaRenderer
from adapters.temporal.runtime import build_worker
from application.check_wait import CheckWait
from application.create_handoff import CreateHandoff
from application.gate import Gate
from application.local_calendar import LocalCalendar
from application.log_interactions import LogInteractions
from application.ports.handoffs import Ticket
from application.ports.telemetry import NoTelemetry
from application.prepare_step import PrepareStep
from application.publish_campaign import PublishCampaign
from application.send_message import SendMessage
from bootstrap.files import check_campaign
from domain.statuses import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.providers import FakeProvider
from tests.fakes.virtual_time import VirtualTime, server_time
from tests.integration.temporal.example_life import LINKS, TENANT, Drumbeat, HearingRuns, Life
from tests.integration.temporal.example_people import Person, Touch

EXAMPLES = Path(__file__).parents[3] / "examples"


@define
class World:
    """Drumbeat, and the people around it.

    Attributes:
        drumbeat: what people meet of it.
        touches: every message that was sent.
        lives: by the people's names.
    """

    drumbeat: Drumbeat
    touches: list[Touch] = field(factory=list)
    lives: dict[str, Life] = field(factory=dict)

    # What a test does --------------------------------------------------------------------------------

    async def publish(self, name: str, at: str) -> None:
        """Publish an example at a time (ISO 8601); its author must have nothing to look at."""
        definition, checked = check_campaign(EXAMPLES / f"{name}.yaml")
        clock = FakeClock(datetime.fromisoformat(at))
        self.drumbeat.time.clock.go_by(clock)
        publish = PublishCampaign(self.drumbeat.database, JinjaRenderer(), WorldCalendar(), clock)
        await publish(TENANT, definition)

        assert checked.warnings == ()

    def enroll(self, campaign: str, *people: Person, at: str) -> None:
        """Let people enter a campaign at a time (ISO 8601)."""
        for person in people:
            life = self.lives.setdefault(person.name, Life(person.name, self.drumbeat))
            life.plan(datetime.fromisoformat(at), lambda life=life, who=person: life.enter(campaign, who))

    async def live(self) -> None:
        """Let everybody live until nothing will happen any more, then check what always holds.

        All enrollments have ended, nothing went out twice, and books and clocks agree.
        """
        await asyncio.gather(*(life.live() for life in self.lives.values()))
        ended = [each.outcome for life in self.lives.values() for each in await life.enrollments()]
        booked = [row for life in self.lives.values() for row in await life.attempts()]
        accepted = [str(row.key) for row in booked if row.provider_ref is not None]
        keys = [str(touch.message.key) for touch in self.touches]

        assert None not in ended
        assert sorted(accepted) == sorted(set(keys)) == sorted(keys)
        assert all(abs(touch.at - touch.by_server) < timedelta(minutes=1) for touch in self.touches)

    # What can be seen afterwards ---------------------------------------------------------------------

    @property
    def diary(self) -> list[str]:
        """What people got, person by person, in order, by their own clocks."""
        names = list(self.lives)
        return [str(each) for each in sorted(self.touches, key=lambda t: (names.index(t.person.name), t.at))]

    @property
    def tickets(self) -> list[Ticket]:
        """The cases that people must see to."""
        return self.drumbeat.desk.opened

    async def outcomes(self) -> dict[str, str]:
        """Why the enrollments of each person ended, in the order in which they began."""
        return {
            name: ", ".join(str(each.outcome) for each in await life.enrollments())
            for name, life in self.lives.items()
        }

    async def told(self, person: Person, *kinds: str) -> list[str]:
        """Rows of some kinds of a person's timeline, as step and detail."""
        rows = await self.lives[person.name].timeline()
        return [f"{row.step}: {row.detail}" for row in rows if row.kind in kinds]

    def got(self, person: Person, step: str) -> Touch:
        """The last message that a person got at a step."""
        return [each for each in self.touches if (each.person.name, each.step) == (person.name, step)][-1]

    # How it works ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def working(self) -> AsyncIterator["World"]:
        """The workers, for the length of the block."""
        clock, database = self.drumbeat.time.clock, self.drumbeat.database
        renderer, places = JinjaRenderer(), LocalCalendar(WorldCalendar())
        carriers = {channel: [self._carrier(channel)] for channel in Channel}
        async with build_worker(
            self.drumbeat.time.client,
            send_message=SendMessage(database, carriers, Gate(renderer, places, LINKS), clock, NoTelemetry()),
            log_interactions=LogInteractions(database, NoTelemetry()),
            create_handoff=CreateHandoff(database, self.drumbeat.desk, renderer, clock),
            prepare_step=PrepareStep(database, places),
            check_wait=CheckWait(database, clock),
            task_queue=self.drumbeat.runs.task_queue,
            drain=timedelta(seconds=5),
        ):
            yield self

    def _carrier(self, channel: Channel) -> FakeProvider:
        carrier = FakeProvider(channel)

        async def take_note() -> None:
            message = carrier.sent[-1]
            life = next(life for life in self.lives.values() if message.key.enrollment_id in life.enrolled)
            person = life.enrolled[message.key.enrollment_id]
            self.touches.append(Touch(person, message, channel, self.drumbeat.time.clock(), server_time()))
            life.react(self.touches[-1])

        carrier.meanwhile = take_note
        return carrier


@asynccontextmanager
async def a_world(time: VirtualTime, task_queue: str, migrated: Path, folder: Path) -> AsyncIterator[World]:
    """A world with nobody in it, and no campaigns.

    Args:
        time: by which it goes.
        task_queue: of the test's own.
        migrated: a SQLite file, to copy.
        folder: of the test's own.
    """
    engine = create_engine(f"sqlite:///{shutil.copy(migrated, folder / 'drumbeat.db')}")
    try:
        database = SqlDatabase(engine, time.clock)
        async with World(Drumbeat(time, database, HearingRuns(time.client, task_queue))).working() as world:
            yield world
    finally:
        await engine.dispose()
