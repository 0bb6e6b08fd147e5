"""``drumbeat db``: forwards, and back with what that loses."""

from pathlib import Path

import pytest

from adapters.cli.shell import NEGATIVE
from adapters.db import migrate
from tests.unit.cli.command_line import CommandLine


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database that is up to date."""
    folder = tmp_path_factory.mktemp("db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRUMBEAT_DATABASE_URL", f"sqlite:///{folder}/a.db")
        assert CommandLine(folder)("db", "upgrade").status == 0
    return (folder / "a.db").read_bytes()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: bytes) -> CommandLine:
    """A command line with that database."""
    (tmp_path / "drumbeat.db").write_bytes(migrated)
    monkeypatch.setenv("DRUMBEAT_DATABASE_URL", f"sqlite:///{tmp_path}/drumbeat.db")
    return CommandLine(tmp_path)


def test_a_database_that_is_up_to_date(cli: CommandLine) -> None:
    """`upgrade` and `check` say so, to people and to scripts."""
    assert cli("db", "upgrade").out == "The database is up to date.\n"
    assert cli("db", "check").out == "The database answers and is up to date.\n"
    assert cli("db", "check", "--json").data == {"up_to_date": True}


def test_going_back_asks_and_says_what_is_lost(cli: CommandLine) -> None:
    """Nothing happens unless it is said; then the database is at the earlier revision."""
    refused = cli("db", "downgrade", "0003", typed="n\n")
    still = cli("db", "check")
    done = cli("db", "downgrade", "0003", typed="y\n")

    assert (refused.status, still.status, done.status) == (NEGATIVE, 0, 0)
    assert "This loses API keys, batches and audiences" in refused.err
    assert "consents" not in refused.err, "what the revision itself holds stays"
    assert "The database is at 0003." in done.out
    assert cli("db", "check").status == 2
    assert cli("db", "upgrade").status == 0


def test_a_script_says_yes_and_is_told_what_was_lost(cli: CommandLine) -> None:
    """The latest migration comes first."""
    told = cli("db", "downgrade", "0002", "--yes", "--json").data

    assert told["revision"] == "0002"
    assert [each.split(",")[0] for each in told["lost"]] == [
        "nothing that is not found again when the database is brought up to date",
        "API keys",
        "consents",
    ]


def test_nobody_is_there_to_be_asked(cli: CommandLine) -> None:
    """Then it must be said beforehand."""
    said = cli("db", "downgrade", "base")

    assert said.status == 2
    assert "give --yes" in said.err
    assert cli("db", "check").status == 0


@pytest.mark.parametrize("revision", ["9999", "nonsense"])
def test_a_revision_that_is_not_below(cli: CommandLine, revision: str) -> None:
    """Those that there are, are named."""
    said = cli("db", "downgrade", revision, "--yes")

    assert said.status == 2
    assert f"it can go back to 0004, 0003, 0002, 0001, base, and not to {revision}" in said.err


def test_the_revision_that_it_has_is_not_below(cli: CommandLine) -> None:
    """Going back to where it is would do nothing."""
    assert cli("db", "downgrade", str(migrate.head()), "--yes").status == 2


def test_an_empty_database_has_nothing_to_lose(cli: CommandLine) -> None:
    """From base there is no way back."""
    cli("db", "downgrade", "base", "--yes")
    said = cli("db", "downgrade", "0001", "--yes")

    assert "the database is at base" in said.err
