"""Commands on handoffs."""

import pytest

from application.ports.handoffs import Handoff
from tests.unit.cli.command_line import CommandLine, definition


@pytest.fixture
def key(cli: CommandLine) -> str:
    """The id of a handoff."""
    cli.published(definition() | {"handoff": {"summary": "Please call {{who}}"}})
    return handed_over(cli, "ann")


def handed_over(cli: CommandLine, who: str) -> str:
    """Store an enrollment whose case a human has; returns the handoff's id."""
    enrollment = cli.enrolled(who)
    made = Handoff(f"{enrollment}:handoff", enrollment, "text", "unanswered", cli.clock(), "slack", "C1:2")
    cli.stored(lambda tx: tx.handoffs.add(made))
    return made.key


def test_handoffs_are_listed(cli: CommandLine, key: str) -> None:
    """Those that are asked for, without what they are about."""
    other = handed_over(cli, "bob")
    cli("handoff", "claim", other, "--by", "anna")
    table, told = cli("handoff", "list"), cli("handoff", "list", "--json").data
    claimed = cli("handoff", "list", "--state", "claimed", "--campaign", "spring", "--json").data
    nothing = cli("handoff", "list", "--contact", "eve")

    assert key in table.out
    assert "claimed by anna" in table.out
    assert "Please call" not in table.out
    assert [each["id"] for each in told] == [key, other]
    assert [each["claimed_by"] for each in claimed] == ["anna"]
    assert nothing.out == "No handoff is like that.\n"


def test_a_handoff_is_shown_with_its_summary(cli: CommandLine, key: str) -> None:
    """For the human who takes it over."""
    said, told = cli("handoff", "show", key), cli("handoff", "show", key, "--json").data

    assert said.out.splitlines() == [
        f"{key}: open",
        "spring gave up at text (unanswered) for ann, 2030-01-15 12:00 UTC.",
        "Please call ann",
    ]
    assert (told["summary"], told["state"], told["ref"]) == ("Please call ann", "open", "C1:2")


def test_a_handoff_is_taken_passed_on_and_closed(cli: CommandLine, key: str) -> None:
    """Each time it says how it stands now."""
    said = [
        cli("handoff", "claim", key, "--by", "anna"),
        cli("handoff", "reassign", key, "--to", "ben", "--by", "anna"),
        cli("handoff", "release", key),
        cli("handoff", "resolve", key, "--by", "anna", "--note", "has called back"),
    ]
    again = cli("handoff", "resolve", key, "--json")

    assert [each.out.splitlines()[0] for each in said] == [
        f"{key}: claimed by anna",
        f"{key}: claimed by ben",
        f"{key}: open",
        f"{key}: resolved 2030-01-15 12:00 UTC",
    ]
    assert again.data["resolved_at"] == "2030-01-15T12:00:00.000000Z"
    assert cli.runs.resolved == [key.removesuffix(":handoff")]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("claim", "nobody:handoff", "--by", "anna"), "there is no such handoff"),
        (("claim", "spring-ann:handoff", "--by", "ben"), "the handoff is claimed by anna"),
        (("reassign", "spring-ann:handoff", "--to", ""), "a person is named by one line"),
    ],
)
def test_what_cannot_be_done(cli: CommandLine, key: str, words: tuple[str, ...], problem: str) -> None:
    """It says why."""
    cli("handoff", "claim", key, "--by", "anna")
    said = cli("handoff", *words)

    assert (said.status, said.out) == (2, "")
    assert problem in said.err
