"""`drumbeat drill` as it is typed: what cannot be drilled is said as a sentence, before anything starts."""

import json
from pathlib import Path

import pytest

from adapters.cli.running import UNUSABLE
from tests.unit.cli.command_line import CommandLine


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("killed_acepted",), "There is no fault 'killed_acepted'; there are worker_killed, "),
        (("silent", "--enrollments", "5000"), "There are 1199 numbers for made-up contacts"),
        (("database_locked", "--postgres"), "database_locked is drilled on a SQLite file"),
    ],
)
def test_what_cannot_be_drilled_is_a_sentence(
    cli: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    """It names what is wrong, and the status is not that of a finding."""
    said = cli("drill", *words)

    assert said.status == UNUSABLE
    assert sentence in said.err


@pytest.mark.parametrize("taken", ["1-providers", "file"])
def test_a_folder_that_cannot_be_made_is_a_sentence(cli: CommandLine, tmp_path: Path, taken: str) -> None:
    """One of a drill before is not written into: its data would be taken for this one's."""
    keep = tmp_path / "kept"
    if taken == "file":
        keep.write_text("")
    else:
        (keep / taken).mkdir(parents=True)

    said = cli("drill", "silent", "--keep", keep, "--json")

    assert said.status == UNUSABLE
    assert "1-providers: cannot be made" in said.err
    assert json.loads(said.out)["good"] is False
