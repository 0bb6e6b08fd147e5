"""The port to what is known of places: the zones and the country of a phone number, and holidays."""

from datetime import date
from typing import Protocol


class Calendar(Protocol):
    """Knows where phone numbers belong and which days are holidays."""

    def zones_of(self, phone: str) -> tuple[str, ...]:
        """The zones in which a phone number may be.

        Args:
            phone: in E.164 form.

        Returns:
            IANA names. A window must hold in all of them. None where the number tells no place, and where it
            may be in places so far apart that they say nothing together.
        """
        ...

    def country_of(self, phone: str) -> str | None:
        """The country that a phone number belongs to.

        Args:
            phone: in E.164 form.

        Returns:
            The ISO 3166 code of two letters; None where the number tells none.
        """
        ...

    def is_holiday(self, calendar: str, day: date) -> bool:
        """Whether a day is a public holiday.

        Args:
            calendar: a country of ISO 3166, or one of its parts: ``US``, ``US-CA``, ``DE-BY``.
            day: the local date.

        Raises:
            ValueError: there is no such calendar; `knows` tells beforehand.
        """
        ...

    def knows(self, calendar: str) -> bool:
        """Whether there is a calendar of this name."""
        ...
