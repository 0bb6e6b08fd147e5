"""What the command line is wired to."""

import os
from pathlib import Path

import pytest
from attrs import fields
from structlog.testing import capture_logs

from adapters.cli.tools import UseCases
from bootstrap.command_line import _temporal_as_in, tools

ONE_EACH = {"tenant", "addresses"}
"""What is no use case."""


@pytest.fixture(autouse=True)
def _exported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example.com:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "mine")


def seen() -> dict[str, str]:
    """What Temporal's client reads."""
    return {name: value for name, value in os.environ.items() if name.startswith("TEMPORAL_")}


def test_temporal_is_the_one_that_the_user_has_named() -> None:
    """A command is given the environment of its own process: nothing of it is lost."""
    before = seen()
    _temporal_as_in(os.environ)

    assert seen() == before
    assert len(before) == 2


def test_an_environment_of_its_own_hides_what_the_user_has_exported() -> None:
    """The system that `drumbeat dev` starts must not reach another Temporal."""
    _temporal_as_in({"TEMPORAL_ADDRESS": "127.0.0.1:1", "DRUMBEAT_TENANT": "acme"})

    assert seen() == {"TEMPORAL_ADDRESS": "127.0.0.1:1"}


async def test_a_command_makes_only_what_it_uses(tmp_path: Path) -> None:
    """Without settings of providers nobody is told of them who does not send; each use case can be made."""
    environ = {"DRUMBEAT_DATABASE_URL": f"sqlite:///{tmp_path / 'drumbeat.db'}"}
    with capture_logs() as quiet:
        async with tools().open(environ) as uses:
            uses.find_stuck()
    with capture_logs() as told:
        async with tools().open(environ) as uses:
            made = [getattr(uses, each.name) for each in fields(UseCases) if each.name not in ONE_EACH]
            kinds = {type(make()) for make in made}

    assert quiet == []
    assert len(kinds) == len(made)
    assert {line["event"] for line in told} == {"provider.unconfigured"}
