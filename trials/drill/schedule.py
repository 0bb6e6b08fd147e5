"""When what happens: decided by a seed before a drill begins."""

import random
from collections.abc import Sequence

from attrs import evolve, frozen

from trials.drill.faults import Fault, Killed

QUIET = 0.15
"""The share of a drill's time in which nothing happens, at its beginning: there is nothing to disturb yet."""

LEAST_SLOT = 0.5
"""Seconds between two moments at least, on average."""


@frozen
class Injection:
    """Something that is going to happen.

    Args:
        at: seconds after the first contact is enrolled.
        fault: what.
    """

    at: float
    fault: Fault


def schedule(faults: Sequence[Fault], seed: int, seconds: float) -> tuple[Injection, ...]:
    """Spread all times of all faults over a drill; providers' faults have no moment of their own.

    Args:
        faults: what is to happen.
        seed: two drills with one seed agree.
        seconds: how long contacts are enrolled.

    Returns:
        What happens, in order of time.

    Raises:
        ValueError: there are too many faults for so short a time.
    """
    wanted = [fault for fault in faults if not fault.at_provider for _ in range(fault.times)]
    if not wanted:
        return ()
    draw = random.Random(f"{seed}:{','.join(fault.name for fault in faults)}")  # noqa: S311 - no secret
    draw.shuffle(wanted)
    slot = seconds * (1 - QUIET) / len(wanted)
    if slot < LEAST_SLOT:
        raise ValueError(
            f"{len(wanted)} moments do not fit into {seconds:g} seconds: let the drill take longer"
        )
    begin = seconds * QUIET
    return tuple(
        Injection(begin + slot * (nth + draw.uniform(0.1, 0.9)), fault) for nth, fault in enumerate(wanted)
    )


def shorter(fault: Fault, seconds: float) -> Fault:
    """The same fault once and for a shorter time: where it is one of many."""
    lasts = min(fault.lasts, seconds)
    if isinstance(fault.way, Killed):
        away = min(fault.way.away, max(seconds, 0.5))
        return evolve(fault, way=evolve(fault.way, away=away), times=1, lasts=lasts)
    return evolve(fault, times=1, lasts=lasts)
