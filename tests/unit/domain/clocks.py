"""The world's clocks as tests see them: every zone, every change of three years, and an oracle.

The oracle asks `zoneinfo` what the clocks show, minute for minute, and looks that minute of the week up in a
table written from the spans. It shares no code with the domain.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from attrs import frozen
from hypothesis import HealthCheck, settings

from domain.times.spans import Span

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)

# The machine's own zone goes by this name on some systems; it is a copy of another.
ZONES = sorted(available_timezones() - {"localtime"})

# A loaded machine is no failure, and no file is shared between two runs at once.
thorough = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)

MINUTE = timedelta(minutes=1)
_STRIDE = timedelta(days=3)  # no zone of these years changes twice within it
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


@frozen
class Change:
    """A clock change: its instant in UTC, and the offsets before and after."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta


@cache
def changes() -> tuple[Change, ...]:
    """Every change of offset of every zone from `BEGIN` to `END`."""
    return tuple(change for zone in ZONES for change in _changes(zone))


def _changes(zone: str) -> Iterator[Change]:
    info = ZoneInfo(zone)
    at, before = BEGIN, _offset(info, BEGIN)
    while at < END:
        at += _STRIDE
        after = _offset(info, at)
        if after != before:
            hour = _first_after(info, before, at, timedelta(hours=1))
            yield Change(zone, _first_after(info, before, hour, MINUTE), before, after)
        before = after


def _first_after(info: ZoneInfo, before: timedelta, at: datetime, step: timedelta) -> datetime:
    """Go back in steps from an instant after a change, as long as the one before is after it, too."""
    while _offset(info, at - step) != before:
        at -= step
    return at


def _offset(info: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(info).utcoffset()
    assert offset is not None
    return offset


def shown_minutes(zone: str, start: datetime, count: int) -> Iterator[int]:
    """The minute of the week that clocks show, for so many minutes from one on."""
    info = ZoneInfo(zone)
    for number in range(count):
        shown = datetime.fromtimestamp(start.timestamp() + number * 60, info)
        yield (shown.weekday() * 24 + shown.hour) * 60 + shown.minute


def open_minutes(spans: Iterable[Span]) -> bytes:
    """For each minute of the week from Monday on, 1 if it lies in a span, else 0. Spans are in minutes."""
    table = bytearray(_WEEK_MINUTES)
    for span in spans:
        for day in span.days:
            closes = _DAY_MINUTES if span.closes is None else _minutes(span.closes)
            for minute in range(_minutes(span.opens), closes):
                table[day * _DAY_MINUTES + minute] = 1
    return bytes(table)


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute
