"""Every key by which an effect is recognised when it comes again. Derived, never drawn.

Three levels: a *fact* that comes twice is ignored by `decide` (ranks, stale timers); a *run* that is started
twice joins the first (enrollment and workflow ids); an *effect* that is tried twice meets the UNIQUE
constraint on its key (attempt, handoff and interaction keys) and, where the provider takes one, the
provider's own key.
"""

import hashlib
import re
import uuid
from datetime import UTC, datetime

from attrs import frozen

_NAMESPACE = uuid.UUID("6f0c3f0e-5a4e-5d0f-9d59-8a1f6d2b7c11")
_ATTEMPT = re.compile(r"[1-9][0-9]{0,8}")


def enrollment_id(tenant: str, campaign: str, contact_id: str) -> str:
    """One contact, one campaign, one enrollment, whichever version and however often it is asked for."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((tenant, campaign, contact_id))))


def workflow_id(enrollment_id: str) -> str:
    """The id of the one workflow run of an enrollment."""
    return f"enrollment:{enrollment_id}"


@frozen
class AttemptKey:
    """One try of one step of one enrollment; its text form goes to the provider and comes back."""

    enrollment_id: str
    step: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.enrollment_id}:{self.step}:{self.attempt}"

    @classmethod
    def parse(cls, text: str) -> "AttemptKey | None":
        """Read a key back from a callback; None where the text is not one (it came from outside)."""
        parts = text.split(":")
        if len(parts) != 3 or not all(parts) or not _ATTEMPT.fullmatch(parts[2]):
            return None
        return cls(parts[0], parts[1], int(parts[2]))


def handoff_key(enrollment_id: str) -> str:
    """One enrollment hands over to a human once."""
    return f"{enrollment_id}:handoff"


def interaction_key(enrollment_id: str, kind: str, step: str, attempt: int, at: datetime | None) -> str:
    """A row that the workflow writes.

    Args:
        enrollment_id: whose timeline.
        kind: what happened.
        step: where.
        attempt: at which attempt.
        at: when, in workflow time, for what can happen there more than once; None for what cannot. A decision
            that is interrupted before Temporal has it is made again, and its time is another one then.
    """
    when = "" if at is None else f":{at.astimezone(UTC).isoformat()}"
    return f"{enrollment_id}:{step}:{attempt}:{kind}{when}"


def event_key(provider: str, event_id: str) -> str:
    """A row that a callback writes, by the provider's own event id."""
    return f"{provider}:{event_id}"


def shared_event_key(event_key: str, enrollment_id: str) -> str:
    """A row by which another enrollment hears of the same event."""
    return f"{event_key}:{enrollment_id}"


def webhook_key(provider: str, target: str, body: bytes) -> str:
    """One delivery of a callback: the same request body to the same path and query is the same delivery.

    Args:
        provider: the route it came in by.
        target: path and query as requested; vendors carry our attempt key there.
        body: the raw body.
    """
    return hashlib.sha256(b"\x00".join((provider.encode(), target.encode(), body))).hexdigest()
