"""Whom a drill enrolls."""

from adapters.files.addresses import FileAddresses
from domain.statuses import Channel
from trials.drill.people import MOST, people


def test_nobody_is_there_twice() -> None:
    """By name, number or address."""
    everybody = people(MOST, ["one"])

    for told in ("external_id", "phone", "email"):
        assert len({getattr(person, told) for person in everybody}) == MOST


def test_faults_are_met_in_turn() -> None:
    """So that each is met by as many, or by one more."""
    assert [person.fault for person in people(5, ["one", "two"])] == ["one", "two", "one", "two", "one"]


def test_addresses_are_as_contacts_have_them() -> None:
    """The sandbox must know them again by what we say before they are enrolled."""
    addresses = FileAddresses()

    for person in people(MOST, ["one"])[::97]:
        assert addresses.address(Channel.SMS, person.phone) == person.phone
        assert addresses.address(Channel.EMAIL, person.email) == person.email
