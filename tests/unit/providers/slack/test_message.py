"""A handoff in Slack: its buttons, and how it shows what was done."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from attrs import evolve

from adapters.providers.slack.desk import SlackDesk
from adapters.providers.slack.message import handoff_key, message, outcome, person
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import ShowingDesk
from tests.unit.providers.desks.genuine import KEY, MARK
from tests.unit.providers.desks.wires import TICKET, Answer, Recorder, answering

AT = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
REF = "C0123456789:1795367400.000100"
RESOLVED = HandoffReport("e1", HandoffAction.RESOLVED, AT, KEY, REF, by="U1")
REASSIGNED = HandoffReport("e2", HandoffAction.REASSIGNED, AT, KEY, REF, by="U1", to="U2")
OK = answering(200, {"ok": True, "channel": "C0123456789", "ts": "1795367400.000100"})


def desk(*answers: Answer) -> tuple[ShowingDesk, Recorder]:
    wire = Recorder(answers)
    return SlackDesk(wire.client, token="xoxb-s3cret", channel="C9"), wire


def buttons(shown: Any) -> list[dict[str, Any]]:
    """The interactive elements of a message."""
    return [
        element
        for block in json.loads(json.dumps(shown))["blocks"]
        for element in block.get("elements", [])
        if block["type"] == "actions"
    ]


def test_a_new_case_can_be_resolved_and_given_to_another() -> None:
    """A button that asks once more, and a list of people that says what it is for."""
    resolve, reassign = buttons(message(TICKET))

    assert (resolve["type"], resolve["text"]["text"]) == ("button", "Resolve")
    assert resolve["confirm"]["title"]["text"] == "Resolve this case?"
    assert (reassign["type"], reassign["placeholder"]["text"]) == ("users_select", "Reassign to…")


def test_the_buttons_name_the_case_and_change_their_id_with_the_message() -> None:
    """Slack says what block was used; a changed message needs a block with another id."""
    shown = [message(TICKET), message(TICKET, REASSIGNED), message(TICKET, evolve(REASSIGNED, at=AT))]
    ids = [block["block_id"] for each in shown for block in each["blocks"] if block["type"] == "actions"]

    assert ids == [f"0/{MARK}", f"1894708800/{MARK}", f"1894708800/{MARK}"]
    assert {handoff_key(id_) for id_ in ids} == {KEY}
    assert all(len(id_) <= 255 for id_ in ids)


@pytest.mark.parametrize(
    "block_id", [None, 7, "", "b1", "x/drumbeat_handoff:k", f"1/{KEY}", "0/drumbeat_handoff:"]
)
def test_blocks_of_other_apps_name_no_case(block_id: object) -> None:
    """They are not ours."""
    assert handoff_key(block_id) is None


def test_a_resolved_case_shows_by_whom_and_has_no_buttons() -> None:
    """And still says what it was about."""
    shown = message(TICKET, RESOLVED)

    assert buttons(shown) == []
    assert "*Resolved* by <@U1>" in json.dumps(shown)
    assert "Ana &amp; Co" in json.dumps(shown)


def test_a_reassigned_case_shows_to_whom_and_keeps_its_buttons() -> None:
    """Whoever has it is picked in the list."""
    shown = message(TICKET, REASSIGNED)

    assert [button["type"] for button in buttons(shown)] == ["button", "users_select"]
    assert buttons(shown)[1]["initial_user"] == "U2"
    assert "*Reassigned* to <@U2> by <@U1>" in json.dumps(shown)


def test_the_time_is_told_in_each_readers_own_zone() -> None:
    """Slack writes it; where it cannot, it is in UTC."""
    assert "<!date^1894708800^{date_short_pretty}, {time}|2030-01-15 12:00 UTC>" in outcome(RESOLVED)


@pytest.mark.parametrize("user", ["", "channel", "!here", "U1><!channel", "u1", "U" + "1" * 99])
def test_what_is_no_users_id_mentions_nobody(user: str) -> None:
    """Nobody can be called by what came in a callback."""
    assert person(user) == "somebody"
    assert "initial_user" not in json.dumps(message(TICKET, evolve(REASSIGNED, to=user)))


async def test_what_was_done_is_written_into_the_message() -> None:
    """One chat.update of the message that the ref names; nobody is called for what is done."""
    slack, wire = desk(OK)

    await slack.show(REF, TICKET, RESOLVED)
    [request], [body] = wire.requests, wire.bodies()

    assert str(request.url) == "https://slack.com/api/chat.update"
    assert request.headers["authorization"] == "Bearer xoxb-s3cret"
    assert (body["channel"], body["ts"]) == ("C0123456789", "1795367400.000100")
    assert buttons(body) == []
    assert body["metadata"]["event_payload"] == {"handoff": KEY}


async def test_whoever_is_given_a_case_is_told_in_its_thread() -> None:
    """Slack tells nobody that a message was changed."""
    slack, wire = desk(OK)

    await slack.show(REF, TICKET, REASSIGNED)
    _update, reply = wire.bodies()

    assert str(wire.requests[1].url) == "https://slack.com/api/chat.postMessage"
    assert (reply["channel"], reply["thread_ts"]) == ("C0123456789", "1795367400.000100")
    assert "<@U2>" in reply["text"]


async def test_showing_the_same_twice_is_the_same_message() -> None:
    """It can be repeated."""
    slack, wire = desk(OK)

    for _ in range(2):
        await slack.show(REF, TICKET, RESOLVED)

    assert wire.requests[0].content == wire.requests[1].content


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (answering(200, {"ok": False, "error": "message_not_found"}), TransientFault),
        (answering(200, {"ok": False, "error": "internal_error"}), OutcomeUnknown),
        (answering(429), TransientFault),
        (answering(500), OutcomeUnknown),
    ],
)
async def test_what_cannot_be_shown_is_a_fault_like_any_other(
    answer: Answer, fault: type[ApplicationError]
) -> None:
    """In Slack's own word, without the token and without a name."""
    slack, _wire = desk(answer)
    with pytest.raises(fault) as caught:
        await slack.show(REF, TICKET, RESOLVED)

    assert "s3cret" not in str(caught.value)
    assert "Ana" not in str(caught.value)


async def test_a_lost_connection_is_no_error_of_its_library() -> None:
    """No httpx exception leaves the desk."""

    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone", request=request)

    slack, _wire = desk(lost)
    with pytest.raises(OutcomeUnknown):
        await slack.show(REF, TICKET, RESOLVED)
