"""The port to the links by which a person decides what they get from us."""

from typing import Protocol

from attrs import frozen

from application.errors import BadLink
from domain.idempotency import AttemptKey

UNSUBSCRIBE_PATH = "/u"
PREFERENCES_PATH = "/preferences"
"""What stands between our public address and a token; short, since it stands in text messages too."""


class Links(Protocol):
    """Makes links that nobody else can make, and reads what one stands for.

    A link holds ids and nothing personal, and works as long as the message in which it stands exists. Whoever
    has it can use it.
    """

    def unsubscribe(self, key: AttemptKey) -> str | None:
        """Where the person who gets this message can opt out; None where no links can be made."""
        ...

    def preferences(self, enrollment_id: str) -> str | None:
        """Where the person can choose the channels that they are reached on; None where none can be made."""
        ...

    def read_unsubscribe(self, token: str) -> AttemptKey:
        """The message whose link it is.

        Args:
            token: the last part of the link's path, from anybody.

        Raises:
            BadLink: we have not made it.
        """
        ...

    def read_preferences(self, token: str) -> str:
        """The id of the enrollment whose page it is.

        Args:
            token: the last part of the link's path, from anybody.

        Raises:
            BadLink: we have not made it.
        """
        ...


@frozen
class NoLinks:
    """Makes none, where there is no secret to sign them with."""

    def unsubscribe(self, key: AttemptKey) -> None:
        """None."""

    def preferences(self, enrollment_id: str) -> None:
        """None."""

    def read_unsubscribe(self, token: str) -> AttemptKey:
        """Refuse it.

        Raises:
            BadLink: always.
        """
        raise BadLink("links cannot be read without a secret")

    def read_preferences(self, token: str) -> str:
        """Refuse it.

        Raises:
            BadLink: always.
        """
        raise BadLink("links cannot be read without a secret")
