"""The calendar of the world."""

from datetime import date

from adapters.calendar import holidays, zones


class WorldCalendar:
    """The port `Calendar`, from the tables of `phonenumbers`, the IANA database and `holidays`."""

    def zones_of(self, phone: str) -> tuple[str, ...]:
        """The zones in which a phone number may be (`adapters.calendar.zones` tells the rule)."""
        return zones.zones_of(phone)

    def country_of(self, phone: str) -> str | None:
        """The country that a phone number belongs to."""
        return zones.country_of(phone)

    def is_holiday(self, calendar: str, day: date) -> bool:
        """Whether a day is a public holiday.

        Raises:
            ValueError: there is no such calendar.
        """
        return holidays.is_holiday(calendar, day)

    def knows(self, calendar: str) -> bool:
        """Whether there is a calendar of this name."""
        return holidays.knows(calendar)
