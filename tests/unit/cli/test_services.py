"""``drumbeat worker`` and ``drumbeat api`` become the process that they start."""

import sys
from collections.abc import Mapping, Sequence

import pytest

from tests.unit.cli.command_line import CommandLine

Became = list[tuple[Sequence[str], Mapping[str, str]]]


@pytest.fixture
def became(cli: CommandLine) -> Became:
    """What the command line has become, instead of becoming it."""
    taken: Became = []
    cli.tools = {"become": lambda argv, environ: taken.append((argv, environ))}
    return taken


@pytest.mark.parametrize(
    ("words", "module", "changed"),
    [
        (["worker"], "adapters.temporal.worker", {}),
        (
            ["worker", "--queues", "campaigns,sms"],
            "adapters.temporal.worker",
            {"DRUMBEAT_WORKER_QUEUES": "campaigns,sms"},
        ),
        (["api"], "adapters.http.server", {}),
        (["api", "--port", "8080"], "adapters.http.server", {"DRUMBEAT_HTTP_PORT": "8080"}),
    ],
)
def test_a_part_takes_the_place_of_the_command(
    cli: CommandLine,
    became: Became,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    module: str,
    changed: dict[str, str],
) -> None:
    """Its entrypoint, by this interpreter and environment, so that signals reach it; options are settings."""
    monkeypatch.setenv("DRUMBEAT_TENANT", "acme")
    said = cli(*words)

    [(argv, environ)] = became
    assert said.status == 0
    assert list(argv) == [sys.executable, "-P", "-m", module]
    assert environ["DRUMBEAT_TENANT"] == "acme"
    assert changed.items() <= environ.items()
