"""Delivery statuses as ranks, and the results a step can come to.

Providers repeat and reorder their callbacks, so statuses form a chain and a message's status is the
highest one seen (a join-semilattice: joining is commutative, associative and idempotent). No set of seen
event ids is needed for the same final answer.
"""

from enum import StrEnum


class Channel(StrEnum):
    """The ways to reach a person."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class DeliveryStatus(StrEnum):
    """What a provider told us about one message, normalised, in ascending rank.

    Later members outrank earlier ones: proof of arrival beats a failure report, a person's act beats proof
    of arrival, a bounce beats the "delivered" that a mail relay gave too early, a machine's voice beats
    "answered", and an opt-out or a complaint beats everything.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"

    @property
    def rank(self) -> int:
        """The place in the chain, from 1."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(DeliveryStatus, start=1)}


def join(known: DeliveryStatus | None, told: DeliveryStatus) -> DeliveryStatus:
    """The higher of what was known and what we are told now."""
    return told if known is None or told.rank > known.rank else known


class Result(StrEnum):
    """What a step can come to: the words that a plan's routes and retries are written in.

    The first ones are delivery statuses by the same name. The last four are ours: the provider or the gate
    refused (``rejected``), the attempt is in doubt and nothing was ever heard of it (``unknown``), the wait
    ended without a deciding answer (``unanswered``).
    """

    FAILED = "failed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"


PROGRESS = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.SENT})
"""Statuses on the way: they never decide anything."""

ENDING = frozenset({DeliveryStatus.OPTED_OUT, DeliveryStatus.COMPLAINED})
"""Statuses that end an enrollment whatever its plan says, and suppress the address."""

SUPPRESSING = ENDING | {DeliveryStatus.BOUNCED}
"""Statuses after which the address must not be contacted on that channel again."""


def result_of(status: DeliveryStatus) -> Result | None:
    """The result that a delivery status stands for; None where it decides nothing by a route."""
    return _RESULTS.get(status)


_RESULTS = {status: Result(status.value) for status in DeliveryStatus if status not in PROGRESS | ENDING}


_OURS = frozenset({Result.REJECTED, Result.UNKNOWN, Result.UNANSWERED, Result.FAILED})

POSSIBLE: dict[Channel, frozenset[Result]] = {
    Channel.SMS: _OURS | {Result.DELIVERED, Result.CLICKED, Result.REPLIED},
    Channel.EMAIL: _OURS | {Result.DELIVERED, Result.BOUNCED, Result.OPENED, Result.CLICKED, Result.REPLIED},
    Channel.VOICE: _OURS
    | {Result.BUSY, Result.NO_ANSWER, Result.DELIVERED, Result.ANSWERED, Result.VOICEMAIL, Result.REPLIED},
}
"""Which results a step on a channel can come to; a plan that names another one is wrong."""
