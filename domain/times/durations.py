"""Durations as people write them: ``90s``, ``1d12h``, ``3 days``, or ISO 8601 such as ``PT10M``."""

import re
from datetime import timedelta

_UNITS = {
    unit: (rank, duration)
    for rank, (duration, spellings) in enumerate(
        (
            (timedelta(weeks=1), "w week weeks"),
            (timedelta(days=1), "d day days"),
            (timedelta(hours=1), "h hour hours"),
            (timedelta(minutes=1), "m min minute minutes"),
            (timedelta(seconds=1), "s sec second seconds"),
        )
    )
    for unit in spellings.split()
}
_NUMBER = r"[0-9]{1,12}(?:[.,][0-9]{1,6})?"
_PART = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z]*)\s*")
_ISO = re.compile(
    rf"P(?=.)(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=.)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
)
_ISO_CALENDAR = re.compile(r"P[0-9.,]+[YM]")
_HOW = "write it like 90s, 10m, 2h, 3d, 1w or 1d12h"


def parse(text: str) -> timedelta:
    """Read a duration.

    Args:
        text: numbers with units, the largest unit first, or the ISO 8601 form without years and months.

    Raises:
        ValueError: it cannot be read; the message is a sentence that says how to write it.
    """
    text = text.strip()
    try:
        return _parse_iso(text) if text.startswith("P") else _parse_parts(text)
    except OverflowError:
        raise ValueError(f"{_shown(text)} is too long for a duration") from None


def _parse_parts(text: str) -> timedelta:
    total, least, at = timedelta(0), -1, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise ValueError(f"{_shown(text)} is not a duration; {_HOW}")
        number, unit = part.groups()
        if not unit:
            raise ValueError(f"{_shown(text)} has no unit; {_HOW}")
        if unit not in _UNITS:
            raise ValueError(f"{_shown(unit)} is not a unit of time; {_HOW}")
        rank, duration = _UNITS[unit]
        if rank <= least:
            raise ValueError(f"{_shown(text)} must name each unit once, the largest first; {_HOW}")
        total, least, at = total + float(number.replace(",", ".")) * duration, rank, part.end()
    if least < 0:
        raise ValueError(f"a duration must not be empty; {_HOW}")
    return total


def _parse_iso(text: str) -> timedelta:
    if _ISO_CALENDAR.match(text):
        raise ValueError(f"{_shown(text)} counts years or months, which differ in length; count days instead")
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{_shown(text)} is not an ISO 8601 duration; {_HOW}")
    weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def words(duration: timedelta) -> str:
    """Say a duration, e.g. ``1 day 12 hours``; `parse` reads it back."""
    if duration < timedelta(0):
        return f"minus {words(-duration)}"
    hours, seconds = divmod(duration.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    exact = f"{seconds}.{duration.microseconds:06d}".rstrip("0").rstrip(".")
    counts = ((str(duration.days), "day"), (str(hours), "hour"), (str(minutes), "minute"), (exact, "second"))
    said = [f"{count} {unit}{'' if count == '1' else 's'}" for count, unit in counts if count != "0"]
    return " ".join(said) or "0 seconds"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
