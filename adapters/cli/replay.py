"""``drumbeat replay``: whether this release can go on with the runs that there are, before it is deployed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from attrs import frozen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from adapters.cli.campaign_files import JsonOption
from adapters.cli.running import UNUSABLE
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tables import new_table
from application.ports.replay import Replayed, Report, Sampled, Told, Verdict, Wanted
from domain.times import durations

RECENT, LIMIT = "7d", 200

SHOWN = 20
"""How many histories that do not replay are shown; the others are the same story, and --json has them all."""

REMEDY = """\
Do not deploy this release as it is: its workers would stand still at these runs.
Guard the change with workflow.patched, so that they go on as they began; or pin them to the version that they
follow now, and keep its workers until they have ended. See docs/operations.md, Upgrades."""

PathsArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE|FOLDER]...", help="Histories as JSON files.")
]
ServerOption = Annotated[
    bool, typer.Option("--from-server", help="Take the open and the recent runs of the namespace.")
]
QueryOption = Annotated[
    str | None, typer.Option("--query", help="What else must hold of the runs: a list filter of Temporal.")
]
RecentOption = Annotated[
    str | None,
    typer.Option("--recent", help=f"How long ago a closed run may have ended; {RECENT} unless given."),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        min=1,
        max=10_000,
        help=f"Open runs of each workflow at most, and closed ones; {LIMIT} unless given.",
    ),
]
SaveOption = Annotated[
    Path | None, typer.Option("--save", metavar="FOLDER", help="Write the histories there; a new folder.")
]


@frozen
class Counts:
    """How many histories have come to what."""

    replays: int
    nothing: int
    differs: int
    unreadable: int

    @classmethod
    def of(cls, report: Report) -> "Counts":
        """Count."""
        count = {verdict: len(report.of(verdict)) for verdict in Verdict}
        return cls(
            replays=count[Verdict.REPLAYS],
            nothing=count[Verdict.NOTHING],
            differs=count[Verdict.DIFFERS],
            unreadable=count[Verdict.UNREADABLE],
        )


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``replay``.

    Args:
        app: the whole command line.
        shell: what it is carried out with.
    """

    @app.command(epilog="Example: drumbeat replay --from-server --recent 14d --save histories")
    def replay(
        paths: PathsArgument = None,
        from_server: ServerOption = False,
        query: QueryOption = None,
        recent: RecentOption = None,
        limit: LimitOption = None,
        save: SaveOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Follow histories of runs once more with this release: before a deployment, and on every build.

        From a server it takes runs of every age: open ones, and those that have ended of late. It changes
        nothing there. The exit status is 1 where a run would not go on, 2 where histories cannot be read.
        """
        with shell.explained():
            if bool(paths) == from_server:
                raise Unusable("name files or folders with histories, or say --from-server")
            if paths and any(each is not None for each in (query, recent, limit, save)):
                raise Unusable("--query, --save, --recent and --limit go with --from-server")
            wanted = _wanted(query, recent or RECENT, limit or LIMIT, save)
            gate = shell.tools.replay(os.environ)
        with _progress(shell, hidden=as_json) as told:
            looking = gate.server(wanted, told) if from_server else gate.files(paths or (), told)
            report = shell.carry_out(looking)
        counts = Counts.of(report)
        if as_json:
            shell.data(_data(report, counts))
        else:
            _show(shell, report, counts)
        if counts.differs:
            raise typer.Exit(NEGATIVE)
        if counts.unreadable or (paths and not report.replayed):
            raise typer.Exit(UNUSABLE)


def _wanted(query: str | None, recent: str, limit: int, save: Path | None) -> Wanted:
    try:
        length: timedelta = durations.parse(recent)
    except ValueError as error:
        raise Unusable(f"--recent: {error}") from None
    return Wanted(length, limit, query, save)


@contextmanager
def _progress(shell: Shell, *, hidden: bool) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    disable = hidden or not shell.errors.is_terminal
    with Progress(*columns, console=shell.errors, disable=disable, transient=True) as progress:
        task = progress.add_task("looked for", total=None)

        def told(done: int, of: int) -> None:
            progress.update(task, description="replayed", completed=done, total=of)

        yield told


def _show(shell: Shell, report: Report, counts: Counts) -> None:
    if report.sampled:
        table = new_table("Runs", "workflow", "state", "there", "looked at")
        for kind in report.sampled:
            if kind.there:
                table.add_row(_workflow(kind), _state(kind), str(kind.there), str(kind.picked))
        if table.row_count:
            shell.show(table)
    if not report.replayed:
        where = "no such runs" if report.sampled else "no histories in these files"
        shell.say(f"Nothing was replayed: there are {where}.")
        return
    for verdict, style in ((Verdict.DIFFERS, "red"), (Verdict.UNREADABLE, "yellow")):
        these = report.of(verdict)
        for each in these[:SHOWN]:
            shell.say(f"{_name(each)}: {each.says}", style)
        if len(these) > SHOWN:
            shell.say(f"... and {len(these) - SHOWN} more, which --json tells.", style)
    shell.say(_sum(counts))
    if counts.differs:
        shell.say(REMEDY)


def _sum(counts: Counts) -> str:
    parts = {
        "replay": counts.replays,
        "hold nothing to replay": counts.nothing,
        "differ": counts.differs,
        "cannot be read": counts.unreadable,
    }
    told = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
    return f"Of {sum(parts.values())} histories {told}."


def _name(replayed: Replayed) -> str:
    if not replayed.workflow_id:
        return str(replayed.file)
    of = f"{replayed.workflow_id} (run {replayed.run_id})"
    return of if replayed.file is None else f"{replayed.file}: {of}"


def _workflow(sampled: Sampled) -> str:
    return sampled.workflow or "others on our queue"


def _state(sampled: Sampled) -> str:
    return "open" if sampled.is_open else "closed of late"


def _data(report: Report, counts: Counts) -> Mapping[str, object]:
    return {
        "counts": {
            "replays": counts.replays,
            "nothing_to_replay": counts.nothing,
            "differs": counts.differs,
            "unreadable": counts.unreadable,
        },
        "runs": [
            {
                "workflow": each.workflow or None,
                "state": "open" if each.is_open else "closed",
                "there": each.there,
                "looked_at": each.picked,
            }
            for each in report.sampled
        ],
        "histories": [
            {
                "verdict": each.verdict.value,
                "workflow": each.workflow or None,
                "workflow_id": each.workflow_id or None,
                "run_id": each.run_id or None,
                "event": each.event,
                "says": each.says or None,
                "file": None if each.file is None else str(each.file),
            }
            for each in report.replayed
        ],
    }
