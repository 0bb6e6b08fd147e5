"""``drumbeat campaign publish``: the report, the choices, and that nothing is half done."""

import pytest

from domain.enrollment.migrate import END
from tests.unit.cli.command_line import CommandLine, definition


@pytest.fixture
def busy(cli: CommandLine) -> CommandLine:
    """Version 1 with three enrollments: two at ``text`` (one not begun), one at ``again``."""
    cli.published(definition(1))
    cli.enrolled("ann", step="text")
    cli.enrolled("bob")
    cli.enrolled("cem", step="again")
    return cli


def moves(cli: CommandLine) -> dict[str, list[str]]:
    """What each enrollment was told."""
    return {who: [row.detail for row in cli.told(f"spring-{who}")] for who in ("ann", "bob", "cem")}


def test_the_first_version_is_published_without_a_question(cli: CommandLine) -> None:
    """Where nobody is in flight, a script needs no --yes."""
    said = cli("campaign", "publish", cli.file("one.json", definition(1)))

    assert said.status == 0
    assert said.out.splitlines() == [
        "Nobody is in flight on another version of spring.",
        "spring version 1 is published.",
    ]
    assert cli.versions == [1]


def test_publishing_again_says_so(cli: CommandLine) -> None:
    """It does no harm."""
    cli.published(definition(1))
    said = cli("campaign", "publish", cli.file("one.json", definition(1)))

    assert said.status == 0
    assert "spring version 1 was published before, as it is." in said.out


def test_the_report_comes_before_the_deed(busy: CommandLine) -> None:
    """By version and step: how many, whether the step remains, and what was chosen."""
    new = busy.file("two.json", definition(2, "text"))
    said = busy("campaign", "publish", new, "--moving", "again=end", "--yes")

    rows = [line.split() for line in said.out.splitlines() if line.startswith(" 1 ") or "   1   " in line]
    assert said.status == 0
    assert rows == [["1", "text", "2", "yes", "keep"], ["1", "again", "1", "no", "end"]]
    assert said.out.index("again") < said.out.index("spring version 2 is published.")
    assert "Enrollments told of what was chosen: 1." in said.out
    assert moves(busy) == {"ann": [], "bob": [], "cem": [f"to version 2: again -> {END}"]}


def test_a_script_needs_to_say_yes(busy: CommandLine) -> None:
    """Without it nothing happens, and the way out is told."""
    said = busy("campaign", "publish", busy.file("two.json", definition(2, "text")))

    assert said.status == 2
    assert "in flight on other versions (3), some at steps that version 2 does not have (again)." in said.err
    assert "--yes" in said.err
    assert "--moving" in said.err
    assert busy.versions == [1]


def test_yes_keeps_everybody_where_nothing_was_chosen(busy: CommandLine) -> None:
    """Also those at a step that is gone: their version has it."""
    said = busy("campaign", "publish", busy.file("two.json", definition(2, "text")), "--yes")

    assert said.status == 0
    assert busy.versions == [1, 2]
    assert moves(busy) == {"ann": [], "bob": [], "cem": []}


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        (["again=call"], "version 2 has no step call"),
        (["agian=end"], "no version before has a step agian; did you mean again?"),
        (["again=end", "again=keep"], "there is another choice for again already"),
        (["again"], "write it as STEP=CHOICE"),
        (["=end"], "write it as STEP=CHOICE"),
        (["handoff=text"], "a human has the case"),
    ],
)
def test_a_bad_choice_publishes_nothing(busy: CommandLine, choices: list[str], says: str) -> None:
    """Choices are checked before anything is stored, --yes or not."""
    options = [word for choice in choices for word in ("--moving", choice)]
    said = busy("campaign", "publish", busy.file("two.json", definition(2, "text")), *options, "--yes")

    assert said.status == 2
    assert says in said.err
    assert busy.versions == [1]
    assert moves(busy) == {"ann": [], "bob": [], "cem": []}


def test_a_person_is_asked_for_each_step_that_is_gone(busy: CommandLine) -> None:
    """A choice that leads nowhere is asked again; the choices are shown before the last yes."""
    new = busy.file("two.json", definition(2, "text", "mail"))
    said = busy("campaign", "publish", new, typed="mial\nmail\ny\n")

    assert said.status == 0
    assert "version 2 has no step mial; did you mean mail?" in said.out
    assert said.out.count("Version 2 has no step again.") == 2
    assert "Version 2 has no step text." not in said.out
    assert moves(busy) == {"ann": [], "bob": [], "cem": ["to version 2: again -> mail"]}


def test_a_person_may_think_better_of_it(busy: CommandLine) -> None:
    """The answer is no, and nothing was done."""
    said = busy("campaign", "publish", busy.file("two.json", definition(2, "text")), typed="end\nn\n")

    assert said.status == 1
    assert "Nothing was published." in said.out
    assert busy.versions == [1]


def test_enter_keeps(busy: CommandLine) -> None:
    """What is usual needs no typing; what was chosen by an option is not asked."""
    new = busy.file("two.json", definition(2, "mail"))
    said = busy("campaign", "publish", new, "--moving", "text=mail", typed="\ny\n")

    assert said.status == 0
    assert "has no step text." not in said.out
    assert moves(busy)["ann"] == moves(busy)["bob"] == ["to version 2: text -> mail"]
    assert moves(busy)["cem"] == []


@pytest.mark.parametrize("key", ["end", "keep"])
def test_a_step_may_be_called_as_a_choice(busy: CommandLine, key: str) -> None:
    """Then it is named with step: before it, and shown so."""
    new = busy.file("two.json", definition(2, "text", key))
    said = busy("campaign", "publish", new, "--moving", f"again=step:{key}", "--yes")

    assert said.status == 0
    assert f"step:{key}" in said.out
    assert moves(busy)["cem"] == [f"to version 2: again -> {key}"]


def test_a_version_that_exists_with_other_content_is_refused(busy: CommandLine) -> None:
    """Nobody is told anything then."""
    said = busy("campaign", "publish", busy.file("one.json", definition(1, "text")), "--yes")

    assert said.status == 2
    assert "other content" in said.err


def test_the_same_choice_again_tells_nobody_twice(busy: CommandLine) -> None:
    """So a command that was interrupted can be repeated."""
    command = ("campaign", "publish", busy.file("two.json", definition(2, "text")), "--moving", "again=end")
    first, second = busy(*command, "--yes", "--json"), busy(*command, "--yes", "--json")

    assert (first.data["published"], first.data["told"]) == (True, 1)
    assert (second.data["published"], second.data["told"]) == (False, 0)
    assert first.data["impact"] == [
        {"version": 1, "step": "text", "in_flight": 2, "remains": True, "choice": "keep"},
        {"version": 1, "step": "again", "in_flight": 1, "remains": False, "choice": "end"},
    ]


def test_json_asks_nothing(busy: CommandLine) -> None:
    """Questions would spoil the answer: a script says --yes."""
    said = busy("campaign", "publish", busy.file("two.json", definition(2, "text")), "--json", typed="y\n")

    assert (said.status, said.out) == (2, "")
    assert busy.versions == [1]


def test_a_file_with_problems_is_not_published(cli: CommandLine) -> None:
    """All of them are told with their places."""
    path = cli.file("one.yaml", "campaign: spring\nversion: 0\nsteps: []\n")
    said = cli("campaign", "publish", path)

    assert said.status == 2
    assert f"{path}:2:1: version:" in said.err
    assert f"{path}:3:1: steps:" in said.err
    assert cli.versions == []


def test_warnings_do_not_hold_up_and_are_no_part_of_the_answer(cli: CommandLine) -> None:
    """They stand on the error stream, with their place."""
    steps = [{"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "a" * 700}}]
    path = cli.file("one.json", definition(1, steps=steps))
    said = cli("campaign", "publish", path, "--json")

    assert (said.status, said.data["published"]) == (0, True)
    assert f"{path}:1:" in said.err
    assert "warning: " in said.err
