"""What goes on for longer than it should, and so needs a person to look at it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen


class StuckKind(StrEnum):
    """What can be stuck."""

    ENROLLMENT_OVERDUE = "enrollment_overdue"
    """What an open enrollment was to do next should have happened; neither it nor its campaign is paused.

    Its run is as old as that, too: whoever waits for their turn in a batch was due when they were stored.
    """
    ENROLLMENT_NOT_STARTED = "enrollment_not_started"
    """An enrollment of no batch is stored, and has no run."""
    SEND_IN_DOUBT = "send_in_doubt"
    """Nobody can say whether a message went out, and its enrollment still stands at that step."""
    EVENT_NOT_DISPATCHED = "event_not_dispatched"
    """What a provider or a person told is stored, and the enrollment's run has not heard of it."""
    BATCH_STANDS_STILL = "batch_stands_still"
    """A batch is not done, and no row of it was stored or started."""
    HANDOFF_UNCLAIMED = "handoff_unclaimed"
    """A case was given to people, and nobody has taken or closed it."""


USUAL: Mapping[StuckKind, timedelta] = {
    StuckKind.ENROLLMENT_OVERDUE: timedelta(minutes=15),
    StuckKind.ENROLLMENT_NOT_STARTED: timedelta(minutes=15),
    StuckKind.SEND_IN_DOUBT: timedelta(minutes=15),
    StuckKind.EVENT_NOT_DISPATCHED: timedelta(minutes=5),
    StuckKind.BATCH_STANDS_STILL: timedelta(minutes=15),
    StuckKind.HANDOFF_UNCLAIMED: timedelta(hours=24),
}
"""How long each may take unless the settings say otherwise."""


@frozen
class StuckLimits:
    """How long each may take before it counts as stuck.

    Args:
        longest: by kind; what is not named takes as long as usual.
    """

    longest: Mapping[StuckKind, timedelta] = field(factory=dict)

    def since(self, kind: StuckKind, now: datetime) -> datetime:
        """What began before this time, and goes on, is stuck.

        Args:
            kind: which kind.
            now: the time.
        """
        return now - self.longest.get(kind, USUAL[kind])
