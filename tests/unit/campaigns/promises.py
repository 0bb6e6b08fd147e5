"""What must be true of every campaign: looked up in the evidence, not asked of the domain."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.contact import Contact
from domain.enrollment.state import Status
from domain.enrollment.turn import pending_order
from tests.unit.campaigns.definitions import Promise
from tests.unit.campaigns.evidence import Evidence, Sent, Word
from tests.unit.campaigns.hours import DAY, Hours
from tests.unit.campaigns.places import closed_days, zones_of
from tests.unit.campaigns.world import World

_QUARTER = timedelta(minutes=15)
_YEAR_QUARTERS = 366 * 24 * 4


def broken(world: World, promise: Promise) -> list[str]:
    """Which promises are broken; a word for each time that one is."""
    evidence, found = world.evidence, []
    if world.state.status is not Status.FINISHED or evidence.ended is None:
        found.append("end")
    if pending_order(world.plan, world.state) is not None:
        found.append("order left")
    keys = [str(sent.key) for sent in evidence.sent]
    found += ["key"] * (len(keys) - len(set(keys)))
    for sent in evidence.sent:
        if sent.ours:
            found += _broken_by(sent, evidence, promise)
    return found


def _broken_by(sent: Sent, evidence: Evidence, promise: Promise) -> Iterator[str]:
    if evidence.ended is not None and sent.order > evidence.ended:
        yield "sent after the end"
    hours = promise.windows.get(sent.key.step)
    if hours is not None and not _may_go_out(hours, sent, promise.zone):
        yield "window"
    yield from _caps_broken(sent, evidence, promise)
    if sent.channel in promise.consent and not _consented(sent, evidence):
        yield "consent"
    if any(_closes(word, sent) for word in evidence.closed):
        yield "opt-out"
    if any(held.holds(sent.at) for held in evidence.held):
        yield "pause"


def _closes(word: Word, sent: Sent) -> bool:
    place = (word.channel, word.address)
    return word.order < sent.order and place == (sent.channel, sent.address)


def _consented(sent: Sent, evidence: Evidence) -> bool:
    said = [w for w in evidence.consents if w.channel is sent.channel and w.order < sent.order]
    return bool(said) and said[-1].given


def _caps_broken(sent: Sent, evidence: Evidence, promise: Promise) -> Iterator[str]:
    """Each cap of which the span that ends with this message holds too many, those of others counted, too."""
    for most, span, channel in promise.caps:
        if channel not in (None, sent.channel):
            continue
        before = [
            other
            for other in evidence.sent
            if other.order < sent.order and other.at > sent.at - span and channel in (None, other.channel)
        ]
        if len(before) >= most:
            yield "cap"


def _may_go_out(hours: Hours, sent: Sent, campaign_zone: str) -> bool:
    """Whether it is open in all of the zones, or if it never is, in the campaign's."""
    zones = tuple(zones_of(sent.contact, campaign_zone))
    if _all_open(hours, sent.contact, zones, sent.at):
        return True
    alone = len(zones) > 1 and _all_open(hours, sent.contact, (campaign_zone,), sent.at)
    return alone and _never_open(hours, sent.contact, zones, sent.at)


def _all_open(hours: Hours, contact: Contact, zones: tuple[str, ...], at: datetime) -> bool:
    closed = closed_days(hours.holidays, contact)
    for zone in zones:
        shown = at.astimezone(ZoneInfo(zone))
        minute = shown.weekday() * DAY + shown.hour * 60 + shown.minute
        if not hours.minutes[minute] or any(shown.date() in days for days in closed):
            return False
    return True


def _never_open(hours: Hours, contact: Contact, zones: tuple[str, ...], at: datetime) -> bool:
    """Whether no quarter of an hour of the year to come is open in all zones; all hours are in quarters."""
    first = at.replace(minute=0, second=0, microsecond=0)
    return not any(
        _all_open(hours, contact, zones, first + number * _QUARTER) for number in range(1, _YEAR_QUARTERS)
    )
