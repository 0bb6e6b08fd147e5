"""Chance as an argument: the same numbers give the same course of things."""

import math
from datetime import timedelta
from typing import Protocol


class Chance(Protocol):
    """Where accidents come from."""

    def random(self) -> float:
        """The next number, from 0 up to 1, 1 not included."""
        ...


def lasting(chance: Chance, median: timedelta) -> timedelta:
    """How long something takes of which half is over after a while: often short, now and then much longer.

    Args:
        chance: says how long this time.
        median: after which half of them are over; the times are distributed exponentially.
    """
    return median * -math.log2(1 - chance.random())
