"""`drumbeat replay`: what it asks, what it says, and with which status it ends."""

from datetime import timedelta
from pathlib import Path

import pytest

from application.errors import RunsUnavailable
from application.ports.replay import Replayed, Report, Sampled, Verdict, Wanted
from tests.fakes.replay import FakeReplayGate
from tests.unit.cli.command_line import CommandLine

WELL = Replayed(Verdict.REPLAYS, "campaign", "enrollment:1", "run-1")
IDLE = Replayed(Verdict.NOTHING, "campaign", "enrollment:2", "run-2", says="no worker has begun with it")
OTHER = Replayed(
    Verdict.DIFFERS, "campaign", "enrollment:3", "run-3", 12, "the code orders something else than event 12"
)
TORN = Replayed(Verdict.UNREADABLE, says="the file holds no history", file=Path("torn.json"))


def telling(cli: CommandLine, *replayed: Replayed, sampled: tuple[Sampled, ...] = ()) -> FakeReplayGate:
    gate = FakeReplayGate(Report(replayed, sampled))
    cli.tools = {"replay": lambda _: gate}
    return gate


def test_all_replay(cli: CommandLine) -> None:
    """The status is 0; those that hold nothing are counted apart, and how many there are is told."""
    sampled = Sampled("campaign", is_open=True, there=5000, picked=2)
    others = Sampled("", is_open=False, there=0, picked=0)
    telling(cli, WELL, IDLE, sampled=(sampled, others))
    said = cli("replay", "--from-server")

    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "Of 2 histories 1 replay, 1 hold nothing to replay."
    assert ["campaign", "open", "5000", "2"] in [line.split() for line in said.out.splitlines()]
    assert "others on our queue" not in said.out


def test_one_differs(cli: CommandLine) -> None:
    """Its run is named, with what to do; the status is 1, whatever else cannot be read."""
    telling(cli, WELL, OTHER, TORN)
    said = cli("replay", "histories")

    assert said.status == 1
    assert "enrollment:3 (run run-3): the code orders something else than event 12" in said.out
    assert "torn.json: the file holds no history" in said.out
    assert "Of 3 histories 1 replay, 1 differ, 1 cannot be read." in said.out
    assert "workflow.patched" in said.out
    assert "docs/operations.md, Upgrades" in said.out


def test_very_many_differ(cli: CommandLine) -> None:
    """They are the same story: some are shown, the number of the others is told, and --json has them all."""
    telling(cli, *[OTHER] * 50)
    said = cli("replay", "--from-server")

    assert said.out.count("enrollment:3") == 20
    assert "... and 30 more, which --json tells." in said.out
    assert len(cli("replay", "--from-server", "--json").data["histories"]) == 50


def test_something_cannot_be_read(cli: CommandLine) -> None:
    """It might have differed: the status is 2."""
    telling(cli, WELL, TORN)
    said = cli("replay", "torn.json")

    assert said.status == 2
    assert "workflow.patched" not in said.out


def test_nothing_is_there(cli: CommandLine) -> None:
    """A namespace may be new: that is told in plain words. Of files that were named it is a mistake."""
    telling(cli)
    files = cli("replay", "empty")
    telling(cli, sampled=(Sampled("campaign", is_open=True, there=0, picked=0),))
    server = cli("replay", "--from-server")

    assert (server.status, server.out) == (0, "Nothing was replayed: there are no such runs.\n")
    assert (files.status, files.out) == (2, "Nothing was replayed: there are no histories in these files.\n")


def test_the_server_does_not_answer(cli: CommandLine) -> None:
    """In one sentence, with status 2."""
    telling(cli).failure = RunsUnavailable("Temporal does not answer at nowhere:1")
    said = cli("replay", "--from-server")

    assert (said.status, said.out, said.err) == (2, "", "Temporal does not answer at nowhere:1\n")


def test_a_script_reads_the_same(cli: CommandLine) -> None:
    """As JSON, with the same status."""
    telling(cli, OTHER, TORN, sampled=(Sampled("", is_open=True, there=3, picked=1),))
    said = cli("replay", "--from-server", "--json")

    assert said.status == 1
    assert said.data == {
        "counts": {"replays": 0, "nothing_to_replay": 0, "differs": 1, "unreadable": 1},
        "runs": [{"workflow": None, "state": "open", "there": 3, "looked_at": 1}],
        "histories": [
            {
                "verdict": "differs",
                "workflow": "campaign",
                "workflow_id": "enrollment:3",
                "run_id": "run-3",
                "event": 12,
                "says": "the code orders something else than event 12",
                "file": None,
            },
            {
                "verdict": "unreadable",
                "workflow": None,
                "workflow_id": None,
                "run_id": None,
                "event": None,
                "says": "the file holds no history",
                "file": "torn.json",
            },
        ],
    }


def test_what_is_asked(cli: CommandLine) -> None:
    """A week and two hundred of each unless said otherwise."""
    gate = telling(cli, WELL)
    cli("replay", "--from-server")
    cli("replay", "--from-server", "--recent", "2d", "--limit", 9, "--query", "x = 1", "--save", "folder")
    cli("replay", "one.json", "folder")

    assert gate.wanted == [
        Wanted(timedelta(days=7), 200),
        Wanted(timedelta(days=2), 9, "x = 1", Path("folder")),
    ]
    assert gate.paths == [[Path("one.json"), Path("folder")]]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name files or folders with histories, or say --from-server"),
        (("one.json", "--from-server"), "name files or folders with histories, or say --from-server"),
        (("one.json", "--save", "folder"), "--query, --save, --recent and --limit go with --from-server"),
        (("one.json", "--recent", "1d"), "--query, --save, --recent and --limit go with --from-server"),
        (("--from-server", "--recent", "soon"), "--recent: 'soon' is not a duration"),
    ],
)
def test_what_does_not_go_together(cli: CommandLine, words: tuple[str, ...], says: str) -> None:
    """It is told before anything is asked."""
    gate = telling(cli, WELL)
    said = cli("replay", *words)

    assert said.status == 2
    assert said.err.startswith(says)
    assert (gate.wanted, gate.paths) == ([], [])
