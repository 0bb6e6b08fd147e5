"""Contacts from CSV files, and how bad rows and bad files are told."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.files.contacts_csv import load_contacts
from adapters.files.errors import FileProblem
from adapters.files.rejects import write_rejects
from application.ports.files import ContactFile
from domain.contact import ConsentWord, NewContact
from domain.statuses import Channel

LONG = "x" * 131_073
HEADER = "external_id,phone,email,timezone,country,first_name\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contacts.csv"


def load(path: Path, content: str | bytes, *, default_region: str | None = None) -> ContactFile:
    """What a file of this content comes to."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_contacts(path, default_region=default_region)


def told(contacts: ContactFile) -> list[tuple[int, str, str]]:
    """The problems as line, column and reason."""
    return [(problem.line, problem.column, problem.reason) for problem in contacts.problems]


def test_reads_known_columns_and_attributes(path: Path) -> None:
    """Known columns are normalised, all others become attributes, and empty cells are left out."""
    contacts = load(
        path, HEADER + "17, (202) 555-0123 ,Ann@Example.COM,america/new_york,us,Ann\n,,b@example.org,,,\n"
    )

    assert contacts.read == 2
    assert contacts.rejected == 0
    assert [row.line for row in contacts.rows] == [2, 3]
    assert contacts.contacts == (
        NewContact(
            "17",
            "+12025550123",
            "Ann@example.com",
            "America/New_York",
            {"country": "us", "first_name": "Ann"},
        ),
        NewContact("b@example.org", None, "b@example.org"),
    )


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffphone,first name\n+12025550123,Ann\n",
        "First-Name, PHONE \r\nAnn,+12025550123\r\n",
        "first_name;phone\nAnn;+12025550123\n",
        "first_name\tphone\nAnn\t+12025550123\n",
        "phone,first_name,,\n\n+12025550123,Ann,,\n,,,\n",
        "phone,first_name\n+12025550123,Ann,\n",
        "phone,first_name\r+12025550123,Ann\r",
        'phone,first_name\n"+12025550123","Ann"',
    ],
)
def test_takes_files_as_programs_write_them(path: Path, content: str) -> None:
    """Byte order marks, line ends, delimiters, header case, blank rows and trailing commas do no harm."""
    contacts = load(path, content)

    assert contacts.contacts == (
        NewContact("+12025550123", "+12025550123", attributes={"first_name": "Ann"}),
    )
    assert contacts.read == 1


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("+1 202-555-0123", "", "+12025550123"),
        ("202.555.0199", "US", "+12025550199"),
        ("1-416-555-0100", "CA", "+14165550100"),
        ("07700 900123", "GB", "+447700900123"),
        ("07700 900123", "UK", "+447700900123"),
        ("+44 (0)7700 900123", "XX", "+447700900123"),
        ("0044 7700 900123", "gb", "+447700900123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("0808 157 0123", "GB", "+448081570123"),
        ("0491 570 156", "AU", "+61491570156"),
        ("0491 571 266", "AU", "+61491571266"),
        ("(02) 5550 1234", "AU", "+61255501234"),
        ("030 23125-123", "DE", "+493023125123"),
        ("0171 3920025", "DE", "+491713920025"),
        ("06 39 98 12 34", "FR", "+33639981234"),
        ("020 912 3456", "IE", "+353209123456"),
        ("070-174 06 05", "SE", "+46701740605"),
    ],
)
def test_numbers_become_e164(path: Path, phone: str, country: str, expected: str) -> None:
    """International and national numbers are normalised, those reserved for fiction among them."""
    contacts = load(path, f"phone,country\n{phone},{country}\n")

    assert [contact.phone for contact in contacts.contacts] == [expected]


def test_a_default_region_reads_national_numbers(path: Path) -> None:
    """A row's own country goes before the default one."""
    contacts = load(path, "phone,country\n202-555-0123,\n07700 900123,GB\n", default_region="US")

    assert [contact.phone for contact in contacts.contacts] == ["+12025550123", "+447700900123"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",202-555-0123,,,,", "phone", "phone has no known country code; write it as"),
        (",555-0123,,,US,", "phone", "phone has no area code"),
        (",+1 202-555-01,,,,", "phone", "phone has too few digits"),
        (",+44 7700 900123 45,,,,", "phone", "phone has too many digits"),
        (",+49 1234567890123456789,,,,", "phone", "phone has too many digits"),
        (",+999 5550123,,,,", "phone", "phone has no known country code"),
        (",2,,,US,", "phone", "phone is not a phone number"),
        (",+800,,,US,", "phone", "phone has too few digits"),
        (",call me,,,US,", "phone", "phone is not a phone number"),
        (",2.02556E+11,,,US,", "phone", "phone is not a phone number"),
        (",202-555-0123 ext. 5,,,US,", "phone", "phone has an extension"),
        (",202-555-0123,,,Germany,", "country", "country is not a two-letter country code"),
        (
            ",,no-at-sign,,,",
            "email",
            "email is not an e-mail address that can be written to: it has no @-sign",
        ),
        (",,a@b@example.com,,,", "email", "it has more than one @-sign"),
        (",,a b@example.com,,,", "email", "it has a space"),
        (",,j\u00f6@example.com,,,", "email", "before the @-sign only ASCII letters are deliverable"),
        (",,a@example,,,", "email", "there is no full domain after the @-sign"),
        (",,a..b@example.com,,,", "email", "email is not an e-mail address that can be written to"),
        (",,a@example.invalid,,,", "email", "email is not an e-mail address that can be written to"),
        (",,a@example.com,Europe/Munich,,", "timezone", "timezone is not a time zone of the IANA database"),
        (f"{'9' * 201},,a@example.com,,,", "external_id", "external_id has more than 200 characters"),
        ('"1\n7",,a@example.com,,,', "external_id", "external_id has a control character"),
        ("17,,,,,Ann", "phone", "phone and email are both empty; one of them is needed"),
        (",,a@example.com,,,Ann,extra", "row", "cells without a column: 7 cells, 6 column names"),
        (',,a@example.com,,,"Ann" Lee', "row", "the row is badly quoted; a quote inside a quoted cell"),
        (f",,a@example.com,,,{LONG}", "row", "the row has a cell of more than 131072 characters"),
        (f',,a@example.com,,,"{LONG}"', "row", "the row has a cell of more than 131072 characters"),
        (',,a@example.com,,,"Ann', "row", "the row is badly quoted"),
    ],
)
def test_a_bad_row_is_told_and_the_others_go_on(path: Path, row: str, column: str, reason: str) -> None:
    """A bad row is reported by line, column and reason; the row before it is enrolled."""
    contacts = load(path, f"{HEADER}1,+12025550101,,,,\n{row}")

    assert [row.line for row in contacts.rows] == [2]
    assert [(line, name) for line, name, _ in told(contacts)] == [(3, column)]
    assert reason in contacts.problems[0].reason
    assert contacts.rejected == 1


def test_a_row_may_have_several_problems(path: Path) -> None:
    """All problems of a row are told, and the row counts once."""
    contacts = load(path, HEADER + ",555,nobody,Nowhere,US,\n")

    assert [column for _, column, _ in told(contacts)] == ["phone", "email", "timezone"]
    assert contacts.rejected == 1


@pytest.mark.parametrize(
    ("cells", "consents"),
    [
        (",,,", ()),
        (",,,form", ()),
        ("yes,,,", (ConsentWord(Channel.SMS, True, "import"),)),
        (
            "TRUE,,No,",
            (ConsentWord(Channel.SMS, True, "import"), ConsentWord(Channel.VOICE, False, "import")),
        ),
        (",false,,web form", (ConsentWord(Channel.EMAIL, False, "web form"),)),
        (",2026-03-31,,form", (ConsentWord(Channel.EMAIL, True, "form", datetime(2026, 3, 31, tzinfo=UTC)),)),
        (
            ",,2026-03-31T09:30:00+02:00,",
            (ConsentWord(Channel.VOICE, True, "import", datetime(2026, 3, 31, 7, 30, tzinfo=UTC)),),
        ),
    ],
)
def test_reads_consents(path: Path, cells: str, consents: tuple[ConsentWord, ...]) -> None:
    """An empty cell says nothing; what is said comes with its source and time, and is no attribute."""
    header = "phone,consent_sms,Consent Email,consent-voice,consent_source"
    (found,) = load(path, f"{header}\n+12025550123,{cells}\n").contacts

    assert found.consents == consents
    assert found.attributes == {}


@pytest.mark.parametrize("cell", ["maybe", "31.3.2026", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_a_consent_that_cannot_be_read_is_told(path: Path, cell: str) -> None:
    """Nobody is enrolled with a consent that may mean anything."""
    contacts = load(path, f"phone,consent_sms\n+12025550123,{cell}\n")

    assert contacts.contacts == ()
    assert told(contacts) == [
        (
            2,
            "consent_sms",
            "consent_sms is neither yes or no nor the date on which it was given, as 2026-03-31",
        )
    ]


def test_domains_beyond_ascii_are_written_in_ascii(path: Path) -> None:
    """What providers take is the ASCII form of a domain (RFC 5891)."""
    contacts = load(path, "email\na@b\u00fccher.example.com\n")

    assert contacts.contacts[0].email == "a@xn--bcher-kva.example.com"


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("17,,c@example.com,,,", "external_id: duplicate of line 3"),
        ("18,+1 (202) 555-0101,,,,", "phone: duplicate of line 3"),
        ("18,,ANN@example.com,,,", "email: duplicate of line 3"),
    ],
)
def test_duplicates_name_the_line_that_was_taken(path: Path, second: str, reason: str) -> None:
    """Whoever is in the file already, by id, phone or e-mail, is reported with the line of the first."""
    contacts = load(path, f"{HEADER},bad,,,,\n17,+12025550101,ann@example.com,,,\n{second}\n")

    assert [row.line for row in contacts.rows] == [3]
    assert told(contacts)[1][2] == reason


def test_a_rejected_row_makes_no_duplicates(path: Path) -> None:
    """Only rows that are enrolled count as being there already."""
    contacts = load(path, HEADER + "17,+12025550101,,Nowhere,,\n17,+12025550101,,UTC,,\n")

    assert [row.line for row in contacts.rows] == [3]


def test_lines_are_physical_lines(path: Path) -> None:
    """A row is known by the line that it begins on, also behind cells with line breaks and blank lines."""
    contacts = load(path, 'phone,note\n+12025550101,"one\ntwo\r\nthree"\n\nbad,"a\nb"\n+12025550102,x\n')

    assert [row.line for row in contacts.rows] == [2, 8]
    assert [line for line, _, _ in told(contacts)] == [6]
    assert contacts.contacts[0].attributes["note"] == "one\ntwo\r\nthree"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b",,\n,,\n", "is empty"),
        (b"phone,email\n", "has a header and no rows"),
        (b"phone,email\n\n , \n", "has a header and no rows"),
        (b"name,city\nAnn,Paris\n", ":1: the first line must name the columns, one of them phone or email"),
        (b"+12025550123,Ann\n", ":1: the first line must name the columns"),
        (b"phone,email, Phone \n1,2,3\n", ":1: the columns 1 and 3 have the same name"),
        (f"phone,{LONG}\n1,2\n".encode(), ":1: the header has a cell of more than 131072 characters"),
        (
            b'phone,note\n1,"a\n' + b"2,b\n" * 50_000,
            ":2: a quoted cell that begins here goes on for more than 131072 characters",
        ),
        (b'"phone"x,email\n', ":1: the header is badly quoted"),
        (b'phone,note\n1,"a\n2,b\n3,c\n', ":2: a quoted cell that begins here is not closed"),
        (b'phone,note\n1,"a\n2,"b\n3,c\n', ":2: a quoted cell that begins here is not closed"),
        (b"phone\n1\0\n", ":2:2: there is a NUL character"),
        (b"phone,name\n1,Andr\xe9\n", ":2:7: the byte 0xE9 is not UTF-8; save the file as UTF-8"),
        ("phone\n1\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", ":1:1: the byte 0x89 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(path: Path, content: bytes, message: str) -> None:
    """Each sort of broken file is one sentence with the file and, where there is one, the line."""
    with pytest.raises(FileProblem) as problem:
        load(path, content)

    assert str(problem.value).startswith(str(path))
    assert message in str(problem.value)


def test_problems_show_no_personal_data(path: Path) -> None:
    """Neither reasons nor reprs quote what is in the cells."""
    contacts = load(
        path, HEADER + "17,+12025550101,ann@example.com,,,Ann\n,0815-4711,bob@@example.com,Home,,Bob\n"
    )

    shown = f"{contacts!r} {told(contacts)}"

    for cell in ("5550101", "ann@", "Ann", "4711", "bob@", "Home", "Bob"):
        assert cell not in shown


def test_rejects_are_written_with_their_cells(path: Path, tmp_path: Path) -> None:
    """The rejects file names line, column and reason once per row, and holds the row as it was."""
    contacts = load(path, 'phone,email,Note\n+12025550101,,ok\nbad,worse,"a, b"\n1,,x,y\n')
    rejects = tmp_path / "new" / "rejects.csv"

    write_rejects(rejects, contacts)

    phone, email = (problem.reason for problem in contacts.problems[:2])

    assert list(csv.reader(rejects.read_text("utf-8-sig").splitlines())) == [
        ["line", "column", "reason", "phone", "email", "Note"],
        [
            "3",
            "phone; email",
            f"{phone}; {email}",
            "bad",
            "worse",
            "a, b",
        ],
        ["4", "row", "the row has cells without a column: 4 cells, 3 column names", "1", "", "x", "y"],
    ]


def test_corrected_rejects_are_a_contact_file(path: Path, tmp_path: Path) -> None:
    """Once put right, the rejects can be read in turn."""
    contacts = load(path, "phone,first_name\nbad,Ann\n")
    rejects = tmp_path / "rejects.csv"
    write_rejects(rejects, contacts)
    again = load(rejects, rejects.read_text("utf-8-sig").replace("bad", "+12025550101"))

    assert again.contacts[0].phone == "+12025550101"
    assert again.contacts[0].attributes["first_name"] == "Ann"


def test_rejects_that_cannot_be_written_are_told(path: Path, tmp_path: Path) -> None:
    """A folder in the place of the rejects file is a sentence, not a traceback."""
    contacts = load(path, "phone\nbad\n")

    with pytest.raises(FileProblem, match="cannot be written: Is a directory"):
        write_rejects(tmp_path, contacts)


@pytest.mark.parametrize(
    "there",
    [
        "phone\nbad\n",
        "line,column,phone\n",
        "line,column",
        "a diary\n",
        "\0\xff",
        '"' * 5000,
        "x" * 200_000,
        "\n",
    ],
)
def test_rejects_replace_no_other_file(path: Path, tmp_path: Path, there: str) -> None:
    """What is in the place of the rejects and is not a rejects file stays as it is."""
    contacts = load(path, "phone\nbad\n")
    other = tmp_path / "other.csv"
    other.write_bytes(there.encode("latin-1"))

    with pytest.raises(FileProblem, match="is there already, and its columns do not begin with line, column"):
        write_rejects(other, contacts)

    assert other.read_bytes() == there.encode("latin-1")


def test_rejects_do_not_replace_the_contacts(path: Path, tmp_path: Path) -> None:
    """The contact file is kept, by any name that leads to it."""
    content = "phone\nbad\n"
    contacts = load(path, content)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(FileProblem, match="name another file for the rejected rows"):
            write_rejects(name, contacts)

    assert path.read_text() == content


@pytest.mark.parametrize(
    "there", ["", "line,column,reason,phone\r\n", '\ufeff"line";"column";"reason";"first\nname"\n', None]
)
def test_rejects_replace_older_rejects(path: Path, tmp_path: Path, there: str | None) -> None:
    """A rejects file, also as another program saves it, gives way to the next; so does an empty file."""
    contacts = load(path, 'phone,"first\nname"\nbad,Ann\n')
    rejects = tmp_path / "rejects.csv"
    if there is None:
        write_rejects(rejects, contacts)
    else:
        rejects.write_text(there, "utf-8")

    write_rejects(rejects, contacts)

    assert "bad,Ann" in rejects.read_text("utf-8-sig")


_CELLS = st.text(alphabet="+0123456789 @.,;\"'\n\r\tabcexmplo-/\u00e9\u0130", max_size=25)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), _CELLS.map(lambda text: f"phone,email\n{text}".encode())
    )
)
def test_any_bytes_are_contacts_or_refused(path: Path, content: bytes) -> None:
    """No file leads to another error than the documented one."""
    try:
        result: object = load(path, content)
    except FileProblem as problem:
        result = problem

    assert isinstance(result, ContactFile | FileProblem)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS, _CELLS, _CELLS), max_size=6))
def test_every_row_is_enrolled_or_told(path: Path, rows: list[tuple[str, ...]]) -> None:
    """Whatever the cells hold, each row is either a contact or has a problem, and nobody is there twice."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER.strip().split(","), *rows, ("", "", "a@example.com", "", "", "")])

    contacts = load_contacts(path)

    assert len(contacts.rows) + len({problem.line for problem in contacts.problems}) == contacts.read
    assert len({contact.external_id for contact in contacts.contacts}) == len(contacts.rows)
