"""``drumbeat bench``."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Annotated, cast

import typer

from adapters.cli.shell import NEGATIVE, Shell, Unusable
from trials.bench.report import Bench, Options, Section, as_data, tables

SECTIONS: dict[str, str] = {
    "decide": "trials.bench.decide:measure",
    "simulate": "trials.bench.simulate:measure",
    "enrollments": "trials.bench.enrollments:measure",
    "shapes": "trials.bench.shapes:measure",
    "webhooks": "trials.bench.webhooks.section:measure",
    "memory": "trials.bench.memory:measure",
    "rows": "trials.bench.rows:measure",
    "sizes": "trials.bench.sizes:measure",
    "store": "trials.bench.store:measure",
    "start": "trials.bench.start:measure",
    "capacity": "trials.bench.capacity:measure",
}
"""The benchmarks in the order in which they are run, each with the place of its `Bench`, as MODULE:NAME."""


def add_bench(app: typer.Typer, shell: Shell) -> None:
    """Add ``bench``.

    Args:
        app: the whole command line.
        shell: what it is carried out with.
    """
    which = typer.Argument(metavar="[SECTION]...", help=f"Of {', '.join(SECTIONS)}; or all.")

    @app.command(epilog="Example: drumbeat bench decide webhooks --json")
    def bench(
        names: Annotated[list[str] | None, which] = None,
        quick: Annotated[bool, typer.Option("--quick", help="Less work: not to be believed.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Figures for scripts.")] = False,
    ) -> None:
        """Measure what the product costs, as ratios in one run; on servers of its own, gone afterwards."""
        with shell.explained():
            chosen = _chosen(names)
        found = shell.carry_out(_all_measured(chosen, quick=quick, shell=shell))
        if json:
            shell.data(as_data(found))
        else:
            for _, section in found:
                shell.show("", *tables([section]))
                for note in section.notes:
                    shell.say(f"  {note}", style="dim")
        if not all(section.holds for _, section in found):
            shell.warn("A figure misses its bound.")
            raise typer.Exit(NEGATIVE)


def _chosen(names: list[str] | None) -> list[str]:
    for name in names or ():
        if name not in SECTIONS:
            raise Unusable(f"There is no benchmark {name!r}; there are {', '.join(SECTIONS)}.")
    return list(dict.fromkeys(names or SECTIONS))


async def _all_measured(names: list[str], *, quick: bool, shell: Shell) -> list[tuple[str, Section]]:
    return [(name, await _measured(name, quick=quick, shell=shell)) for name in names]


async def _measured(name: str, *, quick: bool, shell: Shell) -> Section:
    module, _, attribute = SECTIONS[name].partition(":")
    bench = cast("Bench", getattr(import_module(module), attribute))

    def say(line: str) -> None:
        shell.errors.print(line, style="dim", highlight=False, markup=False)

    say(f"{name} ...")
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder:
        return await bench(Options(Path(folder), quick, lambda line: say(f"  {line}")))
