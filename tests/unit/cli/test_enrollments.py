"""Commands on single enrollments, and on what applications tell of contacts."""

import pytest

from domain.enrollment.state import Outcome
from domain.pauses import PausePolicy
from tests.unit.cli.command_line import CommandLine, definition

ANN = "spring-ann"


@pytest.fixture
def ann(cli: CommandLine) -> CommandLine:
    """One contact, enrolled once."""
    cli.published(definition(1, goals=["purchased"]))
    cli.enrolled("ann", step="text")
    return cli


def kinds(cli: CommandLine) -> list[tuple[str, str]]:
    """What the enrollment was told."""
    return [(row.kind, row.detail) for row in cli.told(ANN)]


def test_the_ids_of_a_contact_are_found(ann: CommandLine) -> None:
    """Other commands ask for them."""
    said = ann("enrollment", "list", "--contact", "ann")

    row = next(line for line in said.out.splitlines() if ANN in line)
    assert row.split()[:4] == [ANN, "spring", "1", "text"]


def test_open_enrollments_come_as_json(ann: CommandLine) -> None:
    """With since when one is paused."""
    ann("enrollment", "pause", ANN)

    at = "2030-01-15T12:00:00+00:00"
    assert ann("enrollment", "list", "--contact", "ann", "--json").data == [
        {"id": ANN, "campaign": "spring", "version": 1, "step": "text", "enrolled_at": at, "paused_at": at}
    ]
    assert "paused since 2030-01-15 12:00 UTC" in ann("enrollment", "list", "--contact", "ann").out


def test_a_contact_without_open_enrollments_is_said(ann: CommandLine) -> None:
    """That is an answer, not a fault."""
    ann.stored(lambda tx: tx.enrollments.finish(ANN, Outcome.COMPLETED, ann.clock()))
    said = ann("enrollment", "list", "--contact", "ann")

    assert (said.status, said.out) == (0, "The contact has no open enrollment.\n")


def test_the_timeline_is_shown(ann: CommandLine) -> None:
    """With times of the clock, oldest first."""
    ann.clock.advance(hours=2)
    ann("enrollment", "pause", ANN)
    said = ann("enrollment", "show", ANN)
    data = ann("enrollment", "show", ANN, "--json").data

    assert "2030-01-15 12:00:00" in said.out
    assert [(entry["at"], entry["what"]) for entry in data] == [
        ("2030-01-15T12:00:00+00:00", "enrolled"),
        ("2030-01-15T14:00:00+00:00", "pause"),
    ]


def test_an_enrollment_is_held_and_goes_on(ann: CommandLine) -> None:
    """Its run hears of both, and of what becomes of what fell due."""
    said = [
        ann("enrollment", "pause", ANN),
        ann("enrollment", "pause", ANN),
        ann("enrollment", "resume", ANN, "--then", "catch-up"),
        ann("enrollment", "resume", ANN),
    ]

    assert [each.status for each in said] == [0, 0, 0, 0]
    assert [each.out for each in said] == [
        "The enrollment is paused.\n",
        "It was paused before, or has ended.\n",
        "The enrollment goes on.\n",
        "It was not paused, or has ended.\n",
    ]
    assert kinds(ann) == [("pause", ""), ("resume", PausePolicy.CATCH_UP.value)]


def test_an_enrollment_is_ended(ann: CommandLine) -> None:
    """Its run hears of it."""
    said = ann("enrollment", "cancel", ANN)

    assert (said.status, said.out) == (0, "The enrollment ends.\n")
    assert kinds(ann) == [("cancel", "")]


def test_what_has_ended_is_not_ended_again(ann: CommandLine) -> None:
    """And that is said."""
    ann.stored(lambda tx: tx.enrollments.finish(ANN, Outcome.COMPLETED, ann.clock()))
    said = ann("enrollment", "cancel", ANN)

    assert (said.status, said.out) == (0, "It had ended before.\n")


@pytest.mark.parametrize("command", ["show", "pause", "resume", "cancel"])
def test_an_unknown_enrollment_is_a_sentence(ann: CommandLine, command: str) -> None:
    """Exit status 2."""
    said = ann("enrollment", command, "nobody")

    assert (said.status, said.out, said.err) == (2, "", "there is no enrollment nobody\n")


def test_an_event_wins_what_it_is_a_goal_of(ann: CommandLine) -> None:
    """The same event counts once."""
    command = ("event", "purchased", "--contact", "ann", "--id", "order-1")
    first, second = ann(*command), ann(*command)

    assert (first.status, first.out) == (0, "purchased wins 1 enrollment.\n")
    assert second.out == "No open enrollment of the contact has it as a goal, or it was told before.\n"
    assert kinds(ann) == [("goal", "purchased")]


def test_an_event_without_an_id_gets_one_that_can_be_repeated(ann: CommandLine) -> None:
    """It is told first, so that it is there when the rest fails."""
    ann.database.down = True
    failed = ann("event", "purchased", "--contact", "ann")
    drawn = failed.out.strip().removeprefix("The event's id: ")
    ann.database.down = False
    again = ann("event", "purchased", "--contact", "ann", "--id", drawn)

    assert failed.status == 2
    assert again.out == "purchased wins 1 enrollment.\n"
    assert drawn in ann.told(ANN)[0].key


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Purchased!", "--contact", "ann"), "The name of an event has lower case letters"),
        (("purchased", "--contact", "nobody", "--id", "1"), "there is no contact of this external_id"),
    ],
)
def test_an_event_that_cannot_be_is_refused(ann: CommandLine, words: tuple[str, ...], says: str) -> None:
    """With what would be right."""
    said = ann("event", *words)

    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(says)
