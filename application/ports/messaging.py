"""The port to whoever carries a message: an SMS, e-mail or voice provider."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from domain.idempotency import AttemptKey
from domain.statuses import Channel


@frozen
class Content:
    """The words of one message, rendered for one contact.

    Args:
        text: the body of an SMS, the plain part of an e-mail, or what the voice says.
        subject: e-mail only.
        html: e-mail only.
    """

    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)


@frozen
class OutboundMessage:
    """One attempt, ready for the wire.

    Args:
        key: the attempt; travels with the message as correlation and, where the provider takes one, as
            idempotency key.
        to: an E.164 phone number or an e-mail address.
        content: what to send or say.
        since: when the attempt was claimed; nobody has sent it before. For a look-up, None where not known.
        known_refs: the provider's ids of the other messages that we sent to this address since a day before
            that. For a look-up by a provider that does not tell our key; None where one of these is in doubt
            itself, so that what is found may be the other one.
        unsubscribe_url: where the person can opt out of e-mails with one click (RFC 8058); None where there
            is no such place. Whoever has it can use it, so it is kept out of reprs.
        keys: the keys that the campaign makes something of, on a call: one character each, of 0 to 8, * and
            #. The text says what they mean.
    """

    key: AttemptKey
    to: str = field(repr=False)
    content: Content
    since: datetime | None = None
    known_refs: frozenset[str] | None = None
    unsubscribe_url: str | None = field(default=None, repr=False)
    keys: frozenset[str] = frozenset()


@frozen
class Accepted:
    """The provider has taken the message.

    Args:
        provider_ref: the provider's own id for it.
    """

    provider_ref: str


@frozen
class Refused:
    """The provider will never take this message.

    Args:
        reason: the vendor's code and a few words, without personal data.
        suppresses: the provider says that this address must not be contacted any more.
    """

    reason: str
    suppresses: bool = False


class MessageProvider(Protocol):
    """Sends messages on one channel."""

    @property
    def name(self) -> str:
        """The provider's name, as in its webhook route."""
        ...

    @property
    def channel(self) -> Channel:
        """The channel that it serves."""
        ...

    @property
    def honours_key(self) -> bool:
        """Whether sending the same attempt key twice sends one message."""
        ...

    @property
    def can_look_up(self) -> bool:
        """Whether `find` can tell if a message was taken."""
        ...

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand the message over, once.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        ...

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Ask whether an attempt in doubt was taken; None where it was not, or cannot be told.

        Raises:
            TransientFault: it cannot be asked now.
        """
        ...
