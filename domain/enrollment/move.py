"""An enrollment goes over to another step of its plan, because a person or an event wants it to."""

from datetime import datetime

from attrs import frozen

from domain.campaign import Plan
from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import RULES_VERSION, EnrollmentState
from domain.enrollment.turn import Decision, Turn
from domain.values import evolve


@frozen
class Move:
    """An order to go to a step.

    Args:
        step: the key of the step.
        order: the order's name: who is told it twice moves once.
        event: the event that leads there, which leads forward only, like every route; None where a person
            wants it, who may also want a step that is behind.
    """

    step: str
    order: str
    event: str | None = None


def latest(plan: Plan, held: Move | None, heard: Move) -> Move:
    """Which order holds where one comes while another still waits to be followed.

    The last one, as if the one before had been followed: so an event that would lead back from there, as
    events come late or side by side, takes nobody's word back.

    Args:
        plan: what the enrollment follows.
        held: the order that waits; None where none does.
        heard: the one that comes.
    """
    if held is None or heard.event is None:
        return heard
    here, there = plan.index(held.step), plan.index(heard.step)
    leads_on = there is not None and (here is None or there > here)
    return heard if leads_on else held


def move(plan: Plan, state: EnrollmentState, wanted: Move, at: datetime) -> Decision:
    """Enter a step anew, unless the enrollment stands there already.

    Keys of attempts stay what they are, so a step that was sent is not sent again: what became of it is told
    once more, and its wait begins anew. From then on the newest rules hold, as after a migration.

    Args:
        plan: what the enrollment follows.
        state: where it stands, at a status of `domain.enrollment.migrate.SAFE`.
        wanted: where it is to go.
        at: the time.

    Returns:
        What follows. Nothing follows, and nothing is written, where the same order was taken before, the plan
        has no such step, the enrollment stands there, a human has the case, or an event leads back.
    """
    if wanted.order == state.moved_by:
        return Decision(state)
    turn = Turn(plan, evolve(state, moved_by=wanted.order, rules=RULES_VERSION), at)
    index = plan.index(wanted.step)
    with_human = state.step >= len(plan.steps)
    if index is None or index == state.step or with_human:
        return Decision(turn.state)
    if wanted.event is not None and index < state.step:
        return Decision(turn.state)
    why = "on request" if wanted.event is None else wanted.event
    return turn.enter(index, (turn.record(InteractionKind.MOVED, f"{why} -> {wanted.step}"),))
