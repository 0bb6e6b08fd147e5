"""Any desk behind Standard Webhooks: the shape of our request, its answer, and what it tells us."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.providers.webhook.desk import WebhookDesk, message_id
from adapters.providers.webhook.signing import Signing
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, HandoffReport, Reading
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, NOW
from tests.unit.providers.desks.wires import TICKET, Answer, Recorder, answering

[WEBHOOK] = [desk for desk in DESKS if desk.name == "webhook"]
CURRENT, PREVIOUS, STRANGE = WEBHOOK.secrets
READER = WEBHOOK.reader([CURRENT])
URL = "https://desk.example.com/cases?team=1"


def desk(wire: Recorder, *secrets: str) -> WebhookDesk:
    return WebhookDesk(wire.client, URL, Signing(secrets or [CURRENT]))


async def test_a_case_is_one_signed_request_that_the_standards_own_library_takes() -> None:
    """All that a human needs, and an id by which the desk knows a repeat."""
    wire = Recorder([answering(200, {"ref": "case-9"})])

    refs = {await desk(wire).open(TICKET) for _ in range(2)}
    told = Webhook(CURRENT).verify(wire.requests[0].content, dict(wire.requests[0].headers))

    assert refs == {"case-9"}
    assert str(wire.requests[0].url) == URL
    assert wire.requests[0].headers["content-type"] == "application/json"
    assert {request.headers["webhook-id"] for request in wire.requests} == {message_id(KEY)}
    assert told == {
        "type": "handoff.created",
        "data": {
            "handoff": KEY,
            "enrollment": "7b1b2f",
            "campaign": "spring",
            "reason": "unanswered",
            "summary": "Call <!channel> Ana & Co\n*now*",
        },
    }


async def test_while_a_secret_is_replaced_a_request_is_signed_with_both() -> None:
    """Whichever the desk has, it can verify; with a third one it cannot."""
    wire = Recorder([answering(204)])
    await desk(wire, CURRENT, PREVIOUS).open(TICKET)
    [request] = wire.requests

    for secret in (CURRENT, PREVIOUS):
        assert Webhook(secret).verify(request.content, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGE).verify(request.content, dict(request.headers))


@pytest.mark.parametrize(
    ("answer", "ref"),
    [
        (answering(200, {"ref": "case-9"}), "case-9"),
        (answering(200, {"ref": 9}), KEY),
        (answering(200, {"ref": ""}), KEY),
        (answering(200, {"ref": "x" * 500}), KEY),
        (answering(200, {"ok": True}), KEY),
        (answering(202, b"thank you"), KEY),
        (answering(204), KEY),
    ],
)
async def test_a_desk_may_name_the_case_and_need_not(answer: Answer, ref: str) -> None:
    """Without a usable ref it is the handoff's key."""
    assert await desk(Recorder([answer])).open(TICKET) == ref


@pytest.mark.parametrize("key", ["a.b", "é", "line\nbreak", "x" * 1000])
def test_a_messages_id_is_good_for_a_header_whatever_the_key(key: str) -> None:
    """Letters and digits, and no full stop, which the standard keeps for itself."""
    made = message_id(key)

    assert made.replace("_", "").isalnum()
    assert made.isascii()
    assert len(made) < 50


def test_the_standards_own_example_is_accepted() -> None:
    """Secret, id, time, body and signature are those of its reference implementations' tests."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,AAAA v1a,BBBB v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    callback = Callback("https://x", headers, b'{"test": 2432232314}')
    now = datetime.fromtimestamp(1614265330, UTC)
    strange = evolve(callback, headers={**headers, "webhook-id": "msg_x"})

    assert finished(READER.read(callback, now)) == Reading()
    with pytest.raises(BadSignature):
        finished(READER.read(strange, now))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-timestamp", f"0{int(NOW.timestamp())}"),
        ("webhook-timestamp", f"{int(NOW.timestamp())}.0"),
        ("webhook-timestamp", f" {int(NOW.timestamp())}"),
        ("webhook-id", "msg 1"),
        ("webhook-id", "m" * 201),
    ],
)
def test_a_time_and_an_id_have_one_spelling(name: str, value: str) -> None:
    """The library would take some of these for the same."""
    callback = WEBHOOK.with_headers(**{name.replace("-", "_"): value})

    with pytest.raises(BadSignature):
        finished(READER.read(callback, NOW))


@given(st.text(), st.sampled_from([CURRENT, PREVIOUS]))
def test_our_signatures_and_the_librarys_agree(text: str, secret: str) -> None:
    """What the one signs the other accepts, in both directions."""
    body, now = json.dumps({"type": "x", "text": text}).encode(), datetime.now(UTC)
    ours = Signing([secret]).headers("msg_1", now, body)
    theirs = {**ours, "webhook-signature": Webhook(secret).sign("msg_1", now, body.decode())}

    assert Webhook(secret).verify(body, ours) == {"type": "x", "text": text}
    assert Signing([secret]).check(Callback("https://x", theirs, body), now)[0] == "msg_1"


@pytest.mark.parametrize(
    "told",
    [
        {"type": "handoff.resolved"},
        {"type": "handoff.resolved", "handoff": 1},
        {"type": "handoff.reassigned"},
    ],
)
def test_a_deed_without_a_case_is_malformed(told: dict[str, Any]) -> None:
    """Nobody could be woken by it."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(WEBHOOK.callback(told), NOW))


@pytest.mark.parametrize("told", [{"type": "handoff.created", "handoff": KEY}, {"type": 7}, {}])
def test_other_types_mean_nothing_to_us(told: dict[str, Any]) -> None:
    """Nor does our own request, if somebody sends it back."""
    assert finished(READER.read(WEBHOOK.callback(told), NOW)) == Reading()


def test_the_id_of_the_message_is_the_id_of_the_event() -> None:
    """It is signed, and the same when the desk comes again."""
    [report] = finished(READER.read(WEBHOOK.callback(WEBHOOK.resolved), NOW)).reports

    assert isinstance(report, HandoffReport)
    assert (report.event_id, report.at) == ("msg_1", NOW)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_%%%", "abc=d", "whsec_=", "whsec_ABCDE", "whsec_MfKQ 9r8G"]
)
def test_a_secret_that_is_none_is_refused_without_being_shown(secret: str) -> None:
    """At start, with what would be right."""
    with pytest.raises(ValueError, match="must be base64") as caught:
        Signing([secret])

    assert len(secret) < 7 or secret not in str(caught.value)


def test_the_address_of_the_desk_is_not_shown() -> None:
    """It may hold a token."""
    assert "team=1" not in repr(WebhookDesk(httpx.AsyncClient(), URL, Signing([CURRENT])))
