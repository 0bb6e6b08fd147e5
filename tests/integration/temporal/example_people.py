"""The people whom the example campaigns reach, and what they do about a message."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from application.ports.messaging import OutboundMessage
from domain.contact import ConsentWord, NewContact
from domain.statuses import Channel
from domain.times import durations

if TYPE_CHECKING:
    from tests.integration.temporal.example_life import Life

Act = Callable[["Life", "Touch"], Awaitable[object]]


@frozen
class Deed:
    """What comes of a message, so long after it was sent."""

    after: timedelta
    act: Act


@frozen
class Person:
    """Somebody to reach.

    Args:
        name: what stands in tables; the contact's external id.
        lives_in: whose clocks they look at, known to Drumbeat or not.
        timezone: what Drumbeat is told of that.
        phone: theirs.
        email: theirs.
        attributes: theirs.
        consents: the channels that they have agreed to.
        does: step, with the number of a further attempt (``call#2``), to what they do about it.
    """

    name: str
    lives_in: str
    timezone: str | None = None
    phone: str | None = None
    email: str | None = None
    attributes: Mapping[str, str] = field(factory=dict)
    consents: tuple[Channel, ...] = ()
    does: Mapping[str, tuple[Deed, ...]] = field(factory=dict)

    def who(self, does: Mapping[str, Deed | tuple[Deed, ...]] | None = None, **attributes: str) -> "Person":
        """The same person, with further attributes, who does this."""
        deeds = {step: (deed,) if isinstance(deed, Deed) else deed for step, deed in (does or {}).items()}
        return evolve(self, attributes={**self.attributes, **attributes}, does=deeds)

    def agreeing(self, *channels: Channel) -> "Person":
        """The same person, who has agreed to be reached on some channels."""
        return evolve(self, consents=channels)

    @property
    def contact(self) -> NewContact:
        """As an application tells of them."""
        consents = tuple(ConsentWord(channel, True, "contract") for channel in self.consents)
        return NewContact(self.name, self.phone, self.email, self.timezone, self.attributes, consents)


@frozen
class Touch:
    """One message that a provider has taken.

    Args:
        person: who got it.
        message: what they got.
        channel: by which channel.
        at: when, by the person's clock in the test.
        by_server: when, by what the server says of the run's time.
    """

    person: Person
    message: OutboundMessage
    channel: Channel
    at: datetime
    by_server: datetime

    @property
    def step(self) -> str:
        """At which step; of a further attempt, with its number."""
        key = self.message.key
        return key.step if key.attempt == 1 else f"{key.step}#{key.attempt}"

    @property
    def local(self) -> datetime:
        """What the person's own clocks show."""
        return self.at.astimezone(ZoneInfo(self.person.lives_in))

    def __str__(self) -> str:
        return f"{self.person.name} {self.step} {self.channel.value} {self.local:%a %d %b %H:%M}"


# Everybody, in several zones. The numbers are reserved for fiction ---------------------------------------

BERLIN = Person(
    "berlin",
    "Europe/Berlin",
    timezone="Europe/Berlin",
    phone="+4930231250011",
    email="berlin@example.com",
    attributes={"first_name": "Mia", "language": "de", "country": "DE"},
)
NEW_YORK = Person(
    "new-york",
    "America/New_York",
    timezone="America/New_York",
    phone="+12125550101",
    email="new-york@example.com",
    attributes={"first_name": "Sam", "language": "en-us", "country": "US"},
)
LOS_ANGELES = Person(  # known by the area code alone
    "los-angeles",
    "America/Los_Angeles",
    phone="+13105550142",
    email="los-angeles@example.com",
    attributes={"first_name": "Ana"},
)
LONDON = Person(  # known by the country of a mobile number alone
    "london",
    "Europe/London",
    phone="+447700900123",
    email="london@example.com",
    attributes={"first_name": "Rhys"},
)
TOKYO = Person(  # with a number from home, and a zone that goes before it
    "tokyo",
    "Asia/Tokyo",
    timezone="Asia/Tokyo",
    phone="+442079460033",
    email="tokyo@example.com",
    attributes={"first_name": "Yui", "country": "JP"},
)
SOMEWHERE = Person(  # only an address: they get what suits the campaign's own zone
    "somewhere", "Europe/Berlin", email="somewhere@example.com", attributes={"first_name": "Kim"}
)

VIENNA = Person(
    "vienna",
    "Europe/Vienna",
    timezone="Europe/Vienna",
    email="vienna@example.com",
    attributes={"first_name": "Leo"},
)


# What they do --------------------------------------------------------------------------------------------


def comes_to(status: str, after: str = "30s") -> Deed:
    """The provider reports a status of the message."""
    return Deed(durations.parse(after), lambda life, touch: life.report(touch, status))


def presses(key: str, after: str = "1m") -> tuple[Deed, ...]:
    """They pick up, and press a key; the call is over then."""
    when = durations.parse(after)
    pressed = Deed(when, lambda life, touch: life.report(touch, "replied", key))
    over = Deed(when + timedelta(seconds=10), lambda life, touch: life.report(touch, "delivered"))
    return comes_to("answered", "20s"), pressed, over


def writes(text: str, after: str) -> Deed:
    """They answer by a message on the same channel."""
    return Deed(durations.parse(after), lambda life, touch: life.write(touch, text))


def unsubscribes(after: str) -> Deed:
    """They follow the message's link to unsubscribe, and press its button."""
    return Deed(durations.parse(after), lambda life, touch: life.unsubscribe(touch))


def causes(event: str, after: str) -> Deed:
    """They do something that an application tells of."""
    return Deed(durations.parse(after), lambda life, _: life.happens(event))


def becomes(after: str, **attributes: str) -> Deed:
    """An application tells that their data has changed."""
    return Deed(durations.parse(after), lambda life, touch: life.change(touch, attributes))


def is_helped(after: str) -> Deed:
    """A human closes their case."""
    return Deed(durations.parse(after), lambda life, _: life.resolve())


def nothing(touch: Touch) -> tuple[Deed, ...]:
    """What comes of a message about which nobody does anything: a call rings out, and others are silent."""
    return (comes_to("no_answer"),) if touch.channel is Channel.VOICE else ()
