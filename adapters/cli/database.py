"""``drumbeat db``: the tables, forwards and back."""

import os
from typing import Annotated

import typer

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell, Unusable

RevisionArgument = Annotated[
    str, typer.Argument(metavar="REVISION", help="An earlier revision, such as 0003, or base for no tables.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without being asked.")]


def database(shell: Shell) -> typer.Typer:
    """The group ``db``."""
    app = typer.Typer(help="The database.", no_args_is_help=True)
    _add_forwards(app, shell)
    _add_back(app, shell)
    return app


def _add_forwards(app: typer.Typer, shell: Shell) -> None:
    @app.command("upgrade", epilog="Example: DRUMBEAT_DATABASE_URL=sqlite:///drumbeat.db drumbeat db upgrade")
    def upgrade(as_json: JsonOption = False) -> None:
        """Bring the database of DRUMBEAT_DATABASE_URL up to date; safe to run again."""
        shell.carry_out(shell.tools.migrate(os.environ))
        _say(shell, "The database is up to date.", as_json=as_json, up_to_date=True)

    @app.command("check", epilog="Example: drumbeat db check")
    def check(as_json: JsonOption = False) -> None:
        """Say whether the database of DRUMBEAT_DATABASE_URL answers and is up to date."""
        shell.carry_out(shell.tools.check(os.environ))
        _say(shell, "The database answers and is up to date.", as_json=as_json, up_to_date=True)


def _add_back(app: typer.Typer, shell: Shell) -> None:
    @app.command("downgrade", epilog="Example: drumbeat db downgrade 0003")
    def downgrade(revision: RevisionArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
        """Take the database of DRUMBEAT_DATABASE_URL back to what an earlier version of drumbeat needs.

        It says what is lost, and asks. End all workers and the HTTP app before.
        """
        lost = shell.carry_out(shell.tools.losses(os.environ, revision))
        if not yes:
            for each in lost:
                shell.warn(f"This loses {each}.")
            _confirm(shell, revision)
        shell.carry_out(shell.tools.downgrade(os.environ, revision))
        _say(shell, f"The database is at {revision}.", as_json=as_json, revision=revision, lost=lost)


def _confirm(shell: Shell, revision: str) -> None:
    with shell.explained():
        if not shell.tools.asks:
            raise Unusable("Nobody is there to be asked: give --yes to do it all the same.")
    if not typer.confirm(f"Take the database back to {revision}?", err=True):
        shell.warn("Nothing was changed.")
        raise typer.Exit(NEGATIVE)


def _say(shell: Shell, sentence: str, *, as_json: bool, **data: object) -> None:
    if as_json:
        shell.data(data)
    else:
        shell.say(sentence)
