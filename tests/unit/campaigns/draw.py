"""A random campaign with its contact and its world, all from one seed."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from attrs import frozen

from application.check_wait import CheckWait
from application.gate import Gate
from application.local_calendar import LocalCalendar
from application.ports.messaging import OutboundMessage
from application.ports.telemetry import NoTelemetry
from application.prepare_step import PrepareStep
from application.send_message import SendMessage
from domain.enrollment.events import Started
from domain.language.parse import parse
from domain.statuses import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.links import FakeLinks
from tests.fakes.rendering import FakeRenderer
from tests.unit.campaigns.agenda import Agenda
from tests.unit.campaigns.books import Books, Tables
from tests.unit.campaigns.carrier import Carrier
from tests.unit.campaigns.definitions import Promise, draw_definition
from tests.unit.campaigns.evidence import Evidence, Sent, Word
from tests.unit.campaigns.happenings import disturb
from tests.unit.campaigns.places import CALENDAR, draw_contact, draw_place
from tests.unit.campaigns.reports import expect
from tests.unit.campaigns.world import World


@frozen
class Drawn:
    """A campaign that is about to begin.

    Args:
        definition: its definition, as a file would give it.
        promise: what that promises.
        world: where it runs.
    """

    definition: dict[str, Any]
    promise: Promise
    world: World


def draw(seed: int) -> Drawn:
    """The campaign of a seed, always the same one."""
    chance = Random(seed)
    place = draw_place(chance)
    definition, promise = draw_definition(chance, place)
    tables = Tables(parse(definition), draw_contact(chance, place), place.start)
    agenda, evidence = Agenda(FakeClock(place.start), chance), Evidence()
    world = _world(tables, agenda, evidence)
    world.tell(agenda.soon(), Started)
    disturb(world, place)
    return Drawn(definition, promise, world)


def _world(tables: Tables, agenda: Agenda, evidence: Evidence) -> World:
    books, places = Books(tables), LocalCalendar(CALENDAR)

    def take(message: OutboundMessage, channel: Channel) -> None:
        sent = Sent(evidence.next(), agenda.now, message.key, channel, message.to, tables.contact)
        evidence.sent.append(sent)
        expect(world, sent)

    def opt_out(message: OutboundMessage, channel: Channel) -> None:
        evidence.closed.append(Word(evidence.next(), channel, message.to))

    send_message = SendMessage(
        books,
        {channel: _carriers(agenda, channel, take, opt_out) for channel in Channel},
        Gate(FakeRenderer(), places, FakeLinks()),
        agenda.clock,
        NoTelemetry(),
        record_pauses=(),
    )
    world = World(
        tables, agenda, evidence, send_message, PrepareStep(books, places), CheckWait(books, agenda.clock)
    )
    return world


def _carriers(
    agenda: Agenda,
    channel: Channel,
    take: Callable[[OutboundMessage, Channel], None],
    opt_out: Callable[[OutboundMessage, Channel], None],
) -> list[Carrier]:
    """One provider, or two, or none; a few are down for days."""
    chance = agenda.chance
    return [
        Carrier(
            channel,
            name,
            chance,
            honours_key=chance.random() < 0.5,
            can_look_up=chance.random() < 0.5,
            take=take,
            opt_out=opt_out,
            clock=agenda.clock,
            down_until=agenda.now + timedelta(days=chance.uniform(0, 3) if chance.random() < 0.04 else 0),
        )
        for name in ("one", "two")[: chance.choices([0, 1, 2], [1, 30, 9])[0]]
    ]
