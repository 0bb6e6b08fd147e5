"""Public holidays of the world, from the package `holidays`.

Where a holiday that falls on a weekend is made up for on a working day, both days count.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

from holidays import country_holidays, list_supported_countries


def knows(calendar: str) -> bool:
    """Whether there is a calendar of this name: ``US``, ``US-CA``; capitals matter."""
    country, dash, part = calendar.partition("-")
    parts = _countries().get(country)
    return parts is not None and (not dash or part in parts)


def is_holiday(calendar: str, day: date) -> bool:
    """Whether a day is a public holiday.

    Raises:
        ValueError: there is no such calendar.
    """
    return day in _dates(calendar, day.year)


@lru_cache(maxsize=1024)
def _dates(calendar: str, year: int) -> frozenset[date]:
    if not knows(calendar):
        raise ValueError(
            f"there is no holiday calendar {calendar!r}; name a country or a part, like US or DE-BY"
        )
    country, _, part = calendar.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))


@cache
def _countries() -> Mapping[str, frozenset[str]]:
    supported = list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in supported.items()}
