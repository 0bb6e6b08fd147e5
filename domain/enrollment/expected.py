"""By when something is expected of an enrollment: for those who look whether one has come to a halt."""

from datetime import datetime

from domain.campaign import Plan
from domain.enrollment.commands import WaitUntil
from domain.enrollment.state import EnrollmentState, Status
from domain.enrollment.turn import Turn, pending_order


def expected(plan: Plan, state: EnrollmentState, at: datetime) -> datetime | None:
    """When at the latest the next thing is to happen, by what is known now.

    A wait that a fallback cuts short counts in full: the sign that prolongs it is written down nowhere.

    Args:
        plan: what the enrollment follows.
        state: where it stands.
        at: the time, by which what is under way is due.

    Returns:
        The time; None where a human has the case, it stands still, or it has ended.
    """
    if state.status is Status.HANDED_OFF:
        return None
    if state.status is Status.HANDING_OFF:
        return at
    order = pending_order(plan, state)
    if not isinstance(order, WaitUntil):
        return None if order is None else at
    turn = Turn(plan, state, at)
    if state.status is Status.WAITING and turn.awaits_a_sign:
        return order.at + turn.after_a_sign
    return order.at
