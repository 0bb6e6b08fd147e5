"""Postmark: our adapter and reader against its counterpart in the sandbox."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.providers.sandbox.people import PERSONAS
from application.errors import BadSignature, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, Refused
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.integration.providers.mails import TO, answers, mail, reports, taken


def postmark(sandbox: RunningSandbox, **changes: Any) -> MessageProvider:
    return sandbox.provider("postmark", Channel.EMAIL, **changes)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vendors=["postmark"], refusals=1, hold_seconds=20.0) as running:
        yield running


async def test_the_sandbox_takes_refuses_and_loses_the_line_as_postmark_does(sandbox: RunningSandbox) -> None:
    """Taken once; a wrong token waits; no text is refused; a cut line is unknown and in the books once."""
    async with cut_before_answer(sandbox.url) as cut:
        accepted = await postmark(sandbox).send(mail("right"))
        refused = await postmark(sandbox).send(mail("empty", Content("", "Tea?")))
        with pytest.raises(TransientFault, match="credentials"):
            await postmark(sandbox, server_token="wrong").send(mail("wrong"))
        with pytest.raises(OutcomeUnknown):
            await postmark(sandbox, base_url=cut).send(mail("cut"))
        rows = taken(await sandbox.ledger(), "right", "empty", "wrong", "cut")

    assert refused == Refused("300 not a valid e-mail request")
    assert [row["attempt"] for row in rows] == ["right:mail:1", "cut:mail:1"]
    assert accepted == Accepted(rows[0]["provider_ref"])


_TOLD: Mapping[str, list[str]] = {
    "replies": ["delivered", "opened", "clicked"],
    "clicks": ["delivered", "opened", "clicked"],
    "opens": ["delivered", "opened"],
    "writes_back": ["delivered", "opened"],
    "stops": ["delivered", "opted_out"],
    "bounces": ["bounced"],
    "complains": ["delivered", "complained"],
}


@pytest.mark.parametrize("persona", [name for name in PERSONAS if name != "opted_out_before"])
async def test_each_persona_reacts_with_webhooks_that_we_let_in(
    sandbox: RunningSandbox, persona: str
) -> None:
    """What our reader makes of the webhooks is what the persona does, and names the e-mail."""
    address = f"{persona}@example.com"
    await sandbox.people(**{address: persona})
    accepted = await postmark(sandbox).send(mail(persona, to=address))
    await sandbox.settled()

    assert [told.status.value for told in reports(sandbox, persona)] == _TOLD.get(persona, ["delivered"])
    assert {Accepted(str(told.provider_ref)) for told in reports(sandbox, persona)} == {accepted}


async def test_a_person_who_opted_out_before_is_refused(sandbox: RunningSandbox) -> None:
    """Postmark does not take a message to an inactive recipient, and does not say why it is inactive."""
    address = "before@example.com"
    await sandbox.people(**{address: "opted_out_before"})
    refused = await postmark(sandbox).send(mail("before", to=address))

    assert refused == Refused("406 inactive recipient")
    assert taken(await sandbox.ledger(), "before") == []


@pytest.mark.parametrize("client", ["127.0.0.1", "3.134.147.250"])
async def test_the_password_and_the_allow_list_are_settings(sandbox: RunningSandbox, client: str) -> None:
    """The previous password is let in beside a new one, and only from allowed addresses."""
    await postmark(sandbox).send(mail("listed"))
    await sandbox.settled()
    known = sandbox.settings("postmark").webhook_credentials
    changes = {"webhook_credentials": "postmark:new", "previous_webhook_credentials": known}
    reader = sandbox.reader("postmark", allowed_ips=(client,), **changes)
    callback = sandbox.receiver.callbacks[-1]

    if callback.client == client:
        assert (await reader.read(callback, datetime.now(UTC))).reports
    else:
        with pytest.raises(BadSignature):
            await reader.read(callback, datetime.now(UTC))


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
    await postmark(sandbox).send(mail(f"answer-{persona}", to=address))
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
    await postmark(sandbox).send(mail("scrambled", to=address))
    await sandbox.settled()
    told = reports(sandbox, "scrambled")
    ids = {report.event_id: report.status.value for report in told}

    assert len(told) > len(ids)
    assert sorted(ids.values()) == ["clicked", "delivered", "opened"]


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("rate_limited", TransientFault, "HTTP 429"),
        ("unavailable", TransientFault, "HTTP 503"),
        ("server_error", OutcomeUnknown, "HTTP 500"),
        ("hangs", OutcomeUnknown, "ReadTimeout"),
    ],
)
async def test_faults_come_as_postmark_has_them(
    sandbox: RunningSandbox, fault: str, error: type[Exception], says: str
) -> None:
    """What was refused is not in the books; what failed or hung after it was taken is, and can be found."""
    address = f"{fault}@example.com"
    await sandbox.faults(**{address: fault})
    await sandbox.people(**{address: "opens"})
    message = mail(fault, to=address)
    with pytest.raises(error, match=says):
        await postmark(sandbox.impatient(0.3)).send(message)
    page = await sandbox.settled()
    found = await postmark(sandbox).find(message)

    assert len(taken(page, fault)) == (1 if error is OutcomeUnknown else 0)
    assert isinstance(found, Accepted) is (error is OutcomeUnknown)
    assert bool(reports(sandbox, fault)) is (error is OutcomeUnknown)


RIGHT = {"From": "hello@example.com", "To": TO, "Subject": "Tea?", "TextBody": "Hi"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 402),
        ({}, 300),
        ({**RIGHT, "From": "Ana"}, 300),
        ({**RIGHT, "To": "Ana"}, 300),
        ({**RIGHT, "TextBody": ""}, 300),
        ({**RIGHT, "Metadata": []}, 300),
        ({**RIGHT, "Metadata": {"attempt": "x" * 81}}, 300),
        ({**RIGHT, "Metadata": {"a" * 21: "x"}}, 300),
    ],
)
async def test_faulty_requests_are_refused_as_postmark_does(
    sandbox: RunningSandbox, body: Any, code: int
) -> None:
    """A request with something missing or too long meets a code of Postmark's."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Postmark-Server-Token": sandbox.settings("postmark").server_token}
    answer = await sandbox.client.post(f"{sandbox.url}/email", content=content, headers=headers)

    assert (answer.status_code, answer.json()["ErrorCode"]) == (422, code)


async def test_the_search_needs_a_token_and_a_page(sandbox: RunningSandbox) -> None:
    """Strangers find nothing, and a search that does not say how many is none."""
    headers = {"X-Postmark-Server-Token": sandbox.settings("postmark").server_token}
    address = f"{sandbox.url}/messages/outbound"

    assert (await sandbox.client.get(address)).status_code == 401
    assert (await sandbox.client.get(address, headers=headers)).status_code == 422
