"""Commands on the keys of the HTTP API."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaign_views import moment
from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from application.ports.api_keys import ApiKey
from domain.access import Scope
from domain.times.rfc3339 import rfc3339

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What you call it.")]
IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id, its part between the underscores.")
]
ScopeOption = Annotated[
    list[Scope], typer.Option("--scope", help="What it may be used for; each allows what is before it.")
]
TenantOption = Annotated[
    str | None, typer.Option("--tenant", help="Whose data it opens; DRUMBEAT_TENANT unless given.")
]
_READ = [Scope.READ]


def keys(shell: Shell) -> typer.Typer:
    """The group ``keys``."""
    app = typer.Typer(
        help="Keys to the HTTP API. None is valid before it is created here.", no_args_is_help=True
    )

    @app.command(epilog="Example: drumbeat keys create web-shop --scope write")
    def create(
        name: NameArgument,
        scope: ScopeOption = _READ,
        tenant: TenantOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make a key and print it, once: only its hash is kept."""
        made = shell.use(lambda uses: uses.control_api_keys().create(tenant or uses.tenant, name, scope))
        if as_json:
            shell.data({**_data(made.key), "key": made.text})
            return
        shell.say(made.text)
        shell.warn("Keep it in a safe place: it is not shown again.")

    @app.command("list", epilog="Example: drumbeat keys list --json")
    def list_(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
        """List the keys of a tenant, also those that were revoked; the keys themselves nobody has."""
        found = shell.use(lambda uses: uses.control_api_keys().list(tenant or uses.tenant))
        if as_json:
            shell.data([_data(each) for each in found])
        elif found:
            _show(shell, found)
        else:
            shell.say("There is no key; `drumbeat keys create` makes one.")

    @app.command(epilog="Example: drumbeat keys revoke 5f0c9d0e8f3e5b0a")
    def revoke(key_id: IdArgument, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
        """Make a key worthless, from the next request on; again does no harm."""
        key = shell.use(lambda uses: uses.control_api_keys().revoke(tenant or uses.tenant, key_id))
        if as_json:
            shell.data(_data(key))
        elif key.revoked_at is not None:
            shell.say(f"The key {key.id} ({key.name}) is revoked since {moment(key.revoked_at)}.")

    return app


def _show(shell: Shell, found: Sequence[ApiKey]) -> None:
    table = new_table("Keys to the HTTP API", "id", "name", "scopes", "created", "")
    for each in found:
        table.add_row(
            each.id,
            escape(each.name),
            ", ".join(_scopes(each)),
            moment(each.created_at),
            "" if each.revoked_at is None else f"revoked since {moment(each.revoked_at)}",
        )
    shell.show(table)


def _data(key: ApiKey) -> Mapping[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "tenant": key.tenant,
        "scopes": _scopes(key),
        "created_at": rfc3339(key.created_at),
        "revoked_at": None if key.revoked_at is None else rfc3339(key.revoked_at),
    }


def _scopes(key: ApiKey) -> list[str]:
    return [scope.value for scope in Scope if scope in key.scopes]
