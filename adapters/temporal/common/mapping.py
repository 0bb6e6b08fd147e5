"""Between the payloads on the wire and the values of the domain, both ways."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio.converter import value_to_type

from adapters.temporal.common.payloads import (
    EnrollmentInput,
    FinishPayload,
    ProviderEventSignal,
    RecordPayload,
    RecordsPayload,
    SendOutcome,
    StatePayload,
)
from adapters.temporal.common.plans import dump_plan
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.campaign import Plan
from domain.enrollment.commands import Command, Finish, InteractionKind, RecordInteraction, SendMessage
from domain.enrollment.events import (
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendDeferred,
    SendUnknown,
)
from domain.enrollment.state import RULES_VERSION, EnrollmentState, Outcome, Status
from domain.statuses import DeliveryStatus

SendFact = MessageAccepted | MessageRejected | SendUnknown | SendDeferred | ProviderEvent


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
        rules=start.rules,
    )


def show_state(plan: Plan, state: EnrollmentState) -> dict[str, Any]:
    """Where a run stands, for people."""
    return {
        "status": state.status.value,
        "step": plan.steps[state.step].key if state.step < len(plan.steps) else None,
        "attempt": state.attempt,
        "delivery": None if state.delivery is None else state.delivery.value,
        "in_doubt": state.in_doubt,
        "due": _iso(state.due),
        "paused_at": _iso(state.paused_at),
        "outcome": None if state.outcome is None else state.outcome.value,
    }


def dump_records(commands: Sequence[Command]) -> RecordsPayload | None:
    """All that one decision leaves in the timeline; None where it leaves nothing."""
    records = [
        RecordPayload(c.kind.value, c.at.isoformat(), c.step, c.attempt, c.detail)
        for c in commands
        if isinstance(c, RecordInteraction)
    ]
    finish = next((c for c in commands if isinstance(c, Finish)), None)
    if not records and finish is None:
        return None
    ended = None if finish is None else FinishPayload(finish.outcome.value, finish.at.isoformat())
    return RecordsPayload(records, ended)


def load_records(payload: RecordsPayload) -> tuple[list[RecordInteraction], Finish | None]:
    """The orders that `dump_records` has written."""
    records = [
        RecordInteraction(InteractionKind(r.kind), datetime.fromisoformat(r.at), r.step, r.attempt, r.detail)
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
        case "deferred":
            until = _time(outcome.until) or at
            return SendDeferred(at, order.step, order.attempt, until, outcome.reason or "")
        case _:
            raise ValueError(f"a send cannot come to {outcome.status!r}")


def provider_event(told: Any, at: datetime) -> ProviderEvent | None:
    """What one argument of a signal means; None where it cannot be read: anybody can send one by hand.

    Args:
        told: the argument as decoded JSON.
        at: when the run took notice.
    """
    try:
        signal = value_to_type(ProviderEventSignal, told)
        return ProviderEvent(at, signal.step, signal.attempt, DeliveryStatus(signal.status))
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
    )


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
