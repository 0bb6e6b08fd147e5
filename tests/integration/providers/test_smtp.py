"""SMTP: our adapter against the sandbox's mail server."""

import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import evolve

from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from adapters.providers.smtp.email import SmtpEmailProvider
from application.environment import MissingSetting, WrongSetting
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from application.send_message import SendStatus
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, free_port, open_accounts, running_sandbox
from tests.unit.application.world import World

TO = "ana@example.com"
CONTENT = Content("Hi Ana", "Téa?", "<p>Hi Ana</p>")


def mail(key: str, to: str = TO) -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "mail", 1), to, CONTENT)


def smtp(sandbox: RunningSandbox, **changes: Any) -> MessageProvider:
    return sandbox.provider("smtp", Channel.EMAIL, **changes)


def taken(page: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    """The rows of the ledger about some attempts."""
    return [row for row in page["accepted"] if row["attempt"] in [f"{key}:mail:1" for key in keys]]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vendors=["smtp"], hold_seconds=60.0) as running:
        yield running


async def test_the_sandbox_takes_an_email_and_knows_its_attempt(sandbox: RunningSandbox) -> None:
    """It is in the books once, by the Message-ID that our adapter gave it, and nothing calls back."""
    accepted = await smtp(sandbox).send(mail("right"))
    page = await sandbox.settled()
    [row] = taken(page, "right")

    assert accepted == Accepted(row["provider_ref"])
    assert row["channel"] == "email"
    assert page["callbacks"]["events"] == {}


@pytest.mark.parametrize(
    "changes", [{"password": "wrong"}, {"username": "eve"}, {"username": "", "password": ""}]
)
async def test_strangers_are_turned_away(sandbox: RunningSandbox, changes: dict[str, str]) -> None:
    """A wrong password, or none, waits for a person to mend it."""
    with pytest.raises(TransientFault, match="credentials refused"):
        await smtp(sandbox, **changes).send(mail("stranger"))

    assert taken(await sandbox.ledger(), "stranger") == []


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("rate_limited", TransientFault, "SMTP 451 4.3.2"),
        ("unavailable", TransientFault, "SMTP 421 4.3.2"),
        ("server_error", OutcomeUnknown, "SMTPServerDisconnected after the data"),
        ("hangs", OutcomeUnknown, "TimeoutError after the data"),
    ],
)
async def test_faults_come_as_a_mail_server_has_them(
    sandbox: RunningSandbox, fault: str, error: type[Exception], says: str
) -> None:
    """What was refused is not in the books; what was lost or hung after it was taken is, once."""
    address = f"{fault}@example.com"
    await sandbox.faults(**{address: fault})
    provider = smtp(sandbox)
    assert isinstance(provider, SmtpEmailProvider)
    quick = evolve(provider, timeouts=evolve(provider.timeouts, connect=0.2, pool=0.1, total=0.6))
    with pytest.raises(error, match=says):
        await quick.send(mail(fault, address))

    assert len(taken(await sandbox.ledger(), fault)) == (1 if error is OutcomeUnknown else 0)


async def test_an_email_that_was_refused_for_a_while_is_taken_once(sandbox: RunningSandbox) -> None:
    """The same attempt again, after the server has recovered."""
    await sandbox.faults(**{"later@example.com": "unavailable"})
    for _ in range(2):
        with pytest.raises(TransientFault):
            await smtp(sandbox).send(mail("later", "later@example.com"))
    await smtp(sandbox).send(mail("later", "later@example.com"))

    assert len(taken(await sandbox.ledger(), "later")) == 1


async def test_an_attempt_in_doubt_is_not_sent_again_when_its_activity_is_repeated(
    sandbox: RunningSandbox,
) -> None:
    """The connection is lost after the data: the attempt is unknown, and stays the only one."""
    world = World()
    await world.publish()
    await sandbox.faults(**{"doubt@example.com": "server_error"})
    key = AttemptKey(await world.enroll(email="doubt@example.com"), "mail", 1)
    send = evolve(world.send, providers={Channel.EMAIL: [smtp(sandbox)]})
    first, again = await send(key, Channel.EMAIL), await send(key, Channel.EMAIL)

    assert (first.status, again.status) == (SendStatus.UNKNOWN, SendStatus.UNKNOWN)
    assert len(taken(await sandbox.ledger(), key.enrollment_id)) == 1


def environ() -> dict[str, str]:
    return open_accounts(["smtp"], Site("http://127.0.0.1:9", "http://127.0.0.1:9", free_port))


async def start(variables: dict[str, str]) -> None:
    """Start a sandbox with these variables, and end it."""
    app = create_app(SandboxSettings(("smtp",), "http://127.0.0.1:9"), variables)
    async with app.router.lifespan_context(app):
        pass


async def test_a_port_that_is_taken_is_named(sandbox: RunningSandbox) -> None:
    """By a sentence, as everywhere."""
    port = sandbox.environ["DRUMBEAT_SMTP_PORT"]
    with pytest.raises(WrongSetting, match=f"Port {port} cannot be used"):
        await start({**environ(), "DRUMBEAT_SMTP_PORT": port})


async def test_an_account_needs_a_password() -> None:
    """The sandbox turns strangers away, so it must know who is none."""
    with pytest.raises(MissingSetting, match="DRUMBEAT_SMTP_PASSWORD"):
        await start({**environ(), "DRUMBEAT_SMTP_PASSWORD": ""})


async def test_without_aiosmtpd_the_sandbox_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    with pytest.raises(WrongSetting, match=r"pip install 'drumbeat\[embedded\]'"):
        await start(environ())
