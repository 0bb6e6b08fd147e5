"""All time-outs and retry policies, by kind of work.

They repeat transient faults inside one attempt. A new attempt, a next step or a handoff is a decision of the
domain. Numbers of attempts are not limited: time is.
"""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

CALL = timedelta(seconds=60)
"""How long one call of an activity may take: longer than a provider's own time-out with all that is around
it, so that a slow answer is recorded by the call that asked for it."""

SIGNAL_RPC = timedelta(seconds=3)
"""How long a signal may take: a webhook waits for it, and has its own answer to give in time."""

START_RPC = timedelta(seconds=10)
"""How long the start of a run may take."""

CONNECT = timedelta(seconds=10)
"""How long connecting may take."""


_SEND_FIRST, _SEND_CAP = timedelta(seconds=1), timedelta(minutes=5)


def send() -> ActivityConfig:
    """Sending one attempt: it waits for its turn in the queue of its channel for as long as that takes.

    What ends it is the plan's patience, which begins with the first call and is kept by the calls themselves
    (`adapters.temporal.activities.patience`).
    """
    return ActivityConfig(
        start_to_close_timeout=CALL,
        retry_policy=_growing(first=_SEND_FIRST, cap=_SEND_CAP),
        # A run that ends waits for the call that is under way, and stops one that is backing off.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def send_patience(patience: timedelta) -> timedelta:
    """How long a send is tried from its first call on, while a provider is down or busy.

    Args:
        patience: the plan's own. The time of one call is the least, so that there is time to try again, or to
            look an attempt up, also where a plan is in a hurry.
    """
    return max(patience, CALL)


def send_back_off(attempt: int) -> timedelta:
    """How long the server waits after a call of a send that failed without asking for a time.

    Args:
        attempt: which call it was, from 1.
    """
    doublings = min(attempt - 1, 16)  # by then it has long been the cap
    return min(_SEND_FIRST * (1 << doublings), _SEND_CAP)


def handoff() -> ActivityConfig:
    """Giving a case to a human: for as long as it takes, since a case must not be lost."""
    return ActivityConfig(
        start_to_close_timeout=CALL,
        retry_policy=_growing(first=timedelta(seconds=1), cap=timedelta(minutes=15)),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


HEARTBEAT = timedelta(seconds=30)
"""How long work on many may be silent: then its process is taken for dead, and another one goes on."""


def bulk() -> ActivityConfig:
    """Work on many enrollments: for as long as it takes, page by page, with a sign of life at each."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(days=30),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_growing(first=timedelta(seconds=1), cap=timedelta(minutes=1)),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def books() -> LocalActivityConfig:
    """Writing rows and asking what stands in them: for as long as it takes.

    A longer back-off is a timer, so that no task is held.
    """
    return LocalActivityConfig(
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=_growing(first=timedelta(milliseconds=200), cap=timedelta(minutes=1)),
        local_retry_threshold=timedelta(seconds=3),
    )


def _growing(first: timedelta, cap: timedelta) -> RetryPolicy:
    return RetryPolicy(initial_interval=first, backoff_coefficient=2.0, maximum_interval=cap)
