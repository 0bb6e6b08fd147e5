"""``drumbeat doctor`` and ``drumbeat stuck``: what an engineer on call asks first."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.shell import NEGATIVE, Shell
from adapters.cli.tables import new_table
from application.check_system import Diagnosis
from application.find_stuck import Stuck


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``doctor`` and ``stuck``.

    Args:
        app: the whole command line.
        shell: what they are carried out with.
    """

    @app.command(epilog="Example: drumbeat doctor --json")
    def doctor(as_json: JsonOption = False) -> None:
        """Look at settings, database, Temporal, queues and clocks; each line is ok, or says what to do.

        The exit status is 1 where there is something to mend.
        """
        found = shell.carry_out(shell.tools.doctor(os.environ), despite_settings=True)
        if as_json:
            shell.data([_diagnosis_data(each) for each in found])
        else:
            _show_diagnoses(shell, found)
        if not all(each.ok for each in found):
            raise typer.Exit(NEGATIVE)

    @app.command(epilog="Example: drumbeat stuck --json")
    def stuck(as_json: JsonOption = False) -> None:
        """List what goes on for longer than it should: overdue enrollments, sends in doubt, and so on.

        How long that is, the settings say (DRUMBEAT_STUCK_...). The exit status is 1 where there is anything.
        """
        found = shell.use(lambda uses: uses.find_stuck()(uses.tenant))
        if as_json:
            shell.data([_stuck_data(each) for each in found])
        else:
            _show_stuck(shell, found)
        if any(each.count for each in found):
            raise typer.Exit(NEGATIVE)


def _show_diagnoses(shell: Shell, found: Sequence[Diagnosis]) -> None:
    width = max((len(each.check) for each in found), default=0)
    for each in found:
        word, style = ("ok  ", "") if each.ok else ("MEND", "red")
        shell.say(f"{word}  {each.check:{width}}  {each.says}", style)
        if each.remedy:
            shell.say(f"      {'':{width}}  -> {each.remedy}")
    wrong = sum(not each.ok for each in found)
    shell.say("All is well." if not wrong else f"{wrong} of {len(found)} to mend.")


def _diagnosis_data(diagnosis: Diagnosis) -> Mapping[str, object]:
    return {
        "check": diagnosis.check,
        "ok": diagnosis.ok,
        "says": diagnosis.says,
        "remedy": diagnosis.remedy or None,
    }


def _show_stuck(shell: Shell, found: Sequence[Stuck]) -> None:
    there = [each for each in found if each.oldest is not None]
    if not there:
        shell.say("Nothing is stuck.")
        return
    table = new_table("Stuck", "what", "count", "oldest", "ids")
    for each in there:
        what, ids = each.kind.value.replace("_", " "), "\n".join(each.ids)
        table.add_row(what, str(each.count), _age(each.oldest or timedelta(0)), escape(ids))
    shell.show(table)


def _age(age: timedelta) -> str:
    hours, seconds = divmod(int(age.total_seconds()), 3600)
    return f"{hours} h {seconds // 60} min" if hours else f"{seconds // 60} min"


def _stuck_data(stuck: Stuck) -> Mapping[str, object]:
    return {
        "kind": stuck.kind.value,
        "count": stuck.count,
        "oldest_seconds": None if stuck.oldest is None else stuck.oldest.total_seconds(),
        "ids": list(stuck.ids),
    }
