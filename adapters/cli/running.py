"""Run a coroutine as a command: signals end it in order, errors people see are sentences."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.console import Console

_T = TypeVar("_T")

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it (128 + SIGINT)."""

UNUSABLE = 2
"""The exit status where what was given cannot be used, or a part of the system does not come up."""


class Stopped(Exception):
    """Somebody asked the command to end."""


def run(command: Coroutine[Any, Any, _T]) -> _T:
    """Run it to its end.

    The first SIGINT, SIGTERM or SIGHUP cancels the command, which then cleans up; further ones are ignored,
    so that an impatient second Ctrl-C leaves no process behind (cleaning up is bounded in time).

    Raises:
        Stopped: a signal ended it.
    """

    async def main() -> _T:
        task = asyncio.ensure_future(command)
        loop = asyncio.get_running_loop()
        stopped = False

        def stop() -> None:
            nonlocal stopped
            if not stopped:
                stopped = True
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop)
        try:
            return await task
        except asyncio.CancelledError:
            raise Stopped from None

    return asyncio.run(main())


def explain(console: Console, error: Exception) -> None:
    """Say what went wrong, as sentences."""
    for line in str(error).splitlines():
        console.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
