"""What follows for an enrollment from the pauses of its campaign.

A pause is a row that every send looks at, so it holds at once, for any number of enrollments. Waits go on
meanwhile; whoever comes to the end of one asks whether that counts.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

SHORTEST_CHECK = timedelta(minutes=1)
LONGEST_CHECK = timedelta(hours=1)


class PausePolicy(StrEnum):
    """What becomes of what falls due in a pause.

    ``freeze``: waits stand still, so that everything is later by the length of the pause. ``expire``: touches
    that fall due are passed over. ``catch_up``: they go out after the pause, spread by a rate.
    """

    FREEZE = "freeze"
    EXPIRE = "expire"
    CATCH_UP = "catch_up"


@frozen
class Pause:
    """A pause of a campaign.

    Args:
        paused_at: since when.
        policy: what becomes of what falls due.
        rate: how many touches a second go out afterwards, for `PausePolicy.CATCH_UP`; more than 0.
        resumed_at: until when; None while it goes on.

    Raises:
        ValueError: the rate is not a number of more than 0.
    """

    paused_at: datetime
    policy: PausePolicy = PausePolicy.FREEZE
    rate: float = 1.0
    resumed_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if not 0 < self.rate < math.inf:
            raise ValueError("a campaign catches up at a rate of more than 0 a second")

    def holds(self, at: datetime) -> bool:
        """Whether it holds at a time."""
        return self.paused_at <= at and (self.resumed_at is None or at < self.resumed_at)

    def has_kept(self, due: datetime) -> bool:
        """Whether it is over and has kept back what fell due then and is asked about only now.

        Also what fell due before it, and stood in a queue when it began.
        """
        return self.resumed_at is not None and due < self.resumed_at


def frozen_due(since: datetime, due: datetime, pauses: Sequence[Pause]) -> datetime | None:
    """When a wait ends that stood still in the pauses that freeze.

    Args:
        since: when the wait began.
        due: when it would end without any pause.
        pauses: of the campaign, oldest first.

    Returns:
        The end; None while a pause goes on that the wait runs into.
    """
    for pause in pauses:
        begins = max(pause.paused_at, since)
        if pause.policy is not PausePolicy.FREEZE or begins > due:
            continue
        if pause.resumed_at is None:
            return None
        if pause.resumed_at > begins:
            due += pause.resumed_at - begins
            since = pause.resumed_at  # clocks differ a little: the next one may have begun before that
    return due


def next_check(pause: Pause, now: datetime) -> datetime:
    """When to ask again whether a pause is over: the longer it lasts, the more rarely.

    So what it held goes on within a quarter of its length, and within an hour, and not all at one instant.
    """
    return now + min(max((now - pause.paused_at) / 4, SHORTEST_CHECK), LONGEST_CHECK)
