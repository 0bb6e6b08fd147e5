"""What follows if nothing more is heard: the same tables that `decide` follows, read ahead."""

from datetime import timedelta

from attrs import frozen

from domain.campaign import Plan
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus, Result
from domain.steps import NEXT, Route, RouteKind, Split, Step


@frozen
class Silence:
    """What ends with the wait that goes on.

    Args:
        missing: what would have to come before that: `ANSWER`, or the status that a fallback waits for.
        early: how much earlier it ends than the step's whole wait: a fallback waits for a sign only so long.
        again: after which time the step is tried once more; None where it is not.
        route: where it leads instead.
    """

    missing: str
    early: timedelta
    again: timedelta | None
    route: Route


ANSWER = "answer"
"""What a wait is for unless it is a fallback's."""


def silence(
    step: Step,
    key: AttemptKey,
    *,
    delivery: DeliveryStatus | None = None,
    in_doubt: bool = False,
    passed: bool = False,
) -> Silence:
    """What follows from the end of a wait in which nothing more was heard.

    Args:
        step: whose wait; of a plan that is scaled as the enrollment is.
        key: the attempt that it is for.
        delivery: the highest status that was heard of it.
        in_doubt: nobody can say whether it was sent.
        passed: it was passed over: nothing was sent.
    """
    fallback = step.fallback
    if fallback is not None and not passed and (delivery is None or not step.confirms(delivery)):
        return Silence(fallback.status.value, step.wait - fallback.within, None, fallback.route)
    result = Result.UNKNOWN if in_doubt and delivery is None else Result.UNANSWERED
    again = step.retry.again(result, key.attempt)
    delay = step.retry.delay(key.attempt, str(key)) if again else None
    return Silence(ANSWER, timedelta(0), delay, step.route(result))


def target(plan: Plan, index: int, route: Route) -> int | RouteKind:
    """Where a route leads: the index of a step, or the sort of end.

    Args:
        plan: whose steps.
        index: from which step.
        route: of that step; not ``wait``.
    """
    match route.kind:
        case RouteKind.NEXT:
            found: int | None = index + 1
        case RouteKind.STEP:
            found = plan.index(route.step or "")
        case kind:
            return kind
    return plan.at_end.kind if found is None or found >= len(plan.steps) else found


def after_skip(step: Step | Split, *, rejected: bool) -> Route:
    """Where a step leads that is left out: on, or where something is wrong, as if it had been refused."""
    return step.route(Result.REJECTED) if rejected and isinstance(step, Step) else NEXT


def after_split(split: Split, branch: int | None) -> Route:
    """Where a split leads.

    Args:
        split: which.
        branch: the branch that it takes, from 0; on where that is None or not among them.
    """
    chosen = len(split.branches) if branch is None else branch
    return split.branches[chosen] if chosen in range(len(split.branches)) else NEXT
