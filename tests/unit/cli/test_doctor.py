"""What an engineer on call asks first: `doctor` and `stuck`."""

from collections.abc import Mapping

from application.check_system import Diagnosis
from application.ports.attempts import Attempt
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.cli.command_line import CommandLine, definition

WELL = Diagnosis("database", ok=True, says="the database file x answers in 0.1 ms")
WRONG = Diagnosis(
    "queue sms", ok=False, says="no worker has asked for work", remedy="start one: drumbeat worker"
)


def finding(cli: CommandLine, *found: Diagnosis) -> None:
    async def doctor(_: Mapping[str, str]) -> list[Diagnosis]:
        return list(found)

    cli.tools = {"doctor": doctor}


def test_all_is_well(cli: CommandLine) -> None:
    """A line for each thing, and the status 0."""
    finding(cli, WELL)
    said = cli("doctor")

    assert said.status == 0
    assert said.out.splitlines() == ["ok    database  the database file x answers in 0.1 ms", "All is well."]


def test_something_is_to_mend(cli: CommandLine) -> None:
    """Its line has the remedy, and the status is 1."""
    finding(cli, WELL, WRONG)
    said = cli("doctor")

    assert said.status == 1
    assert said.out.splitlines()[1:] == [
        "MEND  queue sms  no worker has asked for work",
        "                 -> start one: drumbeat worker",
        "1 of 2 to mend.",
    ]


def test_a_script_reads_the_same(cli: CommandLine) -> None:
    """As JSON, with the same status."""
    finding(cli, WRONG)
    said = cli("doctor", "--json")

    assert said.status == 1
    assert said.data == [
        {
            "check": "queue sms",
            "ok": False,
            "says": "no worker has asked for work",
            "remedy": "start one: drumbeat worker",
        }
    ]


def test_nothing_is_stuck(cli: CommandLine) -> None:
    """It says so, and the status is 0."""
    said = cli("stuck")

    assert (said.status, said.out) == (0, "Nothing is stuck.\n")
    assert {each["count"] for each in cli("stuck", "--json").data} == {0}


def test_something_is_stuck(cli: CommandLine) -> None:
    """What, how many, for how long and which; the status is 1."""
    cli.published(definition())
    key = AttemptKey(cli.enrolled(), "text", 1)
    attempt = Attempt(key, Channel.SMS, "twilio", AttemptState.CLAIMED, cli.clock())
    cli.stored(lambda tx: tx.attempts.claim(attempt))
    cli.clock.advance(hours=2, minutes=5)
    said, data = cli("stuck"), cli("stuck", "--json")

    assert (said.status, data.status) == (1, 1)
    assert "send in doubt" in said.out
    assert "2 h 5 min" in said.out
    assert str(key) in said.out
    [found] = [each for each in data.data if each["count"]]
    assert found == {"kind": "send_in_doubt", "count": 1, "oldest_seconds": 7500.0, "ids": [str(key)]}
