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
    MigrateSignal,
    Prepared,
    PreparePayload,
    ProviderEventSignal,
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
from application.send_message import SendStatus
from domain.campaign import Plan
from domain.enrollment.commands import CheckWait, Finish, InteractionKind, RecordInteraction, SendMessage
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
from domain.pauses import PausePolicy
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus
from domain.steps import Step
from tests.unit.domain.strategies import plans, thorough

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
        since=st.none() | _times,
        owed=st.none() | _times,
        passed=st.booleans(),
        moved_by=st.none() | st.just("order-1"),
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
        SendPayload("sms", 2, 60.0, AT.isoformat(), AT.isoformat()),
        SendOutcome("SM1", "accepted"),
        SendOutcome(None, "refused", "quiet hours", AT.isoformat(), "window"),
        PreparePayload("sms", AT.isoformat()),
        Prepared(due=AT.isoformat()),
        Prepared(branch=1),
        Prepared(skip="only where plan is gold", rejected=True),
        WaitPayload("sms", 1, AT.isoformat(), AT.isoformat()),
        WaitVerdict(),
        WaitVerdict(AT.isoformat()),
        MigrateSignal(2, dump_plan(PLAN), {"sms": ":end"}),
        HandoffPayload("sms", "failed"),
        ProviderEventSignal("sms", 1, "delivered", AT.isoformat(), "twilio:EV1"),
        mapping.dump_records(
            [RecordInteraction(InteractionKind.PAUSED, AT, "sms", 1, ""), Finish(Outcome.EXITED, AT)]
        ),
        mapping.dump_records(
            [RecordInteraction(InteractionKind.MOVED_ON, AT, "sms", 1, "")], Place(3, "mail")
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
            SendOutcome(None, "refused", "quiet hours", "2030-01-16T08:00:00+00:00", "window"),
            SendRefused(AT, "sms", 1, Refusal.WINDOW, datetime(2030, 1, 16, 8, tzinfo=UTC), "quiet hours"),
        ),
        (
            SendOutcome(None, "refused", refusal="consent"),
            SendRefused(AT, "sms", 1, Refusal.CONSENT, None, ""),
        ),
        (
            SendOutcome(None, "deferred", "campaign paused", "2030-01-16T08:00:00+00:00"),
            SendRefused(
                AT, "sms", 1, Refusal.PAUSED, datetime(2030, 1, 16, 8, tzinfo=UTC), "campaign paused"
            ),
        ),
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


@thorough
@given(plans, st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
def test_a_migration_comes_as_it_was_sent(plan: Plan, moves: dict[str, str]) -> None:
    """The plan and the moves are the same on the other side."""
    wire = _over_the_wire(MigrateSignal(7, dump_plan(plan), moves))
    told = mapping.migration(plan.campaign, {"version": 7, "plan": wire.plan, "moves": wire.moves})

    assert told == (load_plan(plan.campaign, 7, dump_plan(plan)), moves)


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def _spoiled(draw: st.DrawFn) -> Any:
    """A migration of which one part, at any depth, is something else or missing."""
    told: Any = {"version": 2, "plan": dump_plan(draw(plans)), "moves": {"first": "second"}}
    place = told
    while True:
        places = range(len(place)) if isinstance(place, list) else sorted(place)
        key = draw(st.sampled_from(places))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        if draw(st.booleans()):
            place[key] = draw(_json)
        else:
            del place[key]
        return told


@thorough
@given(_spoiled() | _json)
def test_a_migration_that_cannot_be_read_is_nothing(told: Any) -> None:
    """Whatever somebody sends by hand, reading it raises nothing; what is read is a plan."""
    read = mapping.migration("random", told)

    assert read is None or isinstance(read[0], Plan)


@pytest.mark.parametrize(
    ("told", "policy"),
    [
        ([], PausePolicy.FREEZE),
        (["freeze"], PausePolicy.FREEZE),
        (["expire"], PausePolicy.EXPIRE),
        (["catch_up", "surplus"], PausePolicy.CATCH_UP),
        (["teleport"], PausePolicy.FREEZE),
        ([None], PausePolicy.FREEZE),
        ([{"policy": "expire"}], PausePolicy.FREEZE),
        ([["expire"]], PausePolicy.FREEZE),
    ],
)
def test_what_becomes_of_what_fell_due(told: list[Any], policy: PausePolicy) -> None:
    """Unless the signal names a policy that there is, waits have stood still."""
    assert mapping.resume_policy(told) is policy


@pytest.mark.parametrize(
    ("told", "fact"),
    [
        (Prepared(), StepPrepared(AT, "sms")),
        (Prepared(due=AT.isoformat()), StepPrepared(AT, "sms", due=AT)),
        (Prepared(branch=0), StepPrepared(AT, "sms", branch=0)),
        (Prepared(skip=""), StepSkipped(AT, "sms", "")),
        (Prepared(skip="no zone", rejected=True), StepSkipped(AT, "sms", "no zone", rejected=True)),
    ],
)
def test_what_a_step_comes_to_is_a_fact(told: Prepared, fact: Any) -> None:
    """A time, a branch, or that it is left out."""
    assert mapping.prepared_fact(told, "sms", AT) == fact


@pytest.mark.parametrize(
    ("told", "until"), [(WaitVerdict(), None), (WaitVerdict("2030-01-15T12:00:00+00:00"), AT)]
)
def test_what_is_said_of_a_wait_is_a_fact(told: WaitVerdict, until: datetime | None) -> None:
    """The fact names the attempt that was asked about."""
    order = CheckWait("sms", 2, since=AT - timedelta(days=1), due=AT)

    assert mapping.wait_fact(told, order, AT) == WaitChecked(AT, "sms", 2, until)
    assert mapping.wait_payload(order, AT + timedelta(hours=1)) == WaitPayload(
        "sms",
        2,
        due="2030-01-15T12:00:00+00:00",
        since="2030-01-14T12:00:00+00:00",
        at="2030-01-15T13:00:00+00:00",
    )


def test_a_send_is_told_its_times_where_it_has_waited() -> None:
    """One that was due as soon as it could be has no wait to tell of."""
    waited = SendMessage("sms", 1, Channel.SMS, since=AT - timedelta(days=1), due=AT)
    at_once = SendMessage("sms", 1, Channel.SMS, since=AT, due=AT)
    due = AT.isoformat()

    assert mapping.send_payload(waited, 60.0) == SendPayload("sms", 1, 60.0, due, "2030-01-14T12:00:00+00:00")
    assert mapping.send_payload(at_once, 60.0) == SendPayload("sms", 1, 60.0, due)
    assert mapping.send_payload(ORDER, 60.0) == SendPayload("sms", 1, 60.0)


def test_a_state_of_an_earlier_version_is_read() -> None:
    """What a run carried over before there were times of a wait's beginning lacks them, and no more."""
    carried = {"status": "waiting", "step": 0, "attempt": 1, "due": AT.isoformat(), "in_doubt": True}
    start = EnrollmentInput("e-1", "acme", "welcome", 3, {}, 1, StatePayload(**carried))

    assert mapping.load_state(start) == EnrollmentState(
        "e-1", Status.WAITING, 0, 1, in_doubt=True, due=AT, rules=1
    )


def test_a_place_goes_along_with_rows() -> None:
    """Step and version are told where there is a place to tell of; without rows nothing is."""
    rows = [RecordInteraction(InteractionKind.MOVED_ON, AT, "sms", 1, "")]
    with_place, without = mapping.dump_records(rows, Place(3, "mail")), mapping.dump_records(rows)

    assert with_place is not None
    assert without is not None
    assert mapping.load_place(_over_the_wire(with_place)) == Place(3, "mail")
    assert mapping.load_place(_over_the_wire(without)) is None
    assert mapping.dump_records([], Place(3, "mail")) is None


def test_what_is_expected_goes_along_with_rows() -> None:
    """And the order that has moved the run last goes along with each of them."""
    rows = [RecordInteraction(InteractionKind.MOVED, AT, "sms", 1, "on request -> mail", "order-1")]
    told = mapping.dump_records(rows, due=AT)

    assert told is not None
    assert mapping.load_due(_over_the_wire(told)) == AT
    assert mapping.load_records(_over_the_wire(told)) == (rows, None)
    assert mapping.load_due(RecordsPayload([])) is None


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"step": "mail", "order": "order-1"}, Move("mail", "order-1")),
        (
            {"step": "mail", "order": "order-1", "event": "upgraded", "more": 1},
            Move("mail", "order-1", "upgraded"),
        ),
        ({"step": "mail"}, None),
        ({"step": 5, "order": "order-1"}, None),
        ("mail", None),
        ([], None),
        (None, None),
    ],
)
def test_a_move_is_read_as_far_as_it_can_be(told: Any, wanted: Move | None) -> None:
    """Anybody can send one by hand."""
    assert mapping.move(told) == wanted


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


@pytest.mark.parametrize(("kind", "pressed"), [(PRESSED, "1"), ("replied", None)])
def test_a_key_that_was_pressed_goes_along(kind: str, pressed: str | None) -> None:
    """Only the detail of a row that tells of a key is one."""
    row = Interaction("twilio:EV1", kind, AT, "e-1", "call", 1, "twilio", DeliveryStatus.REPLIED, "1")
    signal = mapping.provider_event_signal(row)

    assert signal is not None
    assert (signal.status, signal.pressed) == ("replied", pressed)


def test_a_state_can_be_read_by_people() -> None:
    """The query shows words and times, with the step by its key."""
    waiting = EnrollmentState("e-1", Status.WAITING, 0, 1, DeliveryStatus.SENT, due=AT)
    ended = EnrollmentState("e-1", Status.FINISHED, 1, 0, outcome=Outcome.EXHAUSTED)

    assert mapping.show_state(PLAN, waiting) == {
        "status": "waiting",
        "version": 3,
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
