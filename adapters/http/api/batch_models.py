"""Batches of enrollments as the API shows them."""

from typing import Any

from pydantic import Field

from adapters.http.api.models import Given, Moment, Number, Shown, Version
from application.ports.batches import MOST_PROBLEMS, Batch, BatchProblem
from domain.batches import BatchState

FASTEST = 10_000
ID = "0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10"


class BatchProblemOut(Shown):
    """Why a row was not taken. What stands in the row is not told."""

    line: int = Field(description="The line, from 1, that the row begins on.", examples=[17])
    column: str = Field(description="The column at fault, or `row` for the whole row.", examples=["phone"])
    reason: str = Field(description="What is wrong with it.", examples=["phone has too few digits"])


class BatchReport(Shown):
    """What rows come to."""

    campaign: str = Field(description="The campaign's key.", examples=["spring"])
    version: int = Field(description="The version that they follow.", examples=[1])
    received: int = Field(description="How many rows, or members, were looked at.", examples=[1000])
    rejected: int = Field(description="How many rows cannot be enrolled.", examples=[3])
    problems: list[BatchProblemOut] = Field(
        description=f"The first {MOST_PROBLEMS} problems of rows, in their order."
    )


class BatchOut(BatchReport):
    """Enrollments that were asked for at once."""

    id: str = Field(description="The batch's id.", examples=[ID])
    state: BatchState = Field(
        description="`storing`: its rows are being stored; `starting`: the runs are being started; `done`: "
        "nothing is left; `cancelling` and `cancelled`: it was called off.",
        examples=["starting"],
    )
    source: str = Field(
        description="What it came from: `csv`, `jsonl`, `parquet`, or `audience:KEY`.", examples=["csv"]
    )
    rate: float | None = Field(description="Starts a second at most; null for the setting's.", examples=[50])
    enrolled: int = Field(description="How many were enrolled by it.", examples=[990])
    already: int = Field(
        description="How many may not enter now, mostly since they are in the campaign.", examples=[7]
    )
    started: int = Field(description="How many of those enrolled have been started.", examples=[640])
    refused: int = Field(description="How many could not be started; the log has their ids.", examples=[0])
    cancelled: int = Field(description="How many ended before they were started.", examples=[0])
    created_at: Moment = Field(description="When it was begun.", examples=["2026-03-31T09:00:00.000000Z"])
    updated_at: Moment = Field(
        description="When it last came forward.", examples=["2026-03-31T09:00:12.000000Z"]
    )
    finished_at: Moment | None = Field(
        description="When nothing was left to do; null before.", examples=["2026-03-31T09:00:20.000000Z"]
    )


class AudienceEnrollment(Given):
    """Which audience to enroll, and how."""

    audience: str = Field(max_length=200, description="The audience's key.", examples=["new-leads"])
    version: Version | None = Field(
        default=None, description="The version to follow; the latest unless given.", examples=[1]
    )
    rate: Number | None = Field(
        default=None, gt=0, le=FASTEST, description="Starts a second at most.", examples=[50]
    )


def batch_out(batch: Batch) -> BatchOut:
    """A batch as it is shown."""
    return BatchOut(
        **_report(batch),
        id=batch.id,
        state=batch.state,
        source=batch.source,
        rate=batch.rate,
        enrolled=batch.enrolled,
        already=batch.already,
        started=batch.started,
        refused=batch.refused,
        cancelled=batch.cancelled,
        created_at=batch.created_at,
        updated_at=batch.touched_at,
        finished_at=batch.finished_at,
    )


def batch_report(batch: Batch) -> BatchReport:
    """What the rows of a batch come to that is not stored."""
    return BatchReport(**_report(batch))


def _report(batch: Batch) -> dict[str, Any]:
    return {
        "campaign": batch.campaign,
        "version": batch.version,
        "received": batch.received,
        "rejected": batch.rejected,
        "problems": list(map(_problem_out, batch.problems)),
    }


def _problem_out(problem: BatchProblem) -> BatchProblemOut:
    return BatchProblemOut(line=problem.line, column=problem.column, reason=problem.reason)
