"""SendGrid: our adapter and reader against its counterpart in the sandbox."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from adapters.providers.sandbox.people import PERSONAS
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import InboundText, StatusReport
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from application.send_message import SendStatus
from domain.idempotency import AttemptKey
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.unit.application.world import World

TO = "ana@example.com"
KEY = "7b1b2f:mail:1"
CONTENT = Content("Hi Ana,\nTéa?", "Tea?", "<p>Hi Ana</p>")


def mail(key: str = "7b1b2f", content: Content = CONTENT) -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "mail", 1), TO, content)


def sendgrid(sandbox: RunningSandbox, **changes: Any) -> MessageProvider:
    return sandbox.provider("sendgrid", Channel.EMAIL, **changes)


def reports(sandbox: RunningSandbox) -> list[StatusReport]:
    """What we were told about the attempt, in the order in which it came."""
    told = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    assert {report.attempt_key for report in told} == {KEY}
    return told


async def test_the_sandbox_takes_refuses_and_loses_the_line_as_sendgrid_does() -> None:
    """Taken once; a wrong key waits; no subject is refused; a cut line is unknown and in the books once."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox, cut_before_answer(sandbox.url) as cut:
        accepted = await sendgrid(sandbox).send(mail())
        refused = await sendgrid(sandbox).send(mail("empty", Content("Hi")))
        with pytest.raises(TransientFault, match="credentials"):
            await sendgrid(sandbox, api_key="SG.wrong").send(mail("wrong"))
        with pytest.raises(OutcomeUnknown):
            await sendgrid(sandbox, base_url=cut).send(mail("cut"))
        page = await sandbox.ledger()

    assert isinstance(accepted, Accepted)
    assert refused == Refused("HTTP 400 subject")
    assert [row["attempt"] for row in page["accepted"]] == [KEY, "cut:mail:1"]
    assert page["accepted"][0]["provider_ref"] == accepted.provider_ref


async def test_an_attempt_in_doubt_is_not_sent_again_when_its_activity_is_repeated() -> None:
    """The line is cut after SendGrid took it: the attempt is unknown, and stays the only one there."""
    world = World()
    await world.publish()
    key = AttemptKey(await world.enroll(email=TO), "mail", 1)
    async with running_sandbox(vendors=["sendgrid"]) as sandbox, cut_before_answer(sandbox.url) as cut:
        send = evolve(world.send, providers={Channel.EMAIL: [sendgrid(sandbox, base_url=cut)]})
        first = await send(key, Channel.EMAIL)
        again = await evolve(send, providers={Channel.EMAIL: [sendgrid(sandbox)]})(key, Channel.EMAIL)
        page = await sandbox.ledger()

    assert (first.status, again.status) == (SendStatus.UNKNOWN, SendStatus.UNKNOWN)
    assert [row["attempt"] for row in page["accepted"]] == [str(key)]


async def test_an_email_that_was_taken_is_not_sent_again_when_its_activity_is_repeated() -> None:
    """What is recorded is given back, and SendGrid has one."""
    world = World()
    await world.publish()
    key = AttemptKey(await world.enroll(email=TO), "mail", 1)
    async with running_sandbox(vendors=["sendgrid"]) as sandbox:
        send = evolve(world.send, providers={Channel.EMAIL: [sendgrid(sandbox)]})
        results = [await send(key, Channel.EMAIL) for _ in range(2)]
        page = await sandbox.ledger()

    assert results[0] == results[1]
    assert [row["provider_ref"] for row in page["accepted"]] == [results[0].provider_ref]


_READ = ["queued", "delivered", "opened"]
_TOLD: Mapping[str, list[str]] = {
    "replies": [*_READ, "clicked"],
    "clicks": [*_READ, "clicked"],
    "opens": _READ,
    "writes_back": _READ,
    "stops": ["queued", "delivered", "opted_out"],
    "bounces": ["queued", "bounced"],
    "complains": ["queued", "delivered", "complained"],
    "opted_out_before": ["queued", "opted_out"],
}


@pytest.mark.parametrize("persona", PERSONAS)
async def test_each_persona_reacts_with_signed_batches(persona: str) -> None:
    """What our reader makes of the verified events is what the persona does, and names the e-mail."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox:
        await sandbox.people(**{TO: persona})
        accepted = await sendgrid(sandbox).send(mail())
        page = await sandbox.settled()

    assert isinstance(accepted, Accepted)
    assert [report.status.value for report in reports(sandbox)] == _TOLD.get(persona, ["queued", "delivered"])
    assert {report.provider_ref for report in reports(sandbox)} == {accepted.provider_ref}
    assert page["callbacks"]["given_up"] == 0


async def test_events_that_come_twice_and_in_any_order_have_the_same_ids() -> None:
    """SendGrid repeats whole batches; each event is known by its sg_event_id."""
    async with running_sandbox(vendors=["sendgrid"], refusals=1) as sandbox:
        await sandbox.people(**{TO: "clicks"})
        await sandbox.faults(**{TO: "scrambles"})
        await sendgrid(sandbox).send(mail())
        await sandbox.settled()

    ids = {report.event_id: report.status.value for report in reports(sandbox)}
    assert len(reports(sandbox)) > len(ids)
    assert sorted(ids.values()) == ["clicked", "delivered", "opened", "queued"]


@pytest.mark.parametrize(
    ("persona", "text", "keyword"),
    [("writes_back", "Yes, that suits me.", None), ("writes_stop", "STOP", Keyword.STOP)],
)
async def test_an_answer_to_an_email_comes_in_and_names_its_attempt(
    persona: str, text: str, keyword: Keyword | None
) -> None:
    """Inbound Parse posts it signed; what it quotes is left out, and STOP is told by the text."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox:
        await sandbox.people(**{TO: persona})
        await sendgrid(sandbox, reply_to="answers@in.example.com").send(mail())
        await sandbox.settled()

    [reply] = [report for report in sandbox.receiver.reports if isinstance(report, InboundText)]
    assert (reply.channel, reply.sender, reply.text) == (Channel.EMAIL, TO, text)
    assert reply.attempt_key == KEY
    assert Keywords().of(reply.text) is keyword


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("rate_limited", TransientFault, "HTTP 429"),
        ("unavailable", TransientFault, "HTTP 503"),
        ("server_error", OutcomeUnknown, "HTTP 500"),
        ("hangs", OutcomeUnknown, "ReadTimeout"),
    ],
)
async def test_faults_come_as_sendgrid_has_them(fault: str, error: type[Exception], says: str) -> None:
    """What was refused is not in the books; what failed or hung after it was taken is, and calls back."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox:
        await sandbox.faults(**{TO: fault})
        await sandbox.people(**{TO: "opens"})
        with pytest.raises(error, match=says):
            await sendgrid(sandbox.impatient(0.3)).send(mail())
        page = await sandbox.settled()

    taken = error is OutcomeUnknown
    assert [row["attempt"] for row in page["accepted"]] == ([KEY] if taken else [])
    if taken:
        assert [report.status.value for report in reports(sandbox)] == _READ
