"""Where random contacts are, what day it is there, and when their campaigns begin: around clock changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from attrs import frozen

from domain.contact import Contact
from tests.fakes.calendar import FakeCalendar
from tests.unit.domain.clocks import BEGIN, END, ZONES, changes

NUMBERS = {
    "+493012345": (("Europe/Berlin", "Europe/Busingen"), "DE"),
    "+12125550100": (("America/New_York",), "US"),
    "+61491570156": (("Australia/Adelaide", "Australia/Lord_Howe", "Australia/Perth"), "AU"),
    "+5511912345678": (("America/Noronha", "America/Rio_Branco", "America/Sao_Paulo"), "BR"),
    "+9779841234567": (("Asia/Kathmandu",), "NP"),
    "+64211234567": (("Pacific/Auckland", "Pacific/Chatham"), "NZ"),
    "+33612345678": (("Europe/Paris",), "FR"),
    "+12025550111": ((), "US"),
    "+881612345678": ((), None),
}
"""Phone number to the zones in which it may be, and its country."""


def _every(days: int, after: int) -> frozenset[date]:
    """Each so manieth day: far more holidays than anybody has."""
    length = (END + timedelta(days=800) - BEGIN).days
    return frozenset(BEGIN.date() + timedelta(days=day) for day in range(-30, length) if day % days == after)


HOLIDAYS = {
    "US": _every(5, 1),
    "DE": _every(6, 2),
    "DE-BY": _every(4, 3),
    "FR": _every(7, 0),
    "NZ": _every(3, 1),
    "NP": _every(2, 0),
}
"""The calendars that are known. ``AQ`` and ``BR`` are not, so they close nothing."""

CALENDAR = FakeCalendar(
    {number: zones for number, (zones, _) in NUMBERS.items()},
    {number: country for number, (_, country) in NUMBERS.items() if country is not None},
    HOLIDAYS,
)


@frozen
class Place:
    """Where and when a campaign begins.

    Args:
        start: an instant not far from a clock change.
        zone: where that change is.
    """

    start: datetime
    zone: str


def draw_place(chance: Random) -> Place:
    """From four days before a clock change of three years to a day after it."""
    change = chance.choice(changes())
    away = timedelta(seconds=chance.uniform(-4 * 86400, 86400))
    return Place((change.at + away).astimezone(UTC), change.zone)


def draw_zone(chance: Random, place: Place) -> str:
    """The zone of the change, or any."""
    return place.zone if chance.random() < 0.6 else chance.choice(ZONES)


def draw_contact(chance: Random, place: Place) -> Contact:
    """Anybody, with or without a phone, an e-mail address, a zone and each of the attributes."""
    phone = chance.choice([None, *NUMBERS, *NUMBERS])
    email = None if phone is not None and chance.random() < 0.1 else "ada@example.com"
    zone = draw_zone(chance, place) if chance.random() < 0.5 else None
    drawn = {
        "first_name": chance.choice(["Ada", "al", ""]),
        "amount": chance.choice(["0", "3", "7.5", "much"]),
        "appointment_at": _appointment(chance, place.start),
        "language": chance.choice(["de", "pt-br", "en"]),
        "country": chance.choice(["us", "DE", "FR", "BR", "nz"]),
    }
    attributes = {name: value for name, value in drawn.items() if chance.random() < 0.85}
    return Contact("contact-1", "ada", phone, email, zone, attributes)


def _appointment(chance: Random, start: datetime) -> str:
    """A time of the next days, or one that is over; local, with an offset, a date alone, or none at all."""
    at = start + timedelta(minutes=chance.randrange(-2880, 14400))
    forms = [f"{at:%Y-%m-%dT%H:%M}", f"{at:%Y-%m-%dT%H:%M}+00:00", f"{at:%Y-%m-%d}", "soon"]
    return chance.choices(forms, [4, 3, 2, 1])[0]


def zones_of(contact: Contact, campaign_zone: str) -> Sequence[str]:
    """Every zone in which a contact may be: its own, else its number's, else the campaign's."""
    if contact.timezone is not None:
        return [contact.timezone]
    zones, _ = NUMBERS.get(contact.phone or "", ((), None))
    return zones or [campaign_zone]


def closed_days(names: Sequence[str], contact: Contact) -> Sequence[frozenset[date]]:
    """The dates of some calendars; the local one is that of the contact's own country, else the number's."""
    _, country = NUMBERS.get(contact.phone or "", ((), None))
    own = contact.attributes.get("country", "").upper() or country
    known = [own if name == "local" else name for name in names]
    return [HOLIDAYS[name] for name in known if name in HOLIDAYS]
