"""What is known of a provider's health, and which provider a new attempt goes to.

closed ── `FAULTS` faults in a row ── open ── its time is up ── half-open ── one probe ┬─ closed
                                       └─────────────── a fault: open for longer ──────┘

A provider at its rate limit still takes some messages, and each of these begins the row anew: such a provider
is not passed over. One that takes nothing at all is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

FAULTS = 5
"""So many faults in a row open a circuit."""

MEMORY = timedelta(seconds=60)
"""Two faults further apart than this are not in a row: a provider that is seldom called is not blocked for
what happened an hour ago."""

FIRST_PAUSE = timedelta(seconds=30)
"""How long a circuit stays open at first; each time that follows without a success in between is twice as
long."""

LONGEST_PAUSE = timedelta(minutes=10)
"""No circuit stays open for longer before it is probed again."""

LEASE = timedelta(seconds=60)
"""How long others wait for whoever took the probe: as long as one call of a send may take. A probe that was
lost with its worker, or was not sent after all, is replaced after this time."""


class CircuitState(StrEnum):
    """Whether new attempts go to a provider."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@frozen
class Circuit:
    """One provider's health on one channel.

    Args:
        faults: how many in a row.
        last_fault_at: when the last of them was.
        open_until: until when the provider is passed over; None while the circuit is closed.
        opened: how many times in a row it was opened, without a success in between.
    """

    faults: int = 0
    last_fault_at: datetime | None = None
    open_until: datetime | None = None
    opened: int = 0

    def state(self, now: datetime) -> CircuitState:
        """Whether new attempts go here: all, none, or one as a probe."""
        if self.open_until is None:
            return CircuitState.CLOSED
        # Nobody opens for longer than that: a much later end was written by a clock that is wrong.
        is_open = now < self.open_until <= now + LONGEST_PAUSE + LEASE
        return CircuitState.OPEN if is_open else CircuitState.HALF_OPEN

    def succeeded(self) -> "Circuit":
        """The provider has answered, if only with a refusal: all is well, whatever was before."""
        return Circuit()

    def failed(self, now: datetime, *, probe: bool = False, asked: timedelta | None = None) -> "Circuit":
        """The provider was down or busy, or did not answer in time.

        Args:
            now: when.
            asked: how long it asks to be left alone. A time longer than `MEMORY` opens the circuit at once: a
                row of faults would never come about.
            probe: it was the probe that failed. Other faults of an open circuit come from calls that had
                begun before, or had nowhere else to go: they tell nothing new.
        """
        if self.state(now) is CircuitState.OPEN and not probe:
            return self
        faults = self.faults + 1 if self._recent(now) else 1
        at = now if self.last_fault_at is None else max(now, self.last_fault_at)
        failed = evolve(self, faults=faults, last_fault_at=at)
        wait = min(asked or timedelta(0), LONGEST_PAUSE)
        if self.open_until is None and faults < FAULTS and wait <= MEMORY:
            return failed
        # Workers' clocks differ: no fault may bring the end nearer.
        until = max(now + max(_pause(self.opened), wait), self.open_until or now)
        return evolve(failed, open_until=until, opened=self.opened + 1)

    def probed(self, now: datetime) -> "Circuit":
        """Somebody takes the probe of a half-open circuit: it is open for everybody else."""
        return evolve(self, open_until=now + LEASE)

    def _recent(self, now: datetime) -> bool:
        return self.last_fault_at is not None and now - self.last_fault_at <= MEMORY


def choose(circuits: Mapping[str, Circuit], now: datetime) -> str:
    """Which provider a new attempt goes to.

    Args:
        circuits: provider name to circuit, at least one, the preferred provider first.
        now: the time.

    Returns:
        The first whose circuit is not open. It must be probed where its circuit is half-open. Where all are
        open it is the first of all: passing over everybody helps nobody.
    """
    first, *_ = circuits
    return next((name for name in circuits if circuits[name].state(now) is not CircuitState.OPEN), first)


def _pause(opened: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(opened, 16)), LONGEST_PAUSE)
