"""What can be said on the command line."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli import (
    campaign_files,
    campaign_publish,
    campaigns,
    doctor,
    enroll,
    events,
    replay,
    services,
    simulate,
)
from adapters.cli import demo as demonstration
from adapters.cli import dev as development
from adapters.cli.audiences import audiences
from adapters.cli.batches import batches
from adapters.cli.carrier_options import carrier_options, chosen_carriers
from adapters.cli.carriers import Carriers
from adapters.cli.contacts import contacts as contact_commands
from adapters.cli.database import database
from adapters.cli.enrollment_moves import add_moving
from adapters.cli.enrollments import enrollments
from adapters.cli.examples import example
from adapters.cli.handoffs import handoffs
from adapters.cli.keys import keys
from adapters.cli.providers import providers
from adapters.cli.schedules import schedules
from adapters.cli.shell import Shell
from adapters.cli.suppressions import suppressions
from adapters.cli.system import Behaviour, Ports
from adapters.cli.tools import Tools
from domain.language.schema.campaign import campaign_schema

_USUAL = Carriers()

EXIT_CODES = """Exit status:

0: it was done.

1: it was done, and the answer is no: something differs, is stuck, suppressed, refused or to mend.

2: it cannot be done: what was said cannot be used, or a part of the system does not answer.

130: it was stopped, by Ctrl-C or a signal.
"""


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback for a flag
    if wanted:
        typer.echo(f"drumbeat {version('drumbeat')}")
        raise typer.Exit


ContactsOption = Annotated[Path | None, typer.Option("--contacts", help="CSV file of the people to reach.")]
CampaignOption = Annotated[Path | None, typer.Option("--campaign", help="YAML file of the campaign.")]
DayOption = Annotated[
    float, typer.Option("--day", min=0.1, max=86_400, help="Seconds that a day of the plan takes.")
]
SeedOption = Annotated[int, typer.Option(help="Two runs with one seed agree.")]
FaultsOption = Annotated[
    float, typer.Option(min=0, max=0.2, help="Share of addresses that meet each of the providers' faults.")
]
RejectsOption = Annotated[Path, typer.Option("--rejects", help="Where refused rows go.")]
FolderOption = Annotated[Path, typer.Option("--folder", help="Where the data lives.")]
VersionOption = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
]


def _port(name: str, what: str) -> Any:
    return typer.Option(name, min=1, max=65_535, help=f"Port of the {what}.")


def _nothing(_app: typer.Typer, _shell: Shell) -> None:
    """There are no further commands."""


def make_app(tools: Tools, add_further: Callable[[typer.Typer, Shell], None] = _nothing) -> typer.Typer:
    """The whole command line.

    Args:
        tools: what the commands work with.
        add_further: adds commands from outside of the adapters.
    """
    app = typer.Typer(
        name="drumbeat", no_args_is_help=True, pretty_exceptions_enable=False, epilog=EXIT_CODES
    )
    shell = Shell(tools)
    carrier = carrier_options(tools)

    @app.callback()
    def about(_version: VersionOption = False) -> None:
        """Durable, exact outreach campaigns over SMS, e-mail and voice."""

    @app.command(epilog="Example: drumbeat demo --contacts people.csv --sms vonage,twilio --email postmark")
    def demo(
        contacts: ContactsOption = None,
        campaign: CampaignOption = None,
        day: DayOption = 5.0,
        seed: SeedOption = 7,
        faults: FaultsOption = 0.06,
        rejects: RejectsOption = Path(".drumbeat/rejects.csv"),
        sms: Annotated[str, carrier["sms"]] = _USUAL.sms,
        email: Annotated[str, carrier["email"]] = _USUAL.email,
        voice: Annotated[str, carrier["voice"]] = _USUAL.voice,
        desk: Annotated[str, carrier["desk"]] = _USUAL.desk,
    ) -> None:
        """Run a campaign from start to end on real servers and sandboxed providers; leave nothing behind."""
        carriers = chosen_carriers(tools, sms=sms, email=email, voice=voice, desk=desk)

        async def show() -> demonstration.Result:
            options = demonstration.Options(
                contacts=contacts or example("contacts.csv"),
                campaign=campaign or example("appointment-reminder.yaml"),
                rejects=rejects,
                seconds_per_day=day,
                behaviour=Behaviour(seed, faults),
                carriers=carriers,
            )
            return await demonstration.run(options, tools, shell.out)

        if not shell.carry_out(show()).good:
            raise typer.Exit(1)

    @app.command(epilog="Example: drumbeat dev --contacts people.csv --campaign reminder.yaml --day 60")
    def dev(
        contacts: ContactsOption = None,
        campaign: CampaignOption = None,
        day: DayOption = 60.0,
        seed: SeedOption = 7,
        faults: FaultsOption = 0.0,
        folder: FolderOption = Path(".drumbeat/dev"),
        sms: Annotated[str, carrier["sms"]] = _USUAL.sms,
        email: Annotated[str, carrier["email"]] = _USUAL.email,
        voice: Annotated[str, carrier["voice"]] = _USUAL.voice,
        desk: Annotated[str, carrier["desk"]] = _USUAL.desk,
        port: Annotated[int, _port("--port", "HTTP app")] = 8000,
        ui_port: Annotated[int, _port("--ui-port", "Temporal Web UI")] = 8233,
        temporal_port: Annotated[int, _port("--temporal-port", "Temporal server")] = 7233,
    ) -> None:
        """Keep the same system up until Ctrl-C, with its data kept between runs."""
        carriers = chosen_carriers(tools, sms=sms, email=email, voice=voice, desk=desk)

        async def keep_up() -> None:
            options = development.Options(
                folder=folder,
                ports=Ports.fixed(http=port, temporal=temporal_port, temporal_ui=ui_port),
                behaviour=Behaviour(seed, faults),
                carriers=carriers,
                contacts=contacts,
                campaign=campaign or example("appointment-reminder.yaml"),
                seconds_per_day=day,
            )
            await development.run(options, tools, shell.out)

        shell.carry_out(keep_up())

    @app.command(epilog="Example: drumbeat schema > campaign.schema.json")
    def schema() -> None:
        """Print the JSON Schema of the campaign language, for editors."""
        shell.data(campaign_schema())

    simulate.add_commands(app, shell)
    events.add_commands(app, shell)
    services.add_commands(app, shell)
    doctor.add_commands(app, shell)
    replay.add_commands(app, shell)
    app.add_typer(_campaigns(shell), name="campaign")
    single = enrollments(shell)
    add_moving(single, shell)
    app.add_typer(single, name="enrollment")
    app.add_typer(handoffs(shell), name="handoff")
    app.add_typer(schedules(shell), name="schedule")
    app.add_typer(contact_commands(shell), name="contact")
    enroll.add_commands(app, shell)
    app.add_typer(batches(shell), name="batch")
    app.add_typer(audiences(shell), name="audience")
    app.add_typer(suppressions(shell), name="suppression")
    app.add_typer(providers(shell), name="provider")
    app.add_typer(keys(shell), name="keys")
    app.add_typer(database(shell), name="db")
    add_further(app, shell)
    return app


def _campaigns(shell: Shell) -> typer.Typer:
    app = typer.Typer(help="Campaigns, in files and published.", no_args_is_help=True)
    campaign_files.add_commands(app, shell)
    campaign_publish.add_commands(app, shell)
    campaigns.add_commands(app, shell)
    return app
