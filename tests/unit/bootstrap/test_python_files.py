"""Campaigns in Python where a campaign file is asked for."""

from pathlib import Path

import pytest

from adapters.files.errors import FileProblem
from bootstrap.files import read_campaign
from tests.unit.language.files import PYTHON, YAML


def test_reads_either_form(tmp_path: Path) -> None:
    """The name of the file says which form it has; what comes of it is the same."""
    python, yaml = tmp_path / "campaign.py", tmp_path / "campaign.yaml"
    python.write_text(PYTHON, "utf-8")
    yaml.write_text(YAML, "utf-8")

    assert read_campaign(python) == read_campaign(yaml)


def test_checks_templates_of_either_form(tmp_path: Path) -> None:
    """A template that cannot be rendered is a fault of its line in a Python file, too."""
    python = tmp_path / "campaign.py"
    python.write_text(PYTHON.replace("Good day", "Good {{ day"), "utf-8")

    with pytest.raises(FileProblem) as problem:
        read_campaign(python)
    line = PYTHON[: PYTHON.index("Good day")].count("\n") + 1

    assert [fault.line for fault in problem.value.faults] == [line]
