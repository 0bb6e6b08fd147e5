"""``drumbeat enroll`` and ``drumbeat batch``."""

import pytest
from attrs import evolve

from application.ports.batches import Batch
from domain.batches import BatchState
from tests.unit.cli.command_line import CommandLine, definition

PEOPLE = "phone,plan\n+12025550123,pro\n+12025550124,free\n12,pro\n"


@pytest.fixture
def campaign(cli: CommandLine) -> CommandLine:
    """A command line with a published campaign."""
    cli.published(definition())
    return cli


def batch_of(cli: CommandLine) -> Batch:
    """The one batch."""
    [batch] = cli.database.state.batches.values()
    return batch


def test_a_file_is_enrolled(campaign: CommandLine) -> None:
    """Rows that are refused are told with their lines, and by the exit status."""
    file = campaign.file("people.csv", PEOPLE)
    said = campaign("enroll", "spring", file, "--rate", "5")

    batch = batch_of(campaign)
    assert said.status == 1
    assert f"Batch {batch.id}: spring version 1, starting" in said.out
    assert "0 of 2 enrollments are started; the rest follows." in said.out
    assert f"drumbeat batch show {batch.id}" in said.out
    assert said.err.startswith(f"{file}:4: phone has no known country code")
    assert (batch.enrolled, batch.rejected, batch.rate) == (2, 1, 5.0)
    assert campaign.batch_runs.started == [batch]


def test_the_same_file_again_enrolls_nobody(campaign: CommandLine) -> None:
    """Which is no failure."""
    file = campaign.file("people.jsonl", '{"phone": "+12025550123"}\n')
    first, second = campaign("enroll", "spring", file, "--json"), campaign("enroll", "spring", file, "--json")

    assert (first.status, second.status) == (0, 0)
    assert (first.data["enrolled"], first.data["source"]) == (1, "jsonl")
    assert (second.data["enrolled"], second.data["already"], second.data["state"]) == (0, 1, "done")


def test_a_dry_run_stores_nothing(campaign: CommandLine) -> None:
    """It tells what is wrong, to people and to scripts."""
    file = campaign.file("people.csv", PEOPLE)
    said = campaign("enroll", "spring", file, "--dry-run")
    data = campaign("enroll", "spring", file, "--dry-run", "--json")

    assert said.status == data.status == 1
    assert said.out == f"{file}: 3 rows read, 1 refused; nothing is stored.\n"
    assert data.data["problems"][0]["line"] == 4
    assert campaign.database.state.batches == {}


def test_refused_rows_are_written(campaign: CommandLine) -> None:
    """As a file to put right; very many are cut short in the terminal."""
    file = campaign.file("people.csv", PEOPLE + "13,x\n" * 30)
    rejects = campaign.folder / "rejects.csv"
    said = campaign("enroll", "spring", file, "--rejects", rejects)

    assert len(rejects.read_text("utf-8-sig").splitlines()) == 32
    assert said.err.splitlines()[-1] == "... and more; --rejects writes all of them to a file."
    assert len(said.err.splitlines()) == 21


def test_the_input_is_enrolled(campaign: CommandLine) -> None:
    """Where a dash stands for the file."""
    said = campaign("enroll", "spring", "-", typed=PEOPLE)

    assert said.status == 1
    assert batch_of(campaign).enrolled == 2


def test_following_waits_for_the_end(campaign: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until every run is started, or was refused."""
    monkeypatch.setattr("adapters.cli.enroll.LOOK_EVERY", 0)
    start = campaign.batch_runs.start

    async def started(batch: Batch) -> None:
        await start(batch)
        rows: dict[str, Batch] = campaign.database.state.batches
        rows[batch.id] = evolve(batch, state=BatchState.DONE, started=1, finished_at=campaign.clock())

    campaign.batch_runs.start = started  # type: ignore[method-assign] # the fake does its work at once
    file = campaign.file("people.csv", "phone\n+12025550123\n")
    said = campaign("enroll", "spring", file, "--follow")

    assert said.status == 0
    assert "It is done: 1 enrollments are started." in said.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Name a file, or an audience by --audience."),
        (["people.csv", "--audience", "x"], "Name a file, or an audience by --audience."),
        (["--audience", "x", "--dry-run"], "--dry-run and --rejects go with a file"),
        (["people.csv", "--rejects", "./people.csv"], "--rejects names the file itself"),
        (["nobody.csv"], "nobody.csv: there is no such file"),
        (["--audience", "x"], "there is no such audience"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(campaign: CommandLine, words: list[str], says: str) -> None:
    """Exit status 2."""
    said = campaign("enroll", "spring", *words)

    assert said.status == 2
    assert says in said.err


def test_an_audience_is_enrolled(campaign: CommandLine) -> None:
    """By the batch's run."""
    campaign("audience", "put", "pros", "--where", "plan is pro")
    said = campaign("enroll", "spring", "--audience", "pros", "--json")

    assert (said.status, said.data["source"], said.data["state"]) == (0, "audience:pros", "storing")
    assert campaign.batch_runs.started == [batch_of(campaign)]


def test_one_that_breaks_off_says_what_is_stored(campaign: CommandLine) -> None:
    """And what to do."""
    file = campaign.file("people.csv", PEOPLE)
    campaign.batch_runs.start = broken  # type: ignore[method-assign] # it fails as nobody has foreseen
    with pytest.raises(ZeroDivisionError):
        campaign("enroll", "spring", file)

    assert batch_of(campaign).enrolled == 2


async def broken(batch: Batch) -> None:
    """Fail."""
    raise ZeroDivisionError


def test_batches_are_listed_shown_and_called_off(campaign: CommandLine) -> None:
    """For people and for scripts."""
    nothing = campaign("batch", "list")
    file = campaign.file("people.csv", PEOPLE)
    batch_id = campaign("enroll", "spring", file, "--json").data["id"]
    listed, data = campaign("batch", "list"), campaign("batch", "list", "--json")
    shown, one = campaign("batch", "show", batch_id), campaign("batch", "show", batch_id, "--json")
    cancelled = campaign("batch", "cancel", batch_id)
    again = campaign("batch", "cancel", batch_id, "--json")

    assert nothing.out == "There is no batch.\n"
    assert batch_id in listed.out
    assert [each["id"] for each in data.data] == [batch_id]
    assert "enrolled" in shown.out
    assert shown.err.startswith("line 4: phone has no")
    assert one.data["received"] == 3
    assert cancelled.out == "It is called off: what is not started ends.\n"
    assert again.data["state"] == "cancelling"


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_another_tenants_batch_is_unknown(campaign: CommandLine, command: str) -> None:
    """Like one that does not exist."""
    campaign.database.state.batches["b-1"] = Batch("b-1", "others", "spring", 1, "csv", campaign.clock())

    for name in ("b-1", "b-2"):
        said = campaign("batch", command, name)
        assert (said.status, said.err) == (2, "there is no such batch\n")
