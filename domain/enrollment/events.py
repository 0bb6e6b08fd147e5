"""Facts: what has happened to an enrollment. Past tense, each with the time at which we took notice."""

from datetime import datetime

from attrs import frozen

from domain.pauses import PausePolicy
from domain.refusals import Refusal
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
class SendRefused:
    """Our own gate does not let the message out.

    Args:
        at: when we took notice.
        step: at which step.
        attempt: which attempt of it.
        refusal: the sort of reason.
        until: when it may go out, as far as that can be told.
        reason: in words, without personal data.
    """

    at: datetime
    step: str
    attempt: int
    refusal: Refusal
    until: datetime | None
    reason: str


@frozen
class StepPrepared:
    """The contact's data was asked about a step.

    Args:
        at: when we took notice.
        step: which step.
        due: when its touch is due, for one that sends; at once where it is past.
        branch: which branch a split takes, from 0.
    """

    at: datetime
    step: str
    due: datetime | None = None
    branch: int | None = None


@frozen
class StepSkipped:
    """The contact's data speaks against a step.

    Args:
        at: when we took notice.
        step: which step.
        reason: in words, without personal data.
        rejected: something is wrong, so that the route for `Result.REJECTED` is taken and not the next step.
    """

    at: datetime
    step: str
    reason: str
    rejected: bool = False


@frozen
class WaitChecked:
    """It was asked whether the end of a wait counts.

    Args:
        at: when we took notice.
        step: whose wait.
        attempt: of which attempt.
        until: until when it goes on, because it stood still while the campaign was paused; None where it is
            over.
    """

    at: datetime
    step: str
    attempt: int
    until: datetime | None = None


@frozen
class ProviderEvent:
    """The provider, or through it the person, told us something about one attempt.

    Args:
        at: when we took notice.
        step: at which step.
        attempt: which attempt of it.
        status: what was told.
        pressed: the key that the person has pressed on a call.
    """

    at: datetime
    step: str
    attempt: int
    status: DeliveryStatus
    pressed: str | None = None


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
    """Somebody asked to let it go on.

    Args:
        at: when.
        policy: what becomes of what fell due meanwhile.
    """

    at: datetime
    policy: PausePolicy = PausePolicy.FREEZE


@frozen
class Cancelled:
    """Somebody asked to end it."""

    at: datetime


@frozen
class OptedOut:
    """The person must not be contacted any more, whichever message the wish came through."""

    at: datetime


@frozen
class GoalReached:
    """What the campaign is for has happened.

    Args:
        at: when we took notice.
        goal: the event's name.
    """

    at: datetime
    goal: str


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
    | SendRefused
    | StepPrepared
    | StepSkipped
    | ProviderEvent
    | WaitElapsed
    | WaitChecked
    | Paused
    | Resumed
    | Cancelled
    | OptedOut
    | GoalReached
    | HandoffCreated
    | HandoffResolved
)
