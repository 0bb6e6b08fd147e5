"""Where a command meets whoever called it: what it says, in which form, and with which exit status."""

import json
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

import typer
from attrs import field, frozen
from rich.console import Console, RenderableType

from adapters.cli.running import STOPPED, UNUSABLE, Stopped, explain, run
from adapters.cli.terminal import Terminal
from adapters.cli.tools import Tools, UseCases
from application.errors import ApplicationError
from domain.errors import DomainError

_T = TypeVar("_T")

NEGATIVE = 1
"""The exit status where all went well and the answer is no."""


class Unusable(ApplicationError):
    """What was said on the command line cannot be used."""


@frozen
class Shell:
    """What commands are carried out with.

    Args:
        tools: what differs between a command line and a test of one.
        out: for what was asked for.
        errors: for everything else.
    """

    tools: Tools
    out: Console = field(factory=Terminal)
    errors: Console = field(factory=lambda: Terminal(stderr=True))

    def say(self, text: str, style: str = "") -> None:
        """Print a line as it is."""
        self.out.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print a line that is no part of the answer."""
        self.errors.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)

    def show(self, *parts: RenderableType) -> None:
        """Print tables and the like."""
        self.out.print(*parts, highlight=False)

    def data(self, value: object) -> None:
        """Print data for scripts, as JSON."""
        typer.echo(json.dumps(value, indent=2))

    def write(self, text: str, path: Path | None) -> None:
        """Print a text as it is, or write it to a file.

        Raises:
            Unusable: the file cannot be written.
        """
        if path is None:
            typer.echo(text, nl=not text.endswith("\n"))
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{path}: cannot be written: {error.strerror}") from error
        self.say(f"Written to {path}.")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say as a sentence why the block cannot be carried out, and end the command."""
        try:
            yield
        except (ApplicationError, DomainError) as error:
            explain(self.errors, error)
            raise typer.Exit(UNUSABLE) from None

    def carry_out(self, command: Coroutine[Any, Any, _T], *, despite_settings: bool = False) -> _T:
        """Carry out what waits for others, by the settings of this process; a signal ends it in order.

        Args:
            command: what to do.
            despite_settings: whether it tells itself which setting cannot be used.
        """
        try:
            with self.explained():
                with suppress(ApplicationError) if despite_settings else nullcontext():
                    self.tools.prepare()
                return run(command)
        except Stopped:
            self.warn("Stopped; nothing is left running.")
            raise typer.Exit(STOPPED) from None
        finally:
            command.close()

    def use(self, work: Callable[[UseCases], Awaitable[_T]]) -> _T:
        """Do something with the use cases of this environment."""

        async def command() -> _T:
            async with self.tools.open(os.environ) as uses:
                return await work(uses)

        return self.carry_out(command())
