"""Commands on contacts: storing them, looking them up, exporting and erasing one."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from attrs import evolve

from adapters.cli import contact_views as views
from adapters.cli.campaign_files import JsonOption
from adapters.cli.contact_files import add_import
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tools import UseCases
from application.keep_contacts import KeptContact
from application.ports.addresses import Addresses
from application.ports.consents import Consent
from application.ports.contacts import ContactSearch
from domain.attributes import CONTACT_FIELDS
from domain.contact import ConsentWord, Contact, NewContact
from domain.statuses import Channel

NameArgument = Annotated[str, typer.Argument(metavar="EXTERNAL_ID", help="Your own id for the contact.")]
ChannelArgument = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="sms, email or voice.")]
PhoneOption = Annotated[str | None, typer.Option("--phone", help="Phone number with its country code.")]
EmailOption = Annotated[str | None, typer.Option("--email", help="E-mail address.")]
CountryOption = Annotated[
    str | None, typer.Option("--country", help="Where a national number is: two letters, like US.")
]
ZoneOption = Annotated[
    str | None, typer.Option("--timezone", help="Where they are: an IANA name, like America/Chicago.")
]
AttributeOption = Annotated[
    list[str] | None, typer.Option("--attribute", help="NAME=VALUE; may be given again.")
]
SearchOption = Annotated[
    str | None, typer.Option("--search", help="What external id, phone or e-mail address begins with.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]
AfterOption = Annotated[str, typer.Option("--after", help="The id of the last one of the list before.")]
GivenOption = Annotated[bool, typer.Option("--given/--withdrawn", help="Whether they agree to it.")]
SourceOption = Annotated[str, typer.Option("--source", help="Where they have said so.")]
AtOption = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When, in UTC; now unless given."),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", help="Where to write it; to the terminal unless given.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def contacts(shell: Shell) -> typer.Typer:
    """The group ``contact``."""
    app = typer.Typer(help="People who can be reached.", no_args_is_help=True)
    _add_keeping(app, shell)
    add_import(app, shell)
    _add_looking(app, shell)
    _add_leaving(app, shell)
    return app


def _add_keeping(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog='Example: drumbeat contact upsert customer-17 --phone "+1 202 555 0123"')
    def upsert(
        external_id: NameArgument,
        phone: PhoneOption = None,
        email: EmailOption = None,
        country: CountryOption = None,
        timezone: ZoneOption = None,
        attribute: AttributeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Store a contact; of one that is known, all details are replaced."""
        fields = {
            "external_id": external_id.strip(),
            "phone": phone,
            "country": country,
            "email": email,
            "timezone": timezone,
        }
        filled = {name: text for name, text in fields.items() if text}
        with shell.explained():
            attributes = _attributes(attribute or ())

        async def keep(uses: UseCases) -> KeptContact:
            contact = _read(uses.addresses, filled)
            whole = evolve(contact, attributes={**contact.attributes, **attributes})
            [kept] = await uses.keep_contacts()(uses.tenant, [whole])
            return kept

        kept = shell.use(keep)
        if as_json:
            shell.data(views.kept_data(kept))
        else:
            shell.say("The contact is new." if kept.is_new else "The contact has the new details.")

    @app.command(
        epilog="Example: drumbeat contact consent customer-17 sms --source 'sign-up form' --at 2026-03-01"
    )
    def consent(
        external_id: NameArgument,
        channel: ChannelArgument,
        source: SourceOption,
        given: GivenOption = True,
        at: AtOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Note what a contact has said of a channel; the same word again changes nothing."""
        word = ConsentWord(channel, given, source, None if at is None else at.replace(tzinfo=UTC))
        said = shell.use(lambda uses: uses.keep_contacts().consent(uses.tenant, external_id, word))
        if as_json:
            shell.data(views.consent_data(said))
        else:
            shell.say(f"Noted: consent to {channel.value} is {'given' if given else 'taken back'}.")


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat contact show customer-17 --json")
    def show(external_id: NameArgument, as_json: JsonOption = False) -> None:
        """Show a contact with what they have said of channels."""

        async def look(uses: UseCases) -> tuple[Contact, list[Consent]]:
            contact = await uses.find_contacts().one(uses.tenant, external_id)
            return contact, await uses.find_contacts().consents(uses.tenant, external_id)

        contact, said = shell.use(look)
        if as_json:
            shell.data(
                {**views.contact_data(contact), "consents": [views.consent_data(each) for each in said]}
            )
            return
        shell.show(views.contact_table(contact))
        if said:
            shell.show(views.consents_table(said))

    @app.command("list", epilog="Example: drumbeat contact list --search +1202")
    def list_(
        search: SearchOption = None,
        phone: PhoneOption = None,
        email: EmailOption = None,
        limit: LimitOption = 50,
        after: AfterOption = "",
        as_json: JsonOption = False,
    ) -> None:
        """List contacts, or those that fit; the exit status is 1 where nobody does."""

        async def look(uses: UseCases) -> list[Contact]:
            wanted = ContactSearch(
                phone=_address(uses.addresses, Channel.SMS, phone),
                email=_address(uses.addresses, Channel.EMAIL, email),
                prefix=search or None,
            )
            return await uses.find_contacts()(uses.tenant, wanted, after, limit)

        found = shell.use(look)
        if as_json:
            shell.data([views.contact_data(each) for each in found])
        elif found:
            shell.show(views.contacts_table(found))
        else:
            shell.say("There is no such contact.")
        if len(found) == limit:
            shell.warn(f"There may be more: --after {found[-1].id}")
        if not found:
            raise typer.Exit(NEGATIVE)


def _add_leaving(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat contact export customer-17 --output customer-17.json")
    def export(external_id: NameArgument, output: OutputOption = None) -> None:
        """Give out everything that is held on a contact, as JSON.

        Of the providers' callbacks it has what tells of the person's enrollments.
        """
        document = shell.use(lambda uses: uses.export_contact()(uses.tenant, external_id))
        with shell.explained():
            shell.write(json.dumps(document, indent=2) + "\n", output)

    @app.command(epilog="Example: drumbeat contact erase customer-17 --yes")
    def erase(external_id: NameArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
        """Take everything personal out of the database, for good; nobody writes to the contact again.

        Open enrollments end as cancelled; counts stay. Cases at desks must be deleted there: they are named.
        """
        with shell.explained():
            if not yes:
                _confirm(shell)
        erasure = shell.use(lambda uses: uses.erase_contact()(uses.tenant, external_id))
        if as_json:
            shell.data(views.erasure_data(erasure))
            return
        shell.show(views.erasure_table(erasure))
        for ticket in erasure.tickets:
            shell.say(f"Delete it at the desk, too: {ticket.desk} {ticket.ref}")


def _confirm(shell: Shell) -> None:
    if not shell.tools.asks:
        raise Unusable("To erase cannot be taken back: say --yes, since nobody is here to be asked.")
    if not typer.confirm("Erase this contact for good?", err=True):
        raise typer.Exit(NEGATIVE)


def _attributes(texts: Iterable[str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise Unusable(f"--attribute {name}: write it as NAME=VALUE.")
        if name in CONTACT_FIELDS:
            raise Unusable(
                f"--attribute {name}: that is no attribute; there is an option or argument for it."
            )
        attributes[name] = value
    return attributes


def _read(addresses: Addresses, fields: dict[str, str]) -> NewContact:
    contact, wrong = addresses.contact(fields)
    if contact is None:
        raise Unusable("\n".join(f"{detail[:1].upper()}{detail[1:]}." for _, detail in wrong))
    return contact


def _address(addresses: Addresses, channel: Channel, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return addresses.address(channel, text)
    except ValueError as error:
        option = "--email" if channel is Channel.EMAIL else "--phone"
        raise Unusable(f"{option} {error}.") from None
