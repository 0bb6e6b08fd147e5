"""What providers and people say of a message that was taken: at any time, in any order, more than once."""

from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from domain.enrollment.events import ProviderEvent
from domain.idempotency import AttemptKey
from domain.statuses import SUPPRESSING, Channel, DeliveryStatus
from tests.unit.campaigns.books import TENANT
from tests.unit.campaigns.evidence import Sent, Word
from tests.unit.campaigns.world import World

_USUAL = {
    Channel.SMS: ("queued", "sent", "delivered", "delivered", "failed", "failed", "clicked", "replied"),
    Channel.EMAIL: ("delivered", "delivered", "opened", "opened", "failed", "bounced", "clicked", "replied"),
    Channel.VOICE: (
        "busy",
        "busy",
        "no_answer",
        "no_answer",
        "voicemail",
        "answered",
        "delivered",
        "replied",
    ),
}
_AFTER_HOURS = (0, 0, 0.01, 0.01, 1, 5, 30, 300)


@frozen
class Report:
    """One thing that is said of a message.

    Args:
        status: what.
        pressed: the key of the phone that was pressed.
    """

    status: DeliveryStatus
    pressed: str | None = None


def draw_reports(chance: Random, channel: Channel) -> list[tuple[timedelta, Report]]:
    """What is said of one message, and how long after it was taken: nothing, or up to four things."""
    found: list[tuple[timedelta, Report]] = []
    for _ in range(chance.choice([0, 0, 0, 1, 1, 3])):
        status = DeliveryStatus(chance.choice(_USUAL[channel]))
        if chance.random() < 0.03:
            status = chance.choice([DeliveryStatus.OPTED_OUT, DeliveryStatus.COMPLAINED])
        replied = status is DeliveryStatus.REPLIED and channel is Channel.VOICE
        report = Report(status, chance.choice("01258*#") if replied and chance.random() < 0.8 else None)
        for _ in range(chance.choice([1, 1, 2])):
            found.append((timedelta(hours=chance.choice(_AFTER_HOURS) * chance.uniform(0.5, 1)), report))
    return found


def expect(world: World, sent: Sent) -> None:
    """Let it be said of a message that was taken just now."""
    for after, report in draw_reports(world.agenda.chance, sent.channel):
        _plan(world, sent, world.agenda.now + after, report)


def _plan(world: World, sent: Sent, at: datetime, report: Report) -> None:
    async def come() -> None:
        await take_in(world, sent.key, sent.channel, sent.address, report)

    world.agenda.at(at, come)


async def take_in(world: World, key: AttemptKey, channel: Channel, address: str, report: Report) -> None:
    """Store a report with what follows from it; the run hears of it then, sometimes much later."""
    now, status = world.agenda.now, report.status
    await world.tables.attempts.hear(key, status, now, None)
    if status in SUPPRESSING:
        await world.tables.suppressions.add(TENANT, channel, address, status.value, now)
        world.evidence.closed.append(Word(world.evidence.next(), channel, address))
    world.tell(
        world.agenda.soon(), lambda at: ProviderEvent(at, key.step, key.attempt, status, report.pressed)
    )
