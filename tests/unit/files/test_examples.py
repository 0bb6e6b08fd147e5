"""The example files that the demonstration runs on."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.files.campaign_yaml import load_campaign
from adapters.files.contacts_csv import load_contacts
from application.ports.files import ContactFile
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE

EXAMPLES = Path(__file__).parents[3] / "examples"

RESERVED = re.compile(
    r"\+1\d{3}55501\d\d"  # US and Canada: NANPA, 555-0100 to 555-0199
    r"|\+44(7700900|2079460)\d{3}"  # Ofcom, numbers for drama
    r"|\+353209\d{6}"  # ComReg, (020) 91x xxxx
    r"|\+61(49157\d{4}|[2378]5550\d{4})"  # ACMA, numbers for creative works
    r"|\+49(3023125|4066969|6990009|8999998)\d{3}|\+4917139200\d\d"  # Bundesnetzagentur, "Drama numbers"
    r"|\+33(63998|19900)\d{4}"  # Arcep, fictional works
    r"|\+467017406\d\d"  # PTS, numbers for fiction
)

BY_PHONE = {"stops", "undeliverable", "answers_call", "voicemail", "busy", "no_answer", "busy_then_answers"}
BY_EMAIL = {"clicks", "opens", "bounces", "complains"}
BY_EITHER = {"replies", "ignores"}


@pytest.fixture(scope="module")
def contacts() -> ContactFile:
    return load_contacts(EXAMPLES / "contacts.csv")


def test_the_reminder_has_three_steps_and_a_handoff() -> None:
    """An SMS, an e-mail and a call with retries lead to a human, in at most two weeks."""
    _, campaign = load_campaign(EXAMPLES / "appointment-reminder.yaml")
    plan = campaign.plan
    text, email, call = plan.steps

    longest = sum((step.delay + step.wait * step.retry.attempts for step in plan.steps), timedelta(0))
    backoffs = sum((step.retry.first * (step.retry.attempts - 1) for step in plan.steps), timedelta(0))

    assert [step.channel for step in plan.steps] == [Channel.SMS, Channel.EMAIL, Channel.VOICE]
    assert text.route(Result.REPLIED) == COMPLETE
    assert call.retry.on == {Result.BUSY, Result.NO_ANSWER, Result.VOICEMAIL}
    assert str(email.route(Result.BOUNCED)) == "step:call"
    assert plan.at_end == ESCALATE
    assert plan.patience == timedelta(days=2)
    assert longest + backoffs <= timedelta(days=15)


def test_hello_is_done_once_it_has_arrived() -> None:
    """The smallest campaign is one SMS."""
    _, campaign = load_campaign(EXAMPLES / "hello.yaml")

    assert [step.channel for step in campaign.plan.steps] == [Channel.SMS]
    assert campaign.plan.steps[0].route(Result.DELIVERED) == COMPLETE


def test_the_contacts_have_the_faults_of_real_lists(contacts: ContactFile) -> None:
    """About two hundred rows: some bad in every way there is, some there twice, the others fine."""
    faults = Counter(
        "duplicate" if "duplicate" in problem.reason else problem.column for problem in contacts.problems
    )

    assert (contacts.read, len(contacts.rows), contacts.rejected) == (206, 188, 18)
    assert faults == {"duplicate": 6, "phone": 5, "email": 3, "timezone": 2, "row": 1, "country": 1}


def test_the_contacts_live_in_many_places(contacts: ContactFile) -> None:
    """Several countries and zones, people with one address only, and a byte order mark."""
    people = contacts.contacts

    assert (EXAMPLES / "contacts.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert len({person.attributes["country"] for person in people}) == 8
    assert len({person.timezone for person in people}) > 15
    assert sum(person.email is None for person in people) == 20
    assert sum(person.phone is None for person in people) == 15
    assert sum(person.timezone is None for person in people) == 5


def test_the_contacts_are_nobody(contacts: ContactFile) -> None:
    """All numbers are reserved for fiction, and all domains for examples (RFC 2606)."""
    for person in contacts.contacts:
        assert person.phone is None or RESERVED.fullmatch(person.phone), person.phone
        assert person.email is None or re.search(r"@example\.(com|net|org)$", person.email), person.email


def test_the_personas_suit_the_contacts(contacts: ContactFile) -> None:
    """Nobody behaves in a way that their addresses do not allow."""
    for person in contacts.contacts:
        persona = person.attributes["persona"]

        assert persona in BY_PHONE | BY_EMAIL | BY_EITHER
        assert person.phone is not None or persona not in BY_PHONE
        assert person.email is not None or persona not in BY_EMAIL
    mix = Counter(person.attributes["persona"] for person in contacts.contacts)

    assert len(mix) == 13
    assert [persona for persona, _ in mix.most_common(3)] == ["replies", "clicks", "ignores"]
