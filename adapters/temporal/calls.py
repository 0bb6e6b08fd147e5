"""Calls to Temporal, each within a short time, and what becomes of them told in our words."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from application.errors import RunRefused, RunsUnavailable

_T = TypeVar("_T")

_ABOUT_ONE = frozenset(
    {RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.OUT_OF_RANGE}
)
"""Refusals that say something about one call; calls about other runs may go well.

A search attribute that the namespace does not have is not among them: no run can be started then.
"""

_UNREGISTERED = "its search attributes are not registered; start a worker, which does that, and try again"


class NotThere(Exception):
    """Nothing is there under the id: no open run, no schedule."""


async def answered(call: Awaitable[_T], within: timedelta) -> _T:
    """What a call to Temporal comes to.

    The client repeats a failing call for seconds, and a lazy client may wait for its connection without an
    end; so the time is kept here.

    Raises:
        RunsUnavailable: there was no answer in time, or none to any call would be better.
        RunRefused: this call is refused, e.g. a run that has taken all the signals that it may.
        NotThere: there is no open run, or no schedule.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await call
    except TimeoutError as error:
        message = f"Temporal did not answer within {within.total_seconds():g} seconds"
        raise RunsUnavailable(message) from error
    except RPCError as error:
        if _is_about_an_id(error):
            raise NotThere from error
        refusal = f"Temporal did not take the call ({error.status.name})"
        if "search attribute" in error.message.lower():
            raise RunsUnavailable(f"{refusal}: {_UNREGISTERED}") from error
        raise (RunRefused if error.status in _ABOUT_ONE else RunsUnavailable)(refusal) from error
    except RuntimeError as error:  # a lazy client that cannot connect
        raise RunsUnavailable(
            "Temporal cannot be reached: start it, or set TEMPORAL_ADDRESS to where it runs"
        ) from error


def _is_about_an_id(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND too, and must not pass for a run that has ended."""
    if error.status is not RPCStatusCode.NOT_FOUND:
        return False
    return not any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
