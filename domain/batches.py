"""Many enrollments that were asked for at once: how far they have come."""

from enum import StrEnum


class BatchState(StrEnum):
    """What is being done with a batch."""

    STORING = "storing"
    """Its rows are being stored; none of its runs is started yet."""
    STARTING = "starting"
    """All rows are stored, and the runs are started, a page after the other."""
    CANCELLING = "cancelling"
    """Somebody has called it off: what has not started yet ends as cancelled."""
    DONE = "done"
    """Every run is started, or was refused."""
    CANCELLED = "cancelled"
    """It was called off, and nothing more will start."""


ENDED = frozenset({BatchState.DONE, BatchState.CANCELLED})
