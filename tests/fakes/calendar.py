"""A calendar that knows what it is told."""

from collections.abc import Collection, Mapping
from datetime import date

from attrs import field, frozen


@frozen
class FakeCalendar:
    """The port `Calendar`.

    Args:
        zones: phone number to its zones.
        countries: phone number to its country.
        holidays: calendar to its dates; a calendar without dates is known all the same.
    """

    zones: Mapping[str, tuple[str, ...]] = field(factory=dict)
    countries: Mapping[str, str] = field(factory=dict)
    holidays: Mapping[str, Collection[date]] = field(factory=dict)

    def zones_of(self, phone: str) -> tuple[str, ...]:
        """The zones it was told."""
        return self.zones.get(phone, ())

    def country_of(self, phone: str) -> str | None:
        """The country it was told."""
        return self.countries.get(phone)

    def is_holiday(self, calendar: str, day: date) -> bool:
        """Whether the date is among those it was told."""
        if calendar not in self.holidays:
            raise ValueError(f"there is no holiday calendar {calendar!r}")
        return day in self.holidays[calendar]

    def knows(self, calendar: str) -> bool:
        """Whether it was told of the calendar."""
        return calendar in self.holidays
