"""Twilio: our adapters and reader against its counterpart in the sandbox."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from adapters.providers.sandbox.people import PERSONAS
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import InboundText, StatusReport
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from application.send_message import SendStatus
from domain.idempotency import AttemptKey
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel
from tests.fakes.sandbox import ACCOUNT, AUTH_TOKEN, RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.unit.application.world import PHONE, World

KEY = "7b1b2f:first:1"
CHANNELS = [Channel.SMS, Channel.VOICE]
STEPS = [
    {"key": "first", "channel": channel.value, "wait": "1d", "message": {"text": "Hello {{who}}"}}
    for channel in CHANNELS
]


def message(key: str = "7b1b2f", text: str = "Hi Ana") -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "first", 1), PHONE, Content(text))


def twilio(sandbox: RunningSandbox, channel: Channel, **changes: Any) -> MessageProvider:
    return sandbox.provider("twilio", channel, **changes)


def told(sandbox: RunningSandbox) -> list[tuple[str, str]]:
    """The statuses of the attempt with their keys or details, in the order in which they came."""
    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    assert {report.attempt_key for report in reports} == {KEY}
    return [(report.status.value, report.pressed or report.detail) for report in reports]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_attempt_whose_line_was_cut_is_found_at_twilio(channel: Channel) -> None:
    """The answer is lost after the message was taken: the look-up gives its id, and there is one of it."""
    since = datetime.now(UTC)
    async with running_sandbox(vendors=["twilio"]) as sandbox, cut_before_answer(sandbox.url) as cut:
        await sandbox.people(**{PHONE: "ignores"})
        with pytest.raises(OutcomeUnknown):
            await twilio(sandbox, channel, base_url=cut).send(message())
        asked = evolve(message(), since=since, known_refs=frozenset())
        found = await twilio(sandbox, channel).find(asked)
        page = await sandbox.ledger()

    [row] = page["accepted"]
    assert row["attempt"] == KEY
    assert found == Accepted(row["provider_ref"])


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_attempt_that_never_reached_twilio_is_not_found(channel: Channel) -> None:
    """Another attempt with the same words to the same person is not mistaken for it."""
    since = datetime.now(UTC)
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: "ignores"})
        other = await twilio(sandbox, channel).send(message("other"))
        assert isinstance(other, Accepted)
        provider = twilio(sandbox, channel)
        known = evolve(message(), since=since, known_refs=frozenset({other.provider_ref}))

        assert await provider.find(known) is None
        assert await provider.find(evolve(known, known_refs=None)) is None


async def test_two_messages_that_could_be_it_are_neither() -> None:
    """Nobody can say which of them is the attempt's."""
    since = datetime.now(UTC)
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: "ignores"})
        for text in ("Hi Ana", "Hi Ana", "Hi Ben"):
            await twilio(sandbox, Channel.SMS).send(message("stranger", text))
        asked = evolve(message(), since=since, known_refs=frozenset())

        assert await twilio(sandbox, Channel.SMS).find(asked) is None
        assert await twilio(sandbox, Channel.SMS).find(evolve(asked, content=Content("Hi Ben"))) is not None


def _now() -> datetime:
    """The time by which the sandbox dates what it takes."""
    return datetime.now(UTC)


@pytest.mark.parametrize(("channel", "step"), list(zip(CHANNELS, STEPS, strict=True)))
async def test_an_attempt_in_doubt_is_not_sent_again_when_its_activity_is_repeated(
    channel: Channel, step: dict[str, Any]
) -> None:
    """The line is cut after Twilio took it: the attempt is in doubt, and is found there, once."""
    world = World()
    await world.publish(steps=[step])
    key = AttemptKey(await world.enroll(), "first", 1)
    async with running_sandbox(vendors=["twilio"]) as sandbox, cut_before_answer(sandbox.url) as cut:
        await sandbox.people(**{PHONE: "ignores"})
        send = evolve(world.send, clock=_now, providers={channel: [twilio(sandbox, channel, base_url=cut)]})
        with pytest.raises(OutcomeUnknown):
            await send(key, channel)
        again = await evolve(send, providers={channel: [twilio(sandbox, channel)]})(key, channel)
        page = await sandbox.ledger()

    assert again.status is SendStatus.ACCEPTED
    assert [row["attempt"] for row in page["accepted"]] == [str(key)]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_message_that_was_taken_is_not_sent_again_when_its_activity_is_repeated(
    channel: Channel,
) -> None:
    """What is recorded is given back, and Twilio has one."""
    world = World()
    await world.publish(steps=[STEPS[CHANNELS.index(channel)]])
    key = AttemptKey(await world.enroll(), "first", 1)
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: "ignores"})
        send = evolve(world.send, providers={channel: [twilio(sandbox, channel)]})
        results = [await send(key, channel) for _ in range(2)]
        page = await sandbox.ledger()

    assert results[0] == results[1]
    assert [row["provider_ref"] for row in page["accepted"]] == [results[0].provider_ref]


_RANG = [("queued", ""), ("sent", "")]
_SPOKEN = [*_RANG, ("sent", ""), ("answered", "")]
_CALLED = {
    "replies": [*_SPOKEN, ("answered", "")],
    "answers_call": [*_SPOKEN, ("answered", "")],
    "voicemail": [*_RANG, ("sent", ""), ("voicemail", ""), ("voicemail", "")],
    "busy": [*_RANG, ("busy", "SIP 486")],
    "busy_then_answers": [*_RANG, ("busy", "SIP 486")],
    "undeliverable": [*_RANG, ("failed", "SIP 404")],
    "unknown_number": [*_RANG, ("failed", "SIP 404")],
    "confirms_call": [*_SPOKEN, ("replied", "1"), ("answered", "")],
    "asks_call_back": [*_SPOKEN, ("replied", "2"), ("answered", "")],
    "refuses_calls": [*_SPOKEN, ("opted_out", ""), ("answered", "")],
}


@pytest.mark.parametrize("persona", PERSONAS)
async def test_each_persona_takes_a_call_with_signed_callbacks(persona: str) -> None:
    """Progress, the finding of machine detection and keys come back as what the persona does."""
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: persona})
        await twilio(sandbox, Channel.VOICE).send(message())
        page = await sandbox.settled()

    assert told(sandbox) == _CALLED.get(persona, [*_RANG, ("no_answer", "SIP 487")])
    assert page["callbacks"]["given_up"] == 0


@pytest.mark.parametrize(
    ("persona", "keys", "heard"),
    [
        ("confirms_call", "12", ("replied", "1")),
        ("asks_call_back", "12", ("replied", "2")),
        ("confirms_call", "#*3", ("replied", "3")),
        ("asks_call_back", "#*", ("replied", "*")),
        ("refuses_calls", "12", ("opted_out", "")),
    ],
)
async def test_a_persona_presses_a_key_that_the_campaign_names(
    persona: str, keys: str, heard: tuple[str, str]
) -> None:
    """Its own, or else the smallest, also where calls offer no menu; 9 opts out as ever."""
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: persona})
        voice = twilio(sandbox.without_menu(), Channel.VOICE)
        await voice.send(evolve(message(), keys=frozenset(keys)))
        page = await sandbox.settled()

    assert told(sandbox) == [*_SPOKEN, heard, ("answered", "")]
    assert page["callbacks"]["given_up"] == 0


@pytest.mark.parametrize(
    ("changes", "statuses"),
    [
        ({"async_detection": False}, ["queued", "sent", "sent", "replied", "answered"]),
        ({"machine_detection": "off"}, ["queued", "sent", "answered", "replied", "delivered"]),
        ({"offers_menu": False}, ["queued", "sent", "sent", "answered", "answered"]),
    ],
)
async def test_settings_decide_what_a_call_listens_for(changes: dict[str, Any], statuses: list[str]) -> None:
    """A finding comes while one speaks, at the end, or never; without a menu no key is heard."""
    settings = {name: value for name, value in changes.items() if name != "offers_menu"}
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: "confirms_call"})
        chosen = sandbox if settings else sandbox.without_menu()
        await twilio(chosen, Channel.VOICE, **settings).send(message())
        await sandbox.settled()

    assert [status for status, _ in told(sandbox)] == statuses


@pytest.mark.parametrize("channel", CHANNELS)
async def test_callbacks_that_come_twice_and_in_any_order_have_the_same_ids(channel: Channel) -> None:
    """Twilio repeats and reorders; each event is known by its id, and the highest status is the same."""
    async with running_sandbox(vendors=["twilio"], refusals=1) as sandbox:
        await sandbox.people(**{PHONE: "confirms_call"})
        await sandbox.faults(**{PHONE: "scrambles"})
        await twilio(sandbox, channel).send(message())
        await sandbox.settled()

    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    by_id = {report.event_id: report for report in reports}
    assert len(reports) > len(by_id)
    assert sorted(report.status.value for report in by_id.values()) == (
        ["delivered", "sent"]
        if channel is Channel.SMS
        else ["answered", "answered", "queued", "replied", "sent", "sent"]
    )


@pytest.mark.parametrize(("persona", "keyword"), [("replies", None), ("stops", Keyword.STOP)])
async def test_a_persons_sms_comes_in(persona: str, keyword: Keyword | None) -> None:
    """Twilio posts it to our number's address; STOP is told by the text."""
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: persona})
        await twilio(sandbox, Channel.SMS).send(message())
        await sandbox.settled()

    [reply] = [report for report in sandbox.receiver.reports if isinstance(report, InboundText)]
    assert (reply.channel, reply.sender) == (Channel.SMS, PHONE)
    assert Keywords().of(reply.text) is keyword


@pytest.mark.parametrize("kind", ["Messages", "Calls"])
async def test_the_sandbox_lists_as_twilio_does(kind: str) -> None:
    """Credentials are checked, pages are counted, and what is queued has no date to be found by."""
    path = f"/2010-04-01/Accounts/{ACCOUNT}/{kind}.json"
    channel = Channel.SMS if kind == "Messages" else Channel.VOICE
    dated = {"DateSent>": "2020-01-01", "StartTime>": "2020-01-01"}
    asked = evolve(message(), since=datetime.now(UTC), known_refs=frozenset())
    async with running_sandbox(vendors=["twilio"]) as sandbox:
        await sandbox.people(**{PHONE: "ignores"})
        for key in ("a", "b"):
            await twilio(sandbox, channel).send(message(key))

        async def listed(auth: tuple[str, str] = (ACCOUNT, AUTH_TOKEN), **asked: str) -> tuple[int, int, Any]:
            answer = await sandbox.client.get(f"{sandbox.url}{path}", params=asked, auth=auth)
            page = answer.json()
            return answer.status_code, len(page.get(kind.lower(), [])), page.get("next_page_uri")

        assert await listed() == (200, 2, None)
        assert await listed(To=PHONE) == (200, 2, None)
        assert await listed(To="+15550100009") == (200, 0, None)
        assert await listed(PageSize="1") == (200, 1, f"{path}?PageSize=1&Page=1")
        assert await listed(**dated) == (200, 0, None)
        assert (await listed(auth=(ACCOUNT, "wrong")))[0] == 401
        with pytest.raises(TransientFault, match="credentials"):
            await twilio(sandbox, channel, auth_token="wrong").find(asked)
