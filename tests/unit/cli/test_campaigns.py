"""Commands on published campaigns: list, show, diff, pause, resume."""

import pytest

from domain.enrollment.turn import HANDOFF
from domain.pauses import Pause, PausePolicy
from domain.times.rfc3339 import rfc3339
from tests.unit.cli.command_line import TENANT, CommandLine, definition


@pytest.fixture
def spring(cli: CommandLine) -> CommandLine:
    """Two versions of one campaign; two enrollments on the first, one on the second."""
    cli.published(definition(1))
    cli.published(definition(2, "text", "mail", goals=["purchased"], attributes=["first_name"]))
    cli.enrolled("ann", step="again")
    cli.enrolled("bob", step=HANDOFF)
    cli.enrolled("cem", version=2)
    return cli


def pauses(cli: CommandLine) -> list[Pause]:
    """All pauses of the campaign."""
    return cli.stored(lambda tx: tx.campaigns.pauses(TENANT, "spring"))


def test_an_empty_list_is_said(cli: CommandLine) -> None:
    """In words for people, as an empty list for scripts."""
    assert cli("campaign", "list").out == "No campaign is published.\n"
    assert cli("campaign", "list", "--json").data == []


def test_campaigns_are_listed_with_their_versions(spring: CommandLine) -> None:
    """One row each, with how many are in flight and whether it is paused."""
    spring("campaign", "pause", "spring", "--then", "catch-up", "--rate", "2.5")
    said = spring("campaign", "list")

    row = next(line for line in said.out.splitlines() if line.split()[:1] == ["spring"])
    assert said.status == 0
    assert row.split()[1:3] == ["1,", "2"]
    assert "2030-01-15 12:00 UTC" in row
    assert "paused since 2030-01-15 12:00 UTC (catch-up, 2.5 a second)" in row


def test_the_list_comes_as_json(spring: CommandLine) -> None:
    """Each version with its own figures."""
    [campaign] = spring("campaign", "list", "--json").data

    at = "2030-01-15T12:00:00.000000Z"
    assert campaign == {
        "campaign": "spring",
        "versions": [
            {"version": 1, "published_at": at, "in_flight": 2},
            {"version": 2, "published_at": at, "in_flight": 1},
        ],
        "paused": None,
    }


def test_the_latest_version_is_shown(spring: CommandLine) -> None:
    """Its steps in words, and who is at which; those who have not left the first step are at it."""
    said = spring("campaign", "show", "spring")

    lines = said.out.splitlines()
    steps = {line.split()[0]: line.split()[-1] for line in lines if line.split()[:1] in (["text"], ["mail"])}
    assert said.status == 0
    assert lines[0] == "spring version 2, published 2030-01-15 12:00 UTC"
    assert "contacts have: first_name (text)" in lines
    assert "won by: purchased" in lines
    assert steps == {"text": "1", "mail": "0"}


def test_an_older_version_is_shown_with_its_own_enrollments(spring: CommandLine) -> None:
    """Whom a person has is at no step."""
    spring("campaign", "pause", "spring")
    said = spring("campaign", "show", "spring", "--version", 1)

    assert "It is paused since 2030-01-15 12:00 UTC (freeze)." in said.out
    assert "With a person: 1." in said.out


def test_a_version_comes_as_json_with_its_definition(spring: CommandLine) -> None:
    """As it was published."""
    spring("campaign", "pause", "spring", "--then", "catch-up")
    data = spring("campaign", "show", "spring", "--version", 1, "--json").data

    assert data["definition"] == definition(1)
    assert data["in_flight"] == {"again": 1, HANDOFF: 1}
    assert data["paused"] == {"since": "2030-01-15T12:00:00.000000Z", "then": "catch-up", "rate": 1.0}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("show", "summer"), "there is no campaign summer"),
        (("show", "spring", "--version", 9), "there is no version 9 of campaign spring"),
        (("diff", "spring", 1, 9), "there is no version 9 of campaign spring"),
        (("pause", "summer"), "there is no campaign summer"),
        (("resume", "summer"), "there is no campaign summer"),
    ],
)
def test_what_is_not_there_is_a_sentence(spring: CommandLine, command: tuple[object, ...], says: str) -> None:
    """Exit status 2, nothing on the standard output."""
    said = spring("campaign", *command)

    assert (said.status, said.out, said.err) == (2, "", f"{says}\n")


def test_versions_are_compared_in_words(spring: CommandLine) -> None:
    """A sentence for each difference."""
    said = spring("campaign", "diff", "spring", 1, 2)

    assert said.status == 0
    assert "step again is gone" in said.out.splitlines()
    assert "goal purchased is new" in said.out.splitlines()


def test_files_are_compared_as_versions_are(spring: CommandLine) -> None:
    """Before anything is published; as JSON it is a list of sentences."""
    old = spring.file("old.json", definition(1))
    new = spring.file("new.json", definition(1, "text", "again", at_end="escalate"))
    said = spring("campaign", "diff", old, new, "--json")

    assert said.data == ["after the last step: a person instead of the exit"]


@pytest.mark.parametrize(("new", "status"), [(1, 0), (2, 1)])
def test_differences_can_be_an_exit_status(spring: CommandLine, new: int, status: int) -> None:
    """As of diff, for scripts."""
    said = spring("campaign", "diff", "spring", 1, new, "--exit-code")

    assert said.status == status
    assert ("There is no difference." in said.out) is (status == 0)


@pytest.mark.parametrize("words", [("spring",), ("spring", "1", "two"), ("a", "1", "2", "3")])
def test_other_words_are_refused(spring: CommandLine, words: tuple[str, ...]) -> None:
    """With what would be right."""
    said = spring("campaign", "diff", *words)

    assert said.status == 2
    assert "two of its versions" in said.err


@pytest.mark.parametrize(
    ("options", "policy", "rate"),
    [
        ((), PausePolicy.FREEZE, 1.0),
        (("--then", "expire"), PausePolicy.EXPIRE, 1.0),
        (("--then", "catch-up"), PausePolicy.CATCH_UP, 1.0),
        (("--then", "catch-up", "--rate", "0.5"), PausePolicy.CATCH_UP, 0.5),
    ],
)
def test_a_campaign_is_paused(
    spring: CommandLine, options: tuple[str, ...], policy: PausePolicy, rate: float
) -> None:
    """With what becomes of what falls due meanwhile."""
    said = spring("campaign", "pause", "spring", *options)

    [pause] = pauses(spring)
    assert said.status == 0
    assert (pause.policy, pause.rate, pause.resumed_at) == (policy, rate, None)


def test_a_pause_stays_as_it_is(spring: CommandLine) -> None:
    """A second one is told so, and is no fault."""
    spring("campaign", "pause", "spring")
    said = spring("campaign", "pause", "spring", "--then", "expire")

    assert (said.status, said.out) == (0, "spring was paused before, and stays as it was.\n")
    assert [pause.policy for pause in pauses(spring)] == [PausePolicy.FREEZE]


@pytest.mark.parametrize("options", [("--rate", "2"), ("--then", "catch-up", "--rate", "0"), ("--then", "x")])
def test_a_pause_that_cannot_be_is_refused(spring: CommandLine, options: tuple[str, ...]) -> None:
    """A rate goes with catching up, and is more than nothing."""
    said = spring("campaign", "pause", "spring", *options)

    assert said.status == 2
    assert pauses(spring) == []


def test_a_campaign_goes_on(spring: CommandLine) -> None:
    """Once; then it is not paused any more."""
    spring("campaign", "pause", "spring")
    spring.clock.advance(hours=1)
    first, second = spring("campaign", "resume", "spring"), spring("campaign", "resume", "spring")

    assert (first.out, second.out) == ("spring goes on.\n", "spring was not paused.\n")
    assert [pause.resumed_at for pause in pauses(spring)] == [spring.clock()]


def test_a_script_holds_a_campaign_and_lets_it_go_on(spring: CommandLine) -> None:
    """It is told whether that has changed anything, and which pause goes on."""
    said = [
        spring("campaign", verb, "spring", "--json").data for verb in ("pause", "pause", "resume", "resume")
    ]
    paused = rfc3339(spring.clock())

    assert said[:2] == [
        {
            "campaign": "spring",
            "changed": changed,
            "paused": {"since": paused, "then": "freeze", "rate": 1.0},
        }
        for changed in (True, False)
    ]
    assert said[2:] == [
        {"campaign": "spring", "changed": changed, "paused": None} for changed in (True, False)
    ]


def test_a_database_that_is_down_is_a_sentence(spring: CommandLine) -> None:
    """Every command that needs it ends so."""
    spring.database.down = True
    said = spring("campaign", "list")

    assert (said.status, said.out) == (2, "")
    assert said.err.count("\n") == 1
