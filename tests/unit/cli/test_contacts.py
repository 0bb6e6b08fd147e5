"""Commands on contacts."""

import json
from pathlib import Path

import pytest

from application.ports.contacts import ContactSearch
from domain.contact import Contact
from domain.statuses import Channel
from tests.unit.cli.command_line import TENANT, CommandLine

PHONE = "+12025550123"


@pytest.fixture
def ann(cli: CommandLine) -> str:
    cli("contact", "upsert", "ann", "--phone", "+1 202 555 0123", "--attribute", "first_name=Ann")
    return "ann"


def _stored(cli: CommandLine, name: str) -> Contact | None:
    return cli.stored(lambda tx: tx.contacts.by_external_id(TENANT, name))


def test_a_contact_is_stored(cli: CommandLine) -> None:
    """The second time, all details are replaced."""
    first = cli("contact", "upsert", "ann", "--phone", "(202) 555-0123", "--country", "us")
    second = cli(
        "contact", "upsert", "ann", "--email", "ann@example.com", "--timezone", "europe/rome", "--json"
    )

    assert (first.status, first.out) == (0, "The contact is new.\n")
    assert second.data == {
        "id": "contact-1",
        "external_id": "ann",
        "phone": None,
        "email": "ann@example.com",
        "timezone": "Europe/Rome",
        "attributes": {},
        "created": False,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--phone", "12"], "Phone has no known country code"),
        ([], "Phone and email are both empty; one of them is needed."),
        (["--phone", PHONE, "--attribute", "first_name"], "--attribute first_name: write it as NAME=VALUE."),
        (["--phone", PHONE, "--attribute", "phone=1"], "--attribute phone: that is no attribute"),
    ],
)
def test_what_cannot_be_stored_is_told(cli: CommandLine, words: list[str], told: str) -> None:
    """As a sentence, with the status of what cannot be used."""
    said = cli("contact", "upsert", "ann", *words)

    assert said.status == 2
    assert told in said.err
    assert _stored(cli, "ann") is None


def test_a_contact_is_shown(cli: CommandLine, ann: str) -> None:
    """With what they have said of channels, each word with its time."""
    words = ("contact", "consent", ann, "sms", "--source", "form", "--at", "2029-03-01")
    noted = cli(*words)
    taken_back = cli("contact", "consent", ann, "sms", "--source", "phone", "--withdrawn", "--json")
    shown, data = cli("contact", "show", ann), cli("contact", "show", ann, "--json").data

    assert noted.out == "Noted: consent to sms is given.\n"
    assert not taken_back.data["given"]
    assert all(word in shown.out for word in (PHONE, "first_name", "taken back", "2029-03-01 00:00"))
    assert data["attributes"] == {"first_name": "Ann"}
    assert [(each["given"], each["source"]) for each in data["consents"]] == [
        (True, "form"),
        (False, "phone"),
    ]


def test_contacts_are_found(cli: CommandLine, ann: str) -> None:
    """By what a name, number or address begins with, or by all of it; 1 where nobody fits."""
    cli("contact", "upsert", "bob", "--email", "bob@example.com")
    every = cli("contact", "list", "--json").data
    by_phone = cli("contact", "list", "--phone", "+1 202 555 0123", "--json").data
    begins = cli("contact", "list", "--search", "BO")
    some = cli("contact", "list", "--limit", "1")
    more = cli("contact", "list", "--limit", "1", "--after", "contact-1", "--json").data
    nobody, wrong = cli("contact", "list", "--search", "x"), cli("contact", "list", "--email", "x")

    assert [each["external_id"] for each in every] == [ann, "bob"]
    assert [each["external_id"] for each in by_phone] == [ann]
    assert "bob@example.com" in begins.out
    assert some.err == "There may be more: --after contact-1\n"
    assert [each["external_id"] for each in more] == ["bob"]
    assert (nobody.status, nobody.out) == (1, "There is no such contact.\n")
    assert (wrong.status, wrong.err[:10]) == (2, "--email is")


def test_contacts_are_imported_without_being_enrolled(cli: CommandLine) -> None:
    """Refused rows are told, and can be had as a file; the others are stored."""
    rows = f"external_id,phone,consent_sms\nann,{PHONE},yes\nbob,12,\n"
    file, rejects = cli.file("people.csv", rows), cli.folder / "rejects.csv"
    first = cli("contact", "import", file, "--rejects", rejects)
    second = cli("contact", "import", file, "--json")
    found = cli.stored(lambda tx: tx.contacts.page(TENANT, ContactSearch(), "", 10))

    assert (first.status, first.out) == (1, f"{file}: 2 rows read, 1 new, 0 known before, 1 refused\n")
    assert first.err.startswith(f"{file}:3: phone has")
    assert len(rejects.read_text("utf-8").splitlines()) == 2
    assert {name: second.data[name] for name in ("read", "new", "known", "refused")} == {
        "read": 2, "new": 0, "known": 1, "refused": 1,
    }  # fmt: skip
    assert [each.external_id for each in found] == ["ann"]
    assert cli.stored(lambda tx: tx.consents.holds("contact-1", Channel.SMS))


def test_a_whole_file_is_imported(cli: CommandLine) -> None:
    """More than one transaction takes; of very many problems the first ones are shown."""
    rows = [f"+1202555{number:04},{number}" for number in range(1500)]
    file = cli.file("people.csv", "\n".join(["phone,n", *rows, *["12,x"] * 25]))
    said = cli("contact", "import", file)
    same = cli("contact", "import", file, "--rejects", file)

    assert said.out == f"{file}: 1525 rows read, 1500 new, 0 known before, 25 refused\n"
    assert said.err.splitlines()[-1] == "... and 5 more; --rejects writes all of them to a file."
    assert (same.status, "would be overwritten" in same.err) == (2, True)


def test_everything_on_a_contact_is_given_out(cli: CommandLine, ann: str, tmp_path: Path) -> None:
    """To the terminal, or to a file, which is named; nobody else's."""
    printed = cli("contact", "export", ann)
    written = cli("contact", "export", ann, "--output", tmp_path / "ann.json")
    nowhere = cli("contact", "export", ann, "--output", tmp_path / "no" / "ann.json")
    nobody = cli("contact", "export", "bob")

    assert printed.data["contact"]["phone"] == PHONE
    assert json.loads((tmp_path / "ann.json").read_text("utf-8")) == printed.data
    assert PHONE not in written.out
    assert (nowhere.status, nobody.status) == (2, 2)


def test_a_contact_is_erased(cli: CommandLine) -> None:
    """The answer counts; a second time nobody is there."""
    cli.published({"campaign": "spring", "version": 1, "steps": [
        {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hi"}}
    ]})  # fmt: skip
    enrollment = cli.enrolled()
    said = cli("contact", "erase", "ann", "--yes", "--json")
    again = cli("contact", "erase", "ann", "--yes")

    assert (said.status, said.data["enrollments_ended"], said.data["suppressions_added"]) == (0, 1, 2)
    assert cli.runs.held == [(enrollment, "cancel")]
    assert (again.status, _stored(cli, "ann")) == (2, None)


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), (None, 2)])
def test_who_erases_is_asked(cli: CommandLine, ann: str, typed: str | None, status: int) -> None:
    """Where nobody can be asked, it must be said that it is meant."""
    said = cli("contact", "erase", ann, typed=typed)

    assert said.status == status
    assert (_stored(cli, ann) is None) == (status == 0)
