"""Commands on single enrollments, and on what applications tell of contacts."""

import pytest

from adapters.http.api.enrollment_models import EnrollmentChanged
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


def test_a_script_is_told_whether_something_changed(ann: CommandLine) -> None:
    """In the form of the API; of a pause and its end, the second time nothing does."""
    verbs = ("pause", "pause", "resume", "resume", "cancel")
    said = [ann("enrollment", verb, ANN, "--json").data for verb in verbs]

    assert said == [
        {"id": ANN, "changed": changed, "status": status, "outcome": None}
        for changed, status in (
            (True, "paused"),
            (False, "paused"),
            (True, "scheduled"),
            (False, "scheduled"),
            (True, "scheduled"),
        )
    ]
    assert EnrollmentChanged.model_validate(said[0]).model_dump(mode="json") == said[0]


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

    assert (first.status, first.out) == (
        0,
        "purchased wins 1 enrollment, and leads 0 enrollments to a step.\n",
    )
    assert second.out == "No open enrollment of the contact waits for it, or it was told before.\n"
    assert kinds(ann) == [("goal", "purchased")]


def test_an_event_without_an_id_gets_one_that_can_be_repeated(ann: CommandLine) -> None:
    """It is told first, so that it is there when the rest fails."""
    ann.database.down = True
    failed = ann("event", "purchased", "--contact", "ann")
    drawn = failed.out.strip().removeprefix("The event's id: ")
    ann.database.down = False
    again = ann("event", "purchased", "--contact", "ann", "--id", drawn)

    assert failed.status == 2
    assert again.out.startswith("purchased wins 1 enrollment,")
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
