"""Twilio's voice adapter over a mocked transport."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.menu import Menu
from adapters.providers.twilio.gather import SpokenMenu
from adapters.providers.twilio.twiml import Speech, response
from adapters.providers.twilio.voice import Detection, TwilioVoiceProvider
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey
from domain.statuses import Channel

MESSAGE = OutboundMessage(AttemptKey("7b1b2f", "call", 2), "+12025550101", Content("Tea & <biscuits>"))
MENU = SpokenMenu(Menu("Press 1.", "Thanks.", "Later.", "Gone.", "Bye.", "Press 9."))
HOOK = "https://hooks.example.com/webhooks/twilio?attempt=7b1b2f%3Acall%3A2&channel=voice"


def voice_over(seen: list[httpx.Request], **changes: Any) -> TwilioVoiceProvider:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"sid": "CA1"})

    given: dict[str, Any] = {
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        "account_sid": "AC123",
        "auth_token": "s3cret",
        "caller": "+15005550001",
        "callback_base_url": "https://hooks.example.com",
    }
    return TwilioVoiceProvider(**{**given, **changes})


async def form_of(message: OutboundMessage = MESSAGE, **changes: Any) -> dict[str, list[str]]:
    """The form that a call is created with."""
    seen: list[httpx.Request] = []
    await voice_over(seen, **changes).send(message)
    return parse_qs(seen[0].content.decode(), strict_parsing=True)


async def test_a_call_is_one_form_post_that_listens_for_machines() -> None:
    """The request is what Twilio's Calls resource takes; detection runs while the text is said."""
    seen: list[httpx.Request] = []
    provider: MessageProvider = voice_over(seen, ring_seconds=25)
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
        "Timeout": ["25"],
        "MachineDetection": ["Enable"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [f"{HOOK}&amd=1"],
    }
    assert parse_qs(callback.query) == {"attempt": ["7b1b2f:call:2"], "channel": ["voice"], "amd": ["1"]}
    assert provider.channel is Channel.VOICE
    assert (provider.honours_key, provider.can_look_up) == (False, True)
    assert "s3cret" not in repr(provider)


async def test_a_text_that_machines_shall_record_waits_for_the_finding() -> None:
    """Synchronous detection of the greeting's end; the finding comes with the end of the call."""
    form = await form_of(detection=Detection.MESSAGE_END, asynchronous=False)

    assert form["MachineDetection"] == ["DetectMessageEnd"]
    assert "AsyncAmd" not in form
    assert form["StatusCallback"] == [f"{HOOK}&amd=1"]


async def test_without_detection_nobody_is_told_to_wait_for_a_finding() -> None:
    """Then whoever picks up counts as a person."""
    form = await form_of(detection=Detection.OFF)

    assert not {"MachineDetection", "AsyncAmd", "AsyncAmdStatusCallback"} & form.keys()
    assert form["StatusCallback"] == [HOOK]


async def test_a_call_with_a_menu_says_text_and_keys_and_tells_us_the_key() -> None:
    """One Gather around both, so that a key counts at any time, with the attempt key in its address."""
    speech = Speech("en-GB", "Polly.Amy")
    [twiml] = (await form_of(menu=SpokenMenu(MENU.menu, speech), speech=speech, offers_menu=True))["Twiml"]
    [gather] = ElementTree.fromstring(twiml)

    assert gather.tag == "Gather"
    assert gather.attrib == {"numDigits": "1", "timeout": "5", "action": f"{HOOK}&menu=1", "method": "POST"}
    assert [say.text for say in gather] == ["Tea & <biscuits>", "Press 1."]
    assert all(say.attrib == {"voice": "Polly.Amy", "language": "en-GB"} for say in gather)


@pytest.mark.parametrize("offers_menu", [True, False])
async def test_the_keys_of_a_campaign_are_said_by_its_own_text(*, offers_menu: bool) -> None:
    """The menu is not said; only 9 is named, and the keys travel in the address that Twilio signs."""
    message = evolve(MESSAGE, keys=frozenset({"2", "#", "1", "9", "12", "", "x"}))

    [twiml] = (await form_of(message, menu=MENU, offers_menu=offers_menu))["Twiml"]
    [gather] = ElementTree.fromstring(twiml)

    assert [say.text for say in gather] == ["Tea & <biscuits>", "Press 9."]
    assert gather.attrib == {
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "5",
        "action": f"{HOOK}&menu=1&keys=12%23",
        "method": "POST",
    }


async def test_keys_that_are_none_leave_the_call_as_it_is() -> None:
    """What is no key of a keypad, and 9 alone, is nothing that a campaign could name."""
    message = evolve(MESSAGE, keys=frozenset({"9", "12", "", "x"}))

    assert await form_of(message) == await form_of()
    assert await form_of(message, menu=MENU, offers_menu=True) == await form_of(menu=MENU, offers_menu=True)


@settings(deadline=None)  # the machine may be busy
@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_is_said_is_well_formed_and_only_said(text: str, action: str) -> None:
    """No text can break out of its element, and what XML cannot hold is a space."""
    said = ElementTree.fromstring(response(Speech().say(text)))
    asked = ElementTree.fromstring(response(MENU.ask(action, text)))

    assert [child.tag for child in said] == ["Say"]
    assert not len(said[0])
    assert [child.tag for child in asked] == ["Gather"]
    assert [child.tag for child in asked[0]] == ["Say", "Say"]


@pytest.mark.parametrize("detection", ["", "enable", "On"])
def test_a_detection_that_twilio_does_not_have_is_refused(detection: str) -> None:
    """A wrong setting is named when the adapter is made, not by Twilio's 400."""
    with pytest.raises(ValueError, match="Detection"):
        voice_over([], detection=detection)
