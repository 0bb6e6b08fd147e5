"""The voice adapter over a mocked transport and against the sandbox."""

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.twilio.voice import TwilioVoiceProvider, twiml
from application.errors import OutcomeUnknown
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import running_sandbox
from tests.fakes.serving import cut_before_answer

MESSAGE = OutboundMessage(AttemptKey("7b1b2f", "call", 2), "+12025550101", Content("Tea & <biscuits>"))


async def test_a_call_is_one_form_post_that_listens_for_machines() -> None:
    """The request is what Twilio's Calls resource takes; the callback's query says that AMD is on."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": "CA1"})

    provider: MessageProvider = TwilioVoiceProvider(
        client=httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        account_sid="AC123",
        auth_token="s3cret",
        caller="+15005550001",
        callback_base_url="https://hooks.example.com",
        ring_seconds=25,
    )
    accepted = await provider.send(MESSAGE)
    form = parse_qs(seen[0].content.decode(), strict_parsing=True)
    callback = urlsplit(form.pop("StatusCallback")[0])

    assert accepted == Accepted("CA1")
    assert str(seen[0].url) == "https://api.twilio.com/2010-04-01/Accounts/AC123/Calls.json"
    assert form == {
        "To": ["+12025550101"],
        "From": ["+15005550001"],
        "Twiml": ["<Response><Say>Tea &amp; &lt;biscuits&gt;</Say></Response>"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "MachineDetection": ["Enable"],
        "Timeout": ["25"],
    }
    assert parse_qs(callback.query) == {"attempt": ["7b1b2f:call:2"], "channel": ["voice"], "amd": ["1"]}
    assert provider.channel is Channel.VOICE
    assert "s3cret" not in repr(provider)
    assert await provider.find(MESSAGE) is None


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_whatever_is_said_is_well_formed_and_only_said(text: str) -> None:
    """No text can break out of the Say element, and what XML cannot hold is a space."""
    root = ElementTree.fromstring(twiml(text))

    assert [child.tag for child in root] == ["Say"]
    assert not len(root[0])


async def test_a_connection_cut_after_acceptance_leaves_the_outcome_unknown() -> None:
    """The provider has one call in its books; we cannot know, and say so."""
    async with running_sandbox() as sandbox, cut_before_answer(sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await sandbox.voice(base_url=url).send(MESSAGE)
        page = await sandbox.ledger()

    assert [(row["attempt"], row["channel"]) for row in page["accepted"]] == [("7b1b2f:call:2", "voice")]
