"""How long to wait before a new attempt."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from attrs import field, frozen

from domain.statuses import Result


def _results(values: Iterable[Result]) -> frozenset[Result]:
    return frozenset(values)


@frozen
class Backoff:
    """A business retry: a new attempt of the same step, after a growing delay.

    Transient faults inside one attempt are not this: Temporal repeats those.

    Args:
        attempts: how many attempts in all, from 1.
        first: the delay before the second attempt.
        factor: what each further delay is multiplied with, from 1.
        cap: no delay is longer.
        jitter: the share of a delay, 0 to 1, that is taken off by chance so that retries do not come in step.
        on: the results that are tried again.
    """

    attempts: int = 1
    first: timedelta = timedelta(hours=1)
    factor: float = 2.0
    cap: timedelta = timedelta(days=7)
    jitter: float = 0.0
    on: frozenset[Result] = field(default=frozenset(), converter=_results)

    def again(self, result: Result, attempt: int) -> bool:
        """Whether a further attempt follows this result of this attempt."""
        return result in self.on and attempt < self.attempts

    def delay(self, attempt: int, seed: str) -> timedelta:
        """The delay after an attempt (from 1) has failed.

        Args:
            attempt: the attempt that failed.
            seed: what the jitter is derived from, so that a replay gives the same delay.
        """
        # A factor to a high power overflows a float long before it stops being capped.
        exponent = min(attempt - 1, 64)
        seconds = min(self.first.total_seconds() * self.factor**exponent, self.cap.total_seconds())
        share = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
        return timedelta(seconds=seconds * (1 - self.jitter * share))
