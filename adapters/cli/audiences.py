"""Commands on audiences: saved queries and lists of contacts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from adapters.cli.audience_words import FORM, read_tests
from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaign_views import moment
from adapters.cli.shell import NEGATIVE, Shell, Unusable
from adapters.cli.tables import new_table
from adapters.cli.tools import UseCases
from application.ports.audiences import Audience
from domain.language.audiences import read_audience
from domain.times.rfc3339 import rfc3339

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Key of an audience.")]
FileArgument = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="JSON file of what must hold: where, attributes.")
]
ListArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV file with a column external_id, of known contacts.")
]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", metavar="TEST", help=f"What must hold; all of them: {FORM}.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=0, max=1000, help="How many members to show.")]

SHOWN_UNKNOWN = 20


def audiences(shell: Shell) -> typer.Typer:
    """The group ``audience``."""
    app = typer.Typer(help="Saved queries and lists of contacts.", no_args_is_help=True)
    _add_changing(app, shell)
    _add_looking(app, shell)
    return app


def _add_changing(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat audience put new-leads --where 'plan is pro'")
    def put(
        key: KeyArgument, file: FileArgument = None, where: WhereOption = None, as_json: JsonOption = False
    ) -> None:
        """Make an audience of those of whom something holds, or change the one of this key."""
        with shell.explained():
            definition = _definition(file, where)
        kept = shell.use(lambda uses: uses.keep_audiences().define(uses.tenant, key, definition))
        if as_json:
            shell.data(_data(kept.audience))
        else:
            shell.say(f"{key} is {'made' if kept.new else 'changed'}: {_meaning(kept.audience)}.")

    @app.command("import", epilog="Example: drumbeat audience import new-leads leads.csv")
    def import_file(key: KeyArgument, file: ListArgument, as_json: JsonOption = False) -> None:
        """Make an audience of the contacts in a file, or put them in the place of those listed before.

        The exit status is 1 where some are not known; the others are listed all the same.
        """
        with shell.explained():
            names = shell.tools.read_external_ids(file)
        kept = shell.use(lambda uses: uses.keep_audiences().put_list(uses.tenant, key, names))
        lines = sorted(names[name] for name in kept.unknown)
        if as_json:
            shell.data({**_data(kept.audience), "listed": kept.listed, "unknown_lines": lines})
        else:
            shell.say(f"{key}: {kept.listed} contacts listed, {len(lines)} not known")
            for line in lines[:SHOWN_UNKNOWN]:
                shell.warn(f"{file}:{line}: no contact has this external_id")
        if lines:
            raise typer.Exit(NEGATIVE)

    @app.command(epilog="Example: drumbeat audience delete new-leads")
    def delete(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Forget an audience; no contact is touched."""
        shell.use(lambda uses: uses.keep_audiences().delete(uses.tenant, key))
        if as_json:
            shell.data({"key": key, "deleted": True})
        else:
            shell.say(f"{key} is deleted.")


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command("list", epilog="Example: drumbeat audience list --json")
    def all_audiences(as_json: JsonOption = False) -> None:
        """List the audiences and what they mean."""
        found = shell.use(lambda uses: uses.keep_audiences().page(uses.tenant, "", 1000))
        if as_json:
            shell.data([_data(each) for each in found])
            return
        table = new_table("Audiences", "key", "who", "changed")
        for each in found:
            table.add_row(each.key, escape(_meaning(each)), moment(each.updated_at))
        shell.show(table)

    @app.command(epilog="Example: drumbeat audience show new-leads --limit 5")
    def show(key: KeyArgument, limit: LimitOption = 10, as_json: JsonOption = False) -> None:
        """Show what an audience means, and the first contacts who are in it, by their external ids."""
        audience, names = shell.use(lambda uses: _looked_at(uses, key, limit))
        if as_json:
            shell.data({**_data(audience), "members": names})
            return
        shell.say(f"{key}: {_meaning(audience)}")
        for name in names:
            shell.say(f"  {name}")

    @app.command(epilog="Example: drumbeat audience count new-leads")
    def count(key: KeyArgument, as_json: JsonOption = False) -> None:
        """Say how many contacts are in an audience now."""
        found = shell.use(lambda uses: uses.keep_audiences().count(uses.tenant, key))
        if as_json:
            shell.data({"key": key, "count": found})
        else:
            shell.say(str(found))


async def _looked_at(uses: UseCases, key: str, limit: int) -> tuple[Audience, list[str]]:
    audience = await uses.keep_audiences().get(uses.tenant, key)
    members = await uses.keep_audiences().members(uses.tenant, key, "", limit)
    return audience, [each.external_id for each in members]


def _definition(file: Path | None, where: list[str] | None) -> Mapping[str, Any]:
    if (file is None) == (not where):
        raise Unusable("Name a file, or say what must hold by --where.")
    if file is None:
        try:
            return read_tests(where or [])
        except ValueError as error:
            raise Unusable(f"--where: {error}.") from None
    try:
        read = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Unusable(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{file}: is not JSON") from None
    if not isinstance(read, dict):
        raise Unusable(f"{file}: is not a JSON object with a member where")
    return read


def _meaning(audience: Audience) -> str:
    return "a list" if audience.is_list else str(read_audience(audience.definition))


def _data(audience: Audience) -> dict[str, object]:
    return {
        "key": audience.key,
        "where": audience.definition.get("where"),
        "attributes": audience.definition.get("attributes"),
        "created_at": rfc3339(audience.created_at),
        "updated_at": rfc3339(audience.updated_at),
    }
