"""Commands on single enrollments: where one stands, holding it, ending it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaign_views import moment
from adapters.cli.campaigns import Then, ThenOption
from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from application.ports.enrollments import Enrollment
from application.show_timeline import TimelineEntry

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of an enrollment.")]
ContactOption = Annotated[str, typer.Option("--contact", help="The contact's external_id.")]


def enrollments(shell: Shell) -> typer.Typer:
    """The group ``enrollment``."""
    app = typer.Typer(help="Single enrollments.", no_args_is_help=True)
    _add_looking(app, shell)
    _add_holding(app, shell)
    return app


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command("list", epilog="Example: drumbeat enrollment list --contact customer-17")
    def of_contact(contact: ContactOption, as_json: JsonOption = False) -> None:
        """List the open enrollments of a contact, with their ids."""
        found = shell.use(lambda uses: uses.find_enrollments(uses.tenant, contact))
        if as_json:
            shell.data([_enrollment_data(each) for each in found])
        elif found:
            _show_enrollments(shell, found)
        else:
            shell.say("The contact has no open enrollment.")

    @app.command(epilog="Example: drumbeat enrollment show 5f0c... --json")
    def show(enrollment: IdArgument, as_json: JsonOption = False) -> None:
        """Show what was sent, what came back, and what was decided, oldest first."""
        entries = shell.use(lambda uses: uses.show_timeline(enrollment))
        if as_json:
            shell.data([_entry_data(each) for each in entries])
        else:
            _show_timeline(shell, enrollment, entries)


def _add_holding(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat enrollment pause 5f0c...")
    def pause(enrollment: IdArgument) -> None:
        """Hold one enrollment: nothing more is sent from now on."""
        held = shell.use(lambda uses: uses.control_enrollment.pause(uses.tenant, enrollment))
        shell.say("The enrollment is paused." if held else "It was paused before, or has ended.")

    @app.command(epilog="Example: drumbeat enrollment resume 5f0c... --then expire")
    def resume(enrollment: IdArgument, then: ThenOption = Then.FREEZE) -> None:
        """Let one enrollment go on."""
        resumed = shell.use(lambda uses: uses.control_enrollment.resume(uses.tenant, enrollment, then.policy))
        shell.say("The enrollment goes on." if resumed else "It was not paused, or has ended.")

    @app.command(epilog="Example: drumbeat enrollment cancel 5f0c...")
    def cancel(enrollment: IdArgument) -> None:
        """End one enrollment as cancelled."""
        ended = shell.use(lambda uses: uses.control_enrollment.cancel(uses.tenant, enrollment))
        shell.say("The enrollment ends." if ended else "It had ended before.")


def _show_enrollments(shell: Shell, found: Sequence[Enrollment]) -> None:
    table = new_table("Open enrollments", "id", "campaign", "version", "step", "enrolled", "")
    for each in found:
        table.add_row(
            each.id,
            each.campaign,
            str(each.version),
            each.step or "the first",
            moment(each.created_at),
            "" if each.paused_at is None else f"paused since {moment(each.paused_at)}",
        )
    shell.show(table)


def _show_timeline(shell: Shell, enrollment: str, entries: Sequence[TimelineEntry]) -> None:
    table = new_table(f"Timeline of enrollment {escape(enrollment)}", "at (UTC)", "where", "what", "detail")
    for entry in entries:
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.where, escape(entry.what), escape(entry.detail))
    shell.show(table)


def _enrollment_data(enrollment: Enrollment) -> Mapping[str, object]:
    paused_at = enrollment.paused_at
    return {
        "id": enrollment.id,
        "campaign": enrollment.campaign,
        "version": enrollment.version,
        "step": enrollment.step,
        "enrolled_at": enrollment.created_at.isoformat(),
        "paused_at": None if paused_at is None else paused_at.isoformat(),
    }


def _entry_data(entry: TimelineEntry) -> Mapping[str, object]:
    return {"at": entry.at.isoformat(), "where": entry.where, "what": entry.what, "detail": entry.detail}
