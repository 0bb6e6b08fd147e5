"""Every command tells how it is used, by an example, and can be used by scripts; completion works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from adapters.cli.commands import make_app
from adapters.cli.running import STOPPED, UNUSABLE
from adapters.cli.shell import NEGATIVE
from bootstrap.command_line import tools
from tests.unit.cli.command_line import CommandLine
from trials.commands import add_trials

GO_ON = frozenset({"demo", "dev", "worker", "api"})
"""Commands that go on, or are a show for people: nobody parses what they print."""

PRINT_A_DOCUMENT = frozenset({"schema", "campaign graph", "contact export"})
"""Commands whose whole answer is a document: JSON Schema, Mermaid or SVG, all that is known of a contact."""


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that can be given, by the words that name it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(path), command
        return
    for name, each in below.items():
        yield from walk(each, (*path, name))


COMMANDS = dict(walk(typer.main.get_command(make_app(tools(), add_trials))))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_an_example(name: str) -> None:
    """It ends the help, and is a command that can be typed."""
    example = COMMANDS[name].epilog or ""

    assert example.startswith("Example: ")
    assert f"drumbeat {name}" in example
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - GO_ON - PRINT_A_DOCUMENT))
def test_a_command_can_answer_a_script(name: str) -> None:
    """It has --json."""
    options = [option for each in COMMANDS[name].params for option in each.opts]

    assert "--json" in options


@pytest.mark.parametrize("name", [*sorted(GO_ON | PRINT_A_DOCUMENT)])
def test_the_exceptions_are_commands(name: str) -> None:
    """A list of exceptions that names what is not there would hide what is."""
    assert name in COMMANDS


def test_the_exit_codes_are_told(cli: CommandLine) -> None:
    """All of them, below the commands."""
    said = cli("--help").out

    for code in (0, NEGATIVE, UNUSABLE, STOPPED):
        assert f" {code}: " in said


def test_completion_for_a_shell_can_be_shown(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script for the shell, which asks us for what could come next."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    said = cli("--show-completion", "bash")

    assert said.status == 0
    assert "complete_bash" in said.out
    assert "drumbeat" in said.out


def test_the_module_is_the_command() -> None:
    """`python -m adapters.cli` speaks of itself as `drumbeat`, and completes like it."""
    asked = {"_DRUMBEAT_COMPLETE": "complete_bash", "COMP_WORDS": "drumbeat doc", "COMP_CWORD": "1"}
    helped, completed = _module({}, "--help"), _module(asked)
    said, words = helped.communicate()[0], completed.communicate()[0]

    assert (helped.returncode, completed.returncode) == (0, 0)
    assert "Usage: drumbeat" in said
    assert words.split() == ["doctor"]


def _module(environ: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "adapters.cli", *words]
    return subprocess.Popen(argv, env=os.environ | environ, stdout=subprocess.PIPE, text=True)
