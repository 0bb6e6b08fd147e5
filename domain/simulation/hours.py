"""What clocks show in one zone, worked out once for thousands of people."""

from bisect import bisect_right
from datetime import date, datetime, timedelta, tzinfo

from attrs import define, field

from domain.times.delays import AtLocal, due
from domain.times.openings import Interval, openings
from domain.times.spans import Span

_AHEAD = timedelta(days=32)


def _no_holiday(_: date) -> bool:
    return False


@define
class Openings:
    """When hours are open, without holidays.

    Args:
        spans: the hours, in local time.
        zone: whose clocks count.
        start: nobody asks about a time before.
    """

    spans: tuple[Span, ...]
    zone: tzinfo
    start: datetime
    _found: list[Interval] = field(factory=list, init=False)
    _until: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._until = self.start

    def at(self, when: datetime) -> Interval:
        """The opening in which a time lies, else the next one: from when, or from that time on, until when.

        Hours open every week, so there is one.
        """
        while not self._found or self._found[-1][1] <= when + _WEEK:
            self._look_further()
        opens, closes = self._found[bisect_right(self._found, when, key=_closes)]
        return max(opens, when), closes

    def _look_further(self) -> None:
        until = self._until + _AHEAD
        found = openings(self.spans, self._until, until, (self.zone,), _no_holiday)
        if self._found and found and self._found[-1][1] == found[0][0]:
            found[0] = self._found.pop()[0], found[0][1]  # it was open where the last look ended
        self._found += found
        self._until = until


_WEEK = timedelta(weeks=1)


def _closes(opening: Interval) -> datetime:
    return opening[1]


@define
class LocalTimes:
    """The instants of a local time that comes again and again.

    Args:
        delay: which local time.
        zone: whose clocks count.
        start: nobody asks about a time before.
    """

    delay: AtLocal
    zone: tzinfo
    start: datetime
    _found: list[datetime] = field(factory=list, init=False)

    def after(self, when: datetime) -> datetime:
        """The first one after a time."""
        while not self._found or self._found[-1] <= when:
            self._found.append(due(self.delay, self._found[-1] if self._found else self.start, self.zone, {}))
        return self._found[bisect_right(self._found, when)]
