"""Commands on addresses that must not be contacted."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.campaign_views import moment
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from application.import_suppressions import ImportReport
from application.ports.files import SuppressionFile
from application.ports.suppressions import EVERYBODY, Suppression
from domain.statuses import Channel

FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="CSV file: channel (sms, email, voice or all), address, reason."),
]
EverybodyOption = Annotated[
    bool, typer.Option("--everybody", help="For all tenants, not for this one alone.")
]
RejectsOption = Annotated[Path | None, typer.Option("--rejects", help="Where refused rows go, as CSV.")]
ChannelArgument = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="sms, email or voice.")]
AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="E-mail address, or phone number with its country code.")
]

SHOWN_PROBLEMS = 20


def suppressions(shell: Shell) -> typer.Typer:
    """The group ``suppression``."""
    app = typer.Typer(help="Addresses that must not be contacted.", no_args_is_help=True)

    @app.command("import", epilog="Example: drumbeat suppression import do-not-contact.csv --everybody")
    def import_file(
        file: FileArgument,
        everybody: EverybodyOption = False,
        rejects: RejectsOption = None,
    ) -> None:
        """Take over addresses that must not be contacted; again does no harm.

        The exit status is 1 where rows were refused; the others are imported all the same.
        """
        with shell.explained():
            if rejects is not None and rejects.resolve() == file.resolve():
                raise Unusable(f"--rejects names the file itself, {file}, which would be overwritten.")
            read = shell.tools.read_suppressions(file)
            if rejects is not None:
                shell.tools.write_rejects(rejects, read)
        report = shell.use(
            lambda uses: uses.import_suppressions(EVERYBODY if everybody else uses.tenant, read)
        )
        _show_report(shell, file, read, report)
        if report.refused:
            raise typer.Exit(NEGATIVE)

    @app.command(epilog="Example: drumbeat suppression check sms +12025550123")
    def check(channel: ChannelArgument, address: AddressArgument) -> None:
        """Say whether, and why, an address must not be contacted; the exit status is 1 where that is so."""
        with shell.explained():
            normal = _address(shell, channel, address)
        found = shell.use(lambda uses: uses.check_suppression(uses.tenant, channel, normal))
        for each in found:
            shell.say(_suppression(each))
        if found:
            raise typer.Exit(NEGATIVE)
        shell.say(f"It is not suppressed on {channel.value}.")

    return app


def _address(shell: Shell, channel: Channel, text: str) -> str:
    try:
        return shell.tools.read_address(channel, text)
    except ValueError as error:
        raise Unusable(f"The address {error}.") from None


def _show_report(shell: Shell, file: Path, read: SuppressionFile, report: ImportReport) -> None:
    refused = read.read - len(read.rows)
    shell.say(
        f"{file}: {read.read} rows read, {report.added} suppressed now, {report.known} known before, "
        f"{refused} refused"
    )
    for problem in report.refused[:SHOWN_PROBLEMS]:
        shell.warn(f"{file}:{problem.line}: {problem.reason}")
    more = len(report.refused) - SHOWN_PROBLEMS
    if more > 0:
        shell.warn(f"... and {more} more; --rejects writes all of them to a file.")


def _suppression(suppression: Suppression) -> str:
    whom = "for all tenants" if suppression.tenant == EVERYBODY else "for this tenant"
    return f"Suppressed {whom} since {moment(suppression.added_at)}: {suppression.reason}"
