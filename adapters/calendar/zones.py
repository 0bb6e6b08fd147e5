"""Where a phone number may be: from the prefix of a number that is tied to a place, else from its country.

A number tells where it was given out, not where the person is today: a zone that the contact states goes
first. Mobile numbers are tied to a place in some countries only (North America by area code, for one); where
they are not, all zones of the country count, as the IANA table of countries (``zone.tab``) names them, not
the place that the prefix tables give for want of a better one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    is_number_geographical,
    parse,
    region_code_for_number,
)
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_geographical_number

FURTHEST = timedelta(hours=4)
"""Zones further apart say nothing together: a window of 12 hours would shrink to less than 8."""

_NO_COUNTRY = ("001", "ZZ")
"""Calling codes that belong to no country, such as satellite phones; an unknown region."""

_SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
"""Distances change with the season where one place has summer time and another has not."""


def zones_of(phone: str) -> tuple[str, ...]:
    """The zones in which a number may be, at most `FURTHEST` apart in both seasons; else none.

    Args:
        phone: in E.164 form; anything else has no zone.
    """
    number = _number(phone)
    if number is None:
        return ()
    country = _country(number)
    zones = () if country is None or is_number_geographical(number) else _zones_by_country().get(country, ())
    zones = zones or _zones_by_prefix(number)
    return tuple(sorted(zones)) if _close(zones) else ()


def country_of(phone: str) -> str | None:
    """The ISO 3166 code of the country that a number belongs to, or None.

    Args:
        phone: in E.164 form; anything else has no country.
    """
    number = _number(phone)
    return None if number is None else _country(number)


def _number(phone: str) -> PhoneNumber | None:
    try:
        return parse(phone)
    except NumberParseException:
        return None


def _country(number: PhoneNumber) -> str | None:
    country = region_code_for_number(number)
    return None if country in _NO_COUNTRY else country


def _zones_by_prefix(number: PhoneNumber) -> tuple[str, ...]:
    return tuple(zone for zone in time_zones_for_geographical_number(number) if zone != UNKNOWN_TIMEZONE)


@cache
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = defaultdict(list)
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones[country].append(zone)
    return {country: tuple(names) for country, names in zones.items()}


def _close(zones: Iterable[str]) -> bool:
    infos = [ZoneInfo(zone) for zone in zones]
    return all(_width(infos, season) <= FURTHEST for season in _SEASONS)


def _width(infos: Iterable[ZoneInfo], at: datetime) -> timedelta:
    shown = [at.astimezone(info).replace(tzinfo=None) for info in infos]
    return max(shown, default=at) - min(shown, default=at)
