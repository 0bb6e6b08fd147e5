"""The instants at which local hours are open, as intervals, exact across clock changes.

An instant is open if the wall time then lies in the hours: a time that clocks show twice is open twice, one
that they skip never comes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from domain.times.local_time import Stretch, stretches
from domain.times.spans import Span

Closed = Callable[[date], bool]
"""Whether a local date is a holiday for the contact."""

Interval = tuple[datetime, datetime]
"""From an instant up to another, in UTC, the end not included."""


def openings(
    spans: Iterable[Span], start: datetime, end: datetime, zones: Iterable[tzinfo], closed: Closed
) -> list[Interval]:
    """All that is open in every one of the zones between two instants.

    Args:
        spans: the hours, in local time.
        start: the first instant, in UTC.
        end: the instant after the last, in UTC.
        zones: whose clocks count.
        closed: which local dates are holidays.

    Returns:
        The intervals in order; they neither overlap nor touch.
    """
    spans = tuple(spans)
    found = [(start, end)] if start < end else []
    for zone in zones:
        here = (
            interval
            for stretch in stretches(start, end, zone)
            for interval in _in_stretch(spans, stretch, closed)
        )
        found = _common(found, _joined(here))
    return found


def _in_stretch(spans: Sequence[Span], stretch: Stretch, closed: Closed) -> Iterator[Interval]:
    """The openings while a zone keeps one offset, cut where that time begins and ends."""
    first, last = (_shown(at, stretch.offset) for at in (stretch.start, stretch.end))
    for number in range((last.date() - first.date()).days + 1):
        day = first.date() + timedelta(days=number)
        hours = [span.on(day) for span in spans if day.weekday() in span.days]
        if hours and not closed(day):
            for opens, closes in hours:
                if max(opens, first) < min(closes, last):
                    yield _instant(max(opens, first), stretch), _instant(min(closes, last), stretch)


def _shown(at: datetime, offset: timedelta) -> datetime:
    return at.replace(tzinfo=None) + offset


def _instant(shown: datetime, stretch: Stretch) -> datetime:
    return (shown - stretch.offset).replace(tzinfo=UTC)


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _common(some: Iterable[Interval], others: Sequence[Interval]) -> list[Interval]:
    pairs = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return [(start, end) for start, end in pairs if start < end]
