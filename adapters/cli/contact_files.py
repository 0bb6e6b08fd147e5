"""``drumbeat contact import``: contacts from a file, without enrolling them."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tools import UseCases
from application.ports.files import ContactFile

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV file: phone and email (one of them), external_id, timezone, country, consent_sms, ..., "
        "and attributes.",
    ),
]
RejectsOption = Annotated[Path | None, typer.Option("--rejects", help="Where refused rows go, as CSV.")]

CHUNK = 1000
"""How many contacts one transaction takes."""

SHOWN_PROBLEMS = 20


def add_import(app: typer.Typer, shell: Shell) -> None:
    """Add ``import`` to the group ``contact``."""

    @app.command("import", epilog="Example: drumbeat contact import people.csv --rejects refused.csv")
    def import_file(file: FileArgument, rejects: RejectsOption = None, as_json: JsonOption = False) -> None:
        """Store the contacts of a file; again does no harm.

        The exit status is 1 where rows were refused; the others are stored all the same.
        """
        with shell.explained():
            if rejects is not None and rejects.resolve() == file.resolve():
                raise Unusable(f"--rejects names the file itself, {file}, which would be overwritten.")
            read = shell.tools.read_contacts(file)
            if rejects is not None:
                shell.tools.write_rejects(rejects, read)
        new = shell.use(lambda uses: _keep(uses, read))
        _show(shell, file, read, new, as_json=as_json)
        if read.rejected:
            raise typer.Exit(NEGATIVE)


async def _keep(uses: UseCases, read: ContactFile) -> int:
    """Store them; how many are new."""
    new = 0
    for start in range(0, len(read.contacts), CHUNK):
        kept = await uses.keep_contacts()(uses.tenant, read.contacts[start : start + CHUNK])
        new += sum(each.is_new for each in kept)
    return new


def _show(shell: Shell, file: Path, read: ContactFile, new: int, *, as_json: bool) -> None:
    known = len(read.rows) - new
    if as_json:
        problems = [
            {"line": each.line, "column": each.column, "reason": each.reason} for each in read.problems
        ]
        shell.data(
            {"read": read.read, "new": new, "known": known, "refused": read.rejected, "problems": problems}
        )
        return
    shell.say(f"{file}: {read.read} rows read, {new} new, {known} known before, {read.rejected} refused")
    for problem in read.problems[:SHOWN_PROBLEMS]:
        shell.warn(f"{file}:{problem.line}: {problem.reason}")
    more = len(read.problems) - SHOWN_PROBLEMS
    if more > 0:
        shell.warn(f"... and {more} more; --rejects writes all of them to a file.")
