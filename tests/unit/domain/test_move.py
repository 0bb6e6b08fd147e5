"""Going to another step of the plan: on request to any, upon an event forward only."""

import pytest
from attrs import evolve

from domain.campaign import Plan
from domain.enrollment.commands import InteractionKind, RecordInteraction
from domain.enrollment.decide import decide
from domain.enrollment.events import HandoffCreated, Paused, Resumed
from domain.enrollment.migrate import SAFE
from domain.enrollment.move import Move, latest, move
from domain.enrollment.state import RULES_VERSION, EnrollmentState, Status
from domain.enrollment.turn import pending_order
from domain.idempotency import interaction_key
from domain.statuses import DeliveryStatus
from domain.steps import NEXT, Split
from tests.unit.domain.scenes import (
    CALL,
    DELAYED,
    ENROLLMENT,
    MAIL,
    REPLY_TO_HUMAN,
    TEXT,
    THREE,
    accepted,
    elapsed,
    email,
    hour,
    orders,
    plan,
    rejected,
    replay,
    sms,
    started,
    take,
    timeless,
    told,
)

WAITING, _ = replay(THREE, [started(), accepted()])
AT_MAIL, _ = replay(THREE, [started(), accepted(), elapsed(24), accepted("mail", at=24)])
TO_CALL = Move("call", "order-1")


def test_it_enters_the_step_that_is_wanted() -> None:
    """What was waited for is left behind; the row says where from, and on whose word."""
    decision = move(THREE, WAITING, TO_CALL, hour(3))

    assert tuple(map(timeless, orders(decision.commands))) == (CALL,)
    assert decision.commands[0] == RecordInteraction(
        InteractionKind.MOVED, hour(3), "text", 1, "on request -> call", "order-1"
    )
    assert (decision.state.step, decision.state.attempt, decision.state.moved_by) == (2, 1, "order-1")


def test_an_event_is_named() -> None:
    """The timeline tells what has led there."""
    decision = move(THREE, WAITING, Move("mail", "order-1", "upgraded"), hour(3))

    assert tuple(map(timeless, orders(decision.commands))) == (MAIL,)
    assert [each.detail for each in decision.commands if isinstance(each, RecordInteraction)] == [
        "upgraded -> mail"
    ]


def test_a_person_may_want_a_step_that_is_behind() -> None:
    """The same attempt is ordered: whoever carries it out knows that it was sent."""
    decision = move(THREE, AT_MAIL, Move("text", "order-1"), hour(30))

    assert tuple(map(timeless, orders(decision.commands))) == (TEXT,)


def test_what_comes_next_follows_from_the_new_place() -> None:
    """An answer there leads on as ever, and what happens again at an attempt is another row."""
    back = move(THREE, AT_MAIL, Move("text", "order-1"), hour(30)).state
    waiting, _ = take(THREE, back, accepted(at=30))
    _, before = replay(THREE, [started(), accepted(), elapsed(24)])
    _, after = take(THREE, waiting, elapsed(54))
    rows = [
        [each for each in commands if isinstance(each, RecordInteraction)] for commands in (before, after)
    ]
    keys = [
        {interaction_key(ENROLLMENT, row.kind, row.step, row.attempt, None, row.after) for row in each}
        for each in rows
    ]

    assert [row.kind for row in rows[0]] == [row.kind for row in rows[1]] == ["timed_out", "moved_on"]
    assert not keys[0] & keys[1]


@pytest.mark.parametrize(
    ("followed", "state", "wanted"),
    [
        pytest.param(THREE, WAITING, Move("text", "order-1"), id="it stands there"),
        pytest.param(THREE, WAITING, Move("fax", "order-1"), id="no such step"),
        pytest.param(THREE, AT_MAIL, Move("text", "order-1", "moved"), id="an event leads back"),
    ],
)
def test_where_nothing_follows_the_order_is_taken_all_the_same(
    followed: Plan, state: EnrollmentState, wanted: Move
) -> None:
    """Told again later, when it would lead somewhere, it still leads nowhere."""
    decision = move(followed, state, wanted, hour(30))

    assert decision.commands == ()
    assert decision.state == evolve(state, moved_by="order-1")


def test_who_is_told_twice_moves_once() -> None:
    """A late repeat does not take back whoever has gone on since."""
    moved = move(THREE, WAITING, Move("mail", "order-1"), hour(3)).state
    on, _ = take(THREE, moved, rejected("mail", at=3))
    at_call, _ = take(THREE, on, accepted("call", at=3))
    again = move(THREE, at_call, Move("mail", "order-1"), hour(4))

    assert at_call.step == 2
    assert again.state is at_call
    assert again.commands == ()


BY_EVENT = Move("mail", "order-2", "upgraded")


@pytest.mark.parametrize(
    ("held", "heard", "holds"),
    [
        pytest.param(None, BY_EVENT, BY_EVENT, id="nothing else is wanted"),
        pytest.param(BY_EVENT, Move("text", "order-1"), Move("text", "order-1"), id="a person's word"),
        pytest.param(Move("text", "order-1"), BY_EVENT, BY_EVENT, id="an event leads on from there"),
        pytest.param(TO_CALL, BY_EVENT, TO_CALL, id="an event leads back from there"),
        pytest.param(TO_CALL, Move("fax", "order-2", "faxed"), TO_CALL, id="an event leads nowhere"),
        pytest.param(Move("fax", "order-1"), BY_EVENT, BY_EVENT, id="the step is none of this plan"),
    ],
)
def test_of_orders_that_wait_one_holds(held: Move | None, heard: Move, holds: Move) -> None:
    """As if the first one had been followed: an event leads forward, from there, too."""
    assert latest(THREE, held, heard) == holds


def test_a_human_keeps_the_case() -> None:
    """No order takes it back to a step."""
    facts = [started(), accepted(), told(DeliveryStatus.REPLIED), HandoffCreated(hour(2))]
    state, _ = replay(REPLY_TO_HUMAN, facts)
    decision = move(REPLY_TO_HUMAN, state, Move("text", "order-1"), hour(3))

    assert state.status in SAFE
    assert decision.commands == ()
    assert decision.state.status is Status.HANDED_OFF


def test_a_split_asks_and_a_delay_waits() -> None:
    """A step is entered as ever."""
    forked = plan(sms(), Split("fork", (NEXT,)), email())
    state, _ = replay(forked, [started(), accepted()])

    assert move(forked, state, Move("fork", "order-1"), hour(3)).state.status is Status.PREPARING
    assert move(DELAYED, WAITING, Move("mail", "order-1"), hour(3)).state.due == hour(15)


def test_what_is_paused_goes_there_and_stays_paused() -> None:
    """It is sent once the enrollment goes on."""
    paused, _ = take(THREE, WAITING, Paused(hour(2)))
    moved = move(THREE, paused, TO_CALL, hour(3)).state
    resumed = decide(THREE, moved, Resumed(hour(5))).state

    assert (moved.status, moved.paused_at) == (Status.SCHEDULED, hour(3))
    assert pending_order(THREE, moved) is None
    assert resumed.due == hour(5)


def test_a_wish_still_counts_of_what_lies_ahead_now() -> None:
    """Under the newest rules, which hold from then on: it was sent before the enrollment was moved back."""
    back = move(THREE, evolve(AT_MAIL, rules=1), Move("text", "order-1"), hour(30)).state
    ended = decide(THREE, back, told(DeliveryStatus.OPTED_OUT, "mail", at=31))

    assert back.rules == RULES_VERSION
    assert ended.state.status is Status.FINISHED
