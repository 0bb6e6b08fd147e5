"""What holds at every turn of every run, whatever happens."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import Plan
from domain.enrollment.commands import (
    REPEATABLE,
    Command,
    CreateHandoff,
    Finish,
    RecordInteraction,
    SendMessage,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import Paused, ProviderEvent, Resumed, SendRefused
from domain.enrollment.state import Status
from domain.enrollment.transitions import ACCEPTS, LEADS_TO
from domain.enrollment.turn import TIMED, pending_order
from domain.statuses import DeliveryStatus, result_of
from tests.unit.domain.scenes import orders
from tests.unit.domain.strategies import Run, Turn, moves, plans, runs, thorough

_TIMED = frozenset({Status.SCHEDULED, Status.SENDING, Status.WAITING, Status.CHECKING, Status.HANDED_OFF})
_UNTIMED = frozenset({Status.PREPARING, Status.SENDING, Status.CHECKING})
"""What goes on in a pause: only timers stand still."""


def _sends(turn: Turn) -> Iterator[tuple[str, int]]:
    return ((order.step, order.attempt) for order in turn.decision.commands if isinstance(order, SendMessage))


@thorough
@given(runs)
def test_every_turn_keeps_to_the_tables(run: Run) -> None:
    """Facts are taken and statuses follow each other only as the tables say."""
    for turn in run.turns:
        after = turn.decision.state

        assert after.status in LEADS_TO[turn.before.status]
        if type(turn.event) not in ACCEPTS[turn.before.status]:
            assert after is turn.before
            assert turn.decision.commands == ()


@thorough
@given(runs)
def test_no_attempt_is_ordered_twice(run: Run) -> None:
    """An attempt key is ordered once, and again only after the gate has put it off."""
    ordered = set[tuple[str, int]]()
    for turn in run.turns:
        event = turn.event
        if isinstance(event, SendRefused) and turn.decision.state is not turn.before:
            ordered.discard((event.step, event.attempt))
        sends = list(_sends(turn))

        assert ordered.isdisjoint(sends)
        ordered.update(sends)


@thorough
@given(runs)
def test_what_is_not_repeatable_is_recorded_once(run: Run) -> None:
    """Kind, step and attempt tell a row from all others, unless its kind may come again."""
    rows = [
        (order.kind, order.step, order.attempt)
        for turn in run.turns
        for order in turn.decision.commands
        if isinstance(order, RecordInteraction) and order.kind not in REPEATABLE
    ]

    assert len(rows) == len(set(rows))


@thorough
@given(runs)
def test_the_position_never_goes_back(run: Run) -> None:
    """Step and attempt only grow; past the steps an enrollment stays past them."""
    for turn in run.turns:
        before, after = turn.before, turn.decision.state

        assert (before.step, before.attempt) <= (after.step, after.attempt)
        assert after.step <= len(run.plan.steps)


@thorough
@given(runs)
def test_decisions_are_pure(run: Run) -> None:
    """The same plan, state and fact give the same decision, and none of them is changed."""
    for turn in run.turns:
        inputs = (run.plan, turn.before, turn.event)
        copies = deepcopy(inputs)

        assert decide(*copies) == turn.decision
        assert copies == inputs


@thorough
@given(runs)
def test_states_make_sense(run: Run) -> None:
    """Each status has what belongs to it: a place, an end of waiting, an outcome."""
    for turn in run.turns:
        state = turn.decision.state
        past = state.step == len(run.plan.steps)

        assert past == (state.status in (Status.HANDING_OFF, Status.HANDED_OFF, Status.FINISHED))
        assert (state.due is not None) == (state.since is not None) == (state.status in _TIMED)
        assert (state.outcome is not None) == (state.status is Status.FINISHED)
        assert (state.attempt == 0) == (past or state.status is Status.NEW)
        assert not (state.in_doubt and state.delivery)


@thorough
@given(runs)
def test_what_is_pending_was_ordered_last(run: Run) -> None:
    """The last order is all that is needed to go on; no turn gives two, and none is left out."""
    last: Command | None = None
    for turn in run.turns:
        state = turn.decision.state
        new = orders(turn.decision.commands)
        last = new[-1] if new else last

        assert len(new) <= 1
        match state.status:
            case Status.NEW:
                assert last is None
            case Status.HANDING_OFF:
                assert isinstance(last, CreateHandoff)
            case Status.FINISHED:
                assert isinstance(last, Finish)
            case _:
                assert pending_order(run.plan, state) in (last, None)
                assert (pending_order(run.plan, state) is None) == (
                    state.paused_at is not None and state.status not in _UNTIMED
                )


@thorough
@given(runs)
def test_what_is_not_heeded_leads_nowhere(run: Run) -> None:
    """A callback that the plan does not heed orders nothing; it can only end the doubt about its attempt."""
    unheeded = [
        ProviderEvent(run.now, step, attempt, status)
        for step, attempt in sorted(run.sent)
        for status in DeliveryStatus
        if (result := result_of(status)) and not run.plan.heeds(step, result)
    ]
    for event in unheeded:
        decision = decide(run.plan, run.state, event)

        assert decision.commands == ()
        assert evolve(decision.state, delivery=None, in_doubt=False) == evolve(
            run.state, delivery=None, in_doubt=False
        )


@thorough
@given(plans, moves, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_pause_only_shifts(plan: Plan, choices: list[int], length: timedelta) -> None:
    """A pause and its end leave everything as it was, but for an end of waiting that is later by as much."""
    run = Run(plan).play(choices)
    run.take(Resumed(run.now))
    before = run.state
    run.take(Paused(run.now))
    run.take(Resumed(run.now + length))

    later = {
        name: time + length
        for name, time in (("due", before.due), ("owed", before.owed))
        if time is not None and before.status in TIMED
    }
    assert run.state == evolve(before, **later)
