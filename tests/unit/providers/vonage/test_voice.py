"""The voice adapter over a mocked transport: shape, token, menu, classification."""

import json
from typing import Any

import httpx
import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.vonage.application import private_key
from adapters.providers.vonage.correlation import CallNote, read_note
from adapters.providers.vonage.ncco import LONGEST_TALK
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.providers.vonage.account import (
    APPLICATION,
    KEY,
    PEM,
    SPEAKER,
    TO,
    Handler,
    answering,
    keeping,
    raising,
    voice_over,
)

MESSAGE = OutboundMessage(AttemptKey("7b1b2f", "call", 2), TO, Content("Tea & <b>biscuits</b>\nat five"))
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
TAKEN = answering(201, {"uuid": UUID, "status": "started", "direction": "outbound"})


async def ordered(message: OutboundMessage = MESSAGE, **changes: Any) -> tuple[httpx.Request, dict[str, Any]]:
    """The request of a call, and its body."""
    seen: list[httpx.Request] = []
    assert await voice_over(keeping(seen, TAKEN), **changes).send(message) == Accepted(UUID)
    return seen[0], json.loads(seen[0].content)


async def test_a_call_is_one_post_with_the_message_and_the_menu_inside() -> None:
    """The request is what the Voice API takes: inline actions, keys that are told to our address."""
    request, order = await ordered(ring_seconds=25)
    [url] = order.pop("event_url")
    *talks, keys = order.pop("ncco")

    assert (request.method, str(request.url)) == ("POST", "https://api.nexmo.com/v1/calls")
    assert order == {
        "to": [{"type": "phone", "number": "12025550101"}],
        "from": {"type": "phone", "number": "12025550100"},
        "event_method": "POST",
        "ringing_timer": 25,
        "machine_detection": "continue",
    }
    how = {"action": "talk", "language": "en-GB", "bargeIn": True}
    assert talks == [{**how, "text": "Tea & b biscuits /b at five"}, {**how, "text": "1, 2 or 9?"}]
    assert keys == {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"maxDigits": 1, "timeOut": 6},
        "eventUrl": [url],
        "eventMethod": "POST",
    }
    assert url.startswith("https://hooks.example.com/webhooks/vonage?attempt=7b1b2f%3Acall%3A2&amd=1&seal=")
    assert read_note(url, ["s3cret-signature"]) == CallNote("7b1b2f:call:2", detecting=True)


async def test_without_a_menu_the_message_is_all_that_is_said() -> None:
    """Nothing waits for a key, and nothing can interrupt the message."""
    _, order = await ordered(menu=False)

    assert order["ncco"] == [{"action": "talk", "text": "Tea & b biscuits /b at five", "language": "en-GB"}]


@pytest.mark.parametrize("menu", [True, False])
async def test_the_keys_of_a_campaign_are_said_by_its_own_text(*, menu: bool) -> None:
    """The menu is not said; only 9 is named, and the keys are sealed in the address where a key is told."""
    message = evolve(MESSAGE, keys=frozenset({"2", "#", "1", "9", "12", "", "x"}))

    _, order = await ordered(message, menu=menu)
    *talks, keys = order["ncco"]

    assert [talk["text"] for talk in talks] == ["Tea & b biscuits /b at five", "9?"]
    assert all(talk["bargeIn"] for talk in talks)
    assert keys["eventUrl"] == order["event_url"]
    assert read_note(keys["eventUrl"][0], ["s3cret-signature"]) == CallNote(
        "7b1b2f:call:2", detecting=True, keys="12#"
    )


async def test_keys_that_are_none_leave_the_call_as_it_is() -> None:
    """What is no key of a keypad, and 9 alone, is nothing that a campaign could name."""
    message = evolve(MESSAGE, keys=frozenset({"9", "12", "", "x"}))

    assert (await ordered(message))[1] == (await ordered())[1]
    assert (await ordered(message, menu=False))[1] == (await ordered(menu=False))[1]


@pytest.mark.parametrize(
    ("detection", "asked", "detecting"),
    [
        ("off", {}, False),
        ("standard", {"machine_detection": "continue"}, True),
        ("advanced", {"advanced_machine_detection": {"behavior": "continue", "mode": "detect"}}, True),
    ],
)
async def test_machine_detection_is_asked_for_and_noted(
    detection: str, asked: dict[str, Any], *, detecting: bool
) -> None:
    """The note in the address tells our reader whether a finding follows the answer."""
    _, order = await ordered(detection=detection)
    found = {name: value for name, value in order.items() if "machine" in name}

    assert found == asked
    assert read_note(order["event_url"][0], ["s3cret-signature"]).detecting is detecting


async def test_each_request_carries_a_short_lived_token_of_the_application() -> None:
    """RS256, five minutes, an id of its own; verified here with the public key."""
    tokens = [(await ordered())[0].headers["authorization"] for _ in range(2)]
    claims = [
        jwt.decode(token.removeprefix("Bearer "), KEY.public_key(), algorithms=["RS256"]) for token in tokens
    ]

    assert all(token.startswith("Bearer ") for token in tokens)
    assert all(each["application_id"] == APPLICATION.application_id for each in claims)
    assert all(each["exp"] - each["iat"] == 300 for each in claims)
    assert len({each["jti"] for each in claims}) == 2


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_whatever_is_said_is_only_said(text: str) -> None:
    """No text becomes markup or an action, each part is short enough, and all of it can be sent."""
    actions = SPEAKER.message(text)

    assert {action["action"] for action in actions} <= {"talk"}
    assert all(0 < len(action["text"]) <= LONGEST_TALK for action in actions)
    assert not any(mark in action["text"] for action in actions for mark in "<>\x00")
    assert json.dumps(actions, ensure_ascii=False).encode()


def test_a_long_message_is_said_in_parts() -> None:
    """Nothing of it is lost, and it is parted between words."""
    text = " ".join(f"word{nth}" for nth in range(600))

    actions = SPEAKER.message(text)

    assert len(actions) > 1
    assert " ".join(action["text"] for action in actions) == text


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (raising(httpx.ConnectError), TransientFault),
        (raising(httpx.ReadTimeout), OutcomeUnknown),
        (raising(httpx.RemoteProtocolError), OutcomeUnknown),
        (answering(401), TransientFault),
        (answering(429), TransientFault),
        (answering(503), TransientFault),
        (answering(500), OutcomeUnknown),
        (answering(402, {"type": "https://developer.vonage.com/api-errors#low-balance"}), TransientFault),
        (answering(400, {"type": "https://developer.vonage.com/api-errors#unprovisioned"}), TransientFault),
        (answering(201, {"status": "started"}), OutcomeUnknown),
        (answering(201, [UUID]), OutcomeUnknown),
    ],
)
async def test_faults_say_whether_the_call_may_be_made_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """What a person can mend is transient, what may have been taken is unknown; neither tells of anybody."""
    with pytest.raises(fault) as caught:
        await voice_over(handler).send(MESSAGE)

    assert "12025550101" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (400, {"type": "https://developer.vonage.com/api-errors#bad-request", "detail": TO}, "bad-request"),
        (404, {"type": 5}, ""),
        (422, None, ""),
        (400, {"type": f"https://developer.vonage.com/api-errors#{TO}"}, ""),
    ],
)
async def test_another_4xx_is_permanent_and_does_not_suppress(
    status: int, answer: dict[str, Any] | None, reason: str
) -> None:
    """It tells Vonage's kind of error, and nothing of its texts."""
    refused = await voice_over(answering(status, answer)).send(MESSAGE)

    assert refused == Refused(f"HTTP {status} {reason}".rstrip())


def test_the_adapter_keeps_its_secrets() -> None:
    """No repr shows a key or a secret, and the port is met."""
    provider: MessageProvider = voice_over(TAKEN)

    assert "s3cret" not in repr(provider)
    assert "PRIVATE" not in repr(provider)
    assert (provider.name, provider.channel) == ("vonage", Channel.VOICE)
    assert not provider.honours_key
    assert provider.can_look_up


def test_a_private_key_may_be_written_on_one_line() -> None:
    """Environment files cannot hold line breaks."""
    key = private_key(PEM.replace("\n", "\\n"))

    assert key.private_numbers() == KEY.private_numbers()


CURVE = ec.generate_private_key(ec.SECP256R1())
LOCKED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")).decode()
CURVED = CURVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("text", ["", "nonsense", PEM[:200], LOCKED, CURVED, "\u00e9"])
def test_a_private_key_that_is_none_is_refused_unseen(text: str) -> None:
    """The error names the setting; it does not show a piece of the key."""
    with pytest.raises(ValueError, match="private_key must be an RSA key") as caught:
        private_key(text)

    assert not text or text not in str(caught.value)
