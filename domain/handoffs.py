"""Cases that humans take over: how one stands, and what those who take it may be called."""

from enum import StrEnum

from domain.errors import DomainError

LONGEST_NAME = 100
LONGEST_NOTE = 2000


class HandoffState(StrEnum):
    """How a case stands."""

    OPEN = "open"
    """Nobody has it."""
    CLAIMED = "claimed"
    """Somebody has it."""
    RESOLVED = "resolved"
    """Somebody has closed it."""


class InvalidName(DomainError):
    """What somebody calls themselves cannot be used."""


def state_of(*, is_claimed: bool, is_resolved: bool) -> HandoffState:
    """How a case stands.

    Args:
        is_claimed: somebody has it, or had it when it was closed.
        is_resolved: it is closed.
    """
    if is_resolved:
        return HandoffState.RESOLVED
    return HandoffState.CLAIMED if is_claimed else HandoffState.OPEN


def read_name(text: str) -> str:
    """What somebody calls themselves, without the space around it: two who look the same are the same.

    Raises:
        InvalidName: it is empty, too long, or has more than one line.
    """
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidName(f"a person is named by one line of 1 to {LONGEST_NAME} characters, like anna")
    return name
