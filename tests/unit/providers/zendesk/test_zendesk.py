"""Zendesk: the shape of its requests, its idempotency, and which events mean something."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.providers.zendesk.callbacks import ZendeskCallbackReader
from adapters.providers.zendesk.desk import ZendeskDesk
from application.ports.callbacks import HandoffReport, Reading
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, MARK, NOW, zendesk_event
from tests.unit.providers.desks.wires import TICKET, Recorder, answering

[ZENDESK] = [desk for desk in DESKS if desk.name == "zendesk"]
CREATED = answering(201, {"ticket": {"id": 35436}}, x_idempotency_lookup="miss")


async def test_a_case_is_one_private_ticket_with_its_key() -> None:
    """Its text is a note, so that no mail goes to anybody; the key stands in the header and in the ticket."""
    wire = Recorder([answering(200, {"tickets": []}), CREATED])

    ref = await ZendeskDesk(wire.client, "https://x.zendesk.com/", "t0ken", "agent@example.com").open(TICKET)
    asked, created = wire.requests
    [body] = wire.bodies()

    assert ref == "35436"
    assert (asked.method, str(asked.url.copy_with(query=None))) == (
        "GET",
        "https://x.zendesk.com/api/v2/tickets",
    )
    assert asked.url.params["external_id"] == MARK
    assert (created.method, str(created.url)) == ("POST", "https://x.zendesk.com/api/v2/tickets")
    assert created.headers["idempotency-key"] == MARK
    assert created.headers["authorization"] == (
        "Basic " + base64.b64encode(b"agent@example.com/token:t0ken").decode()
    )
    assert body["ticket"] == {
        "subject": "Call <!channel> Ana & Co *now*",
        "comment": {
            "body": "Call <!channel> Ana & Co\n*now*\n\n"
            "Campaign: spring\nReason: unanswered\nEnrollment: 7b1b2f",
            "public": False,
        },
        "external_id": MARK,
        "tags": ["drumbeat"],
    }


async def test_without_an_agents_address_the_token_is_an_oauth_token() -> None:
    """Bearer for both requests."""
    wire = Recorder([answering(200, {"tickets": []}), CREATED])

    await ZendeskDesk(wire.client, "https://x.zendesk.com", "t0ken").open(TICKET)

    assert {request.headers["authorization"] for request in wire.requests} == {"Bearer t0ken"}


async def test_a_ticket_that_is_there_is_found_after_zendesk_has_forgotten_the_key() -> None:
    """The key is kept for two hours; the external id stays, and only a ticket that has it counts."""
    tickets = [{"id": 1, "external_id": None}, "x", {"id": 2, "external_id": MARK}]
    wire = Recorder([answering(200, {"tickets": tickets})])

    assert await ZendeskDesk(wire.client, "https://x.zendesk.com", "t0ken").open(TICKET) == "2"
    assert [request.method for request in wire.requests] == ["GET"]


async def test_a_ticket_of_somebody_else_is_not_taken_for_ours() -> None:
    """A list that was not filtered does not lose the case."""
    wire = Recorder([answering(200, {"tickets": [{"id": 1, "external_id": "x"}]}), CREATED])

    assert await ZendeskDesk(wire.client, "https://x.zendesk.com", "t0ken").open(TICKET) == "35436"


@pytest.mark.parametrize(
    ("event", "actions"),
    [
        (zendesk_event("status_changed", current="SOLVED", previous="OPEN"), ["resolved"]),
        (zendesk_event("status_changed", current="CLOSED", previous="PENDING"), ["resolved"]),
        (zendesk_event("status_changed", current="Solved", previous="New"), ["resolved"]),
        (zendesk_event("status_changed", current="CLOSED", previous="SOLVED"), []),
        (zendesk_event("status_changed", current="PENDING", previous="OPEN"), []),
        (zendesk_event("status_changed"), []),
        (zendesk_event("agent_assignment_changed", current="2", previous=None), ["reassigned"]),
        (zendesk_event("agent_assignment_changed", current=None, previous="2"), []),
        (zendesk_event("comment_added", comment={"body": "Ana"}), []),
        ({"type": "zen:event-type:user.created"}, []),
        ({"ticket_id": "{{ticket.id}}"}, []),
    ],
)
def test_only_a_ticket_that_is_done_or_given_to_somebody_is_heard(
    event: Mapping[str, Any], actions: list[str]
) -> None:
    """Closing what was solved is no second resolution; an unassigned ticket was given to nobody."""
    reading = finished(ZENDESK.reader(ZENDESK.secrets).read(ZENDESK.callback(dict(event)), NOW))
    reports = [report for report in reading.reports if isinstance(report, HandoffReport)]

    assert [report.action.value for report in reports] == actions
    assert {report.handoff_key for report in reports} <= {KEY}


def test_a_test_of_the_webhook_without_a_body_of_ours_is_taken() -> None:
    """Zendesk's own test button sends an event about a ticket that is not ours."""
    told = {"type": "zen:event-type:ticket.status_changed", "detail": {"id": "1", "external_id": None}}
    reader = ZendeskCallbackReader(ZENDESK.secrets)

    assert finished(reader.read(ZENDESK.callback(told), NOW)) == Reading()
