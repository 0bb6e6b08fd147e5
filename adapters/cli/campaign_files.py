"""Commands on campaign files: what is wrong with one, what it looks like, what a contact would get."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.previews import choose_contact, preview_data, show_previews
from adapters.cli.running import UNUSABLE
from adapters.cli.shell import Shell
from adapters.cli.tools import CampaignCheck, Finding
from application.drawing.mermaid import mermaid
from application.drawing.svg import svg

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="YAML, JSON or Python file of a campaign.")
]
FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="YAML, JSON or Python files of campaigns.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Write it to this file.")]
ContactsOption = Annotated[Path | None, typer.Option("--contacts", help="CSV file with the contact.")]
ContactOption = Annotated[str | None, typer.Option("--contact", help="The contact's external_id in it.")]
RowOption = Annotated[
    int | None, typer.Option("--row", min=1, help="The contact's row in it, from 1 below the header.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="What is known of the contact, above all else; NAME= for nothing."
    ),
]


class Drawing(StrEnum):
    """How a campaign can be drawn."""

    MERMAID = "mermaid"
    SVG = "svg"


_DRAW = {Drawing.MERMAID: mermaid, Drawing.SVG: svg}
FormatOption = Annotated[
    Drawing | None, typer.Option("--format", help="How to draw it: mermaid, unless --out names an .svg file.")
]


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add the commands that need no database.

    Args:
        app: the group ``campaign``.
        shell: what they are carried out with.
    """

    @app.command(epilog="Example: drumbeat campaign validate campaigns/*.yaml")
    def validate(files: FilesArgument, as_json: JsonOption = False) -> None:
        """Say all that is wrong with campaign files, each with its line and column.

        The exit status is 2 where there is a problem; warnings do not change it.
        """
        with shell.explained():
            checks = {path: shell.tools.check_campaign(path) for path in files}
        if as_json:
            shell.data([_check_data(path, check) for path, check in checks.items()])
        else:
            _show_checks(shell, checks)
        if any(check.problems for check in checks.values()):
            raise typer.Exit(UNUSABLE)

    @app.command(epilog="Example: drumbeat campaign graph reminder.yaml --out reminder.svg")
    def graph(file: FileArgument, drawing: FormatOption = None, out: OutOption = None) -> None:
        """Draw what can follow what in a campaign."""
        usual = Drawing.SVG if out is not None and out.suffix == ".svg" else Drawing.MERMAID
        with shell.explained():
            campaign = shell.tools.read_campaign(file).campaign
            shell.write(_DRAW[drawing or usual](campaign), out)

    @app.command(
        epilog="Example: drumbeat campaign preview reminder.yaml --contacts people.csv --contact customer-17"
    )
    def preview(
        file: FileArgument,
        contacts: ContactsOption = None,
        contact: ContactOption = None,
        row: RowOption = None,
        known: SetOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Show what a contact would get from a campaign; nothing is sent.

        Without a contact file, it is a contact who has everything, made up: drumbeat campaign preview
        reminder.yaml --set first_name=Mia --set language=de
        """
        with shell.explained():
            campaign = shell.tools.read_campaign(file).campaign
            chosen = choose_contact(shell.tools, campaign, contacts, contact, row, known or [])
            previews = shell.tools.preview()(campaign, chosen.contact)
        if as_json:
            shell.data([preview_data(each) for each in previews])
        else:
            show_previews(shell, campaign, chosen, previews)


def _check_data(path: Path, check: CampaignCheck) -> Mapping[str, object]:
    return {
        "file": str(path),
        "valid": not check.problems,
        "problems": [_finding_data(each) for each in check.problems],
        "warnings": [_finding_data(each) for each in check.warnings],
    }


def _finding_data(finding: Finding) -> Mapping[str, object]:
    return {"line": finding.line, "column": finding.column, "reason": finding.reason}


def _show_checks(shell: Shell, checks: Mapping[Path, CampaignCheck]) -> None:
    for path, check in checks.items():
        for problem in check.problems:
            shell.say(finding_line(path, problem), "red")
        for warning in check.warnings:
            shell.say(finding_line(path, warning, "warning: "), "yellow")
        if check.file is not None:
            plan = check.file.campaign.plan
            shell.say(f"{path}: {plan.campaign} version {plan.version} can be published.", "green")


def finding_line(path: Path, finding: Finding, kind: str = "") -> str:
    """A finding as compilers tell theirs: ``FILE:LINE:COLUMN: REASON``."""
    place = ":".join(str(part) for part in (path, finding.line, finding.column) if part is not None)
    return f"{place}: {kind}{finding.reason}"
