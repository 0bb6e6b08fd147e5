"""How a process ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAILED = 1

UNWRITTEN = 120
"""The exit status where not all that was said could be written, as Python has it."""


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
        status = _status(end.code)
        if not _written(sys.stdout):
            _tell("Not all of the answer could be written.")
            status = status or UNWRITTEN
        _written(sys.stderr)
        os._exit(status)


def _status(code: object) -> int:
    """As `sys.exit` has it."""
    if code is None or isinstance(code, int):
        return code or 0
    _tell(str(code))
    return FAILED


def _tell(sentence: str) -> None:
    with suppress(AttributeError, OSError, ValueError):  # there is nobody to tell
        sys.stderr.write(f"{sentence}\n")


def _written(stream: object) -> bool:
    """Whether what a stream still holds could be written; a process may have begun without the stream."""
    flush = getattr(stream, "flush", None)
    try:
        if flush is not None:
            flush()
    except (OSError, ValueError):  # whoever reads has gone, the disk is full, or the stream was closed
        return False
    return True
