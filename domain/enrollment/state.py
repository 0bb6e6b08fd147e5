"""Where an enrollment stands. A value: it is never changed, only replaced."""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from domain.statuses import DeliveryStatus

RULES_VERSION = 2
"""Raised when `decide` changes in a way that a running enrollment must not see; kept in its state.

2: the end of a wait is checked against the campaign's pauses, and a wish to be left alone and a goal count
of whatever message. A run takes these rules over when it goes over to another version of its campaign.
"""


class Status(StrEnum):
    """What an enrollment is doing."""

    NEW = "new"
    PREPARING = "preparing"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    WAITING = "waiting"
    CHECKING = "checking"
    HANDING_OFF = "handing_off"
    HANDED_OFF = "handed_off"
    FINISHED = "finished"


class Outcome(StrEnum):
    """Why an enrollment ended."""

    COMPLETED = "completed"
    EXHAUSTED = "exhausted"
    EXITED = "exited"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    CANCELLED = "cancelled"
    WON = "won"
    HELD_OUT = "held_out"


@frozen(slots=False)  # copied much faster so, by `domain.values.evolve`: docs/adr/0012
class EnrollmentState:
    """Everything that `decide` knows of one enrollment.

    Args:
        enrollment_id: whose state it is; jitter is derived from it.
        status: what it is doing.
        step: the index of the current step in the plan, from 0; the number of steps once they are behind.
        attempt: the current attempt of that step, from 1; 0 before the first and after the last step.
        delivery: the highest status heard of the current attempt.
        in_doubt: nobody can say yet whether the current attempt was sent.
        due: when the current wait ends, for `SCHEDULED`, `WAITING` and `HANDED_OFF`; when the touch fell due,
            for `SENDING`; when the wait has ended, for `CHECKING`.
        since: when that wait began.
        owed: when it was to end before a pause of the campaign held it up; None where none has.
        deferrals: how often the current attempt was put off, but for pauses.
        passed: the current attempt was passed over: nothing is sent, and its wait goes by.
        paused_at: since when waits stand still; None while it runs.
        moved_by: the name of the last order to move it to a step; None where there was none.
        outcome: why it ended, once `FINISHED`.
        rules: the version of the rules that it began with.
    """

    enrollment_id: str
    status: Status = Status.NEW
    step: int = 0
    attempt: int = 0
    delivery: DeliveryStatus | None = None
    in_doubt: bool = False
    due: datetime | None = None
    since: datetime | None = None
    owed: datetime | None = None
    deferrals: int = 0
    passed: bool = False
    paused_at: datetime | None = None
    moved_by: str | None = None
    outcome: Outcome | None = None
    rules: int = RULES_VERSION

    def ended(self, outcome: Outcome) -> "EnrollmentState":
        """The same, ended as the books have it: a word that was given there counts."""
        return evolve(self, status=Status.FINISHED, due=None, since=None, paused_at=None, outcome=outcome)
