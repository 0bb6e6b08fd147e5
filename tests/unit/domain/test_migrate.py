"""Going over to another version: where an enrollment stands, at a safe point, or not at all."""

import pytest
from attrs import evolve

from domain.enrollment.commands import Finish, InteractionKind, RecordInteraction
from domain.enrollment.decide import decide
from domain.enrollment.events import HandoffCreated
from domain.enrollment.migrate import END, SAFE, migrate
from domain.enrollment.state import RULES_VERSION, Outcome, Status
from domain.enrollment.turn import HANDOFF, pending_order
from domain.statuses import DeliveryStatus
from domain.steps import NEXT, Fallback, Split
from tests.unit.domain.scenes import (
    HOUR,
    MAIL,
    REPLY_TO_HUMAN,
    THREE,
    accepted,
    elapsed,
    email,
    hour,
    orders,
    plan,
    replay,
    sms,
    started,
    timeless,
    told,
)

NEWER = evolve(plan(Split("fork", (NEXT,)), email(), sms()), version=2)
WAITING, _ = replay(THREE, [started(), accepted()])


def test_a_step_that_remains_goes_on_as_it_stands() -> None:
    """Its wait, its attempt and what was heard of it stay; only its place in the plan is another."""
    decision = migrate(THREE, NEWER, WAITING, {"text": "text"}, hour(3))

    assert decision is not None
    assert decision.state == evolve(WAITING, step=2)
    assert pending_order(NEWER, decision.state) == pending_order(THREE, WAITING)
    assert decision.commands == (
        RecordInteraction(InteractionKind.MIGRATED, hour(3), "text", 1, "version 1 -> 2, at text"),
    )


def test_a_step_that_is_moved_to_another_begins_that_one() -> None:
    """What was waited for at the old step is left behind."""
    decision = migrate(THREE, NEWER, WAITING, {"text": "mail"}, hour(3))

    assert decision is not None
    assert tuple(map(timeless, orders(decision.commands))) == (MAIL,)
    assert (decision.state.step, decision.state.attempt) == (1, 1)


def test_a_split_is_entered_anew() -> None:
    """It has no wait that could go on."""
    decision = migrate(THREE, NEWER, WAITING, {"text": "fork"}, hour(3))

    assert decision is not None
    assert decision.state.status is Status.PREPARING


def test_an_end_is_a_choice() -> None:
    """The publisher may end what stands at a step."""
    decision = migrate(THREE, NEWER, WAITING, {"text": END}, hour(3))

    assert decision is not None
    assert decision.state.outcome is Outcome.CANCELLED
    assert decision.commands[-1] == Finish(Outcome.CANCELLED, hour(3))


@pytest.mark.parametrize("moves", [{}, {"mail": "mail"}, {"text": "gone"}])
def test_who_is_not_moved_stays(moves: dict[str, str]) -> None:
    """Without a move for its step, or to a step that is not there, an enrollment keeps its plan."""
    assert migrate(THREE, NEWER, WAITING, moves, hour(3)) is None


def test_with_a_human_it_stays_or_ends() -> None:
    """A case that a human has does not go back to a step."""
    facts = [started(), accepted(), told(DeliveryStatus.REPLIED), HandoffCreated(hour(2))]
    state, _ = replay(REPLY_TO_HUMAN, facts)
    ended = migrate(REPLY_TO_HUMAN, NEWER, state, {HANDOFF: END}, hour(3))

    assert state.status in SAFE
    assert migrate(REPLY_TO_HUMAN, NEWER, state, {HANDOFF: "text"}, hour(3)) is None
    assert ended is not None
    assert ended.state.outcome is Outcome.CANCELLED


def test_nothing_under_way_is_at_a_safe_point() -> None:
    """Only waits are safe: no send, question or handoff is under way there."""
    assert {Status.SCHEDULED, Status.WAITING, Status.HANDED_OFF} == SAFE


def test_who_is_told_twice_moves_once() -> None:
    """A signal that comes again must not take a step further whoever stands where it has led."""
    old = plan(sms("first"), sms("second"), sms("third"))
    new, moves = evolve(old, version=2), {"first": "second", "second": "third"}
    state, _ = replay(old, [started(), accepted("first")])
    moved = migrate(old, new, state, moves, hour(3))
    assert moved is not None
    waiting = decide(new, moved.state, accepted("second", at=3)).state

    assert migrate(new, new, waiting, moves, hour(4)) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(DeliveryStatus.OPTED_OUT, Outcome.OPTED_OUT), (DeliveryStatus.CLICKED, Outcome.WON)],
)
@pytest.mark.parametrize("rules", [1, 2])
def test_a_wish_counts_of_a_step_that_the_new_version_has_further_on(
    status: DeliveryStatus, outcome: Outcome, rules: int
) -> None:
    """It was sent under the old version, whatever comes first in the new one; a goal counts, too."""
    old = plan(sms("first"), sms("second"))
    goals = frozenset({DeliveryStatus.CLICKED})
    new = evolve(plan(sms("second"), sms("first"), goal_statuses=goals), version=2)
    facts = [started(), accepted("first"), elapsed(24, "first"), accepted("second", at=24)]
    state, _ = replay(old, facts)
    moved = migrate(old, new, evolve(state, rules=rules), {"second": "second"}, hour(25))
    assert moved is not None

    assert decide(new, moved.state, told(status, "first", at=26)).state.outcome is outcome
    assert decide(new, moved.state, told(DeliveryStatus.REPLIED, "first", at=26)).state is moved.state


@pytest.mark.parametrize("to", ["text", "mail"])
def test_the_newest_rules_hold_from_then_on(to: str) -> None:
    """A run that began under earlier ones has no earlier decision that another version could contradict."""
    decision = migrate(THREE, NEWER, evolve(WAITING, rules=1), {"text": to}, hour(3))

    assert decision is not None
    assert decision.state.rules == RULES_VERSION


@pytest.mark.parametrize(
    ("fallback", "due"),
    [(None, 24), (Fallback(DeliveryStatus.DELIVERED, 3 * HOUR, NEXT), 3)],
    ids=["none any more", "a longer one"],
)
def test_a_sign_is_waited_for_as_long_as_the_new_version_says(fallback: Fallback | None, due: float) -> None:
    """A step that keeps its key and gets another fallback waits by that one, from when it was sent."""
    old = plan(sms(fallback=Fallback(DeliveryStatus.DELIVERED, HOUR, NEXT)), email())
    newer = evolve(plan(sms(fallback=fallback), email()), version=2)
    state, _ = replay(old, [started(), accepted()])
    decision = migrate(old, newer, state, {"text": "text"}, hour(0.5))

    assert state.due == hour(1)
    assert decision is not None
    assert decision.state.due == hour(due)
