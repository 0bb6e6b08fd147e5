"""``drumbeat drill`` and ``drumbeat bench``."""

import typer

from adapters.cli.shell import Shell
from trials.bench.command import add_bench
from trials.drill.command import add_drill


def add_trials(app: typer.Typer, shell: Shell) -> None:
    """Add the commands that put the product on trial.

    Args:
        app: the whole command line.
        shell: what they are carried out with.
    """
    add_drill(app, shell)
    add_bench(app, shell)
