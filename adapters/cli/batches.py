"""Commands on batches: which there are, how far one is, calling one off."""

from typing import Annotated

import typer

from adapters.cli import batch_views as views
from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import Shell

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a batch.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")]

SHOWN_PROBLEMS = 20


def batches(shell: Shell) -> typer.Typer:
    """The group ``batch``."""
    app = typer.Typer(help="Enrollments that were asked for at once.", no_args_is_help=True)

    @app.command("list", epilog="Example: drumbeat batch list --json")
    def latest(limit: LimitOption = 20, as_json: JsonOption = False) -> None:
        """List the latest batches, newest first."""
        found = shell.use(lambda uses: uses.control_batches().page(uses.tenant, None, limit))
        if as_json:
            shell.data([views.batch_data(each) for each in found])
        elif found:
            shell.show(views.batches_table(found))
        else:
            shell.say("There is no batch.")

    @app.command(epilog="Example: drumbeat batch show 0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10")
    def show(batch: IdArgument, as_json: JsonOption = False) -> None:
        """Show how far a batch is, and what was wrong with rows."""
        found = shell.use(lambda uses: uses.control_batches().get(uses.tenant, batch))
        if as_json:
            shell.data(views.batch_data(found))
            return
        shell.say(views.headline(found))
        shell.show(views.batch_table(found))
        shell.say(views.standing(found))
        for problem in found.problems[:SHOWN_PROBLEMS]:
            shell.warn(f"line {problem.line}: {problem.reason}")

    @app.command(epilog="Example: drumbeat batch cancel 0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10")
    def cancel(batch: IdArgument, as_json: JsonOption = False) -> None:
        """Call a batch off: what is not started ends as cancelled, what is started goes on."""
        found = shell.use(lambda uses: uses.control_batches().cancel(uses.tenant, batch))
        if as_json:
            shell.data(views.batch_data(found))
        else:
            shell.say(views.standing(found))

    return app
