"""Many enrollments that were asked for at once: how far they have come."""

from collections.abc import Collection, Mapping
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

COMES_FROM: Mapping[BatchState, Collection[BatchState]] = {
    BatchState.STORING: (),
    BatchState.STARTING: (BatchState.STORING,),
    BatchState.CANCELLING: (BatchState.STORING, BatchState.STARTING),
    BatchState.DONE: (BatchState.STORING, BatchState.STARTING),
    BatchState.CANCELLED: (BatchState.CANCELLING,),
}
"""The states from which a batch gets into each state."""

_AUDIENCE = "audience:"


def audience_source(audience: str) -> str:
    """What stands as the source of a batch that enrolls an audience.

    Args:
        audience: its key.
    """
    return f"{_AUDIENCE}{audience}"


def audience_of(source: str) -> str | None:
    """The audience that a batch enrolls; None where its rows came as a file.

    Args:
        source: of the batch.
    """
    return source.removeprefix(_AUDIENCE) if source.startswith(_AUDIENCE) else None


def run_id(batch_id: str) -> str:
    """The id of the one workflow run of a batch."""
    return f"batch:{batch_id}"
