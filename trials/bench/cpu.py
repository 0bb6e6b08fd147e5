"""How much of a processor another process has used."""

import importlib.util

from application.errors import ApplicationError


class CannotMeasure(ApplicationError):
    """What a benchmark needs is not installed; the message says what to do."""


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used since it began, in seconds, all its threads together.

    Raises:
        CannotMeasure: psutil is not installed.
    """
    if importlib.util.find_spec("psutil") is None:
        raise CannotMeasure("Processor time is read by psutil: run `pip install psutil`.")
    import psutil  # of the dev group: nothing but benchmarks needs it

    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
