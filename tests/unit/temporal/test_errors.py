"""Errors on their way into a history, and out of it."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, RetryState, TimeoutType
from temporalio.exceptions import TimeoutError as TimedOut

from adapters.temporal.common.errors import nothing_was_sent, told_to_temporal, was_never_called
from application.errors import (
    DatabaseUnavailable,
    OutcomeUnknown,
    TransientFault,
    UnknownCampaign,
    UnknownEnrollment,
)


@pytest.mark.parametrize(
    ("error", "non_retryable"),
    [
        (TransientFault("503"), False),
        (OutcomeUnknown("no answer"), False),
        (DatabaseUnavailable("the database does not answer"), False),
        (UnknownEnrollment("there is no enrollment e"), True),
        (UnknownCampaign("there is no campaign c"), True),
        (ValueError("x"), False),
    ],
)
def test_errors_fail_an_activity(error: Exception, *, non_retryable: bool) -> None:
    """Each error fails with its own name as type, and only lasting ones are not tried again."""
    with pytest.raises(ApplicationError) as raised, told_to_temporal():
        raise error

    assert raised.value.type == type(error).__name__
    assert raised.value.non_retryable is non_retryable


def test_what_is_temporals_own_stays() -> None:
    """A failure that is one already goes through as it is."""
    failure = ApplicationError("as it is", type="Own")
    with pytest.raises(ApplicationError) as raised, told_to_temporal():
        raise failure

    assert raised.value is failure


@pytest.mark.parametrize(
    ("cause", "started", "nothing"),
    [
        (ApplicationError("503", type="TransientFault"), 7, True),
        (ApplicationError("none", type="UnknownEnrollment"), 7, True),
        (ApplicationError("none", type="UnknownCampaign"), 7, True),
        (ApplicationError("down", type="DatabaseUnavailable"), 7, False),
        (ApplicationError("bug", type="KeyError"), 7, False),
        ("schedule", 0, True),
        ("schedule", 7, False),
        ("queue", 0, True),
        (("schedule", ApplicationError("503", type="TransientFault")), 0, True),
        (("schedule", ApplicationError("503", type="TransientFault")), 7, False),
        (("schedule", ApplicationError("down", type="DatabaseUnavailable")), 0, False),
        (("schedule", "start"), 0, False),
        ("start", 7, False),
    ],
)
def test_what_a_given_up_send_proves(cause: Any, started: int, *, nothing: bool) -> None:
    """Only no call at all, or a last call that ended before the provider took it, proves it."""
    assert nothing_was_sent(_given_up(cause, started)) is nothing


@pytest.mark.parametrize(
    ("cause", "started", "never"),
    [
        ("queue", 0, True),
        ("schedule", 0, True),
        ("schedule", 7, False),
        ("start", 0, False),
        (("queue", ApplicationError("503", type="TransientFault")), 0, False),
        (("schedule", ApplicationError("503", type="TransientFault")), 0, False),
        (ApplicationError("503", type="TransientFault"), 7, False),
        (CancelledError("dropped"), 0, False),
    ],
)
def test_what_was_never_called(cause: Any, started: int, *, never: bool) -> None:
    """Only what has waited in a queue until its time was up; a call that failed before tells otherwise."""
    assert was_never_called(_given_up(cause, started)) is never


def test_a_fault_without_a_wish_leaves_the_delay_to_the_policy() -> None:
    """Only a provider that asked for a delay sets it."""
    with pytest.raises(ApplicationError) as plain, told_to_temporal():
        raise TransientFault("503")
    with pytest.raises(ApplicationError) as asking, told_to_temporal():
        raise TransientFault("429", timedelta(seconds=30))

    assert plain.value.next_retry_delay is None
    assert asking.value.next_retry_delay == timedelta(seconds=30)


_TYPES = {
    "schedule": TimeoutType.SCHEDULE_TO_CLOSE,
    "queue": TimeoutType.SCHEDULE_TO_START,
    "start": TimeoutType.START_TO_CLOSE,
}


def _given_up(cause: Any, started: int) -> ActivityError:
    error = ActivityError(
        "given up",
        scheduled_event_id=5,
        started_event_id=started,
        identity="",
        activity_type="sms_send",
        activity_id="1",
        retry_state=RetryState.TIMEOUT,
    )
    error.__cause__ = _failure(cause)
    return error


def _failure(cause: Any) -> BaseException:
    if isinstance(cause, BaseException):
        return cause
    kind, last = cause if isinstance(cause, tuple) else (cause, None)
    timed_out = TimedOut("timed out", type=_TYPES[kind], last_heartbeat_details=[])
    timed_out.__cause__ = None if last is None else _failure(last)
    return timed_out
