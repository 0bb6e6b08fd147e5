"""Linear: the shape of its requests, ids of our own, errors on HTTP 200, and which changes mean something."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.providers.linear.desk import LinearDesk, issue_id
from application.errors import MalformedCallback, OutcomeUnknown, TransientFault
from application.ports.callbacks import HandoffReport
from application.ports.handoffs import Ticket
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, MARK, NOW, linear_event
from tests.unit.providers.desks.wires import TICKET, Answer, Recorder, answering

[LINEAR] = [desk for desk in DESKS if desk.name == "linear"]
READER = LINEAR.reader(LINEAR.secrets[:1])
ID = issue_id(KEY)
CREATED = answering(200, {"data": {"issueCreate": {"success": True, "issue": {"id": ID}}}})
FOUND = answering(200, {"data": {"issue": {"id": ID}}})
DONE = {"type": "completed"}


def refusing(code: str | None, status: int = 200, **headers: str) -> Answer:
    """An error in Linear's shape."""
    extensions = {} if code is None else {"code": code}
    fault = {"message": "conflict on insert of Issue: Ana", "extensions": extensions}
    return answering(status, {"errors": [fault], "data": None}, **headers)


async def test_a_case_is_one_issue_with_an_id_of_our_own() -> None:
    """The id is derived from the key, and the key stands in the text, where nothing else is formatted."""
    wire = Recorder([CREATED])

    ref = await LinearDesk(wire.client, "lin_api_k3y", "team-1").open(TICKET)
    [request], [body] = wire.requests, wire.bodies()

    assert ref == ID
    assert str(request.url) == "https://api.linear.app/graphql"
    assert request.headers["authorization"] == "lin_api_k3y"
    assert "issueCreate(input: $input)" in body["query"]
    assert body["variables"]["input"] == {
        "id": ID,
        "teamId": "team-1",
        "title": "Call <!channel> Ana & Co *now*",
        "description": "Call \\<\\!channel\\> Ana \\& Co\n\\*now\\*\n\n* Campaign: spring\n"
        f"* Reason: unanswered\n* Enrollment: 7b1b2f\n\n`{MARK}`",
    }


def test_an_issues_id_is_a_uuid_as_linear_wants_it_and_always_the_same() -> None:
    """Version 4 in its form, a hash in its substance."""
    made = uuid.UUID(issue_id("a:handoff"))

    assert (made.version, made.variant) == (4, uuid.RFC_4122)
    assert issue_id("a:handoff") == str(made) != issue_id("b:handoff")


@pytest.mark.parametrize("status", [200, 400])
async def test_an_issue_that_is_there_was_taken_before(status: int) -> None:
    """Linear says INPUT_ERROR with HTTP 200 or 400, and asking for the id tells that this was why."""
    wire = Recorder([refusing("INPUT_ERROR", status), FOUND])

    assert await LinearDesk(wire.client, "k3y", "team-1").open(TICKET) == ID
    assert wire.bodies()[1]["variables"] == {"id": ID}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([refusing("INPUT_ERROR"), refusing("INPUT_ERROR")], "linear: INPUT_ERROR"),
        ([refusing("INPUT_ERROR"), answering(200, {"data": {"issue": None}})], "linear: INPUT_ERROR"),
        ([refusing("AUTHENTICATION_ERROR", 400)], "linear: AUTHENTICATION_ERROR"),
        ([refusing("FORBIDDEN")], "linear: FORBIDDEN"),
        ([refusing("Ana <x>")], "linear: an error without a code"),
        ([refusing(None)], "linear: an error without a code"),
        ([answering(200, {"errors": "Ana"})], "linear: an error without a code"),
        ([answering(200, {"errors": ["Ana"]})], "linear: an error without a code"),
        ([answering(404, b"Ana")], "linear: HTTP 404"),
    ],
)
async def test_errors_are_told_by_their_code_and_tried_again(answers: list[Answer], says: str) -> None:
    """Also those that come with HTTP 200; their texts may quote a name and are left out."""
    with pytest.raises(TransientFault) as caught:
        await LinearDesk(Recorder(answers).client, "k3y", "team-1").open(TICKET)

    assert str(caught.value) == says


@pytest.mark.parametrize(
    "answer",
    [answering(200, b"<html>"), answering(200, {"data": None}), answering(200, {"data": {"issueCreate": 1}})],
)
async def test_a_success_without_an_issue_is_unknown(answer: Answer) -> None:
    """It may have been taken."""
    with pytest.raises(OutcomeUnknown):
        await LinearDesk(Recorder([answer]).client, "k3y", "team-1").open(TICKET)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry_after": "7"}, 7, 7),
        ({"x_ratelimit_requests_reset": "soon"}, None, None),
        ({"x_ratelimit_requests_reset": "1000"}, 0, 0),
        ({"x_ratelimit_requests_reset": str(10**14)}, 900, 900),
        ({"x_ratelimit_requests_reset": "in 60 s"}, 50, 60),
    ],
)
async def test_a_limit_says_when_it_ends(
    headers: dict[str, str], least: int | None, most: int | None
) -> None:
    """In seconds as Retry-After, or in milliseconds since 1970; nobody makes us wait for a day."""
    later = str(int((datetime.now(UTC) + timedelta(seconds=60)).timestamp() * 1000))
    given = {name: value.replace("in 60 s", later) for name, value in headers.items()}
    with pytest.raises(TransientFault, match="RATELIMITED") as caught:
        await LinearDesk(Recorder([refusing("RATELIMITED", 400, **given)]).client, "k3y", "team-1").open(
            TICKET
        )
    wait = caught.value.retry_after

    assert (wait is None) == (least is None)
    assert wait is None or timedelta(seconds=least or 0) <= wait <= timedelta(seconds=most or 0)


async def test_a_title_fits() -> None:
    """Linear takes 255 characters."""
    wire = Recorder([CREATED])

    await LinearDesk(wire.client, "k3y", "team-1").open(Ticket(KEY, "e", "c", "r", "x" * 300))

    assert wire.bodies()[0]["variables"]["input"]["title"] == "x" * 254 + "…"


@pytest.mark.parametrize(
    ("event", "actions"),
    [
        (linear_event({"stateId": "s"}, state=DONE), ["resolved"]),
        (linear_event({"stateId": "s"}, state={"type": "canceled"}), ["resolved"]),
        (linear_event({"stateId": "s"}, state={"type": "started"}), []),
        (linear_event({"stateId": "s"}, state={"type": "something new"}), []),
        (linear_event({"title": "t"}, state=DONE), []),
        (linear_event({"assigneeId": None}), ["reassigned"]),
        (linear_event({"assigneeId": "u"}, assigneeId=None), []),
        (linear_event({"stateId": "s", "assigneeId": None}, state=DONE), ["resolved", "reassigned"]),
        ({**linear_event({"stateId": "s"}, state=DONE), "action": "create"}, []),
        ({**linear_event({"stateId": "s"}, state=DONE), "action": "remove"}, []),
        ({**linear_event({"stateId": "s"}, state=DONE), "type": "Comment"}, []),
        ({**linear_event({}, state=DONE), "updatedFrom": None}, []),
    ],
)
def test_only_an_issue_that_is_done_or_given_to_somebody_is_heard(
    event: dict[str, Any], actions: list[str]
) -> None:
    """The change counts, not the state: an edit of a finished issue is no second resolution."""
    reading = finished(READER.read(LINEAR.callback(event), NOW))
    reports = [report for report in reading.reports if isinstance(report, HandoffReport)]

    assert [report.action.value for report in reports] == actions
    assert len({report.event_id for report in reports}) == len(reports)


def test_an_issue_whose_text_was_rewritten_is_known_by_its_id() -> None:
    """The mark is gone, the ref stays; it is what opening the case has given."""
    event = linear_event({"stateId": "s"}, state=DONE, description="rewritten", id=ID)
    [report] = finished(READER.read(LINEAR.callback(event), NOW)).reports

    assert isinstance(report, HandoffReport)
    assert (report.handoff_key, report.ref) == (None, ID)


@pytest.mark.parametrize(
    ("description", "id_", "key"),
    [
        (f"Ana says drumbeat_handoff:other:handoff please\n\n`{MARK}`", ID, KEY),
        (f"{MARK}{'x' * 20} {MARK}", ID, KEY),
        (f"copied: `{MARK}`", issue_id("other:handoff"), None),
        (f"copied: `{MARK}`", "2174add1-f7c8-4d8c-96a1-ad6d25ab2bd1", None),
        (["no text"], ID, None),
    ],
)
def test_only_the_mark_of_the_issue_itself_is_believed(
    description: object, id_: str, key: str | None
) -> None:
    """Anybody may write another case's mark into an issue; its id is derived from its own."""
    event = linear_event({"stateId": "s"}, state=DONE, description=description, id=id_)
    [report] = finished(READER.read(LINEAR.callback(event), NOW)).reports

    assert isinstance(report, HandoffReport)
    assert (report.handoff_key, report.ref) == (key, id_)


@pytest.mark.parametrize("at", [None, "", 7, "soon"])
def test_a_change_at_no_time_is_malformed(at: object) -> None:
    """Its time tells one change from the next: without it, a later one would count as known."""
    event = linear_event({"stateId": "s"}, state=DONE, updatedAt=at)

    with pytest.raises(MalformedCallback):
        finished(READER.read(LINEAR.callback(event), NOW))


@pytest.mark.parametrize("sent", [None, "1795348800000", True, 10**30, 1.5])
def test_a_genuine_callback_without_a_time_is_malformed(sent: object) -> None:
    """Its age cannot be told."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(LINEAR.callback({**LINEAR.resolved, "webhookTimestamp": sent}), NOW))
