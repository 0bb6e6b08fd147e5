"""Between payloads and domain values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.converter import default as default_converter

from adapters.temporal.common import mapping
from adapters.temporal.common.payloads import (
    EnrollmentInput,
    HandoffPayload,
    ProviderEventSignal,
    RecordsPayload,
    SendOutcome,
    SendPayload,
)
from adapters.temporal.common.plans import load_plan
from application.ports.interactions import Interaction
from application.ports.runs import Run
from application.send_message import SendStatus
from domain.campaign import Plan
from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction, SendMessage
from domain.enrollment.events import (
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendDeferred,
    SendUnknown,
)
from domain.enrollment.state import RULES_VERSION, EnrollmentState, Outcome, Status
from domain.statuses import Channel, DeliveryStatus
from domain.steps import Step

AT = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
PLAN = Plan("welcome", 3, (Step("sms", Channel.SMS, wait=timedelta(days=2)),))
ORDER = SendMessage("sms", 1, Channel.SMS)

_times = st.datetimes(timezones=st.just(UTC))


def test_a_run_begins_with_its_plan() -> None:
    """What a run begins with holds ids, the whole plan and the rules; the state is the first one."""
    start = mapping.enrollment_input(Run("e-1", "acme", PLAN))

    assert (start.enrollment_id, start.tenant, start.campaign, start.version) == ("e-1", "acme", "welcome", 3)
    assert start.rules == RULES_VERSION
    assert load_plan(start.campaign, start.version, start.plan).steps[0].wait == timedelta(days=2)
    assert mapping.load_state(start) == EnrollmentState("e-1")


@given(
    st.builds(
        EnrollmentState,
        enrollment_id=st.just("e-1"),
        status=st.sampled_from(sorted(set(Status) - {Status.FINISHED})),
        step=st.integers(0, 9),
        attempt=st.integers(0, 20),
        delivery=st.none() | st.sampled_from(DeliveryStatus),
        in_doubt=st.booleans(),
        due=st.none() | _times,
        paused_at=st.none() | _times,
        rules=st.integers(1, 9),
    )
)
def test_a_state_comes_back_as_it_was(state: EnrollmentState) -> None:
    """Through the real converter and back, a state that is carried over is the same."""
    start = EnrollmentInput("e-1", "acme", "welcome", 3, {}, state.rules, mapping.dump_state(state))

    assert mapping.load_state(_over_the_wire(start)) == state


@pytest.mark.parametrize(
    "payload",
    [
        mapping.enrollment_input(Run("e-1", "acme", PLAN)),
        SendPayload("sms", 2),
        SendOutcome("SM1", "accepted"),
        SendOutcome(None, "deferred", reason="quiet hours", until=AT.isoformat()),
        HandoffPayload("sms", "failed"),
        ProviderEventSignal("sms", 1, "delivered", AT.isoformat(), "twilio:EV1"),
        mapping.dump_records(
            [RecordInteraction(InteractionKind.PAUSED, AT, "sms", 1, ""), Finish(Outcome.EXITED, AT)]
        ),
    ],
    ids=lambda payload: type(payload).__name__,
)
def test_payloads_travel_unchanged(payload: Any) -> None:
    """Temporal's default converter writes every payload as plain JSON and reads the same back."""
    assert _over_the_wire(payload) == payload


@given(st.lists(st.tuples(st.sampled_from(InteractionKind), _times, st.text(max_size=9))))
def test_rows_come_back_as_they_were(rows: list[tuple[InteractionKind, datetime, str]]) -> None:
    """Rows and outcome are the same on the other side."""
    records = [RecordInteraction(kind, at, "sms", 1, detail) for kind, at, detail in rows]
    finish = Finish(Outcome.RESOLVED, AT)
    payload = mapping.dump_records([*records, finish])

    assert payload is not None
    assert mapping.load_records(_over_the_wire(payload)) == (records, finish)
    assert mapping.load_records(RecordsPayload([])) == ([], None)


@pytest.mark.parametrize(
    ("outcome", "fact"),
    [
        (SendOutcome("SM1", "accepted"), MessageAccepted(AT, "sms", 1)),
        (SendOutcome(None, "rejected", reason="21614"), MessageRejected(AT, "sms", 1, "21614")),
        (SendOutcome(None, "rejected"), MessageRejected(AT, "sms", 1, "")),
        (SendOutcome(None, "unknown"), SendUnknown(AT, "sms", 1)),
        (
            SendOutcome(None, "opted_out", reason="21610"),
            ProviderEvent(AT, "sms", 1, DeliveryStatus.OPTED_OUT),
        ),
        (
            SendOutcome(None, "deferred", reason="quiet", until="2030-01-16T08:00:00+00:00"),
            SendDeferred(AT, "sms", 1, datetime(2030, 1, 16, 8, tzinfo=UTC), "quiet"),
        ),
        (SendOutcome(None, "deferred"), SendDeferred(AT, "sms", 1, AT, "")),
    ],
)
def test_every_answer_of_a_send_is_a_fact(outcome: SendOutcome, fact: Any) -> None:
    """Each status has its fact, for the attempt that was ordered."""
    assert mapping.send_fact(outcome, ORDER, AT) == fact


def test_the_statuses_are_those_of_the_use_case() -> None:
    """Both sides of the wire know the same words, and no others."""
    for status in SendStatus:
        assert mapping.send_fact(SendOutcome(None, status.value), ORDER, AT).at == AT
    with pytest.raises(ValueError, match="cannot come to 'lost'"):
        mapping.send_fact(SendOutcome(None, "lost"), ORDER, AT)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "delivered",
        17,
        [],
        {},
        {"step": "sms", "attempt": 1, "status": "teleported"},
        {"step": "sms", "attempt": "1", "status": "delivered"},
        {"step": 5, "attempt": 1, "status": "delivered"},
        {"step": "sms", "attempt": 1, "status": ["delivered"]},
        [{"step": "sms", "attempt": 1, "status": "delivered"}],
    ],
)
def test_a_signal_that_cannot_be_read_is_nothing(told: Any) -> None:
    """Whatever somebody sends by hand, reading it raises nothing."""
    assert mapping.provider_event(told, AT) is None


def test_a_signal_is_a_fact_of_the_time_it_was_heard() -> None:
    """The provider's clock is for people; the run goes by its own."""
    told = {"step": "sms", "attempt": 2, "status": "replied", "occurred_at": "1999-01-01T00:00:00Z", "x": 1}

    assert mapping.provider_event(told, AT) == ProviderEvent(AT, "sms", 2, DeliveryStatus.REPLIED)


def test_a_stored_report_becomes_a_signal() -> None:
    """The signal names attempt, status and row, and leaves out what a person wrote."""
    row = Interaction(
        key="twilio:EV1",
        kind="replied",
        at=AT,
        enrollment_id="e-1",
        step="sms",
        attempt=2,
        provider="twilio",
        status=DeliveryStatus.REPLIED,
        text="my number is +15550100042",
    )

    assert mapping.provider_event_signal(row) == ProviderEventSignal(
        "sms", 2, "replied", "2030-01-15T12:00:00+00:00", "twilio:EV1"
    )


def test_a_state_can_be_read_by_people() -> None:
    """The query shows words and times, with the step by its key."""
    waiting = EnrollmentState("e-1", Status.WAITING, 0, 1, DeliveryStatus.SENT, due=AT)
    ended = EnrollmentState("e-1", Status.FINISHED, 1, 0, outcome=Outcome.EXHAUSTED)

    assert mapping.show_state(PLAN, waiting) == {
        "status": "waiting",
        "step": "sms",
        "attempt": 1,
        "delivery": "sent",
        "in_doubt": False,
        "due": "2030-01-15T12:00:00+00:00",
        "paused_at": None,
        "outcome": None,
    }
    assert mapping.show_state(PLAN, ended)["step"] is None
    assert mapping.show_state(PLAN, ended)["outcome"] == "exhausted"


def _over_the_wire(payload: Any) -> Any:
    converter = default_converter().payload_converter
    [wire] = converter.to_payloads([payload])
    assert wire.metadata["encoding"] == b"json/plain"
    return converter.from_payloads([wire], [type(payload)])[0]
