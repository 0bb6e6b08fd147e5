"""How much of a processor, and of the memory, another process uses."""

import importlib.util
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


def _process(pid: int) -> Any:
    if importlib.util.find_spec("psutil") is None:
        raise CannotMeasure("Processes are looked at by psutil: run `pip install psutil`.")
    import psutil  # of the dev group: nothing but benchmarks needs it

    return psutil.Process(pid)
