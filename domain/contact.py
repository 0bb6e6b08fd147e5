"""A person to reach, and what makes two records the same person."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from domain.errors import InvalidContact
from domain.statuses import Channel


def _copy(attributes: Mapping[str, str]) -> Mapping[str, str]:
    return dict(attributes)


@frozen
class Contact:
    """A person to reach. The repr shows no personal data.

    Args:
        id: ours, drawn once when the contact is first stored; the only name that leaves the database.
        external_id: the caller's name for the person: unique per tenant.
        phone: in E.164 form, or None.
        email: normalised, or None.
        timezone: an IANA zone name, or None.
        attributes: whatever else is known, for use in templates.

    Raises:
        InvalidContact: there is neither a phone nor an e-mail address.
    """

    id: str
    external_id: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    timezone: str | None = field(default=None, repr=False)
    attributes: Mapping[str, str] = field(factory=dict, converter=_copy, repr=False, hash=False)

    def __attrs_post_init__(self) -> None:
        _reachable(self.phone, self.email)

    def address(self, channel: Channel) -> str | None:
        """Where the contact is reached on a channel; None where it cannot be."""
        return self.email if channel is Channel.EMAIL else self.phone

    @property
    def known(self) -> Mapping[str, str]:
        """What is known by name, for templates and conditions: attributes, and fields that are filled."""
        fields = {
            "external_id": self.external_id,
            "phone": self.phone,
            "email": self.email,
            "timezone": self.timezone,
        }
        return {**self.attributes, **{name: value for name, value in fields.items() if value is not None}}


@frozen
class ConsentWord:
    """What a caller says that a person has said of one channel.

    Args:
        channel: which.
        given: agreed, or taken back.
        source: where it was said, e.g. "sign-up form".
        at: when; None for the time at which it is stored.
    """

    channel: Channel
    given: bool
    source: str
    at: datetime | None = None


@frozen
class NewContact:
    """A person as a caller names them, before they are stored. The repr shows no personal data.

    Args:
        external_id: the caller's name for the person, as `identity` gives it.
        phone: in E.164 form, or None.
        email: normalised, or None.
        timezone: an IANA zone name, or None.
        attributes: whatever else is known, for use in templates.
        consents: on which channels the person has agreed to be reached, or does so no more.

    Raises:
        InvalidContact: there is neither a phone nor an e-mail address.
    """

    external_id: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    timezone: str | None = field(default=None, repr=False)
    attributes: Mapping[str, str] = field(factory=dict, converter=_copy, repr=False, hash=False)
    consents: tuple[ConsentWord, ...] = field(default=(), repr=False)

    def __attrs_post_init__(self) -> None:
        _reachable(self.phone, self.email)


def identity(external_id: str | None, phone: str | None, email: str | None) -> str:
    """What a record is known by: the caller's own id, else the phone, else the e-mail address.

    Raises:
        InvalidContact: there is none of the three.
    """
    known = external_id or phone or email
    if not known:
        raise InvalidContact("external_id", "a row needs an external_id, a phone number or an e-mail address")
    return known


def _reachable(phone: str | None, email: str | None) -> None:
    if phone is None and email is None:
        raise InvalidContact("phone", "a contact needs a phone number or an e-mail address")
