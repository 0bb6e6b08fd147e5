"""Commands on schedules."""

import sys

import pytest

from adapters.temporal import schedules as entrypoint
from application.ports.batches import Batch
from application.ports.schedules import Firing, FiringState
from domain.schedules import Overlap
from tests.unit.cli.command_line import TENANT, CommandLine, definition

MAKE = ("schedule", "create", "leads", "--campaign", "spring", "--audience", "leads")
DAILY = (*MAKE, "--at", "09:00", "--on", "mon-fri", "--zone", "America/Chicago")


@pytest.fixture
def cli(cli: CommandLine) -> CommandLine:
    """With a campaign and an audience."""
    cli.published(definition())
    cli.stored(lambda tx: tx.audiences.put(TENANT, "leads", {}, cli.clock()))
    return cli


def test_a_schedule_is_made_and_changed(cli: CommandLine) -> None:
    """Twice the same is once; it says in words what it does."""
    made, changed = cli(*DAILY), cli(*DAILY, "--version", 1)

    assert (made.status, changed.status) == (0, 0)
    assert "The schedule leads is made." in made.out
    assert "leads: every weekday at 09:00 America/Chicago" in made.out
    assert "It enrolls the audience leads in spring, the latest version." in made.out
    assert "It fires next at Tue 2030-01-15 07:00, Tue 2030-01-15 08:00." in made.out
    assert "The schedule leads is changed." in changed.out
    assert "spring, version 1." in changed.out


def test_all_that_can_be_said(cli: CommandLine) -> None:
    """Each option reaches the schedule."""
    said = cli(
        *MAKE, "--every", "6h", "--offset", "10m", "--rate", 2.5, "--jitter", "5m", "--overlap", "buffer_one",
        "--catch-up", "2h", "--starts", "2030-03-01T00:00:00Z", "--ends", "2031-03-01T00:00:00Z",
        "--note", "Leads of the form", "--paused", "--json",
    )  # fmt: skip
    told = said.data

    assert said.status == 0
    assert told["when"] == {"every": "6 hours", "offset": "10 minutes"}
    assert (told["rate"], told["jitter"], told["overlap"]) == (2.5, "5 minutes", Overlap.BUFFER_ONE)
    assert (told["catch_up"], told["starts_at"]) == ("2 hours", "2030-03-01T00:00:00+00:00")
    assert (told["ends_at"], told["note"], told["paused"]) == (
        "2031-03-01T00:00:00+00:00",
        "Leads of the form",
        True,
    )


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "when: says nothing; say one of: cron, at (times of day) or every (an interval)"),
        (("--cron", "0 9 13 * 5"), "when.cron.0: it names days of the month and of the week"),
        (("--at", "09:00", "--days", "40"), "when.days: '40' is not a day of the month, from 1 to 31"),
        (("--every", "6h", "--rate", "0"), "schedule: the rate must be a number above 0"),
        (("--every", "6h", "--campaign", "autumn"), "there is no campaign autumn"),
        (("--every", "6h", "--audience", "nobody"), "there is no such audience"),
        (("--every", "6h", "--zone", "Mars"), "time_zone: 'Mars' is not a known time zone"),
    ],
)
def test_what_cannot_be_made(cli: CommandLine, words: tuple[str, ...], problem: str) -> None:
    """It says what is wrong; nothing is made."""
    said = cli(*MAKE, *words)

    assert (said.status, said.out) == (2, "")
    assert problem in said.err
    assert cli.schedules.kept == {}


def test_schedules_are_listed(cli: CommandLine) -> None:
    """With when they fire next."""
    nothing = cli("schedule", "list")
    cli(*DAILY)
    cli(*MAKE[:2], "odd", *MAKE[3:], "--cron", "0 9 * * 1", "--paused")
    table, told = cli("schedule", "list"), cli("schedule", "list", "--json").data

    assert nothing.out == "There is no schedule.\n"
    assert "every weekday at 09:00 America/Chicago" in table.out
    assert "Tue 2030-01-15 07:00" in table.out
    assert "cron 0 9 * * 1 UTC" in table.out
    assert "paused" in table.out
    assert [each["key"] for each in told] == ["leads", "odd"]
    assert "firings" not in told[0]


def test_a_schedule_tells_what_it_has_enrolled(cli: CommandLine) -> None:
    """Firing by firing, by the clocks of its zone; and what was left out."""
    cli(*DAILY, "--note", "Leads of the form")
    now = cli.clock()
    cli.schedules.fire(
        TENANT,
        "leads",
        Firing(now, now, "b-1", FiringState.DONE),
        Firing(now, now, "b-0", FiringState.FAILED, "there is no such audience"),
    )
    cli.stored(
        lambda tx: tx.batches.add(Batch("b-1", TENANT, "spring", 1, "audience:leads", now, enrolled=37))
    )
    cli("schedule", "pause", "leads", "--because", "The form is being rebuilt.")
    said, told = cli("schedule", "describe", "leads"), cli("schedule", "describe", "leads", "--json").data

    for words in (
        "Leads of the form",
        "It is paused: The form is being rebuilt.",
        "Tue 2030-01-15 06:00",
        "37",
        "failed",
        "there is no such audience",
    ):
        assert words in said.out
    assert [each["enrolled"] for each in told["firings"]] == [37, None]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("trigger",), "The schedule leads fires."),
        (("pause",), "The schedule leads is paused."),
        (("unpause",), "The schedule leads goes on."),
        (("delete",), "The schedule leads is deleted."),
        (
            ("backfill", "--from", "2029-03-01T00:00:00Z", "--to", "2029-03-02T00:00:00Z"),
            "The schedule leads fires for the times past.",
        ),
    ],
)
def test_a_schedule_is_steered(cli: CommandLine, words: tuple[str, ...], says: str) -> None:
    """One that is there; for another one it says so."""
    verb, *rest = words
    unknown = cli("schedule", verb, "leads", *rest)
    cli(*DAILY)
    said = cli("schedule", verb, "leads", *rest)
    cli(*DAILY)
    told = cli("schedule", verb, "leads", *rest, "--json").data

    assert (unknown.status, "there is no schedule 'leads'" in unknown.err) == (2, True)
    assert (said.status, said.out) == (0, f"{says}\n")
    assert told["key"] == "leads"


def test_the_module_is_the_same_group(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m adapters.temporal.schedules` has what ``drumbeat schedule`` has."""
    monkeypatch.setattr(sys, "argv", ["schedules.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        entrypoint.main()
    said = capsys.readouterr().out

    assert ended.value.code == 0
    assert "python -m adapters.temporal.schedules" in said
    for command in ("create", "list", "describe", "trigger", "pause", "unpause", "delete", "backfill"):
        assert f" {command} " in said
