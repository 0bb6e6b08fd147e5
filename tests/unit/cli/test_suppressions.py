"""Commands on addresses that must not be contacted."""

from pathlib import Path

import pytest

from application.ports.suppressions import EVERYBODY
from domain.statuses import Channel
from tests.unit.cli.command_line import TENANT, CommandLine

PHONE = "+12025550123"
ROWS = f"channel,address,reason\nsms,{PHONE},opted_out\nemail,ann@example.com,complained\n"


@pytest.fixture
def file(cli: CommandLine) -> Path:
    return cli.file("stop.csv", ROWS)


def test_a_file_is_imported(cli: CommandLine, file: Path) -> None:
    """A second time, all is known."""
    first, second = cli("suppression", "import", file), cli("suppression", "import", file)

    assert (first.status, second.status) == (0, 0)
    assert first.out == f"{file}: 2 rows read, 2 suppressed now, 0 known before, 0 refused\n"
    assert second.out == f"{file}: 2 rows read, 0 suppressed now, 2 known before, 0 refused\n"


def test_what_is_for_everybody_holds_for_all_tenants(cli: CommandLine, file: Path) -> None:
    """It is said where one is looked up."""
    cli("suppression", "import", file, "--everybody")
    said = cli("suppression", "check", "sms", "+1 202 555 0123")

    [found] = cli.stored(lambda tx: tx.suppressions.of(TENANT, Channel.SMS, PHONE))
    assert found.tenant == EVERYBODY
    assert said.status == 1
    assert said.out == "Suppressed for all tenants since 2030-01-15 12:00 UTC: opted_out\n"


def test_refused_rows_are_told_and_the_others_imported(cli: CommandLine) -> None:
    """The exit status says that the list is not whole; the rows can be had as a file to put right."""
    file, rejects = cli.file("stop.csv", f"{ROWS}fax,{PHONE},\nsms,12,\n"), cli.folder / "rejects.csv"
    said = cli("suppression", "import", file, "--rejects", rejects)

    assert said.status == 1
    assert said.out == f"{file}: 4 rows read, 2 suppressed now, 0 known before, 2 refused\n"
    assert said.err.startswith(f"{file}:4: channel is not one of sms, email, voice, all\n{file}:5: ")
    assert len(rejects.read_text("utf-8").splitlines()) == 3


def test_very_many_problems_are_cut_short(cli: CommandLine) -> None:
    """With the way to all of them."""
    file = cli.file("stop.csv", ROWS + "sms,12,\n" * 25)
    said = cli("suppression", "import", file)

    assert len(said.err.splitlines()) == 21
    assert said.err.splitlines()[-1] == "... and 5 more; --rejects writes all of them to a file."


def test_the_rejects_never_overwrite_the_file(cli: CommandLine, file: Path) -> None:
    """A slip costs nothing."""
    said = cli("suppression", "import", file, "--rejects", file)

    assert said.status == 2
    assert file.read_text("utf-8") == ROWS


def test_an_address_that_is_not_suppressed_is_said(cli: CommandLine, file: Path) -> None:
    """On this channel; the exit status is 0."""
    cli("suppression", "import", file)
    said = cli("suppression", "check", "voice", PHONE)

    assert (said.status, said.out) == (0, "It is not suppressed on voice.\n")


def test_an_e_mail_address_is_looked_up_as_it_is_stored(cli: CommandLine, file: Path) -> None:
    """Whatever the case of its domain."""
    cli("suppression", "import", file)
    said = cli("suppression", "check", "email", "ann@EXAMPLE.com")

    assert (said.status, said.out) == (
        1,
        "Suppressed for this tenant since 2030-01-15 12:00 UTC: complained\n",
    )


@pytest.mark.parametrize(
    ("channel", "address", "says"),
    [("sms", "12", "The address has no known country code"), ("email", "x", "The address is not an e-mail")],
)
def test_what_is_no_address_is_a_sentence_without_it(
    cli: CommandLine, channel: str, address: str, says: str
) -> None:
    """Exit status 2."""
    said = cli("suppression", "check", channel, address)

    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(says)


def test_a_file_that_is_none_is_named(cli: CommandLine) -> None:
    """Nothing is imported."""
    said = cli("suppression", "import", "nobody.csv")

    assert (said.status, said.err) == (2, "nobody.csv: there is no such file\n")


def test_an_address_is_suppressed_listed_and_freed(cli: CommandLine) -> None:
    """On every channel that it is good for; what is for all tenants is told from the tenant's own."""
    first = cli("suppression", "add", "all", "+1 202 555 0123")
    second = cli("suppression", "add", "sms", PHONE, "--json")
    cli("suppression", "add", "email", "ann@example.com", "--everybody", "--reason", "bounced")
    listed = cli("suppression", "list")
    data = cli("suppression", "list", "--channel", "voice", "--json").data
    short = cli("suppression", "list", "--limit", "1")
    lifted = cli("suppression", "lift", "sms", PHONE)

    assert first.out == "It is suppressed now.\n"
    assert second.data == {"added": 0, "known": 1}
    assert all(word in listed.out for word in (PHONE, "requested", "bounced", "all tenants", "this tenant"))
    assert [(each["address"], each["everybody"]) for each in data] == [(PHONE, False)]
    assert short.err == "There are more than 1: --limit shows more of them.\n"
    assert lifted.out == "It may be contacted on sms again.\n"
    assert cli("suppression", "check", "sms", PHONE, "--json").data == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "sms", "12"], "The address has no known country code"),
        (["add", "fax", PHONE], "The channel is not one of sms, email, voice, all."),
        (["lift", "sms", PHONE], "The address is not suppressed on sms"),
        (["lift", "email", "ann@example.com"], "which only the operator can end"),
    ],
)
def test_what_cannot_be_done_with_a_suppression_is_told(
    cli: CommandLine, words: list[str], told: str
) -> None:
    """As a sentence."""
    cli("suppression", "add", "email", "ann@example.com", "--everybody")
    said = cli("suppression", *words)

    assert said.status == 2
    assert told.lower() in said.err.lower()


def test_the_operator_lifts_what_is_for_everybody(cli: CommandLine) -> None:
    """By saying so; nothing is left to list."""
    cli("suppression", "add", "sms", PHONE, "--everybody")
    lifted = cli("suppression", "lift", "sms", PHONE, "--everybody", "--json")
    listed = cli("suppression", "list")

    assert lifted.data == {"lifted": True}
    assert (listed.status, listed.out) == (0, "Nothing is suppressed.\n")


def test_an_import_is_told_to_scripts(cli: CommandLine) -> None:
    """With the reasons of what was refused, and no address."""
    file = cli.file("stop.csv", f"{ROWS}sms,12,\n")
    said = cli("suppression", "import", file, "--json")

    assert said.status == 1
    assert {name: said.data[name] for name in ("read", "added", "known", "refused")} == {
        "read": 3, "added": 2, "known": 0, "refused": 1,
    }  # fmt: skip
    assert said.data["problems"][0]["line"] == 4
