"""``drumbeat enrollment list``: which ones, in pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaign_views import moment
from adapters.cli.enrollment_data import page_data
from adapters.cli.shell import Shell, Unusable
from adapters.cli.tables import new_table
from application.find_enrollments import Found
from application.ports.enrollments import EnrollmentQuery
from domain.enrollment.state import Outcome
from domain.language.in_words import spaced

LARGEST = 1000

_WIDE = 110
"""Columns of a terminal in which a list has room for times."""


class State(StrEnum):
    """Whether enrollments have ended."""

    OPEN = "open"
    FINISHED = "finished"


def _read_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write it like 2026-03-31 or 2026-03-31T09:00+02:00") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


CampaignOption = Annotated[str | None, typer.Option("--campaign", help="Of this campaign, by its key.")]
VersionOption = Annotated[int | None, typer.Option("--version", min=1, help="On this version of it.")]
ContactOption = Annotated[str | None, typer.Option("--contact", help="Of the contact of this external_id.")]
StatusOption = Annotated[
    State | None, typer.Option("--status", help="Only those that are open, or finished.")
]
OutcomeOption = Annotated[Outcome | None, typer.Option("--outcome", help="Which ended so.")]
StepOption = Annotated[str | None, typer.Option("--step", help="At the step of this key.")]
BatchOption = Annotated[str | None, typer.Option("--batch", help="Of this batch, by its id.")]
PausedOption = Annotated[
    bool | None, typer.Option("--paused/--not-paused", help="Paused by themselves, or not.")
]
AfterOption = Annotated[
    datetime | None,
    typer.Option(
        "--created-after", parser=_read_time, metavar="TIME", help="Enrolled at this time or later, UTC."
    ),
]
BeforeOption = Annotated[
    datetime | None,
    typer.Option("--created-before", parser=_read_time, metavar="TIME", help="Enrolled before this time."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=LARGEST, help="How many at most.")]
CursorOption = Annotated[
    str | None, typer.Option("--cursor", help="The `next` of the page before, of --json.")
]


def add_list(app: typer.Typer, shell: Shell) -> None:
    """Add ``list``.

    Args:
        app: the group ``enrollment``.
        shell: what it is carried out with.
    """

    @app.command(
        "list", epilog="Example: drumbeat enrollment list --campaign spring --status open --limit 20"
    )
    def list_enrollments(
        campaign: CampaignOption = None,
        version: VersionOption = None,
        contact: ContactOption = None,
        status: StatusOption = None,
        outcome: OutcomeOption = None,
        step: StepOption = None,
        paused: PausedOption = None,
        batch: BatchOption = None,
        created_after: AfterOption = None,
        created_before: BeforeOption = None,
        limit: LimitOption = 50,
        cursor: CursorOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """List enrollments, newest first, with their ids."""
        query = EnrollmentQuery(
            campaign=campaign,
            version=version,
            is_open=None if status is None else status is State.OPEN,
            outcome=outcome,
            step=step,
            is_paused=paused,
            batch=batch,
            created_from=created_after,
            created_before=created_before,
        )
        with shell.explained():
            after = None if cursor is None else _place(cursor)
        found = shell.use(
            lambda uses: uses.find_enrollments()(
                uses.tenant, query, external_id=contact, after=after, limit=limit + 1
            )
        )
        following = _cursor(found[limit - 1]) if len(found) > limit else None
        if as_json:
            shell.data(page_data(found[:limit], following))
        else:
            _show(shell, found[:limit], following)


def _cursor(last: Found) -> str:
    return f"{last.enrollment.created_at.isoformat()},{last.enrollment.id}"


def _place(cursor: str) -> tuple[datetime, str]:
    text, _, id_ = cursor.partition(",")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not id_:
        raise Unusable("--cursor: give the `next` of a page as it is.")
    return at, id_


def _show(shell: Shell, found: Sequence[Found], following: str | None) -> None:
    if not found:
        shell.say("There is no such enrollment.")
        return
    wide = shell.out.width >= _WIDE
    table = new_table("Enrollments", "id", "contact", "campaign", "status", *(["enrolled"] if wide else []))
    for each in found:
        enrollment = each.enrollment
        table.add_row(
            escape(enrollment.id),
            escape(each.external_id or "erased"),
            escape(f"{enrollment.campaign} {enrollment.version}"),
            escape(_status(each)),
            *([moment(enrollment.created_at)] if wide else []),
        )
    shell.show(table)
    if following is not None:
        shell.say(f"There are more: --limit up to {LARGEST}, or --cursor {following}")


def _status(found: Found) -> str:
    """How it stands, and at which step."""
    outcome = found.enrollment.outcome
    word = spaced(found.standing.value if outcome is None else outcome.value)
    return f"{word} at {found.step}" if found.step else word
