"""``drumbeat enroll``: many at once, from a file or an audience."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from attrs import evolve, frozen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from adapters.cli import batch_views as views
from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaigns import KeyArgument, VersionOption
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tools import UseCases
from application.ports.batches import Batch
from application.ports.files import ContactRow, ContactStream, RejectedRow
from domain.batches import ENDED

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="Contacts: .csv, .jsonl, .ndjson or .parquet; - for CSV from the input."
    ),
]
AudienceOption = Annotated[
    str | None, typer.Option("--audience", help="Enroll this audience instead of a file, by its key.")
]
RateOption = Annotated[
    float | None,
    typer.Option(
        "--rate", min=0.001, max=10_000, help="Starts a second at most; the setting's unless given."
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check every row, and store nothing.")]
RejectsOption = Annotated[Path | None, typer.Option("--rejects", help="Where refused rows go, as CSV.")]
FollowOption = Annotated[
    bool | None,
    typer.Option("--follow/--no-follow", help="Wait until all are started; so it is in a terminal."),
]

SHOWN_PROBLEMS = 20
LOOK_EVERY = 0.5
"""Seconds between two looks at a batch."""


@frozen
class Order:
    """What was said on the command line."""

    campaign: str
    file: Path | None
    audience: str | None
    version: int | None
    rate: float | None
    dry_run: bool
    rejects: Path | None
    follow: bool


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add the command ``enroll``."""

    @app.command(epilog="Example: drumbeat enroll spring people.csv --rate 50 --rejects rejects.csv")
    def enroll(
        campaign: KeyArgument,
        file: FileArgument = None,
        audience: AudienceOption = None,
        version: VersionOption = None,
        rate: RateOption = None,
        dry_run: DryRunOption = False,
        rejects: RejectsOption = None,
        follow: FollowOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Enroll many people at once; the same file again enrolls nobody twice.

        The rows are stored first, then the runs are started, by the workers. The exit status is 1 where
        rows were refused; the others are enrolled all the same.
        """
        watching = shell.out.is_terminal and not as_json if follow is None else follow
        order = Order(campaign, file, audience, version, rate, dry_run, rejects, watching)
        with shell.explained():
            _check(order)
        with _progress(shell, hidden=as_json) as progress:
            batch = shell.use(lambda uses: _carry_out(order, uses, shell, progress))
        _show(shell, order, batch, as_json=as_json)
        if batch.rejected or batch.refused:
            raise typer.Exit(NEGATIVE)


def _check(order: Order) -> None:
    if (order.file is None) == (order.audience is None):
        raise Unusable("Name a file, or an audience by --audience.")
    if order.audience is not None and (order.dry_run or order.rejects is not None):
        raise Unusable("--dry-run and --rejects go with a file: drumbeat audience count tells how many.")
    if order.file and order.rejects and order.rejects.resolve() == order.file.resolve():
        raise Unusable(f"--rejects names the file itself, {order.file}, which would be overwritten.")


async def _carry_out(order: Order, uses: UseCases, shell: Shell, progress: Progress) -> Batch:
    if order.file is not None:
        batch = await _from_file(order, order.file, uses, shell, progress)
    else:
        batch = await uses.order_audience()(
            uses.tenant, order.campaign, order.audience or "", version=order.version, rate=order.rate
        )
    if order.dry_run or not order.follow:
        return batch
    return await _followed(batch, uses, progress)


async def _from_file(order: Order, file: Path, uses: UseCases, shell: Shell, progress: Progress) -> Batch:
    with shell.tools.open_contacts(file) as contacts, _rejects(order, shell, contacts) as reject:
        task = progress.add_task("checked" if order.dry_run else "stored", total=contacts.total)
        seen = evolve(contacts, rows=_seen(contacts.rows, reject, lambda: progress.advance(task)))
        if order.dry_run:
            return await uses.store_batch().check(uses.tenant, order.campaign, seen, version=order.version)
        begun: list[Batch] = []
        try:
            return await uses.store_batch()(
                uses.tenant,
                order.campaign,
                seen,
                version=order.version,
                rate=order.rate,
                heard=begun.append,
            )
        except BaseException:
            if begun:
                shell.warn(
                    f"Batch {begun[-1].id} is stored in part and will be started so. Give the file again for "
                    f"the rest, or call it off: drumbeat batch cancel {begun[-1].id}"
                )
            raise


def _rejects(
    order: Order, shell: Shell, contacts: ContactStream
) -> AbstractContextManager[Callable[[RejectedRow], None]]:
    if order.rejects is None:
        return nullcontext(lambda _: None)
    return shell.tools.open_rejects(order.rejects, contacts.header)


def _seen(
    rows: Iterator[ContactRow | RejectedRow],
    reject: Callable[[RejectedRow], None],
    advance: Callable[[], None],
) -> Iterator[ContactRow | RejectedRow]:
    for row in rows:
        if isinstance(row, RejectedRow):
            reject(row)
        advance()
        yield row


async def _followed(batch: Batch, uses: UseCases, progress: Progress) -> Batch:
    task = progress.add_task("started", total=max(batch.enrolled, 1))
    while batch.state not in ENDED:
        await asyncio.sleep(LOOK_EVERY)
        batch = await uses.control_batches().get(uses.tenant, batch.id)
        progress.update(task, completed=batch.started, total=max(batch.enrolled, 1))
    return batch


@contextmanager
def _progress(shell: Shell, *, hidden: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    disable = hidden or not shell.errors.is_terminal
    with Progress(*columns, console=shell.errors, disable=disable, transient=True) as progress:
        yield progress


def _show(shell: Shell, order: Order, batch: Batch, *, as_json: bool) -> None:
    if as_json:
        shell.data(views.report_data(batch) if order.dry_run else views.batch_data(batch))
        return
    if order.dry_run:
        shell.say(f"{order.file}: {batch.received} rows read, {batch.rejected} refused; nothing is stored.")
    else:
        shell.say(views.headline(batch))
        shell.show(views.batch_table(batch))
        shell.say(views.standing(batch))
        if batch.state not in ENDED:
            shell.say(f"See how far it is: drumbeat batch show {batch.id}")
    for problem in batch.problems[:SHOWN_PROBLEMS]:
        shell.warn(f"{order.file}:{problem.line}: {problem.reason}")
    if batch.rejected and (len(batch.problems) > SHOWN_PROBLEMS or batch.rejected > len(batch.problems)):
        shell.warn("... and more; --rejects writes all of them to a file.")
