"""What else happens while a campaign runs: pauses that end, words of people, goals, other campaigns."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from attrs import evolve

from application.control_campaign import ControlCampaign
from application.opt_outs import WORD, OptOut, suppress
from application.ports.attempts import Attempt
from application.ports.consents import Consent
from application.ports.suppressions import EVERYBODY
from domain.attempts import AttemptState
from domain.enrollment.events import Cancelled, GoalReached, OptedOut, Paused, ProviderEvent, Resumed
from domain.idempotency import AttemptKey
from domain.pauses import PausePolicy
from domain.statuses import Channel, DeliveryStatus
from tests.unit.campaigns.books import ELSEWHERE, ENROLLMENT, TENANT, Books
from tests.unit.campaigns.evidence import Held, Sent, Word
from tests.unit.campaigns.places import Place, draw_zone
from tests.unit.campaigns.world import World

_PAUSES = tuple(timedelta(hours=hours) for hours in (0.05, 1, 5, 20, 70))


def disturb(world: World, place: Place) -> None:
    """Plan all of it, from the beginning on."""
    chance = world.agenda.chance
    for happens, most in (
        (_pause_campaign, 3),
        (_pause_enrollment, 1),
        (_write_from_elsewhere, 4),
        (_stray_event, 2),
    ):
        for _ in range(chance.randint(0, most)):
            happens(world)
    for seldom, share in (
        (_stop, 0.12),
        (_import_suppression, 0.05),
        (_reach_goal, 0.15),
        (_cancel, 0.05),
    ):
        if chance.random() < share:
            seldom(world)
    if chance.random() < 0.1:
        _move_away(world, draw_zone(chance, place))
    for channel in Channel:
        _consent(world, channel)


def _some_time(world: World) -> datetime:
    """Soon after the start more often than weeks later."""
    hours = world.agenda.chance.choice([1, 24, 100, 300])
    return world.agenda.now + timedelta(hours=world.agenda.chance.uniform(0, hours))


def _lasting(world: World) -> timedelta:
    return world.agenda.chance.choice(_PAUSES) * world.agenda.chance.uniform(0.5, 1)


def _later(world: World, at: datetime, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    async def happen() -> None:
        await work()

    world.agenda.at(at, happen)


# Pauses ------------------------------------------------------------------------------------------------


def _pause_campaign(world: World) -> None:
    chance, campaign = world.agenda.chance, world.plan.campaign
    control = ControlCampaign(Books(world.tables), world.agenda.clock)
    begins, policy = _some_time(world), chance.choice(list(PausePolicy))
    rate, queue = chance.choice([0.002, 0.1, 5.0]), chance.randrange(20)

    async def pause() -> None:
        if await control.pause(TENANT, campaign, policy, rate):
            world.evidence.held.append(Held(campaign, world.agenda.now))

    async def resume() -> None:
        if await control.resume(TENANT, campaign):
            world.evidence.release(campaign, world.agenda.now)
            await _let_others_go_first(world, queue)

    _later(world, begins, pause)
    _later(world, begins + _lasting(world), resume)


async def _let_others_go_first(world: World, queue: int) -> None:
    """Other enrollments take the first times after a pause that catches up."""
    pause = (await world.tables.campaigns.pauses(TENANT, world.plan.campaign))[-1]
    if pause.policy is PausePolicy.CATCH_UP:
        for _ in range(queue):
            await world.tables.campaigns.take_slot(TENANT, world.plan.campaign, pause, world.agenda.now)


def _pause_enrollment(world: World) -> None:
    """By itself: the database is told first, and the run hears of it if that still holds by then."""
    begins, policy = _some_time(world), world.agenda.chance.choice(list(PausePolicy))

    async def pause() -> None:
        if await world.tables.enrollments.set_paused(ENROLLMENT, world.agenda.now):
            world.evidence.held.append(Held(ENROLLMENT, world.agenda.now))
            _hear_of_pause(world, is_held=True, policy=policy)

    async def resume() -> None:
        if await world.tables.enrollments.set_paused(ENROLLMENT, None):
            world.evidence.release(ENROLLMENT, world.agenda.now)
            _hear_of_pause(world, is_held=False, policy=policy)

    _later(world, begins, pause)
    _later(world, begins + _lasting(world), resume)


def _hear_of_pause(world: World, *, is_held: bool, policy: PausePolicy) -> None:
    async def hear() -> None:
        enrollment = world.tables.state.enrollments[ENROLLMENT]
        if (enrollment.paused_at is not None) is is_held:
            world.tell(world.agenda.now, Paused if is_held else lambda at: Resumed(at, policy))

    _later(world, world.agenda.soon(), hear)


# People ------------------------------------------------------------------------------------------------


def _stop(world: World) -> None:
    """A person opts out, in answer to whichever message; the run hears of it then, or much later."""
    channel, global_ = world.agenda.chance.choice(list(Channel)), world.agenda.chance.random() < 0.2

    async def stop() -> None:
        now, address = world.agenda.now, world.tables.contact.address(channel)
        if address is not None:
            wish = OptOut("told", channel, address, WORD, "somebody", now)
            await suppress(world.tables, wish, {EVERYBODY if global_ else TENANT})
            world.evidence.closed.append(Word(world.evidence.next(), channel, address))
            world.tell(world.agenda.soon(), OptedOut)

    _later(world, _some_time(world), stop)


def _import_suppression(world: World) -> None:
    """An address is on a list that is read in: nobody tells the run."""
    channel = world.agenda.chance.choice(list(Channel))

    async def read_in() -> None:
        address = world.tables.contact.address(channel)
        if address is not None:
            await world.tables.suppressions.add(TENANT, channel, address, "imported", world.agenda.now)
            world.evidence.closed.append(Word(world.evidence.next(), channel, address))

    _later(world, _some_time(world), read_in)


def _consent(world: World, channel: Channel) -> None:
    """Given before the campaign began, or not; taken back or given while it runs, or not."""
    chance = world.agenda.chance
    words = [(world.agenda.now, True)] if chance.random() < 0.85 else []
    words += [(_some_time(world), chance.random() < 0.5) for _ in range(chance.choice([0, 0, 1, 2]))]
    for at, given in words:
        _later(world, at, partial(_say, world, channel, given=given))


async def _say(world: World, channel: Channel, *, given: bool) -> None:
    contact, now = world.tables.contact, world.agenda.now
    await world.tables.consents.add(contact.id, [Consent(channel, given, "form", now)])
    world.evidence.consents.append(Word(world.evidence.next(), channel, given=given))


def _move_away(world: World, zone: str) -> None:
    """The contact tells another zone."""

    async def move() -> None:
        await world.tables.contacts.upsert(TENANT, [evolve(world.tables.contact, timezone=zone)])

    _later(world, _some_time(world), move)


# All the rest ------------------------------------------------------------------------------------------


def _write_from_elsewhere(world: World) -> None:
    """Another campaign reaches the contact, which counts for the caps of this one."""
    channel = world.agenda.chance.choice(list(Channel))

    async def write() -> None:
        contact, now, order = world.tables.contact, world.agenda.now, world.evidence.next()
        key = AttemptKey(ELSEWHERE, f"step-{order}", 1)
        await world.tables.attempts.claim(Attempt(key, channel, "another", AttemptState.CLAIMED, now))
        await world.tables.attempts.record(key, AttemptState.ACCEPTED, now)
        world.evidence.sent.append(Sent(order, now, key, channel, "", contact, ours=False))

    _later(world, _some_time(world), write)


def _stray_event(world: World) -> None:
    """A callback for what was never sent, or is not known here at all."""
    chance = world.agenda.chance
    step = chance.choice([*(step.key for step in world.plan.steps), "nowhere"])
    attempt, status = chance.choice([0, 1, 3]), chance.choice([DeliveryStatus.FAILED, DeliveryStatus.REPLIED])
    world.tell(_some_time(world), lambda at: ProviderEvent(at, step, attempt, status, "1"))


def _reach_goal(world: World) -> None:
    goal = world.agenda.chance.choice(["purchased", "signed-up", "nothing"])
    world.tell(_some_time(world), lambda at: GoalReached(at, goal))


def _cancel(world: World) -> None:
    world.tell(_some_time(world), Cancelled)
