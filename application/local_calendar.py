"""Where a contact is, as far as we know, and what day it is there."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from application.ports.calendar import Calendar
from domain.contact import Contact
from domain.contact_rules import ContactRules
from domain.times.windows import LOCAL, SendWindow, deferred_until

COUNTRY = "country"
"""The attribute that names a contact's country (ISO 3166)."""


@frozen
class LocalCalendar:
    """What the clocks and calendars say where a contact is.

    The zone is the contact's own, else that of the phone number, else the campaign's.

    Args:
        calendar: knows places.
    """

    calendar: Calendar

    def zone(self, contact: Contact, rules: ContactRules) -> ZoneInfo:
        """The one zone to tell the contact's local time by."""
        return self.zones(contact, rules)[0]

    def zones(self, contact: Contact, rules: ContactRules) -> Sequence[ZoneInfo]:
        """Every zone in which the contact may be, at least one."""
        names: Sequence[str] = () if contact.timezone is None else (contact.timezone,)
        if not names and contact.phone is not None:
            names = self.calendar.zones_of(contact.phone)
        return [ZoneInfo(name) for name in names or (rules.timezone,)]

    def may_go_out(
        self, window: SendWindow, contact: Contact, rules: ContactRules, at: datetime, seed: str
    ) -> datetime | None:
        """When a message may go out: at once, later, or never within a year (None).

        A phone number may be in several zones: the window must be open in all of them, and where it never is,
        that of the campaign counts.

        Args:
            window: the hours and holidays.
            contact: who.
            rules: whose campaign.
            at: the time.
            seed: what the share of the opening is derived from, so that mornings do not burst.
        """
        zones = self.zones(contact, rules)
        until = deferred_until(window, at, zones, self._closed(window, contact), seed)
        if until is None and len(zones) > 1:
            campaign = [ZoneInfo(rules.timezone)]
            until = deferred_until(window, at, campaign, self._closed(window, contact), seed)
        return until

    def _closed(self, window: SendWindow, contact: Contact) -> "_Holidays":
        names = [self._country(contact) if name == LOCAL else name for name in window.holidays]
        known = tuple(name for name in names if name is not None and self.calendar.knows(name))
        return _Holidays(self.calendar, known)

    def _country(self, contact: Contact) -> str | None:
        own = contact.attributes.get(COUNTRY, "").strip().upper()
        if own or contact.phone is None:
            return own or None
        return self.calendar.country_of(contact.phone)


@frozen
class _Holidays:
    calendar: Calendar
    names: Sequence[str]

    def __call__(self, day: date) -> bool:
        return any(self.calendar.is_holiday(name, day) for name in self.names)
