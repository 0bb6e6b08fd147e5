"""Orders: what is to be done next. Imperative; whoever drives the domain carries them out.

They are frozen, and without slots: they are made much faster so, and nobody keeps them (docs/adr/0012).
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.enrollment.state import Outcome
from domain.statuses import Channel


@frozen(slots=False)
class SendMessage:
    """Send this attempt, once.

    Args:
        step: at which step.
        attempt: which attempt of it.
        channel: by which channel.
        since: when the wait began after which it is due; what a pause of the campaign has stretched.
        due: when it fell due.
    """

    step: str
    attempt: int
    channel: Channel
    since: datetime | None = None
    due: datetime | None = None


@frozen(slots=False)
class PrepareStep:
    """Ask the contact's data what a step comes to: a time, a branch, or nothing; report it."""

    step: str


@frozen(slots=False)
class CheckWait:
    """Ask whether a wait that has ended counts, or stood still in a pause; report `WaitChecked`.

    Args:
        step: whose wait.
        attempt: of which attempt.
        since: when it began.
        due: when it was to end.
    """

    step: str
    attempt: int
    since: datetime | None
    due: datetime | None


@frozen(slots=False)
class WaitUntil:
    """Wait for facts until this time, then report `WaitElapsed` for this step and attempt."""

    at: datetime
    step: str
    attempt: int


@frozen(slots=False)
class CreateHandoff:
    """Give the case to a human.

    Args:
        step: the step whose result led to it.
        reason: that result.
    """

    step: str
    reason: str


class InteractionKind(StrEnum):
    """What only the enrollment itself knows of, as rows of its timeline."""

    TIMED_OUT = "timed_out"
    BACKED_OFF = "backed_off"
    DEFERRED = "deferred"
    REFUSED = "refused"
    PASSED_OVER = "passed_over"
    SKIPPED = "skipped"
    BRANCHED = "branched"
    MOVED_ON = "moved_on"
    MOVED = "moved"
    MIGRATED = "migrated"
    ESCALATED = "escalated"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISHED = "finished"


REPEATABLE = frozenset(
    {InteractionKind.DEFERRED, InteractionKind.PAUSED, InteractionKind.RESUMED, InteractionKind.MIGRATED}
)
"""What can happen more than once at one attempt: anything else moves the enrollment forward."""


@frozen(slots=False)
class RecordInteraction:
    """Write a row into the enrollment's timeline.

    Args:
        kind: what happened.
        at: when.
        step: at which step.
        attempt: at which attempt.
        detail: more, as a few words without personal data.
        after: the name of the order that has moved the enrollment last; None where none has. What can happen
            once at an attempt can happen there again once the enrollment was moved back.
    """

    kind: InteractionKind
    at: datetime
    step: str
    attempt: int
    detail: str
    after: str | None = None


@frozen(slots=False)
class Finish:
    """The enrollment has ended."""

    outcome: Outcome
    at: datetime


Command = SendMessage | PrepareStep | CheckWait | WaitUntil | CreateHandoff | RecordInteraction | Finish
