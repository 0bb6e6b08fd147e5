"""``drumbeat audience``."""

import pytest

from adapters.cli.audience_words import read_tests
from domain.contact import Contact
from tests.unit.cli.command_line import TENANT, CommandLine


@pytest.fixture
def people(cli: CommandLine) -> CommandLine:
    """A command line with three contacts."""
    plans = {"ann": "pro", "bob": "free", "cem": "pro"}
    contacts = [
        Contact(f"contact-{who}", who, "+12025550123", attributes={"plan": plan})
        for who, plan in plans.items()
    ]
    cli.stored(lambda tx: tx.contacts.upsert(TENANT, contacts))
    return cli


def test_an_audience_is_made_looked_at_and_deleted(people: CommandLine) -> None:
    """What it means is said in words."""
    made = people("audience", "put", "pros", "--where", "plan is pro")
    changed = people("audience", "put", "pros", "--where", "plan is pro", "--where", "phone known")
    shown = people("audience", "show", "pros", "--limit", "1")
    count = people("audience", "count", "pros")
    listed = people("audience", "list")
    deleted = people("audience", "delete", "pros")

    assert made.out == "pros is made: plan is pro.\n"
    assert changed.out == "pros is changed: plan is pro and phone is known.\n"
    assert shown.out == "pros: plan is pro and phone is known\n  ann\n"
    assert count.out == "2\n"
    assert "plan is pro and phone is known" in listed.out
    assert deleted.out == "pros is deleted.\n"
    assert people("audience", "show", "pros").status == 2


def test_scripts_get_json(people: CommandLine) -> None:
    """From every command."""
    file = people.file("pros.json", {"where": [{"attribute": "plan", "is": "pro"}]})
    made = people("audience", "put", "pros", file, "--json")
    shown = people("audience", "show", "pros", "--json")

    assert made.data["where"] == [{"attribute": "plan", "is": "pro"}]
    assert shown.data["members"] == ["ann", "cem"]
    assert people("audience", "count", "pros", "--json").data == {"key": "pros", "count": 2}
    assert [each["key"] for each in people("audience", "list", "--json").data] == ["pros"]
    assert people("audience", "delete", "pros", "--json").data == {"key": "pros", "deleted": True}


def test_a_list_is_imported(people: CommandLine) -> None:
    """Names that nobody knows are told by their lines, and by the exit status."""
    file = people.file("some.csv", "external_id\nbob\nnobody\n")
    said = people("audience", "import", "some", file)
    data = people("audience", "import", "some", file, "--json")
    file.write_text("external_id\nann\n")
    good = people("audience", "import", "some", file)

    assert said.status == data.status == 1
    assert said.out == "some: 1 contacts listed, 1 not known\n"
    assert said.err == f"{file}:3: no contact has this external_id\n"
    assert data.data["unknown_lines"] == [3]
    assert (good.status, good.out) == (0, "some: 1 contacts listed, 0 not known\n")
    assert people("audience", "show", "some").out == "some: a list\n  ann\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["x"], "Name a file, or say what must hold by --where."),
        (["x", "nobody.json"], "nobody.json: cannot be read: No such file or directory"),
        (["x", "--where", "plan"], "--where: write NAME TEST VALUE"),
        (["x", "--where", "plan like pro"], "--where: write NAME TEST VALUE"),
        (["x", "--where", "plan is"], "--where: write NAME TEST VALUE"),
        (["x", "--where", "plan known maybe"], "--where: after known write true or false"),
        (["x", "--where", "plan over 3"], "where.0.over: needs an order"),
        (["No", "--where", "plan is pro"], "must begin with a letter"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(people: CommandLine, words: list[str], says: str) -> None:
    """Exit status 2."""
    said = people("audience", "put", *words)

    assert said.status == 2
    assert says in said.err


@pytest.mark.parametrize(("content", "says"), [("{", "is not JSON"), ("[]", "is not a JSON object")])
def test_a_file_that_is_none_is_told(people: CommandLine, content: str, says: str) -> None:
    """With its name."""
    file = people.file("x.json", content)
    said = people("audience", "put", "x", file)

    assert said.status == 2
    assert said.err.startswith(f"{file}: {says}")


def test_tests_are_written_in_words() -> None:
    """A type goes with the name; lists are separated by commas; words may have hyphens."""
    words = ["amount:number over 100", "country any-of US, CA", "phone known", "email known false"]

    assert read_tests(words) == {
        "attributes": {"amount": "number"},
        "where": [
            {"attribute": "amount", "over": "100"},
            {"attribute": "country", "any_of": ["US", "CA"]},
            {"attribute": "phone", "known": True},
            {"attribute": "email", "known": False},
        ],
    }
