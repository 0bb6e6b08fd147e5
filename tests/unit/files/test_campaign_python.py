"""Campaigns from Python files, and where their faults are."""

import json
from pathlib import Path

import pytest

from adapters.files.campaign_python import MAX_BYTES, load_python_campaign
from adapters.files.campaign_yaml import load_campaign
from adapters.files.errors import FileProblem
from tests.unit.language.files import PYTHON, YAML

GOOD = """\
from drumbeat import Campaign, Message, Sms

HOW_LONG = "1h"
TEXT = Message(text="Hello")

campaign = Campaign(
    campaign="hello",
    version=1,
    steps=[
        Sms(key="text", wait=HOW_LONG, message=TEXT, on={"delivered": "complete"}),
    ],
)
"""

NONE = (
    "there is no Campaign at module level; write: from drumbeat import Campaign, and campaign = Campaign(...)"
)
TWO = """\
from drumbeat import Campaign
one, two = (Campaign(campaign=each, version=1, steps=[]) for each in ("one", "two"))
"""
LOOP = """\
from drumbeat import Campaign
for campaign in [Campaign(campaign="hello", version=0, steps=[])]:
    pass
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campaign.py"


def faults(path: Path, content: str) -> list[str]:
    """What is wrong with a file of this content, as LINE:COLUMN: REASON."""
    path.write_text(content, "utf-8")
    with pytest.raises(FileProblem) as problem:
        load_python_campaign(path)
    return [str(fault) for fault in problem.value.faults]


def test_reads_the_same_as_from_yaml(path: Path) -> None:
    """Both forms of one campaign give one definition and one campaign."""
    path.write_text(PYTHON, "utf-8")
    yaml = path.with_suffix(".yaml")
    yaml.write_text(YAML, "utf-8")

    assert load_python_campaign(path) == load_campaign(yaml)


def test_gives_plain_data(path: Path) -> None:
    """The definition can be stored as JSON."""
    path.write_text(GOOD, "utf-8")
    definition, campaign = load_python_campaign(path)

    assert json.loads(json.dumps(definition)) == definition
    assert campaign.plan.campaign == "hello"


def test_takes_a_campaign_by_any_name(path: Path) -> None:
    """The same campaign may have two names; a program's own part is not run."""
    path.write_text(f"{GOOD}\nagain = campaign\nif __name__ == '__main__':\n    raise SystemExit\n", "utf-8")
    definition, _ = load_python_campaign(path)

    assert definition["campaign"] == "hello"


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("version=1", "version=0", "8:5: version: must be from 1"),
        ('"complete"', '"finish"', "10:58: steps.0.on.delivered: 'finish' is neither"),
        ('HOW_LONG = "1h"', 'HOW_LONG = "1x"', "10:25: steps.0.wait: 'x' is not a unit of time"),
        ('text="Hello"', 'text=""', "4:16: steps.0.message.text: every step needs a text"),
        (
            'Message(text="Hello")',
            'Message(text="Gr\u00fc\u00df", subject="no")',
            "10:40: steps.0.message: a step",
        ),
        (
            "message=TEXT",
            'message=Message(text="Gr\u00fc\u00dfe"), on_unknown="?"',
            "10:71: steps.0.on_unknown: ",
        ),
        ("    version=1,\n", "    **{'version': 0},\n", "6:12: version: must be"),
    ],
)
def test_says_where_a_value_stands(path: Path, right: str, wrong: str, fault: str) -> None:
    """A problem of the definition has the line and column of the value, or of what is around it."""
    assert faults(path, GOOD.replace(right, wrong))[0].startswith(fault)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("campaign = Campaign(\n", "1:20: is not valid Python: '(' was never closed"),
        ("x = 1\ny = x / 0\n", "2: stops with ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit('no')\n", "2: stops with SystemExit: no"),
        ("def make():\n    raise ValueError('a\\nb')\n\nmake()\n", "2: stops with ValueError: a b"),
        ("raise ValueError('x' * 1000)\n", f"1: stops with ValueError: {'x' * 188}..."),
        ("import nowhere_at_all\n", "1: stops with ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (
            "from drumbeat import Sms\n\nSms(key='text')\n",
            "3: stops with TypeError: Sms.__init__() missing 1 required keyword-only argument: 'wait'",
        ),
        ("from drumbeat import Campaign\n", NONE),
        (TWO, "there are 2 campaigns: one, two; keep one to a file"),
    ],
    ids=str,
)
def test_says_what_is_wrong_with_the_program(path: Path, content: str, fault: str) -> None:
    """What stops the program is told with its line, in one sentence."""
    assert faults(path, content) == [fault]


def test_says_that_a_campaign_refers_to_itself(path: Path) -> None:
    """Data without an end is a fault of the file, too."""
    content = f"{GOOD}\ncampaign.steps.append(campaign.steps)\n"

    assert faults(path, content)[0].startswith("stops with RecursionError")


def test_does_without_places_where_the_campaign_is_not_written_out(path: Path) -> None:
    """Of a campaign that the file assigns in another way, problems are told by their paths alone."""
    assert set(faults(path, LOOP)) == {
        "version: must be from 1 to 2147483647",
        "steps: there must be at least one step",
    }


@pytest.mark.parametrize("steps", ["[*[], Sms(key='A', wait='1h')]", "make()", "[] + make()"])
def test_points_near_what_is_computed(path: Path, steps: str) -> None:
    """What is not written out is pointed at as a whole."""
    content = (
        "from drumbeat import Campaign, Message, Sms\n"
        "def make():\n"
        "    return [Sms(key='A', wait='1h', message=Message(text='Hello'))]\n"
        "campaign: Campaign = Campaign(\n"
        "    campaign='hello', version=1,\n"
        f"    steps={steps},\n"
        ")\n"
    )

    assert faults(path, content)[0].startswith("6:5: steps.0.")


def test_refuses_what_is_no_program_of_a_campaign(path: Path) -> None:
    """A file that is too large, or nested without an end, is not run."""
    assert faults(path, "#" * (MAX_BYTES + 1)) == ["is larger than 256 KiB"]
    assert faults(path, "x = " + "-" * 200_000 + "1") == ["is nested too deeply"]


def test_what_a_campaign_prints_is_no_output_of_the_command(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A drawing or JSON that is written to a file stays one."""
    path.write_text(GOOD + "print(campaign.campaign)\n", "utf-8")

    load_python_campaign(path)

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\n")
