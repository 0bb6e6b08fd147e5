"""Facts: what has happened to an enrollment. Past tense, each with the time at which we took notice."""

from datetime import datetime

from attrs import frozen

from domain.statuses import DeliveryStatus


@frozen
class Started:
    """The enrollment's run began."""

    at: datetime


@frozen
class MessageAccepted:
    """The provider took the message."""

    at: datetime
    step: str
    attempt: int


@frozen
class MessageRejected:
    """The message will not be sent: the provider refused it for good, or our own gate did."""

    at: datetime
    step: str
    attempt: int
    reason: str


@frozen
class SendFailed:
    """Nothing was sent: the provider was down or busy for longer than the plan's patience."""

    at: datetime
    step: str
    attempt: int


@frozen
class SendUnknown:
    """The request may or may not have reached the provider."""

    at: datetime
    step: str
    attempt: int


@frozen
class SendDeferred:
    """The gate does not let the message out now, but will at a later time."""

    at: datetime
    step: str
    attempt: int
    until: datetime
    reason: str


@frozen
class ProviderEvent:
    """The provider, or through it the person, told us something about one attempt."""

    at: datetime
    step: str
    attempt: int
    status: DeliveryStatus


@frozen
class WaitElapsed:
    """A timer went off. It names what it was set for, so that a stale one can be told."""

    at: datetime
    step: str
    attempt: int


@frozen
class Paused:
    """Somebody asked to hold the enrollment."""

    at: datetime


@frozen
class Resumed:
    """Somebody asked to let it go on."""

    at: datetime


@frozen
class Cancelled:
    """Somebody asked to end it."""

    at: datetime


@frozen
class OptedOut:
    """The person must not be contacted any more, whichever message the wish came through."""

    at: datetime


@frozen
class HandoffCreated:
    """A human has the case."""

    at: datetime


@frozen
class HandoffResolved:
    """The human has closed the case."""

    at: datetime


Event = (
    Started
    | MessageAccepted
    | MessageRejected
    | SendFailed
    | SendUnknown
    | SendDeferred
    | ProviderEvent
    | WaitElapsed
    | Paused
    | Resumed
    | Cancelled
    | OptedOut
    | HandoffCreated
    | HandoffResolved
)
