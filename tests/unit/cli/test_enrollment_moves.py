"""Sending single enrollments to a step, by hand and upon an event."""

import pytest

from tests.unit.cli.command_line import CommandLine, definition

ANN = "spring-ann"


@pytest.fixture
def ann(cli: CommandLine) -> CommandLine:
    """One contact, enrolled once in a campaign that an event leads on."""
    cli.published(definition(1, goals=[{"event": "upgraded", "then": "again"}]))
    cli.enrolled("ann", step="text")
    return cli


def test_an_enrollment_goes_to_a_step(ann: CommandLine) -> None:
    """Its run is told where."""
    said = ann("enrollment", "move", ANN, "again")

    assert (said.status, said.err) == (0, "")
    assert said.out == "The enrollment goes to again as soon as nothing is under way.\n"
    assert [(run, wanted.step) for run, wanted in ann.runs.moved] == [(ANN, "again")]


def test_scripts_get_json(ann: CommandLine) -> None:
    """And nothing else."""
    assert ann("enrollment", "move", ANN, "again", "--json").data == {"id": ANN, "step": "again"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((ANN, "agian"), "version 1 of spring has no step 'agian'; its steps are text, again\n"),
        (("nobody", "again"), "there is no enrollment nobody\n"),
    ],
)
def test_what_cannot_be_moved_is_a_sentence(ann: CommandLine, words: tuple[str, str], says: str) -> None:
    """Exit status 2."""
    said = ann("enrollment", "move", *words)

    assert (said.status, said.out, said.err) == (2, "", says)
    assert ann.runs.moved == []


def test_an_event_says_how_many_it_leads_on(ann: CommandLine) -> None:
    """Beside how many it wins; the same event counts once."""
    command = ("event", "upgraded", "--contact", "ann", "--id", "order-1")
    first, second = ann(*command), ann(*command, "--json")

    assert first.out == "upgraded wins 0 enrollments, and leads 1 enrollment to a step.\n"
    assert second.data == {"id": "order-1", "event": "upgraded", "won": 0, "moved": 0}
    assert [(wanted.step, wanted.event) for _, wanted in ann.runs.moved] == [("again", "upgraded")]


def test_an_id_that_is_drawn_is_a_part_of_the_json(ann: CommandLine) -> None:
    """So that the same event can be told again."""
    told = ann("event", "upgraded", "--contact", "ann", "--json").data

    assert told["moved"] == 1
    assert told["id"] in ann.told(ANN)[0].key


def test_a_campaign_says_where_events_lead(ann: CommandLine) -> None:
    """Whoever looks at a version sees it beside the goals."""
    said = ann("campaign", "show", "spring")

    assert "led on by: upgraded to again" in said.out
