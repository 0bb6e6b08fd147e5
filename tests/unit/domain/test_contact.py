"""A contact can be reached, shows nothing of itself, and is known by one name."""

from collections.abc import Callable
from functools import partial

import pytest

from domain.contact import Contact, NewContact, identity
from domain.errors import InvalidContact
from domain.statuses import Channel

PHONE, EMAIL = "+15005550006", "ann@example.com"

KINDS = pytest.mark.parametrize("build", [partial(Contact, "c-1"), NewContact], ids=["stored", "new"])


@KINDS
def test_a_contact_needs_an_address(build: Callable[..., Contact | NewContact]) -> None:
    """Nobody can be reached without a phone and an e-mail address."""
    with pytest.raises(InvalidContact, match="phone number or an e-mail address") as caught:
        build("crm-1", timezone="Europe/Rome")

    assert caught.value.column == "phone"


@KINDS
@pytest.mark.parametrize("address", [{"phone": PHONE}, {"email": EMAIL}, {"phone": PHONE, "email": EMAIL}])
def test_one_address_is_enough(build: Callable[..., Contact | NewContact], address: dict[str, str]) -> None:
    """A phone or an e-mail address will do."""
    contact = build("crm-1", **address)

    assert (contact.phone, contact.email) == (address.get("phone"), address.get("email"))


@KINDS
def test_the_repr_is_discreet(build: Callable[..., Contact | NewContact]) -> None:
    """What is shown in logs and errors has no personal data."""
    shown = repr(build("crm-ann", PHONE, EMAIL, "Europe/Rome", {"first_name": "Ann"}))

    assert not any(secret in shown for secret in ("crm-ann", PHONE, EMAIL, "Rome", "Ann"))


@KINDS
def test_attributes_are_a_copy(build: Callable[..., Contact | NewContact]) -> None:
    """A contact does not change with the mapping it was made from."""
    attributes = {"first_name": "Ann"}
    contact = build("crm-1", PHONE, attributes=attributes)
    attributes.clear()

    assert contact.attributes == {"first_name": "Ann"}


@pytest.mark.parametrize(
    ("channel", "address"), [(Channel.SMS, PHONE), (Channel.VOICE, PHONE), (Channel.EMAIL, EMAIL)]
)
def test_address(channel: Channel, address: str) -> None:
    """Texts and calls go to the phone, mails to the e-mail address."""
    assert Contact("c-1", "crm-1", PHONE, EMAIL).address(channel) == address


def test_no_address_on_a_channel() -> None:
    """Who has no phone cannot be called."""
    assert Contact("c-1", "crm-1", email=EMAIL).address(Channel.VOICE) is None


@pytest.mark.parametrize(
    ("external_id", "phone", "email", "known_by"),
    [
        ("crm-1", PHONE, EMAIL, "crm-1"),
        (None, PHONE, EMAIL, PHONE),
        ("", None, EMAIL, EMAIL),
    ],
)
def test_identity(external_id: str | None, phone: str | None, email: str | None, known_by: str) -> None:
    """A record is known by the caller's id, else by the phone, else by the e-mail address."""
    assert identity(external_id, phone, email) == known_by


def test_a_record_without_a_name_is_refused() -> None:
    """A record that nothing identifies cannot be told from the next one."""
    with pytest.raises(InvalidContact, match="external_id") as caught:
        identity("", None, "")

    assert caught.value.column == "external_id"
