"""Ends the processes of a command that was killed before it could do so itself.

``python -m adapters.cli.reaper [FOLDER]`` reads lines from its standard input, which the command holds open:
a process id for each child that it starts, each the leader of a process group of its own, and ``gone:`` with
the id of one that has ended, since the system may give that id to somebody else. When the input ends without
the word ``done``, the command is gone: the groups are ended, and the folder is removed. Works wherever pipes
do; imports only what starts fast.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress

DONE = "done"
GONE = "gone:"
GRACE_SECONDS = 3.0


def main() -> None:
    """Wait for the end of the input, then do what is left to do."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lines = sys.stdin.read().split()
    if DONE in lines:
        return
    groups: list[int] = []
    for line in lines:
        if line.isdigit():
            groups.append(int(line))
        elif line.startswith(GONE):
            groups.remove(int(line.removeprefix(GONE)))
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while _signal(groups, 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal(groups, signal.SIGKILL)
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)


def _signal(groups: list[int], number: int) -> bool:
    """Signal the groups; tells whether any of them is still there."""
    found = False
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            found = True
    return found


if __name__ == "__main__":
    main()
