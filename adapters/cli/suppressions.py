"""Commands on addresses that must not be contacted."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.suppression_views import (
    report_data,
    row_data,
    suppression_data,
    suppression_line,
    suppressions_table,
)
from adapters.cli.tools import UseCases
from application.import_suppressions import ImportReport
from application.ports.files import SuppressionFile
from application.ports.suppressions import EVERYBODY, SuppressedAddress
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
ChannelsArgument = Annotated[
    str, typer.Argument(metavar="CHANNEL", help="sms, email, voice, or all that the address is good for.")
]
ChannelOption = Annotated[Channel | None, typer.Option("--channel", help="On this channel only.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="One word, such as opted_out or complained.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")]

SHOWN_PROBLEMS = 20

PAGE = 1000
"""How many one transaction lists."""

REQUESTED = "requested"
"""The reason of what is added without one."""


def suppressions(shell: Shell) -> typer.Typer:
    """The group ``suppression``."""
    app = typer.Typer(help="Addresses that must not be contacted.", no_args_is_help=True)
    _add_import(app, shell)
    _add_looking(app, shell)
    _add_single(app, shell)
    return app


def _add_import(app: typer.Typer, shell: Shell) -> None:
    @app.command("import", epilog="Example: drumbeat suppression import do-not-contact.csv --everybody")
    def import_file(
        file: FileArgument,
        everybody: EverybodyOption = False,
        rejects: RejectsOption = None,
        as_json: JsonOption = False,
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
            lambda uses: uses.import_suppressions()(EVERYBODY if everybody else uses.tenant, read)
        )
        if as_json:
            shell.data(report_data(read, report))
        else:
            _show_report(shell, file, read, report)
        if report.refused:
            raise typer.Exit(NEGATIVE)


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat suppression check sms +12025550123")
    def check(channel: ChannelArgument, address: AddressArgument, as_json: JsonOption = False) -> None:
        """Say whether, and why, an address must not be contacted; the exit status is 1 where that is so."""
        with shell.explained():
            normal = _address(shell, channel, address)
        found = shell.use(lambda uses: uses.check_suppression()(uses.tenant, channel, normal))
        if as_json:
            shell.data([suppression_data(each) for each in found])
        for each in () if as_json else found:
            shell.say(suppression_line(each))
        if found:
            raise typer.Exit(NEGATIVE)
        if not as_json:
            shell.say(f"It is not suppressed on {channel.value}.")

    @app.command("list", epilog="Example: drumbeat suppression list --channel sms --json")
    def list_(channel: ChannelOption = None, limit: LimitOption = 50, as_json: JsonOption = False) -> None:
        """List what must not be contacted: first what is for all tenants, then this one's own.

        An address whose owner was erased is shown as its hash.
        """
        found = shell.use(lambda uses: _listed(uses, channel, limit + 1))
        if as_json:
            shell.data([row_data(each) for each in found[:limit]])
        elif found:
            shell.show(suppressions_table(found[:limit]))
        else:
            shell.say("Nothing is suppressed.")
        if len(found) > limit:
            shell.warn(f"There are more than {limit}: --limit shows more of them.")


def _add_single(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat suppression add all +12025550123 --reason complained")
    def add(
        channel: ChannelsArgument,
        address: AddressArgument,
        reason: ReasonOption = REQUESTED,
        everybody: EverybodyOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Suppress an address; open enrollments that reach it end as after an opt-out."""
        fields = {"channel": channel, "address": address, "reason": reason}

        async def suppress(uses: UseCases) -> ImportReport:
            row, wrong = uses.addresses.suppression(fields)
            if row is None:
                raise Unusable("\n".join(f"The {detail}." for _, detail in wrong))
            file = SuppressionFile((row,), (), 1)
            return await uses.import_suppressions()(EVERYBODY if everybody else uses.tenant, file)

        report = shell.use(suppress)
        if as_json:
            shell.data({"added": report.added, "known": report.known})
        else:
            shell.say("It is suppressed now." if report.added else "It was suppressed before.")

    @app.command(epilog="Example: drumbeat suppression lift sms +12025550123")
    def lift(
        channel: ChannelArgument,
        address: AddressArgument,
        everybody: EverybodyOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Let an address be contacted again, whatever it was suppressed for. The person may not want that."""
        with shell.explained():
            normal = _address(shell, channel, address)
        shell.use(
            lambda uses: uses.control_suppressions().lift(
                EVERYBODY if everybody else uses.tenant, channel, normal
            )
        )
        if as_json:
            shell.data({"lifted": True})
        else:
            shell.say(f"It may be contacted on {channel.value} again.")


async def _listed(uses: UseCases, channel: Channel | None, limit: int) -> list[SuppressedAddress]:
    found: list[SuppressedAddress] = []
    after: tuple[str, str, str] | None = None
    while len(found) < limit:
        size = min(PAGE, limit - len(found))
        page = await uses.control_suppressions().page(uses.tenant, channel, after, size)
        found += page
        if len(page) < size:
            break
        after = (page[-1].suppression.tenant, page[-1].channel.value, page[-1].address)
    return found


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
