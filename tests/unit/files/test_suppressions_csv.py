"""Suppressions from CSV files, and how bad rows and bad files are told."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.files.errors import FileProblem
from adapters.files.rejects import write_rejects
from adapters.files.suppressions_csv import load_suppressions
from application.ports.files import SuppressionFile, SuppressionRow
from domain.statuses import Channel

PHONE = "+12025550123"
SMS, EMAIL, VOICE = (Channel.SMS,), (Channel.EMAIL,), (Channel.VOICE,)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "suppressions.csv"


def load(path: Path, content: str, default_region: str | None = None) -> SuppressionFile:
    """What a file of this content comes to."""
    path.write_text(content, "utf-8")
    return load_suppressions(path, default_region=default_region)


@pytest.mark.parametrize(
    ("row", "channels", "address", "reason"),
    [
        ("sms,+1 202-555-0123,", SMS, PHONE, "imported"),
        ("Voice,+12025550123,Opted_Out", VOICE, PHONE, "opted_out"),
        ("email,Ann@Example.COM,bounced", EMAIL, "Ann@example.com", "bounced"),
        ("all,ann@example.com,", EMAIL, "ann@example.com", "imported"),
        ("ALL,(202) 555-0123,", (Channel.SMS, Channel.VOICE), PHONE, "imported"),
    ],
)
def test_reads_a_row(path: Path, row: str, channels: tuple[Channel, ...], address: str, reason: str) -> None:
    """Addresses are normalised as those of contacts are; ``all`` means what the address is good for."""
    found = load(path, f"channel,address,reason\n{row}\n", "US")

    assert found.rows == (SuppressionRow(2, channels, address, reason),)
    assert found.problems == ()
    assert found.read == 1


def test_columns_come_in_any_order_and_others_say_nothing(path: Path) -> None:
    """A list from another program can be taken as it is; the reason may be missing."""
    found = load(path, "name;Address;CHANNEL\nAnn;+12025550123;sms\n")

    assert found.rows == (SuppressionRow(2, SMS, PHONE, "imported"),)


@pytest.mark.parametrize(
    ("row", "problems"),
    [
        (",+12025550123,", [("channel", "channel is empty; write one of sms, email, voice, all")]),
        ("fax,+12025550123,", [("channel", "channel is not one of sms, email, voice, all")]),
        ("sms,,", [("address", "address is empty")]),
        ("sms,ann@example.com,", [("address", "address is not a phone number")]),
        (
            "email,+12025550123,",
            [("address", "address is not an e-mail address that can be")],
        ),
        ("sms,202-555-0123,", [("address", "address has no known country code")]),
        ("sms,+12025550123,he said so", [("reason", "reason is not one word of a-z, 0-9 and _")]),
        ("fax,,No!", [("channel", "channel is"), ("reason", "reason is"), ("address", "address is empty")]),
        ("sms,+12025550123,,more", [("row", "the row has cells without a column: 4 cells, 3 column names")]),
        ('sms,"+1"2,', [("row", "the row is badly quoted")]),
    ],
)
def test_a_bad_row_is_told_and_the_others_go_on(
    path: Path, row: str, problems: list[tuple[str, str]]
) -> None:
    """Everything that is wrong is told by line, column and reason, and no cell is shown."""
    found = load(path, f"channel,address,reason\n{row}\nsms,+12025550101,\n")

    assert [one.line for one in found.rows] == [3]
    assert [(problem.line, problem.column) for problem in found.problems] == [
        (2, column) for column, _ in problems
    ]
    for problem, (_, reason) in zip(found.problems, problems, strict=True):
        assert problem.reason.startswith(reason)
    assert "2025550" not in f"{found!r}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("channel,address\n", "has a header and no rows"),
        ("channel,phone\nsms,1\n", ":1: the first line must name the columns: channel, address, reason"),
        ("address,channel,Address\n1,2,3\n", ":1: the columns 1 and 3 have the same name"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(path: Path, content: str, message: str) -> None:
    """Each sort of broken file is one sentence with the file and, where there is one, the line."""
    with pytest.raises(FileProblem) as problem:
        load(path, content)

    assert str(problem.value).startswith(str(path))
    assert message in str(problem.value)


def test_rejects_can_be_put_right_and_read_again(path: Path, tmp_path: Path) -> None:
    """The rejected rows are written as those of contacts are, and their reasons are no reasons of ours."""
    found = load(path, "channel,address,reason\nfax,+12025550123,complained\n")
    rejects = tmp_path / "rejects.csv"
    write_rejects(rejects, found)
    again = load(rejects, rejects.read_text("utf-8-sig").replace("fax", "sms"))

    assert again.rows == (SuppressionRow(2, SMS, PHONE, "complained"),)


_CELLS = st.text(alphabet="+0123456789 @.,;\"'\n\tabcexmplosv\u00e9", max_size=25)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, database=None)
@given(st.lists(st.tuples(st.sampled_from(["sms", "email", "all", "x"]), _CELLS, _CELLS), max_size=6))
def test_every_row_is_imported_or_told(path: Path, rows: list[tuple[str, ...]]) -> None:
    """Whatever the cells hold, each row either suppresses something or has a problem."""
    with path.open("w", encoding="utf-8", newline="") as file:
        written = [("channel", "address", "reason"), *rows, ("sms", PHONE, "")]
        csv.writer(file).writerows(written)

    found = load_suppressions(path)

    assert len(found.rows) + len({problem.line for problem in found.problems}) == found.read
    assert all(row.channels and row.address for row in found.rows)
