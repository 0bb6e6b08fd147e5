"""Slack's callbacks: which presses mean something, its question, and its own library as a witness."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from adapters.providers.slack.callbacks import MOST_FIELDS, signature
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Answer, Callback, HandoffAction, HandoffReport, Reading
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, NOW, slack_press

[SLACK] = [desk for desk in DESKS if desk.name == "slack"]
READER = SLACK.reader(SLACK.secrets[:1])


def read(told: Any) -> Reading:
    return finished(READER.read(SLACK.callback(told), NOW))


def as_event(told: dict[str, Any]) -> Callback:
    """What comes by the Events API: JSON, and no form."""
    callback = SLACK.callback(json.dumps(told).encode())
    return evolve(callback, headers={**callback.headers, "content-type": "application/json"})


def test_a_signature_is_that_of_slacks_own_library() -> None:
    """Secret, time, body and signature are those of python-slack-sdk's tests of its SignatureVerifier."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    known = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode()) == known


@given(st.text(), st.integers(-1000, 1000), st.sampled_from(SLACK.secrets))
def test_our_verdict_is_that_of_slacks_own_library(text: str, age: int, secret: str) -> None:
    """On random bodies, ages and secrets."""

    class Standing(Clock):
        def now(self) -> float:
            return NOW.timestamp()

    body = urlencode({"text": text})
    ts = str(int(NOW.timestamp()) - age)
    headers = {
        "x-slack-request-timestamp": ts,
        "x-slack-signature": signature(secret, ts, body.encode()),
    }
    theirs = SignatureVerifier(SLACK.secrets[0], Standing()).is_valid_request(body, headers)
    try:
        finished(READER.read(Callback("https://x", headers, body.encode()), NOW))
        ours = True
    except BadSignature:
        ours = False

    assert ours == theirs


def test_slacks_question_is_answered_with_what_it_asks() -> None:
    """So that it takes our address; nothing is reported."""
    told = {"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
    reading = finished(READER.read(as_event({**told, "type": "url_verification"}), NOW))

    assert reading == Reading(answer=Answer(told["challenge"], "text/plain"))


@pytest.mark.parametrize("challenge", [None, "", 7, "x" * 500, "<script>\n"])
def test_a_question_that_is_none_is_malformed(challenge: object) -> None:
    """Only what looks like a challenge is said back."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(as_event({"type": "url_verification", "challenge": challenge}), NOW))


@pytest.mark.parametrize("told", [{"type": "event_callback", "event": {"type": "message"}}, {}, {"type": 7}])
def test_events_mean_nothing_to_us(told: dict[str, Any]) -> None:
    """They are taken, so that Slack does not come again."""
    assert finished(READER.read(as_event(told), NOW)) == Reading()


@pytest.mark.parametrize(
    "told",
    [
        {**SLACK.resolved, "type": "view_submission"},
        {**SLACK.resolved, "type": "shortcut"},
        {**SLACK.resolved, "type": ["block_actions"]},
        {**SLACK.resolved, "actions": []},
        slack_press(action_id="claim", type="button", value="enr_1"),
        slack_press(action_id=7),
        slack_press(action_id="drumbeat_reassign", selected_user=None),
    ],
)
def test_what_is_no_press_of_ours_means_nothing(told: dict[str, Any]) -> None:
    """Other interactions, other buttons, and a list of people in which nobody was picked."""
    assert read(told) == Reading()


def test_commands_mean_nothing_to_us() -> None:
    """A form without a payload is taken and left."""
    assert read(b"command=%2Fcase&text=7") == Reading()


@pytest.mark.parametrize(
    "body",
    [
        b"payload=%7B&payload=%7B",
        b"payload=",
        b"payload=%ff%fe",
        b"payload=[]",
        b"payload=\xff",
        b"payload=" + b"[" * 100_000,
        b"&".join([b"a=1"] * (MOST_FIELDS + 1)),
        urlencode({"payload": json.dumps({**SLACK.resolved, "actions": None})}).encode(),
    ],
)
def test_a_genuine_form_that_cannot_be_read_is_malformed(body: bytes) -> None:
    """Several payloads, none that is JSON, or more fields than Slack has."""
    with pytest.raises(MalformedCallback):
        read(body)


@pytest.mark.parametrize(
    "spoil",
    [
        {"action_ts": None},
        {"action_ts": "soon"},
        {"action_ts": "nan"},
        {"action_ts": "9" * 20},
        {"action_ts": 1.5},
    ],
)
def test_a_press_that_cannot_be_read_costs_nothing_but_itself(spoil: dict[str, Any]) -> None:
    """The one beside it is still heard, and the other is counted."""
    good = SLACK.resolved["actions"][0]
    reading = read({**SLACK.resolved, "actions": [{**good, **spoil}, good]})

    assert (len(reading.reports), reading.unreadable) == (1, 1)


def test_a_press_on_a_message_without_our_block_is_known_by_its_metadata() -> None:
    """And by where the message is."""
    metadata = {"event_type": "drumbeat_handoff", "event_payload": {"handoff": KEY}}
    told = slack_press(action_id="drumbeat_resolve", block_id="b1")
    foreign = {"event_type": "outreach_handoff", "event_payload": {"handoff": KEY}}
    [report] = read({**told, "message": {"metadata": metadata}}).reports
    [other] = read({**told, "message": {"metadata": foreign}}).reports

    assert isinstance(report, HandoffReport)
    assert isinstance(other, HandoffReport)
    assert (report.handoff_key, report.ref) == (KEY, "C1:1795367400.000100")
    assert (other.handoff_key, other.ref) == (None, "C1:1795367400.000100")


def test_two_presses_are_two_events_and_a_repeat_is_the_same() -> None:
    """By Slack's trigger and time."""
    first, again = read(SLACK.resolved).reports[0], read(SLACK.resolved).reports[0]
    [later] = read({**SLACK.resolved, "trigger_id": "2.2.2"}).reports

    assert isinstance(first, HandoffReport)
    assert first.action is HandoffAction.RESOLVED
    assert first == again
    assert first.event_id == "12466734323.1395872398:1795367460.000200:resolved"
    assert isinstance(later, HandoffReport)
    assert later.event_id != first.event_id
