"""``drumbeat event``: what an application tells of a contact."""

from typing import Annotated
from uuid import uuid4

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import Shell, Unusable
from domain.limits import KEY

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the event, as in a campaign's goals.")
]
ContactOption = Annotated[str, typer.Option("--contact", help="The contact's external_id.")]
EventIdOption = Annotated[
    str | None,
    typer.Option("--id", help="Your id of the event: the same one counts once. One is drawn unless given."),
]


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``event``.

    Args:
        app: the whole command line.
        shell: what it is carried out with.
    """

    @app.command(epilog="Example: drumbeat event purchased --contact customer-17 --id order-4711")
    def event(
        name: NameArgument,
        contact: ContactOption,
        event_id: EventIdOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Tell that something happened to a contact: campaigns with it as a goal are won, or go to a step.

        To tell the same event again, say after a failure, give the same --id.
        """
        with shell.explained():
            if not KEY.fullmatch(name):
                raise Unusable(
                    "The name of an event has lower case letters, digits, - and _, such as purchased."
                )
        chosen = event_id or str(uuid4())
        if event_id is None and not as_json:
            shell.say(f"The event's id: {chosen}")
        told = shell.use(lambda uses: uses.record_event()(uses.tenant, contact, name, chosen))
        if as_json:
            shell.data({"id": chosen, "event": name, "won": told.won, "moved": told.moved})
        elif told.won or told.moved:
            shell.say(
                f"{name} wins {_enrollments(told.won)}, and leads {_enrollments(told.moved)} to a step."
            )
        else:
            shell.say("No open enrollment of the contact waits for it, or it was told before.")


def _enrollments(count: int) -> str:
    return f"{count} enrollment{'' if count == 1 else 's'}"
