"""What travels through Temporal: one frozen class for each signal and activity, readable JSON on the wire.

Runs wait for weeks, so fields are only ever added, each with a default. Times are ISO 8601 strings, durations
are seconds. Nothing here is personal: an activity reads the contact from the database.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StatePayload:
    """A `domain.enrollment.state.EnrollmentState`, for a run that continues as a new one."""

    status: str
    step: int
    attempt: int
    delivery: str | None = None
    in_doubt: bool = False
    due: str | None = None
    paused_at: str | None = None
    since: str | None = None
    owed: str | None = None
    deferrals: int = 0
    passed: bool = False
    moved_by: str | None = None


@dataclass(frozen=True)
class EnrollmentInput:
    """What a run begins with.

    Args:
        enrollment_id: whose run.
        tenant: for people who read the history.
        campaign: the campaign's key.
        version: its version.
        plan: `adapters.temporal.common.plans.dump_plan`.
        rules: the version of the rules that the enrollment began with.
        state: where it stands, for a run that goes on from an earlier one.
    """

    enrollment_id: str
    tenant: str
    campaign: str
    version: int
    plan: dict[str, Any]
    rules: int
    state: StatePayload | None = None


@dataclass(frozen=True)
class SendPayload:
    """Which attempt to send.

    Args:
        step: at which step.
        attempt: which attempt of it.
        patience: for how many seconds from its first call on it is tried; None in orders of earlier versions,
            of which the server keeps the time.
        due: when it fell due.
        since: when the wait for that began; None where there was none.
    """

    step: str
    attempt: int
    patience: float | None = None
    due: str | None = None
    since: str | None = None


@dataclass(frozen=True)
class SendOutcome:
    """What became of an attempt.

    Args:
        provider_ref: the provider's id, once accepted.
        status: ``accepted``, ``rejected``, ``unknown``, ``refused`` by our own gate, or ``opted_out`` where
            the
            provider refused it because the person has opted out. Earlier versions told of ``deferred`` ones.
        reason: why it was rejected or refused.
        until: when a refused one may go out, where that is known.
        refusal: a `domain.refusals.Refusal` value, of one that was refused.
    """

    provider_ref: str | None
    status: str
    reason: str | None = None
    until: str | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class PreparePayload:
    """Which step the contact's data is asked about, and at what time."""

    step: str
    at: str


@dataclass(frozen=True)
class Prepared:
    """What a step comes to for a contact.

    Args:
        due: when its touch is due.
        branch: which branch a split takes.
        skip: why the step is left out, where it is.
        rejected: something is wrong with it.
    """

    due: str | None = None
    branch: int | None = None
    skip: str | None = None
    rejected: bool = False


@dataclass(frozen=True)
class WaitPayload:
    """Which wait has ended: when it began, when it was to end, and what time it is by the run's clock."""

    step: str
    attempt: int
    due: str
    since: str | None = None
    at: str | None = None


@dataclass(frozen=True)
class WaitVerdict:
    """Until when the wait goes on; None where it is over."""

    until: str | None = None


@dataclass(frozen=True)
class MigrateSignal:
    """Another version to follow.

    Args:
        version: its number.
        plan: `adapters.temporal.common.plans.dump_plan`.
        moves: old step key to new step key.
    """

    version: int
    plan: dict[str, Any]
    moves: dict[str, str]


@dataclass(frozen=True)
class MoveSignal:
    """A step to go to.

    Args:
        step: its key.
        order: the order's name; the same name is the same order.
        event: the event that leads there; None where a person wants it.
    """

    step: str
    order: str
    event: str | None = None


@dataclass(frozen=True)
class RecordPayload:
    """One row of the timeline; `after` is the order that has moved the enrollment last."""

    kind: str
    at: str
    step: str
    attempt: int
    detail: str = ""
    after: str | None = None


@dataclass(frozen=True)
class FinishPayload:
    """Why and when the enrollment ended."""

    outcome: str
    at: str


@dataclass(frozen=True)
class RecordsPayload:
    """What one decision leaves in the books.

    Args:
        records: rows of the timeline.
        finish: the end, where it has ended.
        step: where the enrollment stands now, where that is another place than before.
        version: of its campaign, along with the step.
        due: by when the next thing is expected of it; None for nothing.
    """

    records: list[RecordPayload]
    finish: FinishPayload | None = None
    step: str | None = None
    version: int | None = None
    due: str | None = None


@dataclass(frozen=True)
class HandoffPayload:
    """A case for a human: where the campaign gave up, and the result that led there."""

    step: str
    reason: str


@dataclass(frozen=True)
class HandoffOutcome:
    """The desk's own id."""

    ref: str


@dataclass(frozen=True)
class ProviderEventSignal:
    """What a provider reports about one attempt.

    Args:
        step: at which step.
        attempt: which attempt of it.
        status: a `domain.statuses.DeliveryStatus` value.
        occurred_at: by the provider's clock; for people who read the history.
        event: the key of the interaction that holds the report; for people too.
        pressed: the key that the person pressed on a call.
    """

    step: str
    attempt: int
    status: str
    occurred_at: str | None = None
    event: str | None = None
    pressed: str | None = None


@dataclass(frozen=True)
class BatchPayload:
    """Which batch of enrollments to start."""

    batch_id: str


@dataclass(frozen=True)
class ScheduledInput:
    """What a schedule starts a workflow with.

    Args:
        tenant: whose schedule.
        campaign: the campaign's key.
        audience: the audience's key.
        version: of the campaign; None for the latest when it fires.
        rate: starts a second at most; None for no limit of its own.
        definition: the schedule as `domain.schedule_form.write_schedule` writes it, for whoever looks at it.
    """

    tenant: str
    campaign: str
    audience: str
    version: int | None = None
    rate: float | None = None
    definition: dict[str, Any] | None = None


@dataclass(frozen=True)
class AudiencePayload:
    """Which audience to enroll, in which campaign.

    Args:
        tenant: whose.
        campaign: the campaign's key.
        audience: the audience's key.
        batch_id: of the batch to make; the same id is the same batch.
        version: of the campaign; None for the latest.
        rate: starts a second at most; None for no limit of its own.
    """

    tenant: str
    campaign: str
    audience: str
    batch_id: str
    version: int | None = None
    rate: float | None = None


@dataclass(frozen=True)
class BatchOutcome:
    """How a batch stands: a `domain.batches.BatchState` value and counts."""

    state: str
    enrolled: int = 0
    already: int = 0
    started: int = 0
    refused: int = 0
