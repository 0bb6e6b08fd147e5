"""From an instant to what a clock on the wall shows, and back, across clock changes.

Instants are aware and leave here in UTC; wall times are naive. A zone is anything that tells its offset for
an instant: `zoneinfo.ZoneInfo`, or `datetime.timezone`.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from attrs import frozen

_SECOND = timedelta(seconds=1)

_STRIDE = timedelta(days=1)
"""Two changes that lie closer together and undo each other would be overlooked. No zone of the IANA database
has or had two within six days of each other."""


@frozen
class Stretch:
    """A time during which a zone keeps one offset.

    Args:
        start: its first instant.
        end: the instant after its last.
        offset: what is added to UTC.
    """

    start: datetime
    end: datetime
    offset: timedelta


def in_utc(at: datetime) -> datetime:
    """An instant in UTC.

    Raises:
        ValueError: it is naive: what it means would depend on the machine.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone or an offset")
    return at.astimezone(UTC)


def wall(at: datetime, zone: tzinfo) -> datetime:
    """What the clocks of a zone show at an instant."""
    return at.astimezone(zone).replace(tzinfo=None)


def instant(shown: datetime, zone: tzinfo) -> datetime:
    """When the clocks of a zone show a time.

    Args:
        shown: the wall time, naive.
        zone: whose clocks.

    Returns:
        The first of two instants where clocks are set back; the end of the gap where clocks skip the time.
    """
    first = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall(first, zone) == shown:
        return first
    # In a gap, fold 0 counts with the offset before it and lands after it, fold 1 the other way round
    # (PEP 495): the change lies between the two.
    return _change(shown.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def stretches(start: datetime, end: datetime, zone: tzinfo) -> Iterator[Stretch]:
    """A time cut where the zone's offset changes.

    Args:
        start: the first instant, in UTC.
        end: the instant after the last, in UTC.
        zone: whose clocks.
    """
    while start < end:
        offset = _offset(start, zone)
        until = min(start + _STRIDE, end)
        if _offset(until, zone) != offset:
            until = _change(start, until, zone)
        yield Stretch(start, until, offset)
        start = until


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return wall(at, zone) - at.replace(tzinfo=None)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first instant with another offset than `before` has. Clocks change on whole seconds of UTC."""
    offset = _offset(before, zone)
    start = before.replace(microsecond=0)
    same, other = 0, math.ceil((after - start) / _SECOND)
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(start + middle * _SECOND, zone) == offset:
            same = middle
        else:
            other = middle
    return start + other * _SECOND
