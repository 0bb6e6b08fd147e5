"""What an audit comes to."""

from enum import StrEnum

from attrs import frozen


class Kind(StrEnum):
    """What is wrong."""

    LOST_ENROLLMENT = "lost_enrollment"
    """It was acknowledged to the caller and is not there, or has no run."""
    DUPLICATE_ENROLLMENT = "duplicate_enrollment"
    """It is there, and no caller was told of it: a request that was made again has stored another one."""
    DUPLICATE_RUN = "duplicate_run"
    """An enrollment has more than one chain of runs."""
    UNFINISHED = "unfinished"
    """An enrollment has not ended, or its run has ended in another way than by its plan."""
    WRONG_OUTCOME = "wrong_outcome"
    """The row tells another outcome than the run."""
    LOST_DECISION = "lost_decision"
    """A run went on, handed over or ended, and its timeline does not tell of it."""
    LOST_SEND = "lost_send"
    """A provider took a message that our books do not hold as sent, nor as in doubt."""
    DUPLICATE_SEND = "duplicate_send"
    """A provider took the same attempt more than once."""
    WRONG_REFERENCE = "wrong_reference"
    """Our books hold an attempt as sent that the provider does not know by that id."""
    UNSETTLED = "unsettled"
    """A provider took an attempt that our books hold as unknown to the end, or one is claimed to the end."""
    LOST_WEBHOOK = "lost_webhook"
    """A callback was acknowledged, and it or one of its events is not stored."""
    UNTOLD = "untold"
    """Something was stored of which the run must hear, and it has not heard."""
    WRONG_DELIVERY = "wrong_delivery"
    """An attempt's delivery status is not the highest that was acknowledged about it."""
    FORGED_TAKEN = "forged_taken"
    """A callback without a good signature was not refused, or has left something."""
    STRAY_TAKEN = "stray_taken"
    """A callback about nobody of ours has changed an attempt."""
    INVENTED = "invented"
    """The timeline holds an event that no callback has told."""
    DUPLICATE_EVENT = "duplicate_event"
    """The timeline holds more events of an attempt than callbacks have told, or more than one end."""
    HISTORY_DIFFERS = "history_differs"
    """The sends that a run ordered and the attempts in our books are not the same."""
    LOST_HANDOFF = "lost_handoff"
    """Our books and the desk do not agree on a case, or a human was to have one and there is none."""
    DUPLICATE_HANDOFF = "duplicate_handoff"
    """A desk has the same case more than once."""


@frozen
class Finding:
    """One thing that is wrong.

    Args:
        kind: what sort of thing.
        enrollment_id: whose; None where it is nobody's.
        what: a sentence.
    """

    kind: Kind
    enrollment_id: str | None
    what: str


@frozen
class Unavoidable:
    """Something that a provider's abilities do not let us prevent; it is no finding.

    Args:
        finding: what it would be otherwise.
        reason: why it cannot be prevented, as a sentence.
    """

    finding: Finding
    reason: str


class Resolution(StrEnum):
    """How an attempt in doubt was settled."""

    LOOK_UP = "look_up"
    CALLBACK = "callback"
    RESENT_WITH_KEY = "resent_with_key"
    UNKNOWN_TAKEN = "unknown (taken)"
    UNKNOWN_NOT_TAKEN = "unknown (not taken)"


@frozen
class Doubt:
    """An attempt of which nobody could say for a while, or for good, whether it was sent.

    Args:
        attempt: its key, as text.
        enrollment_id: whose.
        resolution: how that ended. The last two say what the provider knows, and we do not.
    """

    attempt: str
    enrollment_id: str
    resolution: Resolution


@frozen
class Counts:
    """How many there were of what.

    Args:
        enrollments: rows of enrollments.
        ended: of these, how many have ended.
        sends: messages that providers took.
        attempts: rows of attempts that are accepted.
        refused: orders that our gate kept back.
        resent: messages that went out again, as another attempt, after one in doubt that had been taken:
            what a plan with `on_unknown: resend` asks for.
        cases: handoffs that desks took.
        deliveries: genuine callbacks.
        acknowledged: of these, how many were acknowledged.
        repeated: how often a callback came again.
        late: events of which no run was told, as our books have it: it had ended, or would not have them.
        stray: callbacks about nobody of ours.
        forged: callbacks without a good signature.
    """

    enrollments: int = 0
    ended: int = 0
    sends: int = 0
    attempts: int = 0
    refused: int = 0
    resent: int = 0
    cases: int = 0
    deliveries: int = 0
    acknowledged: int = 0
    repeated: int = 0
    late: int = 0
    stray: int = 0
    forged: int = 0


@frozen
class Audit:
    """What holding the ledgers against each other has come to.

    Args:
        findings: what is wrong.
        unavoidable: what the providers' abilities do not let us prevent.
        doubts: the attempts that were, or are, in doubt.
        counts: how many there were of what.
    """

    findings: tuple[Finding, ...]
    unavoidable: tuple[Unavoidable, ...]
    doubts: tuple[Doubt, ...]
    counts: Counts

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong that could have been prevented."""
        return not self.findings
