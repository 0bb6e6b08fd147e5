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


def enrollment_id(tenant: str, campaign: str, contact_id: str, entry: int = 1) -> str:
    """One contact, one campaign, one enrollment, whichever version and however often it is asked for.

    Args:
        tenant: whose campaign.
        campaign: its key.
        contact_id: who.
        entry: the how manieth time the contact enters it, from 1, where the campaign allows that.
    """
    names = (tenant, campaign, contact_id) if entry == 1 else (tenant, campaign, contact_id, str(entry))
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names)))


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


def interaction_key(
    enrollment_id: str, kind: str, step: str, attempt: int, at: datetime | None, after: str | None = None
) -> str:
    """A row that the workflow writes.

    Args:
        enrollment_id: whose timeline.
        kind: what happened.
        step: where.
        attempt: at which attempt.
        at: when, in workflow time, for what can happen there more than once; None for what cannot. A decision
            that is interrupted before Temporal has it is made again, and its time is another one then.
        after: the name of the order that has moved the enrollment last, which may have been there before;
            None where none has.
    """
    moved = "" if after is None else f":after:{after}"
    return f"{enrollment_id}:{step}:{attempt}:{kind}{_at(at)}{moved}"


def event_key(provider: str, event_id: str) -> str:
    """A row that a callback writes, by the provider's own event id."""
    return f"{provider}:{event_id}"


def shared_event_key(event_key: str, enrollment_id: str) -> str:
    """A row by which another enrollment hears of the same event."""
    return f"{event_key}:{enrollment_id}"


def stray_event_key(event_key: str, attempt_key: str) -> str:
    """A row of an event that names an attempt which it cannot be about.

    Not the event's own key: what is rightly told of it may have the same id, and must not meet it.

    Args:
        event_key: of the event.
        attempt_key: what it names, as text; it came from outside.
    """
    named = hashlib.sha256(attempt_key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{event_key}:stray:{named}"


def order_key(enrollment_id: str, kind: str, name: str) -> str:
    """A row by which a run is told something that people or events want of it.

    Args:
        enrollment_id: whose run.
        kind: what sort of thing.
        name: what makes it one, e.g. the event's id, or the version to go over to.
    """
    return f"order:{enrollment_id}:{kind}:{name}"


def order_name(key: str) -> str:
    """What a run calls an order of this key: that may hold an id of the caller's, and so be personal."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


LINK = "link"
"""Who reports what a person does behind a link of ours: it stands where a provider's name would."""


def unsubscribe_key(attempt: AttemptKey, again: datetime | None = None) -> str:
    """The row of a person's click on a message's link to unsubscribe: one, however often it is clicked.

    Args:
        attempt: whose link.
        again: when, for a click that counts anew, since the person had taken an earlier one back.
    """
    return event_key(LINK, f"{attempt}:unsubscribe{_at(again)}")


def preference_key(enrollment_id: str, channel: str, kind: str, at: datetime) -> str:
    """The row of a person's choice on the preference page, which can be made more than once.

    Args:
        enrollment_id: whose page.
        channel: which channel.
        kind: what was chosen.
        at: when.
    """
    return event_key(LINK, f"{enrollment_id}:{channel}:{kind}{_at(at)}")


def webhook_key(provider: str, target: str, body: bytes) -> str:
    """One delivery of a callback: the same request body to the same path and query is the same delivery.

    Args:
        provider: the route it came in by.
        target: path and query as requested; vendors carry our attempt key there.
        body: the raw body.
    """
    return hashlib.sha256(b"\x00".join((provider.encode(), target.encode(), body))).hexdigest()


def schedule_id(tenant: str, key: str) -> str:
    """The id of a schedule at the workflow service. Keys have no colon, so no two tenants share one."""
    return f"schedule:{tenant}:{key}"


def scheduled_id(tenant: str, key: str) -> str:
    """What the ids of the workflows begin with that a schedule starts; the time of the firing follows."""
    return f"scheduled:{tenant}:{key}"


def scheduled_batch_id(workflow_id: str) -> str:
    """The batch that one firing of a schedule makes.

    Args:
        workflow_id: of the firing.
    """
    return str(uuid.uuid5(_NAMESPACE, workflow_id))


def _at(when: datetime | None) -> str:
    """A time as the end of a key; nothing where what happens can happen only once."""
    return "" if when is None else f":{when.astimezone(UTC).isoformat()}"
