"""Whom a drill enrolls: made up, in numbers that are nobody's, and which fault each of them meets."""

from collections.abc import Sequence

from attrs import frozen

_AREAS = ("202", "212", "213", "303", "305", "312", "404", "415", "512", "617", "702", "713")
_NUMBERS = 100
"""In each area, 555-0100 to 555-0199 are kept for fiction."""

MOST = len(_AREAS) * _NUMBERS - 1
"""The last number is the stranger's."""


@frozen
class Person:
    """A contact.

    Args:
        number: from 0.
        fault: the name of the fault that is met.
    """

    number: int
    fault: str

    @property
    def external_id(self) -> str:
        """The id under which it is enrolled."""
        return f"person-{self.number}"

    @property
    def phone(self) -> str:
        """In E.164 form."""
        area, rest = divmod(self.number, _NUMBERS)
        return f"+1{_AREAS[area]}55501{rest:02}"

    @property
    def email(self) -> str:
        """An e-mail address."""
        return f"person-{self.number}@example.com"


STRANGER = Person(MOST, "stray")
"""A contact of another tenant."""


def people(count: int, faults: Sequence[str]) -> tuple[Person, ...]:
    """So many contacts, who meet these faults in turn.

    Args:
        count: how many, at most `MOST`.
        faults: names of faults.
    """
    return tuple(Person(number, faults[number % len(faults)]) for number in range(count))
