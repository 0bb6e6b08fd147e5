"""The port that asks a provider or a desk whether it would serve us, without sending anything."""

from enum import StrEnum
from typing import Protocol

from attrs import frozen


class Finding(StrEnum):
    """What a check has found.

    Args:
        OK: it is reached, and takes our credentials.
        WRONG_CREDENTIALS: it is reached, and does not take our credentials.
        CANNOT_SEND: it takes our credentials, and the account or a setting keeps it from serving us.
        NOT_REACHABLE: nobody answers, or not as this vendor does.
        NOT_CONFIGURED: a setting that it needs is missing or cannot be used; nobody was asked.
        CANNOT_BE_CHECKED: it is reached as far as can be told, and does not tell more without a message.
    """

    OK = "ok"
    WRONG_CREDENTIALS = "wrong_credentials"
    CANNOT_SEND = "cannot_send"
    NOT_REACHABLE = "not_reachable"
    NOT_CONFIGURED = "not_configured"
    CANNOT_BE_CHECKED = "cannot_be_checked"

    @property
    def good(self) -> bool:
        """Whether there is nothing to mend, as far as can be told."""
        return self in (Finding.OK, Finding.CANNOT_BE_CHECKED)


@frozen
class Checked:
    """What came of a check.

    Args:
        finding: in a word.
        says: in one sentence, without secrets, addresses of people, or a vendor's own words.
        remedy: what to do about it, which names the setting; "" where there is nothing to do.
    """

    finding: Finding
    says: str
    remedy: str = ""


class Checkable(Protocol):
    """Somebody who can be asked."""

    async def check(self) -> Checked:
        """Ask with the credentials of the settings. It creates and changes nothing at the vendor's.

        Raises:
            ApplicationError: it cannot be asked now; the text says why.
        """
        ...
