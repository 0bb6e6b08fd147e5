"""`drumbeat simulate`: what a campaign would come to, before anybody is written to."""

import json
from pathlib import Path

import pytest

from adapters.cli.running import UNUSABLE
from tests.unit.cli.command_line import CommandLine

CAMPAIGN = """\
campaign: spring
version: 3
timezone: Europe/Berlin
at_end: escalate
goals: [bought]
handoff: {summary: Please call., wait: 5d}
steps:
  - key: text
    channel: sms
    wait: 1d
    message: {text: Hello.}
  - key: call
    channel: voice
    wait: 1h
    message: {text: Hello.}
    retry: {attempts: 2, first: 1h, on: [busy, no_answer]}
"""


@pytest.fixture
def campaign(cli: CommandLine) -> Path:
    return cli.file("spring.yaml", CAMPAIGN)


def test_all_that_one_wants_to_know_is_told(cli: CommandLine, campaign: Path) -> None:
    """Outcomes, messages, days, humans, the busiest hour, what it costs; and that nobody has measured it."""
    said = cli("simulate", campaign, "--enrollments", 300, "--rate", 0.01)

    assert said.status == 0
    for part in (
        "spring version 3: 300 enrollments, 30 days, simulated",
        "assumed, not measured",
        "resolved",
        "text",
        "call",
        "Mon 2030-03-04",
        "half had ended after",
        "Humans get",
        "The busiest hour begins on ",
        "At 0.01 a second they take",
        "Messages kept back or put off, by why: address",
        "Temporal actions, if no send has to be repeated:",
    ):
        assert part in said.out


def test_scripts_get_figures_that_add_up(cli: CommandLine, campaign: Path) -> None:
    """Each count in one place for all of it, and in another one for its parts."""
    data = cli("simulate", campaign, "--enrollments", 200, "--rate", 2, "--json").data

    assert (
        data["enrollments"] == 200 == data["open"] + sum(each["count"] for each in data["outcomes"].values())
    )
    assert data["messages"]["by_channel"] == data["messages"]["by_channel"] | {
        "sms": data["messages"]["by_step"]["text"],
        "voice": data["messages"]["by_step"]["call"],
    }
    assert sum(day["sms"] for day in data["days"]) == data["messages"]["by_channel"]["sms"]
    assert sum(day["handoffs"] for day in data["days"]) == data["handoffs"]["count"]
    assert data["handoffs"]["most_a_day"] == max(day["handoffs"] for day in data["days"])
    assert data["peak_hour"]["seconds_at_rate"] == data["peak_hour"]["messages"] / 2
    assert data["ended_after"]["median"] <= data["ended_after"]["p90"]
    parts = {name: count for name, count in data["temporal_actions"].items() if name != "count"}
    assert sum(parts.values()) == data["temporal_actions"]["count"]
    assert data["assumptions"]["sms.replied"] == "0.12 after 15 minutes"


def test_the_same_seed_tells_the_same(cli: CommandLine, campaign: Path) -> None:
    """To the last figure; another one does not."""
    first, again, other = (
        cli("simulate", campaign, "--enrollments", 100, "--seed", seed, "--json").out for seed in (3, 3, 4)
    )

    assert first == again != other


def test_nobody_answers_where_nobody_is_said_to(cli: CommandLine, campaign: Path) -> None:
    """What is set goes before the file, and the file before what is usual."""
    file = cli.file("people.txt", "# quiet people\n\nsms.replied = 1   # all of them\nsms.opted_out=0\n")

    def outcomes(*changes: str) -> dict[str, object]:
        said = cli("simulate", campaign, "--enrollments", 50, "--behaviour", file, *changes, "--json")
        return {name: each["count"] for name, each in said.data["outcomes"].items()}

    quiet = ("--set", "sms.replied=0", "--set", "sms.clicked=0", "--set", "voice.no_answer=1")
    reached = ("--set", "contacts.sms=1", "--set", "sms.silent=0", "--set", "sms.failed=0")
    assert outcomes(*reached, "--set", "goals.bought=1 after 1s") == {"won": 50}
    assert "completed" not in outcomes(*quiet)
    assert outcomes(*reached)["completed"] > 45  # type: ignore[operator]


def test_who_has_not_ended_is_told_of(cli: CommandLine, campaign: Path) -> None:
    """And a campaign in which nothing went out says less."""
    nobody = ("--set", "contacts.sms=0", "--set", "contacts.voice=0", "--set", "handoff.resolved=0")
    said = cli("simulate", campaign, "--enrollments", 20, "--days", 1, "--over", "1h", *nobody)
    data = cli("simulate", campaign, "--enrollments", 20, "--days", 1, "--over", "1h", *nobody, "--json").data

    assert "(open)" in said.out
    assert "100.0%" in said.out
    assert "busiest" not in said.out
    assert "had ended" not in said.out
    assert (data["open"], data["ended_after"], data["peak_hour"]) == (20, None, None)


def test_long_campaigns_sum_their_later_days_up(cli: CommandLine) -> None:
    """A fortnight is told day by day."""
    long = {
        "campaign": "long",
        "version": 1,
        "steps": [
            {"key": f"week-{week}", "channel": "sms", "wait": "3d", "message": {"text": "Hello."}}
            for week in range(20)
        ],
    }
    said = cli("simulate", cli.file("long.json", long), "--enrollments", 10, "--days", 90)

    assert " more" in said.out
    assert "Humans get" not in said.out


def test_what_is_assumed_can_be_written_to_a_file_and_read_back(cli: CommandLine, campaign: Path) -> None:
    """What was changed stands in it, too."""
    said = cli("simulate", campaign, "--assumptions", "--set", "call.busy=0.5 after 3s")
    file = cli.file("people.txt", said.out)
    changed, usual = (
        cli("simulate", campaign, "--enrollments", 50, *more, "--json").data
        for more in (("--behaviour", file), ())
    )

    assert said.status == 0
    assert "call.busy = 0.5 after 3 seconds" in said.out.splitlines()
    assert changed["assumptions"] == usual["assumptions"] | {"call.busy": "0.5 after 3 seconds"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "sms.replid=0.5"), "--set: nothing is assumed of 'sms.replid'; did you mean replied?"),
        (("--set", "sms.replied=5"), "--set: '5' is not a share from 0 to 1"),
        (("--set", "sms.replied"), "--set: an assumption needs a name and a share"),
        (("--rate", "nan"), "--rate: nan is not a number of messages"),
        (("--rate", "inf"), "--rate: inf is not a number of messages"),
        (("--start", "9999-12-31T00:00"), "--start: the year is one from 1971 to 2999"),
        (("--over", "900000d"), "--over: 900000d is longer than the 3650 days that are looked at"),
        (("--over", "soon"), "--over: 'soon' is not a duration"),
        (("--behaviour", "nowhere.txt"), "nowhere.txt: cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(
    cli: CommandLine, campaign: Path, words: tuple[str, ...], said: str
) -> None:
    """As a sentence, before anything is simulated."""
    answer = cli("simulate", campaign, *words)

    assert answer.status == UNUSABLE
    assert said in answer.err
    assert not answer.out


def test_a_wrong_line_is_told_with_its_number(cli: CommandLine, campaign: Path) -> None:
    """Comments and empty lines are lines."""
    file = cli.file("people.txt", "# people\n\nsms.replied = often\n")

    assert f"{file}:3: 'often' is not a share" in cli("simulate", campaign, "--behaviour", file).err


def test_a_wrong_campaign_is_told_with_its_line(cli: CommandLine) -> None:
    """As by `campaign validate`."""
    file = cli.file("wrong.yaml", CAMPAIGN.replace("wait: 1h", "wait: soon"))

    assert f"{file}:14:5: steps.1.wait" in cli("simulate", file).err


def test_the_json_is_one_document(cli: CommandLine, campaign: Path) -> None:
    """Nothing else is printed with it."""
    assert json.loads(cli("simulate", campaign, "--enrollments", 1, "--json").out)["enrollments"] == 1
