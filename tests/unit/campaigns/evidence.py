"""What has really happened in the world of a random campaign, in the order in which it did."""

from datetime import datetime
from itertools import count

from attrs import define, field, frozen

from domain.contact import Contact
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel


@frozen
class Sent:
    """A message that a carrier has taken: nobody can take it back.

    Args:
        order: its place among all that has happened.
        at: when.
        key: which attempt.
        channel: by which channel.
        address: where to.
        contact: whose, as they were then.
        ours: it is of the campaign that is tested; the others are of another one, to the same contact.
    """

    order: int
    at: datetime
    key: AttemptKey
    channel: Channel
    address: str
    contact: Contact
    ours: bool = True


@frozen
class Word:
    """What is said of a channel, and of an address on it: an opt-out, a suppression, or a consent.

    Args:
        order: its place among all that has happened.
        channel: which.
        address: where; empty for a consent, which is the contact's.
        given: for a consent, whether it was given or taken back.
    """

    order: int
    channel: Channel
    address: str = ""
    given: bool = False


@define
class Held:
    """A pause, of the campaign or of the enrollment by itself, as the database holds it.

    Args:
        what: of which of them.
        begins: since when.
        ends: until when; None while it goes on.
    """

    what: str
    begins: datetime
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it holds at a time."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@define
class Evidence:
    """All of it.

    Args:
        sent: the messages.
        closed: addresses that must not be contacted on a channel from then on.
        consents: the words on consent.
        held: the pauses.
        refusals: why the gate has kept messages back.
        ended: the place at which the enrollment had ended.
    """

    sent: list[Sent] = field(factory=list)
    closed: list[Word] = field(factory=list)
    consents: list[Word] = field(factory=list)
    held: list[Held] = field(factory=list)
    refusals: set[Refusal] = field(factory=set)
    ended: int | None = None
    _orders: "count[int]" = field(factory=count)

    def next(self) -> int:
        """The place of what happens now."""
        return next(self._orders)

    def release(self, what: str, at: datetime) -> None:
        """Note that the pause that goes on has ended."""
        for held in self.held:
            if held.what == what and held.ends is None:
                held.ends = at
