"""``drumbeat enrollment move``: send one enrollment to another step."""

from typing import Annotated

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import Shell

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of an enrollment.")]
StepArgument = Annotated[str, typer.Argument(metavar="STEP", help="Key of a step of its version.")]


def add_moving(app: typer.Typer, shell: Shell) -> None:
    """Add ``move``.

    Args:
        app: the group ``enrollment``.
        shell: what it is carried out with.
    """

    @app.command(epilog="Example: drumbeat enrollment move 5f0c... call")
    def move(enrollment: IdArgument, step: StepArgument, as_json: JsonOption = False) -> None:
        """Let one enrollment go to another step; one that was sent already is not sent again."""
        shell.use(lambda uses: uses.move_enrollment()(uses.tenant, enrollment, step))
        if as_json:
            shell.data({"id": enrollment, "step": step})
        else:
            shell.say(f"The enrollment goes to {step} as soon as nothing is under way.")
