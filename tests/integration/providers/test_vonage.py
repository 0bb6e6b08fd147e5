"""Vonage's adapters and reader against its counterpart in the sandbox, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from adapters.providers.vonage.application import VonageApplication, private_key
from application.errors import OutcomeUnknown, TransientFault
from application.ports.attempts import Attempt
from application.ports.callbacks import InboundText, StatusReport
from application.ports.messaging import Accepted, Content, OutboundMessage, Refused
from application.send_message import SendResult, SendStatus
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.unit.application.world import World

PHONE = "+12025550101"


def message(key: str, to: str = PHONE, text: str = "Hi", **known: Any) -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "s", 1), to, Content(text), **known)


def in_doubt(key: str, to: str = PHONE, *refs: str) -> OutboundMessage:
    """An attempt that was claimed just now, and what we know of the others to this person."""
    return message(key, to, since=datetime.now(UTC), known_refs=frozenset(refs))


def statuses(sandbox: RunningSandbox, key: str) -> list[str]:
    """What we were told about an attempt, in the order in which it came."""
    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    return [report.status.value for report in reports if report.attempt_key == f"{key}:s:1"]


async def taken(sandbox: RunningSandbox, key: str) -> list[str]:
    """The ids under which the vendor has taken an attempt, once for each time."""
    rows = (await sandbox.ledger())["accepted"]
    return [row["provider_ref"] for row in rows if row["attempt"] == f"{key}:s:1"]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vendors=("vonage",), hold_seconds=20.0) as running:
        yield running


@pytest.mark.parametrize(
    ("persona", "texted", "called"),
    [
        ("replies", "delivered", "answered"),
        ("ignores", "delivered", "no_answer"),
        ("answers_call", "delivered", "answered"),
        ("voicemail", "delivered", "voicemail"),
        ("busy", "delivered", "busy"),
        ("no_answer", "delivered", "no_answer"),
        ("busy_then_answers", "delivered", "busy"),
        ("stops", "delivered", "no_answer"),
        ("undeliverable", "failed", "failed"),
        ("unknown_number", "failed", "failed"),
        ("opted_out_before", "opted_out", "no_answer"),
        ("confirms_call", "delivered", "replied"),
        ("asks_call_back", "delivered", "replied"),
        ("refuses_calls", "delivered", "opted_out"),
    ],
)
async def test_each_persona_reacts_on_sms_and_voice_with_signed_callbacks(
    persona: str, texted: str, called: str
) -> None:
    """What our reader makes of the verified callbacks is what the persona does."""
    async with running_sandbox(vendors=("vonage",)) as sandbox:
        await sandbox.people(**{PHONE: persona})
        sms, voice = (sandbox.provider("vonage", channel) for channel in (Channel.SMS, Channel.VOICE))
        answers = [await sms.send(message("text")), await voice.send(message("call"))]
        page = await sandbox.settled()

    assert all(isinstance(answer, Accepted) for answer in answers)
    assert texted in statuses(sandbox, "text")
    assert called in statuses(sandbox, "call")
    assert page["callbacks"]["given_up"] == 0
    assert page["callbacks"]["repeated"] == 0


@pytest.mark.parametrize(("persona", "words"), [("replies", "Yes, that suits me."), ("stops", "STOP")])
async def test_a_reply_comes_as_an_inbound_sms(persona: str, words: str) -> None:
    """The person's words come to the inbound address, from their number in E.164 form."""
    async with running_sandbox(vendors=("vonage",)) as sandbox:
        await sandbox.people(**{PHONE: persona})
        await sandbox.provider("vonage", Channel.SMS).send(message("text"))
        await sandbox.settled()
    [reply] = [report for report in sandbox.receiver.reports if isinstance(report, InboundText)]

    assert (reply.sender, reply.text) == (PHONE, words)


async def test_a_call_tells_its_whole_way(sandbox: RunningSandbox) -> None:
    """Progress, the finding who has picked up, and the key that was pressed, each with our attempt key."""
    to = "+12025550110"
    await sandbox.people(**{to: "asks_call_back"})
    await sandbox.provider("vonage", Channel.VOICE).send(message("way", to))
    await sandbox.settled()
    reports = sandbox.receiver.reports
    [asked] = [report for report in reports if isinstance(report, StatusReport) and report.pressed]

    assert statuses(sandbox, "way") == ["queued", "sent", "sent", "answered", "replied", "sent"]
    assert (asked.attempt_key, asked.pressed) == ("way:s:1", "2")


@pytest.mark.parametrize(
    ("persona", "keys", "heard"),
    [
        ("confirms_call", "12", ("replied", "1")),
        ("asks_call_back", "12", ("replied", "2")),
        ("confirms_call", "#*3", ("replied", "3")),
        ("asks_call_back", "#*", ("replied", "*")),
        ("refuses_calls", "12", ("opted_out", None)),
    ],
)
async def test_a_persona_presses_a_key_that_the_campaign_names(
    persona: str, keys: str, heard: tuple[str, str | None]
) -> None:
    """Its own, or else the smallest, also where calls offer no menu; 9 opts out as ever."""
    async with running_sandbox(vendors=("vonage",)) as sandbox:
        await sandbox.people(**{PHONE: persona})
        voice = sandbox.without_menu().provider("vonage", Channel.VOICE)
        await voice.send(message("keys", keys=frozenset(keys)))
        page = await sandbox.settled()
    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]

    assert heard in [(report.status.value, report.pressed) for report in reports]
    assert page["callbacks"]["given_up"] == 0


async def test_without_menu_and_detection_nothing_but_progress_comes(sandbox: RunningSandbox) -> None:
    """A key that nobody listens for is not told, and an answer is an answer."""
    to = "+12025550111"
    await sandbox.people(**{to: "confirms_call"})
    plain = sandbox.without_menu().provider("vonage", Channel.VOICE, machine_detection="off")
    await plain.send(message("plain", to))
    await sandbox.settled()

    assert statuses(sandbox, "plain") == ["queued", "sent", "answered", "delivered"]


async def test_a_long_sms_has_a_receipt_for_each_part_and_is_one_message(sandbox: RunningSandbox) -> None:
    """All parts carry the attempt key; the message is known by its first part."""
    to = "+12025550112"
    await sandbox.people(**{to: "ignores"})
    accepted = await sandbox.provider("vonage", Channel.SMS).send(message("long", to, "tea " * 100))
    await sandbox.settled()

    assert isinstance(accepted, Accepted)
    assert await taken(sandbox, "long") == [accepted.provider_ref]
    assert statuses(sandbox, "long") == ["sent"] * 3 + ["delivered"] * 3


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
@pytest.mark.parametrize(("fault", "refusals"), [("rate_limited", 1), ("unavailable", 2)])
async def test_a_busy_provider_takes_the_message_in_the_end(
    sandbox: RunningSandbox, channel: Channel, fault: str, refusals: int
) -> None:
    """What is refused for now was not taken; a throttled request says how long to wait."""
    to, key = "+12025550113", f"{fault}-{channel.value}"
    await sandbox.faults(**{to: fault})
    provider = sandbox.provider("vonage", channel)
    waits = []
    for _ in range(refusals):
        with pytest.raises(TransientFault) as caught:
            await provider.send(message(key, to))
        waits.append(caught.value.retry_after)

    assert isinstance(await provider.send(message(key, to)), Accepted)
    assert len(await taken(sandbox, key)) == 1
    assert waits == ([timedelta(seconds=1)] if fault == "rate_limited" else [None, None])


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
@pytest.mark.parametrize("fault", ["server_error", "hangs"])
async def test_a_provider_that_fails_after_acceptance_leaves_the_outcome_unknown(
    sandbox: RunningSandbox, channel: Channel, fault: str
) -> None:
    """The message is in the books once, its callbacks come with our key, and a look-up finds it."""
    to, key = "+12025550114", f"{fault}-{channel.value}"
    await sandbox.people(**{to: "ignores"})
    await sandbox.faults(**{to: fault})
    provider = sandbox.impatient(0.3).provider("vonage", channel)
    with pytest.raises(OutcomeUnknown):
        await provider.send(message(key, to))
    await sandbox.settled()
    [ref] = await taken(sandbox, key)
    others = {row["provider_ref"] for row in (await sandbox.ledger())["accepted"]} - {ref}

    assert statuses(sandbox, key)
    assert await provider.find(in_doubt(key, to, *others)) == Accepted(ref)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
async def test_a_connection_cut_after_acceptance_is_one_message_that_a_look_up_finds(
    sandbox: RunningSandbox, channel: Channel
) -> None:
    """The vendor has it once; we cannot know and say so, and then ask."""
    to, key = "+12025550118", f"cut-{channel.value}"
    async with cut_before_answer(sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await sandbox.provider("vonage", channel, base_url=url, api_url=url).send(message(key, to))
    [ref] = await taken(sandbox, key)

    assert await sandbox.provider("vonage", channel).find(in_doubt(key, to)) == Accepted(ref)


async def test_a_call_is_not_taken_for_another_one_to_the_same_person(sandbox: RunningSandbox) -> None:
    """What we know of is left out, and two that we do not know of prove nothing."""
    to, voice = "+12025550119", sandbox.provider("vonage", Channel.VOICE)
    for key in ("first", "second"):
        await voice.send(message(key, to))
    refs = [*await taken(sandbox, "first"), *await taken(sandbox, "second")]

    assert await voice.find(in_doubt("second", to, refs[0])) == Accepted(refs[1])
    assert await voice.find(in_doubt("third", to)) is None
    assert await voice.find(in_doubt("third", to, *refs)) is None


async def test_an_attempt_whose_worker_died_is_looked_up_and_not_sent_again(sandbox: RunningSandbox) -> None:
    """It was claimed and taken, and nothing was recorded: the next run finds it, and later ones know it."""
    to, world = "+12025550120", World(clock=lambda: datetime.now(UTC))
    await world.publish()
    key = AttemptKey(await world.enroll("dora", to), "text", 1)
    async with world.database.transaction() as tx:
        await tx.attempts.claim(Attempt(key, Channel.SMS, "vonage", AttemptState.CLAIMED, world.clock()))
    async with cut_before_answer(sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await sandbox.provider("vonage", Channel.SMS, base_url=url).send(
                OutboundMessage(key, to, Content("Hello dora"))
            )

    world.sms = sandbox.provider("vonage", Channel.SMS)
    results = [await world.send(key, Channel.SMS) for _ in range(3)]
    rows = [row for row in (await sandbox.ledger())["accepted"] if row["attempt"] == str(key)]

    assert results == [SendResult(SendStatus.ACCEPTED, rows[0]["provider_ref"])] * 3
    assert len(rows) == 1


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
async def test_an_attempt_that_never_arrived_is_not_found(sandbox: RunningSandbox, channel: Channel) -> None:
    """The vendor does not know of it, so that the plan decides."""
    provider = sandbox.provider("vonage", channel)

    assert await provider.find(in_doubt("never", "+12025550115")) is None


async def test_a_repeated_activity_does_not_send_twice(sandbox: RunningSandbox) -> None:
    """What is recorded is given back; the vendor hears of it once."""
    world = World(clock=lambda: datetime.now(UTC))
    await world.publish()
    key = AttemptKey(await world.enroll("eva", "+12025550116"), "text", 1)
    world.sms = sandbox.provider("vonage", Channel.SMS)
    results = [await world.send(key, Channel.SMS) for _ in range(3)]
    rows = [row for row in (await sandbox.ledger())["accepted"] if row["attempt"] == str(key)]

    assert results == [SendResult(SendStatus.ACCEPTED, rows[0]["provider_ref"])] * 3
    assert len(rows) == 1


async def test_scrambled_callbacks_come_more_than_once_and_mean_the_same(sandbox: RunningSandbox) -> None:
    """Repeats are the same event by the same id."""
    to = "+12025550117"
    await sandbox.people(**{to: "confirms_call"})
    await sandbox.faults(**{to: "scrambles"})
    await sandbox.provider("vonage", Channel.VOICE).send(message("scrambled", to))
    await sandbox.settled()
    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    ids = [report.event_id for report in reports if report.attempt_key == "scrambled:s:1"]

    assert len(set(ids)) == 6
    assert len(ids) > 6


@pytest.mark.parametrize(
    ("channel", "changes"),
    [
        (Channel.SMS, {"api_secret": "wrong"}),
        (Channel.VOICE, {"application_id": "another"}),
    ],
)
async def test_credentials_that_are_refused_wait_for_a_person(
    sandbox: RunningSandbox, channel: Channel, changes: dict[str, str]
) -> None:
    """Nothing is sent, and nobody is marked as rejected; nor can anything be looked up."""
    provider = sandbox.provider("vonage", channel, **changes)

    with pytest.raises(TransientFault, match="credentials"):
        await provider.send(message("stranger"))
    with pytest.raises(TransientFault, match="credentials"):
        await provider.find(in_doubt("stranger"))


async def test_a_number_that_is_none_is_refused(sandbox: RunningSandbox) -> None:
    """Both APIs say so in their own ways, and nothing is taken."""
    sms, voice = (sandbox.provider("vonage", channel) for channel in (Channel.SMS, Channel.VOICE))

    assert await sms.send(message("nobody", "+12")) == Refused("3 a parameter is not valid")
    assert await voice.send(message("nobody", "+12")) == Refused("HTTP 400 bad-request")
    assert await taken(sandbox, "nobody") == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"to": "1"}, "2"),
        ({"to": "x", "from": "1", "text": "Hi"}, "3"),
        ({"to": "12025550101", "from": "1", "text": "Hi", "type": "wap"}, "3"),
        ({"to": "12025550101", "from": "1", "text": "Hi", "client-ref": "c" * 101}, "3"),
        ({"to": "12025550101", "from": "1", "text": "Hi", "callback": "c" * 101}, "23"),
    ],
)
async def test_the_sandbox_refuses_faulty_texts_as_vonage_does(
    sandbox: RunningSandbox, data: dict[str, str], status: str
) -> None:
    """The status stands in the body of a 200."""
    account = sandbox.settings("vonage")
    known = {"api_key": account.api_key, "api_secret": account.api_secret}
    answer = await sandbox.client.post(f"{sandbox.url}/sms/json", data={**known, **data})

    assert answer.status_code == 200
    assert [part["status"] for part in answer.json()["messages"]] == [status]


async def test_the_sandbox_takes_no_question_longer_than_a_day(sandbox: RunningSandbox) -> None:
    """The Reports API refuses what spans more, or says nothing of a time."""
    account = sandbox.settings("vonage")
    ask = partial(
        sandbox.client.get,
        f"{sandbox.url}/v2/reports/records",
        auth=httpx.BasicAuth(account.api_key, account.api_secret),
    )
    days = {"product": "SMS", "date_start": "2026-11-20T00:00:00Z", "date_end": "2026-11-22T00:00:00Z"}

    assert [(await ask(params=params)).status_code for params in ({"product": "SMS"}, days)] == [422, 422]


@pytest.mark.parametrize("path", ["/v1/calls", "/v2/reports/records"])
async def test_strangers_are_turned_away_as_vonage_does(sandbox: RunningSandbox, path: str) -> None:
    """No token, or one that the application did not sign, meets Vonage's own error."""
    for headers in ({}, {"Authorization": "Bearer a.b.c"}):
        answer = await sandbox.client.get(f"{sandbox.url}{path}", headers=headers)

        assert answer.status_code == 401
        assert answer.json()["type"].endswith("#unauthorized")


@pytest.mark.parametrize("order", [{}, {"to": [], "from": {}}, {"to": 5}, {"to": [{}], "from": {}}])
async def test_the_sandbox_refuses_faulty_calls_as_vonage_does(
    sandbox: RunningSandbox, order: dict[str, Any]
) -> None:
    """A call without its ends, its actions or its event URL is a bad request."""
    account = sandbox.settings("vonage")
    auth = VonageApplication(account.application_id, private_key(account.private_key)).auth()
    answer = await sandbox.client.post(f"{sandbox.url}/v1/calls", json=order, auth=auth)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("#bad-request")
