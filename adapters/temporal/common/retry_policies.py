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


def send(patience: timedelta) -> ActivityConfig:
    """Sending one attempt.

    Args:
        patience: how long the plan goes on trying a provider that is down or busy. The first call is always
            allowed to end, however short that is. A later one that is under way when patience ends is not
            waited for: it is in doubt (`adapters.temporal.common.errors.nothing_was_sent`). The time that a
            send waits for its turn in the queue of its channel counts too.
    """
    return ActivityConfig(
        start_to_close_timeout=CALL,
        schedule_to_close_timeout=max(patience, CALL),
        retry_policy=_growing(first=timedelta(seconds=1), cap=timedelta(minutes=5)),
        # A run that ends waits for the call that is under way, and stops one that is backing off.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def handoff() -> ActivityConfig:
    """Giving a case to a human: for as long as it takes, since a case must not be lost."""
    return ActivityConfig(
        start_to_close_timeout=CALL,
        retry_policy=_growing(first=timedelta(seconds=1), cap=timedelta(minutes=15)),
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def interactions_log() -> LocalActivityConfig:
    """Writing rows: for as long as it takes. A longer back-off is a timer, so that no task is held."""
    return LocalActivityConfig(
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=_growing(first=timedelta(milliseconds=200), cap=timedelta(minutes=1)),
        local_retry_threshold=timedelta(seconds=3),
    )


def _growing(first: timedelta, cap: timedelta) -> RetryPolicy:
    return RetryPolicy(initial_interval=first, backoff_coefficient=2.0, maximum_interval=cap)
