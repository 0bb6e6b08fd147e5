"""Whole lives of enrollments in the database: the product's own use cases, without Temporal, without waiting.

What a run does between its use cases is done here by the same `decide`; time passes as the plan wants it. So
all rows are those of production, and what is measured is the database's part alone.
"""

from collections import deque
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import httpx
from attrs import define, field
from dependency_injector import providers
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError as Failure

from adapters.db.database import SqlDatabase
from adapters.temporal.activities.books import StepPrepare, WaitCheck
from adapters.temporal.activities.interactions_log import InteractionsLog
from adapters.temporal.activities.sending import send
from adapters.temporal.common import mapping
from adapters.temporal.common.payloads import PreparePayload, SendOutcome, SendPayload
from application.errors import OutcomeUnknown
from application.ports.enrollments import Place
from application.ports.telemetry import NoTelemetry
from bootstrap.container import Container
from bootstrap.settings import LinksSettings, Settings
from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    PrepareStep,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import Event, HandoffCreated, Started, WaitElapsed
from domain.enrollment.expected import expected
from domain.enrollment.state import EnrollmentState, Status
from domain.enrollment.turn import pending_order, step_key
from domain.idempotency import AttemptKey
from domain.language.parse import parse
from domain.statuses import Channel, DeliveryStatus
from trials.bench.callbacks import callback
from trials.bench.lived import Shape, person
from trials.bench.nobody import Ears, NoBatches, Tray, Vendor

TENANT = "bench"
_SECRET = "of links that nobody clicks, and nobody ever gets"  # noqa: S105
APART = timedelta(seconds=1)
"""How long after one life the next one begins."""


@define
class Passing:
    """A clock that stands still until it is set."""

    now: datetime

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@define
class Lives:
    """Lets enrollments live, one after the other.

    Args:
        engine: of a migrated database; whoever made it disposes of it.
        clock: stands at the beginning of the first life.

    Attributes:
        use: the product's own wiring, with nobody outside.
    """

    engine: AsyncEngine
    clock: Passing = field(factory=lambda: Passing(datetime.now(UTC)))
    ears: Ears = field(factory=Ears)
    _vendors: list[Vendor] = field(init=False, factory=lambda: [Vendor(channel) for channel in Channel])
    use: Container = field(init=False)
    _plans: dict[str, Plan] = field(factory=dict, init=False)

    @use.default
    def _wired(self) -> Container:
        made = Container(
            settings=Settings(tenant=TENANT, links=LinksSettings(secret=_SECRET)),
            database=SqlDatabase(self.engine, self.clock),
            http_client=providers.Singleton(httpx.AsyncClient),
            telemetry=NoTelemetry(),
        )
        for port, nobody in (
            (made.clock, self.clock),
            (made.runs, self.ears),
            (made.batch_runs, NoBatches()),
            (made.desk, Tray()),
            (made.message_providers, {each.channel: [each] for each in self._vendors}),
        ):
            port.override(providers.Object(nobody))
        return made

    async def publish(self, *shapes: Shape) -> None:
        """Publish campaigns."""
        for shape in shapes:
            await self.use.publish_campaign()(TENANT, shape.definition)

    async def live(self, shape: Shape, number: int, *, to_its_end: bool = True) -> str:
        """Let one enrollment live; afterwards it is a second later than at its beginning.

        Args:
            shape: in which campaign, which is published.
            number: of the contact, who is new.
            to_its_end: and not only until it waits for an answer.

        Returns:
            Its id.
        """
        began = self.clock.now
        plan = self._plans.setdefault(shape.campaign, parse(shape.definition).plan)
        enrolled = await self.use.enroll_contact()(TENANT, shape.campaign, person(number))
        await self._follow(shape, plan, EnrollmentState(enrolled.enrollment_id), to_its_end=to_its_end)
        self.clock.now = began + APART
        return enrolled.enrollment_id

    async def call_back(self, key: AttemptKey, channel: Channel, status: DeliveryStatus) -> None:
        """Take in a provider's callback, by our key and its own reference."""
        told = callback(key, channel, status, self.clock())
        await self.use.ingest_provider_event()(told.webhook, told.reports)

    # What the workflow does --------------------------------------------------------------------------

    async def _follow(self, shape: Shape, plan: Plan, state: EnrollmentState, *, to_its_end: bool) -> None:
        log = InteractionsLog(self.use.log_interactions())
        inbox: deque[Event] = deque([Started(self.clock())])
        while state.outcome is None:
            if not inbox and state.status is Status.WAITING and not to_its_end:
                return
            fact = inbox.popleft() if inbox else self._waited(plan, state)
            decision = decide(plan, state, fact)
            here, there = step_key(plan, state), step_key(plan, decision.state)
            state = decision.state
            place = Place(plan.version, there) if here != there and state.outcome is None else None
            records = mapping.dump_records(decision.commands, place, expected(plan, state, self.clock()))
            if records is not None:
                await log.interactions_log(state.enrollment_id, records)
            for command in decision.commands:
                inbox.extend(await self._carried_out(shape, plan, state.enrollment_id, command))

    def _waited(self, plan: Plan, state: EnrollmentState) -> Event:
        order = pending_order(plan, state)
        if not isinstance(order, WaitUntil):
            raise TypeError(f"nothing is awaited in {state.status.value}: the life would never end")
        self.clock.now = max(self.clock.now, order.at)
        return WaitElapsed(self.clock.now, order.step, order.attempt)

    async def _carried_out(
        self, shape: Shape, plan: Plan, enrollment_id: str, command: Command
    ) -> list[Event]:
        match command:
            case SendMessage():
                return await self._sent(shape, enrollment_id, command)
            case PrepareStep(step):
                asked = PreparePayload(step, self.clock().isoformat())
                told = await StepPrepare(self.use.prepare_step()).step_prepare(enrollment_id, asked)
                return [mapping.prepared_fact(told, step, self.clock())]
            case CheckWait():
                wait = mapping.wait_payload(command, self.clock())
                verdict = await WaitCheck(self.use.check_wait()).wait_check(enrollment_id, wait)
                return [mapping.wait_fact(verdict, command, self.clock())]
            case CreateHandoff(step, reason):
                await self.use.create_handoff()(enrollment_id, step, reason)
                return [HandoffCreated(self.clock())]
            case _:
                return []

    async def _sent(self, shape: Shape, enrollment_id: str, order: SendMessage) -> list[Event]:
        payload = replace(mapping.send_payload(order, 0.0), patience=None)
        outcome = await self._send(shape, order.channel, enrollment_id, payload)
        facts: list[Event] = [mapping.send_fact(outcome, order, self.clock())]
        for status in shape.callbacks[order.channel]:
            key = AttemptKey(enrollment_id, order.step, order.attempt)
            await self.call_back(key, order.channel, status)
        for told in self.ears.take(enrollment_id):
            signal = mapping.provider_event_signal(told)
            event = None if signal is None else mapping.provider_event(asdict(signal), self.clock())
            if event is not None:
                facts.append(event)
        return facts

    async def _send(
        self, shape: Shape, channel: Channel, enrollment_id: str, payload: SendPayload
    ) -> SendOutcome:
        for each in self._vendors:
            each.is_mute = not shape.is_answered
        try:
            return await send(self.use.send_message(), channel, enrollment_id, payload)
        except Failure as fault:
            if fault.type != OutcomeUnknown.__name__:
                raise
        # As Temporal would, it is asked again: what cannot be looked up is given up now.
        return await send(self.use.send_message(), channel, enrollment_id, payload)
