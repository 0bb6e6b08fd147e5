"""For how long a send is tried, call by call, without a server."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from adapters.temporal.activities.patience import within
from adapters.temporal.common import retry_policies

PATIENCE = 600.0
NOW = ActivityEnvironment.default_info().started_time


def _ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("attempt", "first", "asked", "final"),
    [
        (1, 0, None, False),
        (1, 0, 599, False),
        (1, 0, 601, True),
        (3, 500, 90, False),
        (3, 500, 110, True),
        (9, 500, None, True),  # the policy would wait for 256 seconds
        (3, 90_000, 1, True),  # this call came late
    ],
)
def test_a_fault_is_final_where_the_next_call_would_be_too_late(
    attempt: int, first: float, asked: float | None, *, final: bool
) -> None:
    """Patience is counted from the first call, with the pause before the next one."""
    known = [_ago(first).isoformat()] if attempt > 1 else []
    wish = None if asked is None else timedelta(seconds=asked)
    due = _ago(first)  # in time; it may have begun later
    raised, _ = _call(
        _fault(wish), attempt=attempt, heartbeat_details=known, current_attempt_scheduled_time=due
    )

    assert raised is not None
    assert raised.non_retryable is final
    assert (raised.type, raised.message) == ("TransientFault", "503")
    assert raised.category is ApplicationErrorCategory.BENIGN


def test_the_time_in_the_queue_is_not_counted() -> None:
    """A first call that had to wait for a day has all of its patience."""
    raised, told = _call(_fault(), scheduled_time=_ago(86_400), current_attempt_scheduled_time=_ago(86_400))

    assert raised is not None
    assert not raised.non_retryable
    assert told == [NOW.isoformat()]


def test_a_call_that_had_to_wait_beyond_patience_is_made() -> None:
    """It was due in time; the queue made it late."""
    raised, told = _call(
        None,
        attempt=3,
        heartbeat_details=[_ago(90_000).isoformat()],
        current_attempt_scheduled_time=_ago(89_500),
    )

    assert raised is None
    assert told == []


def test_calls_that_never_end_are_given_up_in_doubt() -> None:
    """Where patience ended before the call was even due, the ones before have died without a word."""
    late = PATIENCE + retry_policies.CALL.total_seconds() + 1
    raised, _ = _call(None, attempt=9, heartbeat_details=[_ago(late).isoformat()])

    assert raised is not None
    assert raised.non_retryable
    assert raised.type == "OutcomeUnknown"


def test_a_call_after_one_that_died_begins_to_count() -> None:
    """The first call left no word of when it began."""
    raised, told = _call(None, attempt=2)

    assert raised is None
    assert told == [NOW.isoformat()]


def test_when_the_first_call_began_is_told_once() -> None:
    """A call that knows does not tell it again, and one that goes well tells nothing: it costs money."""
    _, again = _call(_fault(), attempt=2, heartbeat_details=[_ago(5).isoformat()])
    _, well = _call(None)

    assert again == well == []


def test_without_patience_the_server_keeps_the_time() -> None:
    """What earlier versions ordered fails as it did."""
    raised, told = _call(_fault(timedelta(hours=9)), patience=None)

    assert raised is not None
    assert not raised.non_retryable
    assert told == []


def _fault(asked: timedelta | None = None) -> ApplicationError:
    return ApplicationError(
        "503", type="TransientFault", next_retry_delay=asked, category=ApplicationErrorCategory.BENIGN
    )


def _call(
    fault: ApplicationError | None, *, patience: float | None = PATIENCE, **info: Any
) -> tuple[ApplicationError | None, list[Any]]:
    """Make one call that comes to this.

    Returns:
        What it raised, and what it told by heartbeat.
    """
    told: list[Any] = []
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info, **{"current_attempt_scheduled_time": NOW, "started_time": NOW, **info}
    )
    environment.on_heartbeat = lambda *details: told.extend(details)

    def call() -> None:
        with within(patience):
            if fault is not None:
                raise fault

    try:
        environment.run(call)
    except ApplicationError as raised:
        return raised, told
    return None, told
