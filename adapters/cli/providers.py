"""Commands on who carries messages and takes handoffs: whether they would, and one message to see it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tables import new_table
from adapters.cli.tools import UseCases
from application.check_providers import ProviderCheck
from application.ports.checks import Finding
from application.ports.messaging import Content
from application.send_test import SendOutcome, SentTest
from domain.statuses import Channel

NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Providers and desks; all in use if none.")
]
ChannelArgument = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="sms, email or voice.")]
ToOption = Annotated[str, typer.Option("--to", help="E-mail address, or phone number with its country code.")]
ProviderOption = Annotated[
    str | None, typer.Option("--provider", help="Who carries it; the first of the channel if not said.")
]
TextOption = Annotated[str, typer.Option("--text", help="What to send or say.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Send it without being asked.")]

TEXT = "This is a test message from Drumbeat. Nothing needs to be done."
SUBJECT = "Test message from Drumbeat"

_WORDS = {
    Finding.OK: ("ok", "green"),
    Finding.CANNOT_BE_CHECKED: ("cannot be checked", "yellow"),
    Finding.WRONG_CREDENTIALS: ("wrong credentials", "red"),
    Finding.CANNOT_SEND: ("cannot send", "red"),
    Finding.NOT_REACHABLE: ("not reachable", "red"),
    Finding.NOT_CONFIGURED: ("not configured", "red"),
}


def providers(shell: Shell) -> typer.Typer:
    """The group ``provider``."""
    app = typer.Typer(help="Who carries messages and takes handoffs.", no_args_is_help=True)

    @app.command(epilog="Example: drumbeat provider check twilio slack")
    def check(names: NamesArgument = None, as_json: JsonOption = False) -> None:
        """Ask providers and desks in use whether they take our credentials; nothing is sent.

        The exit status is 1 where one is not ok. What cannot be checked does not change it.
        """
        found = shell.use(lambda uses: uses.check_providers()(names or ()))
        if as_json:
            shell.data([_check_data(each) for each in found])
        else:
            _show_checks(shell, found)
        if not all(each.checked.finding.good for each in found):
            raise typer.Exit(NEGATIVE)

    @app.command("send-test", epilog="Example: drumbeat provider send-test sms --to +12025550123")
    def send_test(
        channel: ChannelArgument,
        to: ToOption,
        provider: ProviderOption = None,
        text: TextOption = TEXT,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Send one real message, outside of all campaigns, to an address that is not suppressed.

        The exit status is 1 where it was not taken.
        """
        with shell.explained():
            address = _address(shell, channel, to)
            _refuse_unasked(shell, yes=yes, as_json=as_json)
        if not yes:
            _confirm(shell, channel, address, provider)
        content = Content(text, SUBJECT if channel is Channel.EMAIL else None)
        sent = shell.use(lambda uses: uses.send_test()(uses.tenant, channel, address, content, provider))
        if as_json:
            shell.data(_sent_data(sent, channel))
        else:
            _show_sent(shell, sent)
        if sent.outcome is not SendOutcome.TAKEN:
            raise typer.Exit(NEGATIVE)

    return app


def _address(shell: Shell, channel: Channel, text: str) -> str:
    try:
        return shell.tools.read_address(channel, text)
    except ValueError as error:
        raise Unusable(f"The address {error}.") from None


def _refuse_unasked(shell: Shell, *, yes: bool, as_json: bool) -> None:
    """Nothing is sent that nobody has agreed to."""
    if not yes and (as_json or not shell.tools.asks):
        raise Unusable("This sends a real message: say --yes where nobody can be asked. Nothing was sent.")


def _confirm(shell: Shell, channel: Channel, address: str, provider: str | None) -> None:
    async def carrier(uses: UseCases) -> str:
        return uses.send_test().carrier(channel, provider)

    name = shell.use(carrier)
    if not typer.confirm(f"Send a real message by {name} on {channel.value} to {address}?"):
        shell.say("Nothing was sent.")
        raise typer.Exit(NEGATIVE)


def _show_checks(shell: Shell, found: Sequence[ProviderCheck]) -> None:
    table = new_table("Providers and desks", "provider", "for", "", "what was found, and what to do")
    for each in found:
        word, style = _WORDS[each.checked.finding]
        said = " ".join(part for part in (each.checked.says, each.checked.remedy) if part)
        table.add_row(escape(each.provider), each.role, f"[{style}]{word}[/]", escape(said))
    shell.show(table)


def _show_sent(shell: Shell, sent: SentTest) -> None:
    match sent.outcome:
        case SendOutcome.TAKEN:
            shell.say(f"{sent.provider} has taken it as {sent.ref}; its key is {sent.key}.")
        case SendOutcome.UNKNOWN:
            shell.say(f"It may or may not have been sent ({sent.reason}); its key is {sent.key}.")
        case SendOutcome.NOT_TAKEN:
            shell.say(f"Nothing was sent: {sent.reason}.")
            shell.say(f"`drumbeat provider check {sent.provider}` may say why.")
        case SendOutcome.REFUSED:
            shell.say(f"Nothing was sent: {sent.provider} refuses it ({sent.reason}).")
        case SendOutcome.SUPPRESSED:
            shell.say(f"Nothing was sent: {sent.reason}. `drumbeat suppression check` says why.")


def _check_data(each: ProviderCheck) -> Mapping[str, object]:
    return {
        "provider": each.provider,
        "for": each.role,
        "ok": each.checked.finding.good,
        "finding": each.checked.finding.value,
        "says": each.checked.says,
        "remedy": each.checked.remedy,
    }


def _sent_data(sent: SentTest, channel: Channel) -> Mapping[str, object]:
    return {
        "provider": sent.provider,
        "channel": channel.value,
        "outcome": sent.outcome.value,
        "key": sent.key,
        "ref": sent.ref,
        "reason": sent.reason,
    }
