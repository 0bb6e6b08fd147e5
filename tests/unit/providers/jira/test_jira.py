"""Jira: the shape of its requests, the search that comes first, and which changes mean something."""

import base64
from typing import Any

import httpx
import pytest

from adapters.providers.jira.callbacks import signature
from adapters.providers.jira.desk import JiraDesk
from application.ports.callbacks import HandoffReport
from application.ports.handoffs import Ticket
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, MARK, NOW, jira_event
from tests.unit.providers.desks.wires import TICKET, Recorder, answering

[JIRA] = [desk for desk in DESKS if desk.name == "jira"]
READER = JIRA.reader(JIRA.secrets[:1])
NOTHING = answering(200, {"issues": [], "isLast": True})
CREATED = answering(201, {"id": "10000", "key": "HELP-24", "self": "https://x"})
STATUS = {"field": "status", "from": "1", "to": "10001"}
GIVEN = {"field": "assignee", "from": None, "to": "557058:2"}


def found(key: str, *labels: str) -> dict[str, Any]:
    """An issue as Jira's search gives it."""
    return {"id": "1", "key": key, "fields": {"labels": list(labels)}}


def desk(wire: Recorder, project: str = "HELP") -> JiraDesk:
    return JiraDesk(wire.client, "https://x.atlassian.net/", "agent@example.com", "t0ken", project)


async def test_a_case_is_one_issue_with_a_label_of_its_own() -> None:
    """It is looked for before it is made; its text is Atlassian's format, in which text is text."""
    wire = Recorder([NOTHING, CREATED])

    ref = await desk(wire).open(TICKET)
    search, created = wire.requests
    asked, made = wire.bodies()

    assert ref == "HELP-24"
    assert str(search.url) == "https://x.atlassian.net/rest/api/3/search/jql"
    assert asked == {
        "jql": f'project = "HELP" AND labels = "{MARK}"',
        "fields": ["labels"],
        "maxResults": 10,
    }
    assert str(created.url) == "https://x.atlassian.net/rest/api/3/issue"
    assert created.headers["authorization"] == (
        "Basic " + base64.b64encode(b"agent@example.com:t0ken").decode()
    )
    fields = made["fields"]
    assert (fields["project"], fields["issuetype"]) == ({"key": "HELP"}, {"name": "Task"})
    assert (fields["summary"], fields["labels"]) == ("Call <!channel> Ana & Co *now*", [MARK])
    assert [line["content"][0]["text"] for line in fields["description"]["content"]] == [
        "Call <!channel> Ana & Co\n*now*",
        "Campaign: spring",
        "Reason: unanswered",
        "Enrollment: 7b1b2f",
    ]


async def test_an_issue_that_is_there_is_found() -> None:
    """Nothing is made a second time, as soon as Jira's search knows the first."""
    wire = Recorder(
        [answering(200, {"issues": [found("HELP-6", "urgent"), found("HELP-7", "urgent", MARK)]})]
    )

    assert await desk(wire).open(TICKET) == "HELP-7"
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "issues",
    [
        [found("HELP-7", "urgent")],
        [found("HELP-7", MARK.upper())],
        [{"id": "1", "key": "HELP-7"}],
        [{"id": "1", "key": "HELP-7", "fields": {"labels": MARK}}],
        ["HELP-7"],
        "HELP-7",
    ],
)
async def test_an_issue_of_somebody_else_is_not_taken_for_ours(issues: object) -> None:
    """Whatever the search gives, the very label counts."""
    wire = Recorder([answering(200, {"issues": issues}), CREATED])

    assert await desk(wire).open(TICKET) == "HELP-24"


async def test_an_empty_summary_makes_no_empty_paragraph() -> None:
    """Jira takes no empty text, neither as a summary nor in a paragraph."""
    wire = Recorder([NOTHING, CREATED])

    await desk(wire).open(Ticket(KEY, "e", "c", "r", ""))
    fields = wire.bodies()[1]["fields"]

    assert fields["summary"] == "(no summary)"
    assert all(line["content"][0]["text"] for line in fields["description"]["content"])


async def test_no_key_can_break_out_of_the_search() -> None:
    """Quotes and backslashes are escaped."""
    wire = Recorder([NOTHING, CREATED])

    await desk(wire).open(Ticket('a" OR "\\', "e", "c", "r", "s"))

    assert wire.bodies()[0]["jql"].endswith('labels = "drumbeat_handoff:a\\" OR \\"\\\\"')


@pytest.mark.parametrize("project", ["", "help", 'A" OR "', "9A"])
def test_a_project_that_is_no_key_is_refused(project: str) -> None:
    """It stands in a search."""
    with pytest.raises(ValueError, match="project"):
        JiraDesk(httpx.AsyncClient(), "https://x", "a@example.com", "t0ken", project)


@pytest.mark.parametrize(
    ("event", "actions"),
    [
        (jira_event(STATUS), ["resolved"]),
        (jira_event(STATUS, category="indeterminate"), []),
        (jira_event(STATUS, category="something new"), []),
        (jira_event({"field": "summary"}), []),
        (jira_event(GIVEN), ["reassigned"]),
        (jira_event({**GIVEN, "to": None}), []),
        (jira_event(STATUS, GIVEN), ["resolved", "reassigned"]),
        (jira_event(), []),
        ({**jira_event(STATUS), "webhookEvent": "jira:issue_created"}, []),
        ({**jira_event(STATUS), "webhookEvent": "jira:issue_deleted"}, []),
        ({**jira_event(STATUS), "changelog": None}, []),
    ],
)
def test_only_an_issue_that_is_done_or_given_to_somebody_is_heard(
    event: dict[str, Any], actions: list[str]
) -> None:
    """A status is done by its category, whatever it is called; one change may do both."""
    reading = finished(READER.read(JIRA.callback(event), NOW))
    reports = [report for report in reading.reports if isinstance(report, HandoffReport)]

    assert [report.action.value for report in reports] == actions
    assert {report.handoff_key for report in reports} <= {KEY}
    assert len({report.event_id for report in reports}) == len(reports)


def test_a_signature_is_that_of_atlassians_own_page() -> None:
    """Secret, body and signature are those of "Secure admin webhooks"."""
    secret, body = "It's a Secret to Everybody", b"Hello World!"

    assert (
        signature(secret, body) == "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    )
