"""What is about to happen, in model time."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random

from attrs import define, field

from tests.fakes.clock import FakeClock

Happening = Callable[[], Awaitable[None]]


@define
class Agenda:
    """Happenings by their times; those of one instant come in the order in which they were planned.

    Args:
        clock: the time.
        chance: says how long things take.
    """

    clock: FakeClock
    chance: Random
    _coming: list[tuple[datetime, int, Happening]] = field(factory=list)
    _tie: "count[int]" = field(factory=count)

    @property
    def now(self) -> datetime:
        """The time."""
        return self.clock.now

    @property
    def next_at(self) -> datetime | None:
        """When the next thing happens; None where nothing does."""
        return self._coming[0][0] if self._coming else None

    def at(self, when: datetime, happening: Happening) -> None:
        """Let something happen; now if that is past."""
        heapq.heappush(self._coming, (max(when, self.now), next(self._tie), happening))

    def soon(self) -> datetime:
        """A little later; rarely, where something is down, much later."""
        seconds = self.chance.uniform(0, 2 if self.chance.random() < 0.95 else 1200)
        return self.now + timedelta(seconds=seconds)

    def pop(self) -> Happening:
        """Go on to the next happening."""
        self.clock.now, _, happening = heapq.heappop(self._coming)
        return happening
