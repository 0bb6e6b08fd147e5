"""Mailgun: our adapter and reader against its counterpart in the sandbox."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.providers.sandbox.people import PERSONAS
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, Refused
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.integration.providers.mails import TO, answers, mail, reports, taken


def mailgun(sandbox: RunningSandbox, **changes: Any) -> MessageProvider:
    return sandbox.provider("mailgun", Channel.EMAIL, **changes)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vendors=["mailgun"], refusals=1, hold_seconds=20.0) as running:
        yield running


async def test_the_sandbox_takes_refuses_and_loses_the_line_as_mailgun_does(sandbox: RunningSandbox) -> None:
    """Taken once; a wrong key waits; no text is refused; a cut line is unknown and in the books once."""
    async with cut_before_answer(sandbox.url) as cut:
        accepted = await mailgun(sandbox).send(mail("right"))
        refused = await mailgun(sandbox).send(mail("empty", Content("", "Tea?")))
        with pytest.raises(TransientFault, match="credentials"):
            await mailgun(sandbox, api_key="wrong").send(mail("wrong"))
        with pytest.raises(OutcomeUnknown):
            await mailgun(sandbox, base_url=cut).send(mail("cut"))
        rows = taken(await sandbox.ledger(), "right", "empty", "wrong", "cut")

    assert refused == Refused("HTTP 400")
    assert [row["attempt"] for row in rows] == ["right:mail:1", "cut:mail:1"]
    assert accepted == Accepted(rows[0]["provider_ref"])


_TOLD: Mapping[str, list[str]] = {
    "replies": ["queued", "delivered", "opened", "clicked"],
    "clicks": ["queued", "delivered", "opened", "clicked"],
    "opens": ["queued", "delivered", "opened"],
    "writes_back": ["queued", "delivered", "opened"],
    "stops": ["queued", "delivered", "opted_out"],
    "bounces": ["queued", "bounced"],
    "complains": ["queued", "delivered", "complained"],
    "opted_out_before": ["queued", "opted_out"],
}


@pytest.mark.parametrize("persona", PERSONAS)
async def test_each_persona_reacts_with_signed_webhooks(sandbox: RunningSandbox, persona: str) -> None:
    """What our reader makes of the verified webhooks is what the persona does, and names the e-mail."""
    address = f"{persona}@example.com"
    await sandbox.people(**{address: persona})
    accepted = await mailgun(sandbox).send(mail(persona, to=address))
    await sandbox.settled()

    assert [told.status.value for told in reports(sandbox, persona)] == _TOLD.get(
        persona, ["queued", "delivered"]
    )
    assert {Accepted(str(told.provider_ref)) for told in reports(sandbox, persona)} == {accepted}


async def test_every_delivery_has_a_nonce_of_its_own_and_repeats_have_the_same(
    sandbox: RunningSandbox,
) -> None:
    """The token that the signature is over is good for one body; the same body may come again."""
    address = "nonces@example.com"
    await sandbox.people(**{address: "clicks"})
    await sandbox.faults(**{address: "scrambles"})
    before = len(sandbox.receiver.callbacks)
    await mailgun(sandbox).send(mail("nonces", to=address))
    await sandbox.settled()
    settings = sandbox.settings("mailgun")
    reader = sandbox.reader("mailgun", signing_key="new", previous_signing_key=settings.signing_key)
    callbacks = sandbox.receiver.callbacks[before:]
    nonces = {callback.body: (await reader.read(callback, datetime.now(UTC))).nonce for callback in callbacks}

    assert len(callbacks) > len(nonces) == 4
    assert len(set(nonces.values())) == 4


@pytest.mark.parametrize(
    ("persona", "text", "keyword"),
    [("writes_back", "Yes, that suits me.", None), ("writes_stop", "STOP", Keyword.STOP)],
)
async def test_an_answer_comes_in_with_the_attempt_that_it_answers(
    sandbox: RunningSandbox, persona: str, text: str, keyword: Keyword | None
) -> None:
    """A reply is read without its quote, is from the person, and names the e-mail by its Message-ID."""
    address = f"answer-{persona}@example.com"
    await sandbox.people(**{address: persona})
    await mailgun(sandbox).send(mail(f"answer-{persona}", to=address))
    await sandbox.settled()
    [answer] = answers(sandbox, address)

    assert (answer.channel, answer.text) == (Channel.EMAIL, text)
    assert answer.attempt_key == f"answer-{persona}:mail:1"
    assert Keywords().of(answer.text) is keyword


async def test_events_that_come_twice_and_in_any_order_have_the_same_ids(sandbox: RunningSandbox) -> None:
    """A repeated delivery is recognised by the id of its event."""
    address = "scrambled@example.com"
    await sandbox.people(**{address: "clicks"})
    await sandbox.faults(**{address: "scrambles"})
    await mailgun(sandbox).send(mail("scrambled", to=address))
    await sandbox.settled()
    told = reports(sandbox, "scrambled")
    ids = {report.event_id: report.status.value for report in told}

    assert len(told) > len(ids)
    assert sorted(ids.values()) == ["clicked", "delivered", "opened", "queued"]


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("rate_limited", TransientFault, "HTTP 429"),
        ("unavailable", TransientFault, "HTTP 503"),
        ("server_error", OutcomeUnknown, "HTTP 500"),
        ("hangs", OutcomeUnknown, "ReadTimeout"),
    ],
)
async def test_faults_come_as_mailgun_has_them(
    sandbox: RunningSandbox, fault: str, error: type[Exception], says: str
) -> None:
    """What was refused is not in the books; what failed or hung after it was taken is, and can be found."""
    address = f"{fault}@example.com"
    await sandbox.faults(**{address: fault})
    await sandbox.people(**{address: "opens"})
    message = mail(fault, to=address)
    with pytest.raises(error, match=says):
        await mailgun(sandbox.impatient(0.3)).send(message)
    page = await sandbox.settled()
    found = await mailgun(sandbox).find(message)

    assert len(taken(page, fault)) == (1 if error is OutcomeUnknown else 0)
    assert isinstance(found, Accepted) is (error is OutcomeUnknown)
    assert bool(reports(sandbox, fault)) is (error is OutcomeUnknown)


RIGHT = {"from": "hello@mg.example.com", "to": TO, "subject": "Tea?", "text": "Hi"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"from": ""}, "from parameter is missing"),
        ({"to": ""}, "to parameter is missing"),
        ({"to": "Ana"}, "to parameter is not a valid address"),
        ({"text": ""}, "Need at least one of 'text'"),
    ],
)
async def test_faulty_requests_are_refused_as_mailgun_does(
    sandbox: RunningSandbox, changes: dict[str, str], says: str
) -> None:
    """A request with something missing meets a sentence of Mailgun's."""
    settings = sandbox.settings("mailgun")
    answer = await sandbox.client.post(
        f"{sandbox.url}/v3/{settings.domain}/messages",
        data={**RIGHT, **changes},
        auth=("api", settings.api_key),
    )

    assert answer.status_code == 400
    assert says in answer.json()["message"]


async def test_strangers_and_other_domains_are_turned_away(sandbox: RunningSandbox) -> None:
    """The key opens one domain, and nothing opens without it."""
    assert await mailgun(sandbox, domain="other.example.com").send(mail("elsewhere")) == Refused("HTTP 404")
    assert (await sandbox.client.get(f"{sandbox.url}/v3/mg.example.com/events")).status_code == 401
