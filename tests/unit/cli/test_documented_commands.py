"""The commands that docs/campaigns.md and README.md name for campaigns, run as they are written."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

ROOT = Path(__file__).parents[3]
LINE = re.compile(r"^(?:\$ )?drumbeat (.+)$", re.MULTILINE)

REMINDER = """
campaign: reminder
version: 1
steps:
  - key: text
    channel: sms
    wait: 1d
    message: {text: Hello.}
  - key: call
    channel: voice
    wait: 1d
    message: {text: Hello.}
"""
PEOPLE = "external_id,phone\nada,+4915112345678\nbob,+4915112345679\n"


def _commands() -> list[str]:
    page = (ROOT / "docs" / "campaigns.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [*LINE.findall(page), *(line for line in LINE.findall(readme) if line.startswith("campaign"))]
    return [line.split(">")[0] for line in found]


def test_documented_commands_do_what_they_say(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one ends well on a campaign and people as they are named there; only the id is a placeholder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", "examples")
    (tmp_path / "reminder.yaml").write_text(REMINDER, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    commands = _commands()
    said = {line: cli(*shlex.split(line, comments=True), typed="y\n") for line in commands}
    wrong = {line: answer.err for line, answer in said.items() if answer.status}

    assert len(commands) > 10
    assert list(wrong) == ["enrollment pause ENROLLMENT_ID"]
    assert "there is no enrollment" in wrong["enrollment pause ENROLLMENT_ID"]
