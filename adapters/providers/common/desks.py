"""What desks share: what a case says and is known by, and how their answers and events are read."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from adapters.providers.common.http import read_object, retry_after
from adapters.providers.common.untrusted import optional_identifier
from application.errors import BadSignature, OutcomeUnknown, TransientFault
from application.ports.handoffs import Ticket

TOLERANCE = timedelta(seconds=300)
"""How far a signed time may be from ours: Slack's and Standard Webhooks' rule, kept for every signed time."""

_MARK = "drumbeat_handoff:"
"""Before the handoff's key. It is stored at the desks: another one would not be known again."""


def mark(key: str) -> str:
    """What our case is known by at a desk that lets us name it, so that nobody else's case is taken for ours.

    Args:
        key: the handoff's key.
    """
    return f"{_MARK}{key}"


def key_of(marked: object) -> str | None:
    """The handoff's key in a mark that came back; None where it is not one of ours."""
    text = optional_identifier(marked)
    return text[len(_MARK) :] or None if text and text.startswith(_MARK) else None


def title(ticket: Ticket, longest: int) -> str:
    """The summary on one line.

    Args:
        ticket: the case.
        longest: characters that the desk takes.
    """
    line = " ".join(ticket.summary.split()) or "(no summary)"
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def facts(ticket: Ticket) -> Mapping[str, str]:
    """What stands below the summary."""
    return {"Campaign": ticket.campaign, "Reason": ticket.reason, "Enrollment": ticket.enrollment_id}


def success(desk: str, response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object in an answer of success.

    Raises:
        TransientFault: it is another answer. A person can mend what is wrong with a request or with the
            settings, and until then a case that waits is better than a case that is lost.
        OutcomeUnknown: it is one, and cannot be read.
    """
    if not response.is_success:
        raise TransientFault(
            f"{desk}: HTTP {response.status_code}", retry_after(response.headers, datetime.now(UTC))
        )
    answer = read_object(response)
    if answer is None:
        raise OutcomeUnknown(f"{desk}: an answer that cannot be read")
    return answer


def inside(value: object, *path: str) -> object:
    """A member of nested JSON objects; None where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def from_digits(text: str) -> datetime | None:
    """A time in whole seconds since 1970, in the one way to write it; None where it is not that."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and str(int(text)) == text):
        return None
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def check_age(desk: str, at: datetime | None, now: datetime) -> None:
    """Refuse what was signed too long ago, or in times to come.

    Args:
        desk: for the error's text.
        at: when it was signed; None where that cannot be read.
        now: our clock.

    Raises:
        BadSignature: it is not of our time.
    """
    if at is None or abs(now - at) > TOLERANCE:
        raise BadSignature(f"{desk}: the signature is too old, too new or has no time")
