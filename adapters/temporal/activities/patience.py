"""How long a send goes on trying a provider that is down: for the plan's patience, from its first call on.

The server's own limit begins when a send is ordered. Waiting for a turn in a long queue would use it up, and
leave no time for the call itself, so none is set and the calls keep the time. When the first one began is
handed to the next by the activity's heartbeat, once, at the first fault. A call is never cut short.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError as Failure

from adapters.temporal.common import retry_policies
from application.errors import OutcomeUnknown


@contextmanager
def within(patience: float | None) -> Iterator[None]:
    """Let a call that fails be repeated only where the next one would begin before patience ends.

    A call that comes late because it had to wait for its turn is made all the same, and only then given up.

    Args:
        patience: seconds; None where the server keeps the time, as for sends that earlier versions ordered.

    Raises:
        temporalio.exceptions.ApplicationError: as it was raised within, and final once patience has ended.
    """
    if patience is None:
        yield
        return
    info, began = activity.info(), time.monotonic()
    first = _first_call(info)
    end = first + timedelta(seconds=patience)
    if info.current_attempt_scheduled_time > end + retry_policies.CALL:
        # Not late by the queue, but since the calls before never said how they went.
        raise Failure("earlier calls have not ended", type=OutcomeUnknown.__name__, non_retryable=True)
    try:
        yield
    except Failure as fault:
        if not fault.non_retryable and not info.heartbeat_details:
            activity.heartbeat(first.isoformat())
        wait = fault.next_retry_delay or retry_policies.send_back_off(info.attempt)
        # By the server's clock, since workers' clocks differ.
        next_call = info.started_time + timedelta(seconds=time.monotonic() - began) + wait
        if fault.non_retryable or next_call <= end:
            raise
        raise Failure(fault.message, type=fault.type, non_retryable=True, category=fault.category) from None


def _first_call(info: activity.Info) -> datetime:
    if info.heartbeat_details:
        return datetime.fromisoformat(info.heartbeat_details[0])
    if info.attempt > 1:  # the first one ended without a word: its worker died
        activity.heartbeat(info.started_time.isoformat())
    return info.started_time
