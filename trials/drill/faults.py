"""Every fault that a drill knows: what happens, how often, and for how long.

Those of the providers are the sandbox's own (`adapters.providers.sandbox.faults`): they go by address, so
that all of them fit into one run, each met by other contacts. Every other one has a system of its own.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from attrs import frozen

from trials.drill.switches import Point, Trouble


class Part(StrEnum):
    """What of a system can be killed or can hang."""

    WORKER = "worker"
    API = "api"
    TEMPORAL = "temporal"


@frozen
class Killed:
    """Processes are ended by ``SIGKILL`` at random moments.

    Args:
        part: which ones.
        away: seconds until one is started again.
    """

    part: Part
    away: float = 0.5


@frozen
class KilledAt:
    """Processes end themselves by ``SIGKILL`` when they come to a point."""

    point: Point


@frozen
class Frozen:
    """A part keeps its connections and answers nothing."""

    part: Part


@frozen
class Troubled:
    """The database fails, or is slow."""

    trouble: Trouble


@frozen
class Locked:
    """Somebody else holds the database's lock."""


@frozen
class ClockOff:
    """The clocks of our processes are wrong."""

    by: timedelta


@frozen
class AtProvider:
    """A fault of the sandbox's own, by address."""


Way = Killed | KilledAt | Frozen | Troubled | Locked | ClockOff | AtProvider


@frozen
class Fault:
    """One fault.

    Args:
        name: as on the command line.
        sentence: what happens.
        way: how it is brought about.
        times: how often it is, in a run of its own.
        lasts: for how many seconds each time; 0 for what is over at once.
    """

    name: str
    sentence: str
    way: Way
    times: int = 1
    lasts: float = 0.0

    @property
    def at_provider(self) -> bool:
        """Whether single contacts meet it, beside others that meet another one."""
        return isinstance(self.way, AtProvider)


_OURS = (
    Fault("worker_killed", "A worker is killed at random moments.", Killed(Part.WORKER), times=3),
    Fault("api_killed", "The API is killed at random moments.", Killed(Part.API), times=3),
    Fault("temporal_killed", "Temporal is killed at random moments.", Killed(Part.TEMPORAL), times=3),
    Fault(
        "killed_claimed",
        "A worker dies after the claim of an attempt and before the call.",
        KilledAt(Point.CLAIMED),
        times=3,
    ),
    Fault(
        "killed_accepted",
        "A worker dies after the provider has accepted and before the record.",
        KilledAt(Point.ACCEPTED),
        times=3,
    ),
    Fault(
        "killed_stored",
        "The API dies after a webhook was stored and before the signal.",
        KilledAt(Point.STORED),
        times=3,
    ),
    Fault(
        "killed_decided",
        "A worker dies between the rows of a decision and its order.",
        KilledAt(Point.DECIDED),
        times=3,
    ),
    Fault(
        "temporal_hangs",
        "Temporal keeps its connections and answers nothing.",
        Frozen(Part.TEMPORAL),
        lasts=30,
    ),
    Fault(
        "temporal_refuses",
        "Temporal is gone and refuses connections.",
        Killed(Part.TEMPORAL, away=30),
        lasts=30,
    ),
    Fault("database_locked", "Somebody else holds the database's lock.", Locked(), lasts=20),
    Fault("database_gone", "The database is gone.", Troubled(Trouble.GONE), lasts=20),
    Fault(
        "database_slow", "Each transaction has to wait for its beginning.", Troubled(Trouble.SLOW), lasts=20
    ),
    Fault(
        "database_full",
        "The disk is full: no transaction can be committed.",
        Troubled(Trouble.FULL),
        lasts=20,
    ),
    Fault("clock_ahead", "Our clocks are three hours ahead.", ClockOff(timedelta(hours=3)), lasts=10),
    Fault("clock_behind", "Our clocks are three hours behind.", ClockOff(timedelta(hours=-3)), lasts=10),
)

_THEIRS = {
    "rate_limited": "429 with Retry-After.",
    "rate_limited_bare": "429 without Retry-After.",
    "unavailable": "503, twice, and not taken.",
    "server_error": "Taken, and answered with 500.",
    "slow": "A slow answer, within our time-out.",
    "hangs": "Taken, and never answered.",
    "cut_before": "The connection is cut before the message is taken.",
    "cut_after": "The connection is cut after the message was taken.",
    "silent": "Taken, and no callback ever.",
    "early": "A callback before the answer to the send.",
    "repeats": "Each callback up to fifty times, some at the same moment.",
    "scrambles": "Callbacks two or three times, in any order.",
    "late": "Callbacks days late: after the waits of the plan, and after its end.",
    "stray": "Signed callbacks about attempts of somebody else, besides its own.",
    "forged": "Callbacks with wrong signatures, besides its own.",
}

CATALOGUE: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (*_OURS, *(Fault(name, sentence, AtProvider()) for name, sentence in _THEIRS.items()))
}
"""All of them by name, in the order of the report."""
