"""The trace that each request leaves: an id in its answer, and one line in the log."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from attrs import define, field
from fastapi import Request

from adapters.http.api.caller import Caller
from adapters.http.api.operations import Operation
from application.ports.clock import NewId

HEADER = "Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,100}")

_log = structlog.get_logger(__name__)


@define
class Trace:
    """What is known of a request while it is answered.

    Args:
        request_id: its id.
        caller: who has sent it, once that is known.
        status: what it was answered.
        headers: what its answer says besides.
    """

    request_id: str
    caller: Caller | None = None
    status: int = 500
    headers: dict[str, str] = field(factory=dict)


@contextmanager
def traced(request: Request, operation: Operation, new_id: NewId) -> Iterator[Trace]:
    """Note what becomes of a request within the block, and log it at the end.

    The id is the one that the request brings, where that is a plain token; lines of the log have it too.
    """
    given = request.headers.get(HEADER, "")
    trace = Trace(given if _SANE.fullmatch(given) else new_id())
    trace.headers[HEADER] = trace.request_id
    begun = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=trace.request_id):
        try:
            yield trace
        finally:
            _log.info(
                "api.request",
                method=request.method,
                route=operation.route,
                status=trace.status,
                key_id=trace.caller and trace.caller.key_id,
                tenant=trace.caller and trace.caller.tenant,
                milliseconds=round(1000 * (time.perf_counter() - begun), 1),
            )
