"""Between the application's errors and Temporal's. Failures stand in the history: nothing is personal."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from temporalio.exceptions import ActivityError, ApplicationErrorCategory, TimeoutType
from temporalio.exceptions import ApplicationError as Failure
from temporalio.exceptions import TimeoutError as TimedOut

from application.errors import (
    ApplicationError,
    Conflict,
    OutcomeUnknown,
    TransientFault,
    UnknownAudience,
    UnknownBatch,
    UnknownCampaign,
    UnknownEnrollment,
)

_LASTING = (Conflict, UnknownAudience, UnknownBatch, UnknownCampaign, UnknownEnrollment)
"""Trying again cannot help."""

_UNSENT = frozenset(cls.__name__ for cls in (TransientFault, *_LASTING))
"""Failures that are raised before, or instead of, the provider's taking a message."""

_WHOLE = frozenset({TimeoutType.SCHEDULE_TO_CLOSE, TimeoutType.SCHEDULE_TO_START})
"""Time-outs of an activity as a whole. The server names the second one where no worker ever took it.

Only sends that earlier versions ordered have them.
"""


@contextmanager
def told_to_temporal() -> Iterator[None]:
    """Let an activity fail in Temporal's terms.

    An error that is not ours is told by its type and place alone, since its message, and whatever caused it,
    may quote personal data.

    Raises:
        temporalio.exceptions.ApplicationError: its type is the name of the error's class.
    """
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        raise _failure(error) from None


def was_never_called(error: ActivityError) -> bool:
    """Whether a send activity was given up before any call of it began: it has only waited in a queue."""
    cause = error.cause
    if not isinstance(cause, TimedOut) or cause.type not in _WHOLE:
        return False
    return cause.cause is None and not error.started_event_id


def nothing_was_sent(error: ActivityError) -> bool:
    """Whether a send activity that was given up is known not to have sent: if not, it is in doubt.

    When the time of the whole activity ends, the failure bears the fault of the call before as its cause,
    also while the next call is under way. What tells the two apart is the started event: the server writes it
    at the end of an activity, with the call that was under way then, and leaves it out where none was.
    """
    if was_never_called(error):
        return True
    cause: BaseException | None = error.cause
    if isinstance(cause, TimedOut) and cause.type in _WHOLE:
        if error.started_event_id:
            return False  # a call was under way and has not answered
        cause = cause.cause
    return isinstance(cause, Failure) and cause.type in _UNSENT


def _failure(error: Exception) -> Failure:
    name = type(error).__name__
    if isinstance(error, TransientFault):
        # Expected and often: benign failures are neither logged nor counted as errors.
        return Failure(
            error.reason,
            type=name,
            next_retry_delay=error.retry_after,
            category=ApplicationErrorCategory.BENIGN,
        )
    if isinstance(error, OutcomeUnknown):
        return Failure("it may or may not have been taken", type=name)
    if isinstance(error, ApplicationError):
        return Failure(str(error), type=name, non_retryable=isinstance(error, _LASTING))
    return Failure(f"unexpected {name} at {_place(error.__traceback__)}", type=name)


def _place(traceback: TracebackType | None) -> str:
    place = "an unknown place"
    while traceback is not None:
        place = f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
