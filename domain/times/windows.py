"""When a touch may be sent, by the clocks where the contact is."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from attrs import frozen

from domain.times.local_time import in_utc, wall
from domain.times.openings import Closed, openings
from domain.times.spans import Span, parse_quiet_hours, parse_spans, spans_text
from domain.times.wall_clock import is_weekday
from domain.times.window_presets import PRESETS, Preset
from domain.wording import shown

__all__ = [
    "ALWAYS",
    "LOCAL",
    "PRESETS",
    "Closed",
    "Preset",
    "SendWindow",
    "Span",
    "allows",
    "deferred_until",
    "next_allowed",
    "parse_quiet_hours",
    "parse_window",
    "spans_text",
]

LOCAL = "local"
"""Stands in `SendWindow.holidays` for the calendar of the contact's own country."""

ALWAYS = parse_spans("00:00-24:00")
"""No hours are closed; for a window that minds holidays only."""

HORIZON = timedelta(days=366)
"""How far ahead an opening is looked for: a year holds every day of every calendar."""

_DAY = timedelta(days=1)


@frozen
class SendWindow:
    """When a campaign may touch a contact. Its `str` is the hours, as `parse_window` reads them.

    Args:
        spans: the hours of the week, in the contact's local time, at least one span; they may overlap.
        holidays: calendars on whose dates nothing is sent: a country of ISO 3166 (``US``), one of its parts
            (``US-CA``, ``DE-BY``), or ``local``.
        spread: touches that waited for an opening are spread over so much of it.

    Raises:
        ValueError: there is no span, or the spread is negative.
    """

    spans: tuple[Span, ...]
    holidays: tuple[str, ...] = ()
    spread: timedelta = timedelta(minutes=15)

    def __attrs_post_init__(self) -> None:
        if not self.spans:
            raise ValueError("a window needs hours; 00:00-24:00 is the whole of every day")
        if self.spread < timedelta(0):
            raise ValueError("the spread of a window cannot be negative")

    def __str__(self) -> str:
        return spans_text(self.spans)


def parse_window(text: str) -> tuple[Span, ...]:
    """Read the hours of a window: a preset's name, or what `domain.times.spans.parse_spans` reads.

    The holidays of a preset are not among its hours: `PRESETS` has them.

    Raises:
        ValueError: it cannot be read; the message is a sentence that says how to write it.
    """
    text = text.strip()
    if text in PRESETS:
        return PRESETS[text].spans
    if text[:1].isalpha() and not is_weekday(text.split("-")[0]) and not any(map(str.isdigit, text)):
        raise ValueError(
            f"{shown(text)} is not a preset; they are {', '.join(PRESETS)}, and hours are written like "
            "mon-fri 09:00-18:00"
        )
    return parse_spans(text)


def allows(window: SendWindow, at: datetime, zones: Sequence[tzinfo], closed: Closed) -> bool:
    """Whether a touch may be sent at an instant.

    Args:
        window: the hours.
        at: the instant, aware.
        zones: where the contact may be, at least one zone; it must be allowed in all of them.
        closed: which local dates are holidays.

    Raises:
        ValueError: there is no zone, or the instant is naive.
    """
    at = in_utc(at)
    local = [wall(at, zone) for zone in _some(zones)]
    return all(any(span.holds(time) for span in window.spans) and not closed(time.date()) for time in local)


def next_allowed(
    window: SendWindow,
    at: datetime,
    zones: Sequence[tzinfo],
    closed: Closed,
    horizon: timedelta = HORIZON,
) -> datetime | None:
    """The earliest instant, from `at` on, at which a touch may be sent.

    Args:
        window: the hours.
        at: the instant from which to look, aware.
        zones: where the contact may be, at least one zone; it must be allowed in all of them.
        closed: which local dates are holidays.
        horizon: how far to look.

    Returns:
        The instant in UTC, `at` itself if it is allowed; None if there is none before the horizon.

    Raises:
        ValueError: there is no zone, or the instant is naive.
    """
    zones = _some(zones)
    start = in_utc(at)
    end = start + horizon
    while start < end:
        until = min(start + _DAY, end)
        found = openings(window.spans, start, until, zones, closed)
        if found:
            return found[0][0]
        start = until
    return None


def deferred_until(
    window: SendWindow, at: datetime, zones: Sequence[tzinfo], closed: Closed, seed: str
) -> datetime | None:
    """When a touch that is due is sent, so that not all who waited for the morning are sent to at once.

    Args:
        window: the hours.
        at: when it is due, aware.
        zones: where the contact may be, at least one zone; it must be allowed in all of them.
        closed: which local dates are holidays.
        seed: what the place within the spread is derived from, so that a repeat gives the same time.

    Returns:
        The instant in UTC, always an allowed one: `at` itself if it is; else a place in the first `spread` of
        the next opening, or in all of it if it is shorter. None if there is no opening within `HORIZON`.

    Raises:
        ValueError: there is no zone, or the instant is naive.
    """
    # Python takes a repeated wall time for unequal to the same instant in another zone (PEP 495).
    at = in_utc(at)
    opens = next_allowed(window, at, zones, closed)
    if opens is None or opens == at:
        return opens
    if window.spread == timedelta(0):
        return opens
    _, closes = openings(window.spans, opens, opens + window.spread, zones, closed)[0]
    return opens + _share(closes - opens, seed)


def _some(zones: Sequence[tzinfo]) -> Sequence[tzinfo]:
    # All of no zones would allow everything.
    if not zones:
        raise ValueError("where the contact is must be known: at least one zone")
    return zones


def _share(whole: timedelta, seed: str) -> timedelta:
    """A part of a duration that follows from the seed, always less than all of it."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return whole // datetime.resolution * number // 2**64 * datetime.resolution
