"""Which runs to look at where there are more than can be: of every age, since the old ones are the risk."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import frozen

_FIRST, _SPANS = timedelta(hours=1), 14
"""Each span of ages is as long as all before it together; the last one, from eleven months on, has no end."""


@frozen
class Span:
    """Runs that began within a time.

    Args:
        after: none began before; None for no such limit.
        before: all began before; None for no such limit.
    """

    after: datetime | None
    before: datetime | None


def spans(now: datetime) -> Sequence[Span]:
    """Spans of ages, the youngest first; together they are all of time."""
    edges = [now - _FIRST * (1 << doubling) for doubling in range(_SPANS)]
    return [Span(after, before) for after, before in zip([*edges, None], [None, *edges], strict=True)]


def shares(there: Sequence[int], limit: int) -> Sequence[int]:
    """How many to take of each of several groups: as many of one as of another, as far as they reach.

    Args:
        there: how many each has.
        limit: how many to take in all.
    """
    taken = [0] * len(there)
    for index in _in_turn(there):
        if sum(taken) >= limit:
            break
        taken[index] += 1
    return taken


def _in_turn(there: Sequence[int]) -> Iterator[int]:
    """Every group as often as it has something: one of each, from the last to the first, then again."""
    for round_ in range(max(there, default=0)):
        yield from (index for index in reversed(range(len(there))) if there[index] > round_)
