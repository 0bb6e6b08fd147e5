"""Contacts in any form are read row by row, from files that were looked through before."""

import csv
import io
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import open_text
from adapters.files.contact_rows import email_address
from adapters.files.contact_stream import open_contacts, read_upload
from adapters.files.errors import FileProblem
from adapters.files.external_ids_csv import load_external_ids
from adapters.files.open_text import MAX_LINE, OpenText
from adapters.files.rejects import open_rejects
from application.ports.files import ContactForm, ContactRow, ContactStream, RejectedRow
from domain.contact import ConsentWord, NewContact
from domain.statuses import Channel

pyarrow: Any = pytest.importorskip("pyarrow")
parquet: Any = pytest.importorskip("pyarrow.parquet")


UNKNOWN_COUNTRY = (
    "phone has no known country code; write it as +44 20 7946 0123, or say which country it is in"
)


def told(stream: ContactStream) -> list[tuple[int, str, str] | NewContact]:
    """The rows: contacts, or line, column and reason."""
    found: list[tuple[int, str, str] | NewContact] = []
    for row in stream.rows:
        if isinstance(row, ContactRow):
            found.append(row.contact)
        else:
            found += ((each.line, each.column, each.reason) for each in row.problems)
    return found


def uploaded(content: str | bytes, form: ContactForm = ContactForm.JSON_LINES) -> ContactStream:
    """What an upload comes to."""
    return read_upload(io.BytesIO(content.encode() if isinstance(content, str) else content), form)


def refused(content: str | bytes, form: ContactForm = ContactForm.JSON_LINES) -> str:
    """Why an upload cannot be used."""
    with pytest.raises(FileProblem) as problem:
        uploaded(content, form)
    return str(problem.value)


def test_json_lines_are_rows() -> None:
    """Members have the names of columns; attributes stand beside or by themselves."""
    lines = [
        {"external_id": 17, "Phone": "+1 202 555 0123", "plan": "pro", "score": 1.5, "vip": True, "x": None},
        {"email": "Ann@Example.COM", "attributes": {"First Name": " Ann ", "note": ""}, "consent_sms": True},
    ]
    stream = uploaded("\ufeff" + "\n\n".join(map(json.dumps, lines)) + "\n")
    ann = ConsentWord(Channel.SMS, given=True, source="import")

    assert (stream.form, stream.header, stream.total) == (ContactForm.JSON_LINES, ("row",), 2)
    assert told(stream) == [
        NewContact("17", "+12025550123", attributes={"plan": "pro", "score": "1.5", "vip": "true"}),
        NewContact("Ann@example.com", None, "Ann@example.com", None, {"first_name": "Ann"}, (ann,)),
    ]


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        ("{", "row", "the row is not JSON: see its character 2"),
        ("[1]", "row", "the row is not a JSON object"),
        ("[" * 100_000, "row", "the row is nested too deeply"),
        ('{"phone": "1", "phone": "2"}', "row", "the row has a name twice"),
        ('{"phone": "1", "PHONE": "2"}', "phone", "phone is given twice"),
        ('{"phone": ["+12025550123"]}', "phone", "phone is not a text, a number, true, false or null"),
        ('{"attributes": {"a": {"b": 1}}}', "a", "a is not a text, a number, true, false or null"),
        ('{"a": "\\u0000"}', "a", "a has a character that cannot be stored"),
        ('{"a": "\\ud800"}', "a", "a has a character that cannot be stored"),
        ('{"\\u0000": "a"}', "row", "the row has a value without a usable name"),
        ('{"": "a"}', "row", "the row has a value without a usable name"),
        ('{"": []}', "row", "a name is not a text, a number, true, false or null"),
        ('{"attributes": 7, "phone": "+1 nobody"}', "phone", "phone is not a phone number"),
        ('{"a": 1}', "phone", "phone and email are both empty; one of them is needed"),
    ],
)
def test_a_line_that_is_no_row_is_told(line: str, column: str, says: str) -> None:
    """With its number; the others are taken."""
    found = told(uploaded('{"phone": "+12025550199"}\n' + line + "\n"))

    assert found == [NewContact("+12025550199", "+12025550199"), (2, column, says)]


def test_numbers_count_as_they_are_written() -> None:
    """Long ones lose no digit, and 1.10 is not 1.1."""
    [found] = told(uploaded('{"phone": "+12025550199", "a": 1.10, "b": 12345678901234567890, "c": NaN}'))

    assert isinstance(found, NewContact)
    assert found.attributes == {"a": "1.10", "b": "12345678901234567890", "c": "NaN"}


def test_somebody_is_taken_once() -> None:
    """In a file of whichever form."""
    found = told(uploaded('{"email": "a@example.com"}\n{"email": "A@example.com"}'))

    assert found[1] == (2, "email", "email: duplicate of line 1")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "body: is empty"),
        (b" \r\n\n", "body: is empty"),
        (b'{"a": 1}\n{"b": "\xff"}', "body:2:8: the byte 0xFF is not UTF-8; save the file as UTF-8"),
        ("\ufeff\u00e9".encode() + b"\xc3", "body:1:2: the byte 0xC3 is not UTF-8; save the file as UTF-8"),
        (b"{}\n\x00", "body:2:1: there is a NUL character; this is not a text file, or it is not UTF-8"),
        (b"\xff\xfe{", "body: is UTF-16; save it as UTF-8"),
        (b"{}\n" + b" " * MAX_LINE + b"{}", f"body:2: the line has more than {MAX_LINE} bytes"),
    ],
)
def test_an_upload_that_cannot_be_read_is_told_with_the_place(content: bytes, says: str) -> None:
    """Before anything is done with it."""
    assert refused(content) == says


def test_a_csv_is_looked_through_to_its_end() -> None:
    """A quote that nobody closes is found before a row is given."""
    assert refused('phone\n+12025550123\n"+1\n+2\n', ContactForm.CSV).startswith("body:3: a quoted cell")


@given(
    st.lists(st.sampled_from(["a", "é", "\r", "\n", "\r\n", "\u2028", "\x0c", "€"]), max_size=30),
    st.integers(1, 7),
)
def test_lines_are_the_same_however_the_file_is_cut(parts: list[str], size: int) -> None:
    """As Python's own reader splits them, which knows three ends of a line and no other."""
    content = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_text, "_BLOCK", size)
        found = list(OpenText(Path("x"), io.BytesIO(content.encode())).lines())

    assert found == list(io.StringIO(content, newline=""))


@pytest.mark.parametrize("size", [1, 2, 5, 64])
def test_places_are_right_however_the_file_is_cut(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A fault may lie on the border of what is read at once."""
    monkeypatch.setattr(open_text, "_BLOCK", size)

    assert refused('{"a": "é"}\n{"é": "\n'.encode() + b"\xe9") == (
        "body:3:1: the byte 0xE9 is not UTF-8; save the file as UTF-8"
    )


def write_parquet(path: Path, **columns: list[Any]) -> Path:
    """Write a Parquet file."""
    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_parquet_is_read_by_the_end_of_its_name(tmp_path: Path) -> None:
    """Dates, numbers and truth values become text; the line is the number of the row."""
    path = write_parquet(
        tmp_path / "people.parquet",
        phone=["+12025550123", None, "12"],
        email=[None, "a@example.com", None],
        born=[date(2000, 1, 2), None, None],
        seen=[datetime(2026, 3, 31, 9, tzinfo=UTC), None, None],
        amount=[Decimal("1.10"), None, None],
        vip=[True, False, None],
    )
    with open_contacts(path) as stream:
        found = told(stream)

    assert (stream.form, stream.total) == (ContactForm.PARQUET, 3)
    assert found == [
        NewContact(
            "+12025550123",
            "+12025550123",
            attributes={
                "born": "2000-01-02",
                "seen": "2026-03-31T09:00:00+00:00",
                "amount": "1.10",
                "vip": "true",
            },
        ),
        NewContact("a@example.com", None, "a@example.com", attributes={"vip": "false"}),
        (3, "phone", UNKNOWN_COUNTRY),
    ]


def test_parquet_that_is_none_is_told(tmp_path: Path) -> None:
    """So is one without rows."""
    path = tmp_path / "people.parquet"
    path.write_text("phone\n")
    with pytest.raises(FileProblem, match="is not a Parquet file"), open_contacts(path):
        pass
    write_parquet(path, phone=[])
    with pytest.raises(FileProblem, match="has no rows"), open_contacts(path):
        pass


def test_parquet_without_its_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way to have it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "people.parquet"
    path.touch()

    with pytest.raises(FileProblem, match=r"pip install 'drumbeat\[parquet\]'"), open_contacts(path):
        pass


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("people.csv", "phone\n+12025550123\n", ContactForm.CSV),
        ("people.txt", "phone\n+12025550123\n", ContactForm.CSV),
        ("people.JSONL", '{"phone": "+12025550123"}', ContactForm.JSON_LINES),
        ("people.ndjson", '{"phone": "+12025550123"}', ContactForm.JSON_LINES),
    ],
)
def test_the_end_of_the_name_says_the_form(
    tmp_path: Path, name: str, content: str, form: ContactForm
) -> None:
    """What is not known is CSV."""
    path = tmp_path / name
    path.write_text(content)
    with open_contacts(path) as stream:
        found = told(stream)

    assert stream.form is form
    assert found == [NewContact("+12025550123", "+12025550123")]


def test_a_dash_is_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"phone\n+12025550123\n")))
    with open_contacts(Path("-")) as stream:
        assert told(stream) == [NewContact("+12025550123", "+12025550123")]


def test_rejected_rows_are_written_as_they_come(tmp_path: Path) -> None:
    """Those of JSON lines as they are, in one cell."""
    path = tmp_path / "rejects.csv"
    stream = uploaded('{"phone": "12"}\n{"phone": "+12025550123"}')
    with open_rejects(path, stream.header) as write:
        for row in stream.rows:
            if isinstance(row, RejectedRow):
                write(row)

    header, row_written = csv.reader(path.read_text("utf-8-sig").splitlines())
    assert header == ["line", "column", "reason", "row"]
    assert row_written[:2] == ["1", "phone"]
    assert row_written[3] == '{"phone": "12"}'


def test_a_fault_of_the_reader_is_not_taken_for_one_of_the_rejects(tmp_path: Path) -> None:
    """It is told as what it is."""
    with pytest.raises(OSError, match="elsewhere"), open_rejects(tmp_path / "rejects.csv", ("a",)):
        raise OSError("elsewhere")


def test_a_list_of_names_is_read(tmp_path: Path) -> None:
    """Each with the line on which it is first; other columns say nothing."""
    path = tmp_path / "names.csv"
    path.write_text("name,External ID\nAnn,c-1\nBob,c-2\nAnn,c-1\n")

    assert load_external_ids(path) == {"c-1": 2, "c-2": 3}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("phone\n1\n", ":1: the first line must name the columns: external_id"),
        ("external_id\n", ": has a header and no rows"),
        ("external_id,b\n,x\n", ":2: external_id is empty or has more than 200 characters"),
        ("external_id\n" + "x" * 201, ":2: external_id is empty or has more than 200 characters"),
        ("external_id\na,b\n", ":2: the row has cells without a column: 2 cells, 1 column names"),
    ],
)
def test_a_list_that_is_none_is_told(tmp_path: Path, content: str, says: str) -> None:
    """With the line."""
    path = tmp_path / "names.csv"
    path.write_text(content)
    with pytest.raises(FileProblem) as problem:
        load_external_ids(path)

    assert str(problem.value) == f"{path}{says}"


def by_the_library(text: str) -> str | None:
    """An address as the library alone gives it."""
    try:
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return address.ascii_email or address.normalized


@given(
    st.text(st.sampled_from("aB1.+-_ é'\"()"), max_size=6),
    st.sampled_from(
        ["example.com", "EXAMPLE.com", "bücher.example", "localhost", "test", "a..b", "", "x.co", "[1.2.3.4]"]
    ),
)
def test_the_short_way_for_addresses_leads_to_the_same(local: str, domain: str) -> None:
    """Domains are checked once for all their addresses."""
    text = f"{local}@{domain}"
    try:
        found = email_address(text)
    except ValueError:
        found = None

    assert found == by_the_library(text)
