"""Every vendor's check, and a test message by every provider, against their counterparts in the sandbox."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from attrs import evolve, field, frozen

from adapters.providers import registry
from adapters.providers.common.vendor import Role
from application.ports.checks import Checked, Finding
from application.ports.messaging import Content
from application.send_test import SendOutcome, SendTest
from domain.statuses import Channel
from tests.fakes.clock import Counter, FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.sandbox import RunningSandbox, free_port, running_sandbox

WRONG = "wr0ngs3cret"
OTHER_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@frozen
class Subject:
    """A vendor in one of its roles.

    Args:
        name: the vendor's.
        role: what it is in use for.
        wrong: a change of settings by which its credentials are wrong.
        address: the setting that says where it is.
        found: what is found where all is right.
        found_wrong: what is found where the credentials are wrong.
    """

    name: str
    role: Role
    wrong: Mapping[str, str] = field(repr=False)
    address: str = "base_url"
    found: Finding = Finding.OK
    found_wrong: Finding = Finding.WRONG_CREDENTIALS

    @property
    def id(self) -> str:
        return f"{self.name}-{self.role.value}"


SUBJECTS = [
    Subject("twilio", Role.SMS, {"auth_token": WRONG}),
    Subject("twilio", Role.VOICE, {"auth_token": WRONG}),
    Subject("vonage", Role.SMS, {"api_secret": WRONG}),
    Subject("vonage", Role.VOICE, {"application_id": WRONG}, "api_url"),
    Subject("sendgrid", Role.EMAIL, {"api_key": WRONG}),
    Subject("postmark", Role.EMAIL, {"server_token": WRONG}),
    Subject("mailgun", Role.EMAIL, {"api_key": WRONG}),
    Subject("ses", Role.EMAIL, {"secret_access_key": WRONG}),
    Subject("smtp", Role.EMAIL, {"password": WRONG}, "port"),
    Subject("slack", Role.DESK, {"token": WRONG}),
    Subject("zendesk", Role.DESK, {"token": WRONG}),
    # An Events API key and a webhook's secret show only in a case: that they are reached is all there is.
    Subject(
        "pagerduty",
        Role.DESK,
        {"routing_key": WRONG},
        found=Finding.CANNOT_BE_CHECKED,
        found_wrong=Finding.CANNOT_BE_CHECKED,
    ),
    Subject("linear", Role.DESK, {"api_key": WRONG}),
    Subject("jira", Role.DESK, {"token": WRONG}),
    Subject(
        "webhook",
        Role.DESK,
        {"secret": OTHER_KEY},
        "url",
        found=Finding.CANNOT_BE_CHECKED,
        found_wrong=Finding.CANNOT_BE_CHECKED,
    ),
]
every_role = pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.id for subject in SUBJECTS])
every_provider = pytest.mark.parametrize(
    "subject",
    [subject for subject in SUBJECTS if subject.role is not Role.DESK],
    ids=[subject.id for subject in SUBJECTS if subject.role is not Role.DESK],
)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    vendors = list(dict.fromkeys(subject.name for subject in SUBJECTS))
    async with running_sandbox(vendors=vendors, speed=1e4) as running:
        yield running


async def checked(sandbox: RunningSandbox, subject: Subject, **changes: Any) -> Checked:
    """What a vendor's check finds, with some settings changed."""
    settings = evolve(sandbox.settings(subject.name), **changes)
    asked = registry.vendors()[subject.name].checkable(subject.role, settings, sandbox.wiring)
    assert asked is not None
    return await asked.check()


def secrets(sandbox: RunningSandbox, name: str) -> list[str]:
    """The values of a vendor's account that nobody may read in a sentence."""
    hidden = {"TOKEN", "SECRET", "KEY", "PASSWORD", "EMAIL"}
    return [
        value
        for variable, value in sandbox.environ.items()
        if variable.startswith(f"DRUMBEAT_{name.upper()}_") and variable.rpartition("_")[2] in hidden
    ]


def test_every_vendor_can_be_asked_in_every_role() -> None:
    """A vendor that is added comes with a check, and with a row here."""
    wanted = {(vendor.name, role) for vendor in registry.BUILT_IN for role in Role if vendor.can(role)}

    assert {(subject.name, subject.role) for subject in SUBJECTS} == wanted
    assert [vendor.name for vendor in registry.BUILT_IN if vendor.check is None] == []


@every_role
async def test_right_credentials_are_taken_and_nothing_is_sent(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The books of the sandbox stay as they are."""
    before = await sandbox.ledger()
    found = await checked(sandbox, subject)
    after = await sandbox.ledger()

    assert found.finding is subject.found, found
    assert (after["accepted"], after["handoffs"]) == (before["accepted"], before["handoffs"])


@every_role
async def test_wrong_credentials_are_told_with_their_setting(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The remedy names the setting; neither the right nor the wrong secret is said."""
    found = await checked(sandbox, subject, **subject.wrong)
    said = f"{found.says} {found.remedy}"
    [setting] = subject.wrong

    assert found.finding is subject.found_wrong, found
    assert f"DRUMBEAT_{subject.name.upper()}_{setting.upper()}" in said
    assert [value for value in (*secrets(sandbox, subject.name), WRONG) if value in said] == []


@every_role
async def test_an_address_where_nobody_listens_is_told(sandbox: RunningSandbox, subject: Subject) -> None:
    """With the setting that says where the vendor is."""
    port = free_port()
    nowhere: Any = port if subject.name == "smtp" else f"http://127.0.0.1:{port}"
    found = await checked(sandbox, subject, **{subject.address: nowhere})
    named = "host" if subject.name == "smtp" else "region" if subject.name == "ses" else subject.address

    assert found.finding is Finding.NOT_REACHABLE, found
    assert f"DRUMBEAT_{subject.name.upper()}_{named.upper()}" in found.remedy


@every_provider
async def test_a_test_message_is_taken_once_under_a_key_of_its_own(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The provider's books have it under the key that is told, with the ref that is told."""
    channel = Channel(subject.role.value)
    to = "tester@example.com" if channel is Channel.EMAIL else "+12025550177"
    content = Content("A test.", "Test" if channel is Channel.EMAIL else None)
    clock = FakeClock()
    send = SendTest(
        FakeDatabase(clock=clock),
        {channel: [sandbox.provider(subject.name, channel)]},
        clock,
        Counter(f"{subject.name}-{channel.value}"),
    )
    sent = await send("acme", channel, to, content)
    books = (await sandbox.ledger())["accepted"]

    assert (sent.provider, sent.outcome) == (subject.name, SendOutcome.TAKEN)
    assert sent.key == f"test:{subject.name}-{channel.value}-1:1"
    assert [row["provider_ref"] for row in books if row["attempt"] == sent.key] == [sent.ref]
