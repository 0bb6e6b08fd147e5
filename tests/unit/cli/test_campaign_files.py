"""Commands on campaign files, which need no database: validate, graph, preview, and the schema."""

from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

GOOD = """\
campaign: spring
version: 1
attributes: {first_name: text, amount: number}
steps:
  - key: text
    channel: sms
    wait: 1d
    message:
      text: Hi {{ first_name }}
      languages:
        de: {text: "Hallo {{ first_name }}"}
  - key: mail
    channel: email
    delay: 2h
    wait: 1d
    when: {amount: {over: 100}}
    message: {subject: "For {{ first_name }}", html: "<p>Dear <b>{{ first_name }}</b></p>"}
"""
PYTHON = """\
from drumbeat import Campaign, Message, Sms

campaign = Campaign(
    campaign="spring",
    version=1,
    attributes=["first_name"],
    steps=[Sms(key="text", wait="1d", message=Message(text="Hi {{ first_name }} " + 500 * "a"))],
)
"""
CONTACTS = """\
external_id,phone,email,first_name,language,amount
a-1,+12025550101,,Ann,,7
a-2,12,,Bob,,
a-3,+12025550103,cem@example.com,Cem,de-AT,250
"""


@pytest.fixture
def good(cli: CommandLine) -> Path:
    return cli.file("good.yaml", GOOD)


@pytest.fixture
def contacts(cli: CommandLine) -> Path:
    return cli.file("people.csv", CONTACTS)


def test_the_schema_is_printed_as_json(cli: CommandLine) -> None:
    """It is what editors take."""
    said = cli("schema")

    assert said.status == 0
    assert said.data["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_file_that_can_be_published_is_named(cli: CommandLine, good: Path) -> None:
    """With what it defines."""
    said = cli("campaign", "validate", good)

    assert (said.status, said.out) == (0, f"{good}: spring version 1 can be published.\n")


def test_all_problems_of_all_files_are_told_with_their_places(cli: CommandLine, good: Path) -> None:
    """As compilers tell them; one bad file does not hide the others."""
    bad = cli.file("bad.yaml", GOOD.replace("wait: 1d", "wait: 1 weak").replace("key: mail", "key: text"))
    said = cli("campaign", "validate", bad, "nobody.yaml", good)

    assert said.status == 2
    lines = said.out.splitlines()
    assert lines[0].startswith(f"{bad}:7:5: steps.0.wait: ")
    assert any(line.startswith(f"{bad}:12:5: steps.1.key: ") for line in lines)
    assert "nobody.yaml: there is no such file" in lines
    assert lines[-1] == f"{good}: spring version 1 can be published."


def test_problems_come_as_json_for_scripts(cli: CommandLine, good: Path) -> None:
    """A list of files, each with its problems and warnings."""
    bad = cli.file("bad.yaml", GOOD.replace("version: 1", "version: 0"))
    said = cli("campaign", "validate", bad, good, "--json")

    first, second = said.data
    assert said.status == 2
    assert (first["file"], first["valid"]) == (str(bad), False)
    assert [(each["line"], each["column"]) for each in first["problems"]] == [(2, 1)]
    assert first["problems"][0]["reason"].startswith("version: ")
    assert second == {"file": str(good), "valid": True, "problems": [], "warnings": []}


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("long.yaml", GOOD.replace("Hi {{", "a" * 500 + " {{"), "9:7"),
        ("long.py", PYTHON, "7:55"),
    ],
)
def test_warnings_have_places_and_are_no_problem(
    cli: CommandLine, name: str, content: str, place: str
) -> None:
    """A text of many parts can be published; whoever wrote it sees where it is."""
    path = cli.file(name, content)
    said = cli("campaign", "validate", path)

    first, last = said.out.splitlines()
    assert said.status == 0
    assert first.startswith(f"{path}:{place}: warning: steps.0.message.text: with made-up values")
    assert last == f"{path}: spring version 1 can be published."


def test_a_campaign_is_drawn_for_mermaid(cli: CommandLine, good: Path) -> None:
    """That is the usual form, printed as it is."""
    said = cli("campaign", "graph", good)

    assert said.status == 0
    assert said.out.startswith("flowchart TD\n")


@pytest.mark.parametrize(
    ("options", "begins"),
    [((), "<svg "), (("--format", "mermaid"), "flowchart TD"), (("--format", "svg"), "<svg ")],
)
def test_the_name_of_the_file_says_how_to_draw(
    cli: CommandLine, good: Path, options: tuple[str, ...], begins: str
) -> None:
    """Unless the format is given."""
    out = cli.folder / "spring.svg"
    said = cli("campaign", "graph", good, "--out", out, *options)

    assert (said.status, said.out) == (0, f"Written to {out}.\n")
    assert out.read_text("utf-8").startswith(begins)


def test_a_drawing_that_cannot_be_written_is_a_sentence(cli: CommandLine, good: Path) -> None:
    """With the file and the reason."""
    out = cli.folder / "nowhere" / "spring.svg"
    said = cli("campaign", "graph", good, "--out", out)

    assert (said.status, said.out) == (2, "")
    assert said.err == f"{out}: cannot be written: No such file or directory\n"


def test_a_contact_can_be_made_up(cli: CommandLine, good: Path) -> None:
    """Without any file; what is set goes above what is made up."""
    said = cli("campaign", "preview", good, "--set", "first_name=Mia", "--set", "language=de")

    assert said.status == 0
    assert said.out.splitlines() == [
        "spring version 1, for a made-up contact",
        "",
        "text: SMS at once, in de, 1 part (9 characters in GSM-7)",
        "  Hallo Mia",
        "",
        "mail: e-mail after 2 hours, with HTML (--json shows it)",
        "  Subject: For Mia",
        "",
        "  Dear Mia",
    ]


def test_a_contact_of_a_file_is_chosen_by_name(cli: CommandLine, good: Path, contacts: Path) -> None:
    """They get the words in their own language."""
    said = cli("campaign", "preview", good, "--contacts", contacts, "--contact", "a-3")

    assert said.status == 0
    assert "for the contact on line 4 of people.csv" in said.out
    assert "  Hallo Cem" in said.out


def test_the_first_contact_is_the_usual_one_and_what_they_lack_is_told(
    cli: CommandLine, good: Path, contacts: Path
) -> None:
    """A step that is passed over is shown all the same, with what keeps it from them."""
    said = cli("campaign", "preview", good, "--contacts", contacts, "--json")

    text, mail = said.data
    assert (text["text"], text["applies"], text["problems"]) == ("Hi Ann", True, [])
    assert text["sms"] == {"parts": 1, "characters": 6, "encoding": "GSM-7"}
    assert (mail["applies"], mail["subject"]) == (False, "For Ann")
    assert mail["html"] == "<p>Dear <b>Ann</b></p>"
    assert mail["problems"] == ["the contact has no e-mail address"]


def test_what_is_known_can_be_taken_away(cli: CommandLine, good: Path, contacts: Path) -> None:
    """NAME= is for what a contact does not have."""
    options = ("--contacts", contacts, "--row", 3, "--set", "first_name=", "--set", "email=")
    said = cli("campaign", "preview", good, *options)

    assert said.status == 0
    assert "  ! the contact has no first_name, and the template needs it" in said.out
    assert "  ! the contact has no e-mail address" in said.out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--row", "2"], "people.csv:3: row 2 cannot be used: phone"),
        (["--row", "4"], "people.csv: there is no row 4; it has 3."),
        (["--contact", "a-2"], "people.csv: no row that can be used has this external_id."),
        (["--contact", "a-1", "--row", "1"], "--contact and --row both choose"),
        (["--set", "first_name"], "--set needs a name and a value"),
        (["--set", "first name=Mia"], "--set needs a name and a value"),
        (["--set", "external_id="], "A contact cannot be without an external_id."),
        (["--set", "email=", "--set", "phone="], "a contact needs a phone number or an e-mail address"),
    ],
)
def test_a_contact_who_is_not_there_is_a_sentence(
    cli: CommandLine, good: Path, contacts: Path, options: list[str], says: str
) -> None:
    """It names the file and the line, and nothing of the person."""
    said = cli("campaign", "preview", good, "--contacts", contacts, *options)

    assert (said.status, said.out) == (2, "")
    assert says in said.err


def test_a_choice_needs_a_file(cli: CommandLine, good: Path) -> None:
    """Of a made-up contact there is only one."""
    said = cli("campaign", "preview", good, "--row", 1)

    assert said.status == 2
    assert "name it with --contacts" in said.err


def test_a_file_of_which_nothing_can_be_used_is_told_with_its_first_fault(
    cli: CommandLine, good: Path
) -> None:
    """As it is when it is enrolled."""
    bad = cli.file("bad.csv", "phone\n12\n")
    said = cli("campaign", "preview", good, "--contacts", bad)

    assert said.status == 2
    assert said.err.startswith(f"{bad}:2: none of its rows can be used: phone")


@pytest.mark.parametrize("command", [("graph",), ("preview",), ("diff", "nobody.yaml")])
def test_a_file_that_cannot_be_used_is_named(cli: CommandLine, command: tuple[str, ...]) -> None:
    """By every command, without a traceback."""
    said = cli("campaign", *command, "nobody.yaml")

    assert (said.status, said.out) == (2, "")
    assert said.err == "nobody.yaml: there is no such file\n"
