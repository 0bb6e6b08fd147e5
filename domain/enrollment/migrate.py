"""An enrollment goes over to another version of its campaign, where it stands."""

from collections.abc import Mapping
from datetime import datetime

from domain.campaign import Plan
from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import RULES_VERSION, EnrollmentState, Outcome, Status
from domain.enrollment.turn import Decision, Turn, later
from domain.steps import Step
from domain.values import evolve

END = ":end"
"""Stands for a step key where an enrollment ends instead of moving; no step has a colon in its key."""

SAFE = frozenset({Status.SCHEDULED, Status.WAITING, Status.HANDED_OFF})
"""Where nothing is under way: an enrollment changes its plan only here, and else as soon as it comes here."""


def migrate(
    old: Plan, new: Plan, state: EnrollmentState, moves: Mapping[str, str], at: datetime
) -> Decision | None:
    """Go over to a new plan, or end.

    A step that is moved to one of the same key goes on there as it stands, its wait included. One that is
    moved to another step begins that one. Keys of attempts stay what they are, so a step that was sent under
    the old plan is not sent again under the new one. From then on the newest rules hold.

    Args:
        old: the plan so far.
        new: the plan from now on.
        state: where the enrollment stands under the old one, at a status of `SAFE`.
        moves: step key, or `HANDOFF`, to the new step's key, or to `END`.
        at: the time.

    Returns:
        What follows, under the new plan; None where it stays at the old one, because its step is not among
        those that move, or the new plan has no such step, or is of the version that it follows already: told
        twice, an enrollment moves once.
    """
    if new.version == old.version:
        return None
    before = Turn(old, evolve(state, rules=RULES_VERSION), at)
    key = moves.get(before.step_key)
    if key == END:
        return before.finish(Outcome.CANCELLED, f"by version {new.version}")
    index = None if key is None else new.index(key)
    if index is None or state.step >= len(old.steps):  # with a human nothing of a plan is left to change
        return None
    record = before.record(InteractionKind.MIGRATED, f"version {old.version} -> {new.version}, at {key}")
    there = new.steps[index]
    if key == before.step_key and isinstance(there, Step):
        return Decision(evolve(_by_its_limit(before, there), step=index), (record,))
    return Turn(new, before.state, at).enter(index, (record,))


def _by_its_limit(before: Turn, there: Step) -> EnrollmentState:
    """Where the enrollment waits for a sign of arrival, the limit for that is the new plan's."""
    state, here = before.state, before.plan.steps[before.state.step]
    if not isinstance(here, Step) or here.fallback is None or not before.awaits_a_sign:
        return state
    limit = there.wait if there.fallback is None else there.fallback.within
    by = limit - here.fallback.within
    return evolve(state, due=later(state.due, by), owed=later(state.owed, by))
