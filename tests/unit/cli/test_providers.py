"""Commands on who carries messages."""

import pytest
from attrs import frozen

from application.check_providers import InUse
from application.errors import OutcomeUnknown, TransientFault
from application.ports.checks import Checked, Finding
from application.ports.messaging import Refused
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.fakes.providers import Answer
from tests.unit.cli.command_line import TENANT, CommandLine

PHONE = "+12025550123"


@frozen
class Told:
    """Somebody whose answer is known."""

    finding: Finding
    remedy: str = ""

    async def check(self) -> Checked:
        return Checked(self.finding, f"It is {self.finding.value}.", self.remedy)


def test_where_all_is_well_the_status_is_0(cli: CommandLine) -> None:
    """What cannot be checked does not change it."""
    cli.in_use = [
        InUse("twilio", "sms", Told(Finding.OK)),
        InUse("pagerduty", "desk", Told(Finding.CANNOT_BE_CHECKED)),
    ]
    said = cli("provider", "check")

    assert said.status == 0
    assert "cannot be checked" in said.out


@pytest.mark.parametrize("finding", [each for each in Finding if not each.good])
def test_where_one_is_not_the_status_is_1(cli: CommandLine, finding: Finding) -> None:
    """With what was found and what to do about it."""
    cli.in_use = [
        InUse("twilio", "sms", Told(Finding.OK)),
        InUse("slack", "desk", Told(finding, "Set DRUMBEAT_SLACK_TOKEN.")),
    ]
    said = cli("provider", "check")

    assert said.status == 1
    assert finding.value.replace("_", " ") in said.out
    assert f"It is {finding.value}. Set DRUMBEAT_SLACK_TOKEN." in said.out


def test_scripts_get_json(cli: CommandLine) -> None:
    """One object for each role of each provider that is named."""
    cli.in_use = [
        InUse("twilio", "sms", Told(Finding.OK)),
        InUse("slack", "desk", Told(Finding.NOT_REACHABLE, "Wait.")),
    ]
    said = cli("provider", "check", "slack", "--json")

    assert said.status == 1
    assert said.data == [
        {
            "provider": "slack",
            "for": "desk",
            "ok": False,
            "finding": "not_reachable",
            "says": "It is not_reachable.",
            "remedy": "Wait.",
        }
    ]


def test_a_name_that_is_not_in_use_is_a_sentence(cli: CommandLine) -> None:
    """Exit status 2."""
    said = cli("provider", "check", "vonage")

    assert (said.status, said.err) == (2, "vonage is not in use; these are: nobody.\n")


def test_a_test_is_sent_when_a_person_agrees(cli: CommandLine) -> None:
    """The question names who carries it and to whom; the answer has the provider's own id."""
    said = cli("provider", "send-test", "sms", "--to", "+1 202 555 0123", typed="y\n")

    assert said.status == 0
    assert f"Send a real message by fake-sms on sms to {PHONE}?" in said.out
    assert said.out.endswith("fake-sms has taken it as ref-test:test-1:1; its key is test:test-1:1.\n")
    assert [message.to for message in cli.sms.sent] == [PHONE]


def test_nothing_is_sent_when_a_person_does_not(cli: CommandLine) -> None:
    """Exit status 1."""
    said = cli("provider", "send-test", "sms", "--to", PHONE, typed="n\n")

    assert (said.status, cli.sms.sent) == (1, [])
    assert said.out.endswith("Nothing was sent.\n")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_where_nobody_can_be_asked_nothing_is_sent_unless_told(
    cli: CommandLine, words: tuple[str, ...]
) -> None:
    """A script says --yes."""
    said = cli("provider", "send-test", "sms", "--to", PHONE, *words)

    assert (said.status, cli.sms.sent) == (2, [])
    assert "--yes" in said.err


def test_an_e_mail_has_a_subject_and_the_text_that_is_given(cli: CommandLine) -> None:
    """A provider can be named."""
    said = cli(
        "provider", "send-test", "email", "--to", "ann@example.com", "--text", "Hi", "--provider",
        "fake-email", "--yes", "--json",
    )  # fmt: skip
    [sent] = cli.email.sent

    assert said.status == 0
    assert said.data["outcome"] == "taken"
    assert (sent.content.text, sent.content.subject) == ("Hi", "Test message from Drumbeat")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            Refused("21211 not a valid number"),
            "Nothing was sent: fake-sms refuses it (21211 not a valid number).",
        ),
        (TransientFault("fake: HTTP 401"), "`drumbeat provider check fake-sms` may say why."),
        (OutcomeUnknown("fake: ReadTimeout"), "It may or may not have been sent (fake: ReadTimeout)"),
    ],
)
def test_what_was_not_taken_is_said(cli: CommandLine, answer: Answer, says: str) -> None:
    """Exit status 1."""
    cli.sms.answers = [answer]
    said = cli("provider", "send-test", "sms", "--to", PHONE, "--yes")

    assert said.status == 1
    assert says in said.out


def test_a_suppressed_address_is_refused(cli: CommandLine) -> None:
    """With the command that says why."""
    cli.stored(lambda tx: tx.suppressions.add(TENANT, Channel.SMS, PHONE, "opted_out", NOW))
    said = cli("provider", "send-test", "sms", "--to", PHONE, "--yes")

    assert (said.status, cli.sms.sent) == (1, [])
    assert "suppressed on sms" in said.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sms", "--to", "12"), "The address has no known country code"),
        (("voice", "--to", PHONE), "Nobody carries voice here (DRUMBEAT_PROVIDERS_VOICE)."),
        (
            ("sms", "--to", PHONE, "--provider", "vonage"),
            "vonage does not carry sms here; these do: fake-sms",
        ),
    ],
)
def test_what_cannot_be_sent_at_all_is_a_sentence(
    cli: CommandLine, words: tuple[str, ...], says: str
) -> None:
    """Exit status 2."""
    said = cli("provider", "send-test", *words, "--yes")

    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(says)
