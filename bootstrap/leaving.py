"""How a process ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FAILED = 1


@contextmanager
def leaving() -> Iterator[None]:
    """End the process with the status of a `SystemExit`, once what was said is written.

    The interpreter is not taken down first: threads of Temporal's client still run then, and one that touches
    it ends the process with SIGABRT, after the work was done (temporalio/sdk-python, issue 300). So nothing
    may be left to handlers of `atexit`. Whatever else is raised goes its usual way.
    """
    try:
        yield
    except SystemExit as end:
        os._exit(_written(_status(end.code)))


def _status(code: object) -> int:
    """As `sys.exit` has it."""
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f"{code}\n")
    return FAILED


def _written(status: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # whoever reads has gone, or the disk is full: not all was said
            status = status or FAILED
    return status
