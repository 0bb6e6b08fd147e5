"""How much of a processor, and of the memory, another process uses, and which processor."""

import importlib.util
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from application.errors import ApplicationError


class CannotMeasure(ApplicationError):
    """What a benchmark needs is not installed; the message says what to do."""


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used since it began, in seconds, all its threads together.

    Raises:
        CannotMeasure: psutil is not installed.
    """
    used = _process(pid).cpu_times()
    return float(used.user + used.system)


def resident_bytes(pid: int) -> int:
    """The memory that a process has now.

    Raises:
        CannotMeasure: psutil is not installed.
    """
    return int(_process(pid).memory_info().rss)


@contextmanager
def on_cores_of_their_own(*pids: int) -> Iterator[bool]:
    """Let each process run on one core, which no other of them has, as if it had a machine of its own.

    What they start meanwhile runs where they do. Afterwards all have every core again.

    Args:
        pids: the processes.

    Yields:
        Whether that can be had: not with fewer cores than processes, and on Linux only.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < len(pids):
        yield False
        return
    try:
        for pid, core in zip(pids, cores, strict=False):
            _keep_on(pid, {core})
        yield True
    finally:
        for pid in pids:
            _keep_on(pid, cores)


def _keep_on(pid: int, cores: Collection[int]) -> None:
    """Let all threads of a process run on these alone; of one that has ended there is nothing to do."""
    done: set[int] = set()
    with suppress(FileNotFoundError, ProcessLookupError):
        # A thread hands its cores on to those that it starts, and may do so while others are gone through.
        while threads := _threads(pid) - done:
            for thread in threads:
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(thread, cores)
            done |= threads


def _threads(pid: int) -> set[int]:
    return {int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()}


def _process(pid: int) -> Any:
    if importlib.util.find_spec("psutil") is None:
        raise CannotMeasure("Processes are looked at by psutil: run `pip install psutil`.")
    import psutil  # of the dev group: nothing but benchmarks needs it

    return psutil.Process(pid)
