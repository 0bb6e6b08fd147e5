"""Between the payloads on the wire and the values of the domain, both ways."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio.converter import value_to_type

from adapters.temporal.common.payloads import (
    EnrollmentInput,
    FinishPayload,
    MigrateSignal,
    MoveSignal,
    Prepared,
    ProviderEventSignal,
    RecordPayload,
    RecordsPayload,
    SendOutcome,
    SendPayload,
    StatePayload,
    WaitPayload,
    WaitVerdict,
)
from adapters.temporal.common.plans import dump_plan, load_plan
from application.ports.enrollments import Place
from application.ports.interactions import PRESSED, Interaction
from application.ports.runs import Run
from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    Finish,
    InteractionKind,
    RecordInteraction,
    SendMessage,
)
from domain.enrollment.events import (
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendRefused,
    SendUnknown,
    StepPrepared,
    StepSkipped,
    WaitChecked,
)
from domain.enrollment.move import Move
from domain.enrollment.state import RULES_VERSION, EnrollmentState, Outcome, Status
from domain.errors import DomainError
from domain.pauses import PausePolicy
from domain.refusals import Refusal
from domain.statuses import DeliveryStatus

SendFact = MessageAccepted | MessageRejected | SendUnknown | SendRefused | ProviderEvent


def enrollment_input(run: Run) -> EnrollmentInput:
    """What the run of an enrollment begins with."""
    return EnrollmentInput(
        enrollment_id=run.enrollment_id,
        tenant=run.tenant,
        campaign=run.plan.campaign,
        version=run.plan.version,
        plan=dump_plan(run.plan),
        rules=RULES_VERSION,
    )


def dump_state(state: EnrollmentState) -> StatePayload:
    """Where a run that goes on as a new one stands. One that has ended does not go on: no outcome."""
    return StatePayload(
        status=state.status.value,
        step=state.step,
        attempt=state.attempt,
        delivery=None if state.delivery is None else state.delivery.value,
        in_doubt=state.in_doubt,
        due=_iso(state.due),
        paused_at=_iso(state.paused_at),
        since=_iso(state.since),
        owed=_iso(state.owed),
        deferrals=state.deferrals,
        passed=state.passed,
        moved_by=state.moved_by,
    )


def load_state(start: EnrollmentInput) -> EnrollmentState:
    """Where a run stands at its beginning."""
    carried = start.state
    if carried is None:
        return EnrollmentState(start.enrollment_id, rules=start.rules)
    return EnrollmentState(
        enrollment_id=start.enrollment_id,
        status=Status(carried.status),
        step=carried.step,
        attempt=carried.attempt,
        delivery=None if carried.delivery is None else DeliveryStatus(carried.delivery),
        in_doubt=carried.in_doubt,
        due=_time(carried.due),
        paused_at=_time(carried.paused_at),
        since=_time(carried.since),
        owed=_time(carried.owed),
        deferrals=carried.deferrals,
        passed=carried.passed,
        moved_by=carried.moved_by,
        rules=start.rules,
    )


def show_state(plan: Plan, state: EnrollmentState) -> dict[str, Any]:
    """Where a run stands, for people."""
    return {
        "status": state.status.value,
        "version": plan.version,
        "step": plan.steps[state.step].key if state.step < len(plan.steps) else None,
        "attempt": state.attempt,
        "delivery": None if state.delivery is None else state.delivery.value,
        "in_doubt": state.in_doubt,
        "due": _iso(state.due),
        "paused_at": _iso(state.paused_at),
        "outcome": None if state.outcome is None else state.outcome.value,
    }


def dump_records(
    commands: Sequence[Command], place: Place | None = None, due: datetime | None = None
) -> RecordsPayload | None:
    """All that one decision leaves in the books; None where it leaves nothing.

    Args:
        commands: its orders.
        place: where the enrollment stands now, where that is another place than before.
        due: by when the next thing is expected of it.
    """
    records = [
        RecordPayload(c.kind.value, c.at.isoformat(), c.step, c.attempt, c.detail, c.after)
        for c in commands
        if isinstance(c, RecordInteraction)
    ]
    finish = next((c for c in commands if isinstance(c, Finish)), None)
    if not records and finish is None:
        return None
    ended = None if finish is None else FinishPayload(finish.outcome.value, finish.at.isoformat())
    step, version = (None, None) if place is None else (place.step, place.version)
    return RecordsPayload(records, ended, step, version, _iso(due))


def load_place(payload: RecordsPayload) -> Place | None:
    """The place that `dump_records` has written."""
    if payload.step is None or payload.version is None:
        return None
    return Place(payload.version, payload.step)


def load_due(payload: RecordsPayload) -> datetime | None:
    """By when the next thing is expected, as `dump_records` has written it."""
    return _time(payload.due)


def load_records(payload: RecordsPayload) -> tuple[list[RecordInteraction], Finish | None]:
    """The orders that `dump_records` has written."""
    records = [
        RecordInteraction(
            InteractionKind(r.kind), datetime.fromisoformat(r.at), r.step, r.attempt, r.detail, r.after
        )
        for r in payload.records
    ]
    ended = payload.finish
    if ended is None:
        return records, None
    return records, Finish(Outcome(ended.outcome), datetime.fromisoformat(ended.at))


def send_fact(outcome: SendOutcome, order: SendMessage, at: datetime) -> SendFact:
    """What the answer of a send activity means.

    Raises:
        ValueError: the status is a word that these rules do not know.
    """
    match outcome.status:
        case "accepted":
            return MessageAccepted(at, order.step, order.attempt)
        case "rejected":
            return MessageRejected(at, order.step, order.attempt, outcome.reason or "")
        case "unknown":
            return SendUnknown(at, order.step, order.attempt)
        case "opted_out":
            return ProviderEvent(at, order.step, order.attempt, DeliveryStatus.OPTED_OUT)
        case "deferred" | "refused":  # by the first word earlier versions told of a paused campaign
            refusal, until = Refusal(outcome.refusal or Refusal.PAUSED), _time(outcome.until)
            return SendRefused(at, order.step, order.attempt, refusal, until, outcome.reason or "")
        case _:
            raise ValueError(f"a send cannot come to {outcome.status!r}")


def send_payload(order: SendMessage, patience: float) -> SendPayload:
    """Which attempt to send."""
    since = None if order.since == order.due else _iso(order.since)
    return SendPayload(order.step, order.attempt, patience, _iso(order.due), since)


def prepared_fact(told: Prepared, step: str, at: datetime) -> StepPrepared | StepSkipped:
    """What the contact's data has come to."""
    if told.skip is not None:
        return StepSkipped(at, step, told.skip, rejected=told.rejected)
    return StepPrepared(at, step, _time(told.due), told.branch)


def wait_payload(order: CheckWait, at: datetime) -> WaitPayload:
    """Which wait has ended."""
    due = order.due or at
    return WaitPayload(order.step, order.attempt, due.isoformat(), _iso(order.since), at.isoformat())


def wait_fact(told: WaitVerdict, order: CheckWait, at: datetime) -> WaitChecked:
    """Whether its end counts."""
    return WaitChecked(at, order.step, order.attempt, _time(told.until))


def migration(campaign: str, told: Any) -> tuple[Plan, dict[str, str]] | None:
    """The plan that a signal brings, and its moves; None where it cannot be read."""
    try:
        signal = value_to_type(MigrateSignal, told)
        return load_plan(campaign, signal.version, signal.plan), signal.moves
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, DomainError):
        return None  # whatever JSON it is: a list for an object, a number that is no duration


def move(told: Any) -> Move | None:
    """The step that a signal leads to; None where it cannot be read."""
    try:
        signal = value_to_type(MoveSignal, told)
        return Move(signal.step, signal.order, signal.event)
    except (TypeError, ValueError):
        return None


def resume_policy(told: Sequence[Any]) -> PausePolicy:
    """What a signal says becomes of what fell due in a pause; unless it says so, waits have stood still."""
    try:
        return PausePolicy(told[0]) if told else PausePolicy.FREEZE
    except ValueError:
        return PausePolicy.FREEZE


def provider_event(told: Any, at: datetime) -> ProviderEvent | None:
    """What one argument of a signal means; None where it cannot be read: anybody can send one by hand.

    Args:
        told: the argument as decoded JSON.
        at: when the run took notice.
    """
    try:
        signal = value_to_type(ProviderEventSignal, told)
        status = DeliveryStatus(signal.status)
        return ProviderEvent(at, signal.step, signal.attempt, status, signal.pressed)
    except (TypeError, ValueError):
        return None


def provider_event_signal(interaction: Interaction) -> ProviderEventSignal | None:
    """The signal for a stored report; None where it is not about an attempt."""
    if interaction.step is None or interaction.attempt is None or interaction.status is None:
        return None
    return ProviderEventSignal(
        step=interaction.step,
        attempt=interaction.attempt,
        status=interaction.status.value,
        occurred_at=interaction.at.isoformat(),
        event=interaction.key,
        pressed=interaction.detail if interaction.kind == PRESSED else None,
    )


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
