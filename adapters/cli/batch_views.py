"""Batches as people and scripts see them."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from adapters.cli.campaign_views import moment
from adapters.cli.tables import new_table
from application.ports.batches import Batch
from domain.batches import BatchState
from domain.times.rfc3339 import rfc3339


def batch_data(batch: Batch) -> Mapping[str, object]:
    """A batch for scripts; one of a dry run has no id."""
    finished = batch.finished_at
    return {
        "id": batch.id,
        "campaign": batch.campaign,
        "version": batch.version,
        "source": batch.source,
        "state": batch.state.value,
        "rate": batch.rate,
        **_counts(batch),
        "created_at": rfc3339(batch.created_at),
        "updated_at": rfc3339(batch.touched_at),
        "finished_at": None if finished is None else rfc3339(finished),
        "problems": _problems(batch),
    }


def report_data(batch: Batch) -> Mapping[str, object]:
    """What a dry run has found, for scripts."""
    return {
        "campaign": batch.campaign,
        "version": batch.version,
        "received": batch.received,
        "rejected": batch.rejected,
        "problems": _problems(batch),
    }


def batch_table(batch: Batch) -> Table:
    """What became of the rows of a batch."""
    table = new_table("Rows", "", "count")
    for name, count in _counts(batch).items():
        if count or name in ("received", "enrolled", "started"):
            table.add_row(name, str(count))
    return table


def batches_table(batches: Sequence[Batch]) -> Table:
    """Many batches, a line for each."""
    table = new_table("Batches", "id", "campaign", "state", "started")
    for batch in batches:
        table.add_row(
            escape(batch.id),
            f"{escape(batch.campaign)} {batch.version}, {moment(batch.created_at)}",
            batch.state.value,
            f"{batch.started} of {batch.enrolled}",
        )
    return table


def headline(batch: Batch) -> str:
    """Which batch it is."""
    return f"Batch {batch.id}: {batch.campaign} version {batch.version}, {batch.state.value}"


def standing(batch: Batch) -> str:
    """What is being done with a batch, as a sentence."""
    match batch.state:
        case BatchState.STORING:
            return "Its rows are being stored."
        case BatchState.STARTING:
            return f"{batch.started} of {batch.enrolled} enrollments are started; the rest follows."
        case BatchState.CANCELLING:
            return "It is called off: what is not started ends."
        case BatchState.CANCELLED:
            return f"It was called off; {batch.started} of {batch.enrolled} enrollments had been started."
        case BatchState.DONE:
            return f"It is done: {batch.started} enrollments are started."


def _counts(batch: Batch) -> Mapping[str, int]:
    return {
        "received": batch.received,
        "rejected": batch.rejected,
        "enrolled": batch.enrolled,
        "already": batch.already,
        "started": batch.started,
        "refused": batch.refused,
        "cancelled": batch.cancelled,
    }


def _problems(batch: Batch) -> list[Mapping[str, object]]:
    return [{"line": each.line, "column": each.column, "reason": each.reason} for each in batch.problems]
